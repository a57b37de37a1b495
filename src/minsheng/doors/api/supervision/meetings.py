"""会办: coordination meetings, and what they decided, tracked to the end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands.models import Demand
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing
from minsheng.doors.api.fields import Code, Id, In, Moment, PageQuery, Reason, Short
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.actions.meetings import MOST_DECISIONS, MOST_DEMANDS, DecisionIn
from minsheng.supervision.models import Decision, Meeting

router = Routes(tags=["supervision"])


@dataclass(frozen=True, slots=True)
class DecisionOut:
    id: int
    unit: str
    text: str
    due_at: datetime
    state: str
    report: str
    reported_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingOut:
    id: int
    number: str
    title: str
    place: str
    at: datetime
    state: str
    units: list[str]
    present: list[str]
    demands: list[str]
    minutes: str
    decisions: list[DecisionOut]


def _decision(row: Decision) -> DecisionOut:
    return DecisionOut(
        *(row.pk, row.unit.code, row.text, row.due_at, row.state),
        *(row.report, row.reported_at, row.settled_at),
    )


def _meetings(rows: list[Meeting]) -> list[MeetingOut]:
    decisions = Decision.objects.select_related("unit").order_by("pk")
    demands = Demand.objects.only("number")
    prefetch_related_objects(
        rows, "units", "present", Prefetch("demands", demands), Prefetch("decisions", decisions)
    )
    return [
        MeetingOut(
            *(row.pk, row.number, row.title, row.place, row.at, row.state),
            sorted(unit.code for unit in row.units.all()),
            sorted(unit.code for unit in row.present.all()),
            sorted(demand.number or "" for demand in row.demands.all()),
            row.minutes,
            [_decision(one) for one in row.decisions.all()],
        )
        for row in rows
    ]


@router.read("/supervision/meetings", "会办列表", Page[MeetingOut])
def meeting_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """A unit sees those that it was asked to."""
    only(request, PageQuery)
    found = Meeting.objects.filter(queries.visible(caller(request), Meeting, "units")).distinct()
    page = queries.latest(found, "-opened_at", query.cursor, min(query.limit, 50))
    return answer(Page(_meetings(page.items), page.next))


class CallMeeting(In):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[Moment, Field(strict=False)]
    units: Annotated[list[Code], Field(min_length=1, max_length=20)]
    place: Short = ""
    demands: Annotated[
        list[Annotated[str, Field(max_length=32)]], Field(max_length=MOST_DEMANDS)
    ] = []


@router.act("/supervision/meetings", "召集会办", MeetingOut)
def call_meeting(request: HttpRequest, body: CallMeeting) -> HttpResponse:
    made = actions.call(
        caller(request),
        title=body.title,
        at=body.at,
        units=body.units,
        place=body.place,
        demands=body.demands,
    )
    return answer(_meetings([made])[0])


class DecisionFields(In):
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    text: Reason
    limit: Annotated[str, Field(min_length=2, max_length=12, examples=["5wd"])] = "5wd"


class HoldMeeting(In):
    minutes: Annotated[str, Field(min_length=1, max_length=20_000)]
    present: Annotated[list[Code], Field(max_length=20)] = []
    decisions: Annotated[list[DecisionFields], Field(min_length=1, max_length=MOST_DECISIONS)]


@router.act("/supervision/meetings/{id}/hold", "记录会办", MeetingOut)
def hold_meeting(request: HttpRequest, id: Id, body: HoldMeeting) -> HttpResponse:
    made = actions.hold_meeting(
        caller(request),
        id,
        minutes=body.minutes,
        present=body.present,
        decisions=[DecisionIn(one.unit, one.text, one.limit) for one in body.decisions],
    )
    return answer(_meetings([made])[0])


class ReportDecision(In):
    report: Annotated[str, Field(min_length=1, max_length=5000)]


@router.act("/supervision/decisions/{id}/report", "上报落实情况", DecisionOut)
def report_decision(request: HttpRequest, id: Id, body: ReportDecision) -> HttpResponse:
    return answer(_decision(actions.report_decision(caller(request), id, report=body.report)))


@router.act("/supervision/decisions/{id}/settle", "确认落实", DecisionOut)
def settle_decision(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    """The last one that is settled ends the meeting's business."""
    return answer(_decision(actions.settle_decision(caller(request), id)))


class SendBackDecision(In):
    reason: Reason


@router.act("/supervision/decisions/{id}/send_back", "退回继续落实", DecisionOut)
def send_back_decision(request: HttpRequest, id: Id, body: SendBackDecision) -> HttpResponse:
    made = actions.send_back_decision(caller(request), id, reason=body.reason)
    return answer(_decision(made))
