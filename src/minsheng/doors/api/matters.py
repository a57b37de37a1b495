"""Similar demands, events, hot issues and places for machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands import queries as demands
from minsheng.demands.queries import here
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing
from minsheng.doors.api.fields import Code, Id, In, Number, Short, Why
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.foundation.errors import NotFound
from minsheng.insight import gazetteer, places
from minsheng.insight.duplicates.index import candidates
from minsheng.insight.events import actions as events
from minsheng.insight.events import queries as event_queries
from minsheng.insight.hot_issues import actions as hot_issues
from minsheng.insight.hot_issues import queries as hot_queries
from minsheng.insight.models import Event, HotIssue, NamedPlace

router = Routes(tags=["events"])

Limit = Annotated[int, Query(ge=1, le=200)]


@dataclass(frozen=True, slots=True)
class SimilarOut:
    """An earlier demand. `answer`: same or perhaps; `reasons`: place, problem, words, numbers,
    petitioner; `chance` from 0 to 1."""

    number: str
    title: str
    place: str
    state: str
    accepted_at: datetime
    answer: str
    chance: float
    reasons: Sequence[str]


@router.read("/demands/{number}/similar", "相近的诉求", list[SimilarOut])
def similar_demands(request: HttpRequest, number: Number) -> HttpResponse:
    """Earlier demands that are or may be the same matter, the likeliest first."""
    actor = caller(request)
    require(actor, "event.view")
    demand = demands.find(actor, number=number)
    found = candidates(
        actor,
        demand.text,
        demand.place,
        demand.accepted_at,
        demand.petitioner_id,
        title=demand.title,
        leaving_out=demand.pk,
    )
    return answer(
        [
            SimilarOut(
                one.number,
                one.title,
                one.place,
                one.state,
                here(one.accepted_at),
                one.answer,
                round(one.chance, 3),
                one.reasons,
            )
            for one in found
        ]
    )


# Events


@dataclass(frozen=True, slots=True)
class EventOut:
    """An event. `state`: suggested, confirmed, closed or dismissed; `size` demands."""

    id: int
    number: str
    state: str
    title: str
    category: str
    district: str
    place: str
    size: int
    first_at: datetime
    last_at: datetime


def _event(event: Event) -> EventOut:
    return EventOut(
        event.pk,
        event.number,
        event.state,
        event.title,
        event.category.code if event.category else "",
        event.district.code if event.district else "",
        event.place,
        event.size,
        here(event.first_at),
        here(event.last_at),
    )


@dataclass(frozen=True, slots=True)
class MemberOut:
    """A demand of an event; `chance` is null where a person put it there."""

    number: str
    title: str
    state: str
    chance: float | None


@dataclass(frozen=True, slots=True)
class EventDetail:
    event: EventOut
    people: int
    members: Sequence[MemberOut]


@router.read("/events", "事件列表", list[EventOut])
def list_events(
    request: HttpRequest, state: Event.State | None = None, limit: Limit = 50
) -> HttpResponse:
    """Events, those told of last first."""
    found = event_queries.listed(caller(request), [state] if state else [])
    return answer([_event(one) for one in found[:limit]])


@router.read("/events/{id}", "一个事件", EventDetail)
def read_event(request: HttpRequest, id: Id) -> HttpResponse:
    told = event_queries.shown(caller(request), id)
    members = [
        MemberOut(one.demand.number or "", one.demand.title, one.state, one.chance)
        for one in told.members
    ]
    return answer(EventDetail(_event(told.event), told.people, members))


class Confirm(In):
    title: Short = ""


class One(In):
    number: Annotated[str, Field(min_length=1, max_length=32)]


class Some(In):
    numbers: Annotated[list[Code], Field(min_length=1, max_length=200)]


@router.act("/events/{id}/confirm", "确认事件", EventOut)
def confirm_event(request: HttpRequest, id: Id, body: Confirm) -> HttpResponse:
    return answer(_event(events.confirm(caller(request), id, title=body.title)))


@router.act("/events/{id}/dismiss", "判为非同一事件", EventOut)
def dismiss_event(request: HttpRequest, id: Id, body: Why) -> HttpResponse:
    return answer(_event(events.dismiss(caller(request), id, reason=body.reason)))


@router.act("/events/{id}/close", "关闭事件", EventOut)
def close_event(request: HttpRequest, id: Id, body: Why) -> HttpResponse:
    return answer(_event(events.close(caller(request), id, reason=body.reason)))


@router.act("/events/{id}/add", "加入诉求", EventOut)
def add_to_event(request: HttpRequest, id: Id, body: One) -> HttpResponse:
    return answer(_event(events.add(caller(request), id, number=body.number)))


@dataclass(frozen=True, slots=True)
class SplitOut:
    """The event that the demands now are; null where a single one was taken out."""

    event: EventOut | None


@router.act("/events/{id}/split", "移出诉求", SplitOut)
def split_event(request: HttpRequest, id: Id, body: Some) -> HttpResponse:
    made = events.split(caller(request), id, numbers_out=body.numbers)
    return answer(SplitOut(_event(made) if made else None))


@dataclass(frozen=True, slots=True)
class MergedOut:
    """What was merged into which demand, and why others were not."""

    into: str
    merged: Sequence[str]
    refused: dict[str, str]


@router.act("/events/{id}/merge", "并单", MergedOut)
def merge_event(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    done = events.merge(caller(request), id)
    return answer(MergedOut(done.into, done.merged, done.refused))


# Hot issues


@dataclass(frozen=True, slots=True)
class HotIssueOut:
    """What a rule found. `kind`: topic, unit, growing or recurring; `state`: open, taken or
    dismissed; `odds` is the chance of so many demands if nothing were the matter."""

    id: int
    kind: str
    rule: str
    state: str
    title: str
    explanation: str
    observed: int
    expected: float | None
    odds: float | None
    heat: float
    event: str
    at: datetime


def _hot(issue: HotIssue) -> HotIssueOut:
    return HotIssueOut(
        issue.pk,
        issue.kind,
        issue.rule,
        issue.state,
        issue.headline,
        issue.why,
        issue.observed,
        issue.expected,
        issue.odds,
        issue.heat,
        issue.event.number if issue.event else "",
        here(issue.at),
    )


@router.read("/hot-issues", "热点预警列表", list[HotIssueOut])
def list_hot_issues(
    request: HttpRequest, state: HotIssue.State | None = None, limit: Limit = 50
) -> HttpResponse:
    """Hot issues, the latest first."""
    found = hot_queries.listed(caller(request), [state] if state else [])
    return answer([_hot(one) for one in found[:limit]])


class Settle(In):
    taken: bool
    reason: Annotated[str, Field(max_length=200)] = ""


@router.act("/hot-issues/{id}/settle", "研判热点预警", HotIssueOut)
def settle_hot_issue(request: HttpRequest, id: Id, body: Settle) -> HttpResponse:
    issue = hot_issues.settle(caller(request), id, taken=body.taken, reason=body.reason)
    return answer(_hot(issue))


# Places


@dataclass(frozen=True, slots=True)
class PlaceOut:
    """A place that a text names: kind of the gazetteer or level of an area, codes of its areas,
    point in degrees where known, `confidence` from 0 to 1, other streets that have the name."""

    name: str
    kind: str
    address: str
    street: str
    district: str
    lon: float | None
    lat: float | None
    confidence: float
    others: Sequence[str]


@router.read("/places", "从文字找地点", PlaceOut)
def find_place(
    request: HttpRequest,
    text: Annotated[str, Query(min_length=1, max_length=2000)],
    district: Annotated[str, Query(max_length=64)] = "",
) -> HttpResponse:
    """The place that the matter of a text is at. 404 where the text names no known place."""
    require(caller(request), "insight.suggest")
    found = places.find(text, district)
    if found is None:
        raise NotFound("no_place", "文字里没有地名库里的地点；请写明道路、小区或街道。")
    return answer(
        PlaceOut(
            found.name,
            found.kind,
            found.address,
            found.street,
            found.district,
            found.lon,
            found.lat,
            found.confidence,
            found.others,
        )
    )


class ConfirmPlace(In):
    name: Annotated[str, Field(min_length=1, max_length=gazetteer.LENGTH)]
    kind: NamedPlace.Kind = Field(strict=False)
    street: Annotated[str, Field(min_length=1, max_length=64)]
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    id: int
    name: str
    kind: str
    street: str


@router.act("/places", "确认地名", Confirmed)
def confirm_place(request: HttpRequest, body: ConfirmPlace) -> HttpResponse:
    """Adds a place that the gazetteer lacks."""
    made = gazetteer.confirm(caller(request), **body.model_dump())
    return answer(Confirmed(made.pk, made.name, made.kind, made.street.code))
