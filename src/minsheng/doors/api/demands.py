"""Demands (诉求): intake, lists, one demand, and every action of its lifecycle table."""

from dataclasses import dataclass
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from minsheng.demands import actions, queries
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import DemandDetail, DemandRow
from minsheng.demands.rules import DemandState
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import (
    Code,
    Codes,
    Id,
    In,
    Moment,
    Number,
    PageQuery,
    Short,
)
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import queries as follow_up_queries
from minsheng.followups.queries import FollowUpDetail
from minsheng.foundation.gather import gather_about
from minsheng.foundation.keyset import Page
from minsheng.orders import queries as order_queries
from minsheng.orders.queries import Line, OrderDetail

router = Routes(tags=["demands"])

Mark = Literal["urgent", "confidential", "enterprise", "excluded", "escalated", "difficult"]


# Intake


class PersonIn(In):
    """Who raises a demand; left out, or all blank, for an anonymous one."""

    name: Code = ""
    phone: Annotated[str, Field(max_length=32)] = ""
    id_number: Annotated[str, Field(max_length=32)] = ""
    address: Short = ""
    kind: Annotated[Petitioner.Kind, Field(strict=False)] = Petitioner.Kind.PERSON
    do_not_call: bool = False


class Matter(In):
    """What a demand is about; dictionaries by code."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH)]
    text: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    kind: Code = ""
    category: Code = ""
    district: Code = ""
    place: Short = ""
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None


class DemandIn(Matter):
    channel: Annotated[str, Field(min_length=1, max_length=64)]
    petitioner: PersonIn = PersonIn()
    urgent: bool = False
    confidential: bool = False
    origin: Annotated[Demand.Origin, Field(strict=False)] = Demand.Origin.CITY
    external_no: Code = ""
    call_no: Code = ""

    def intake(self) -> actions.Intake:
        given = self.model_dump()
        return actions.Intake(**{**given, "petitioner": actions.PersonIn(**given["petitioner"])})


@dataclass(frozen=True, slots=True)
class Accepted:
    """The number of a demand, and the code by which its petitioner asks after it."""

    id: int
    number: str
    query_code: str
    state: str
    accepted_at: Moment


def accepted(demand: Demand) -> HttpResponse:
    assert demand.number
    assert demand.accepted_at
    return answer(
        Accepted(
            demand.pk,
            demand.number,
            demand.query_code,
            demand.state,
            queries.here(demand.accepted_at),
        ),
        201,
    )


@router.act("/demands", "受理一件诉求", Accepted, status=201)
def accept(request: HttpRequest, body: DemandIn) -> HttpResponse:
    """Registers and accepts a demand in one step; it gets its number and query code."""
    return accepted(actions.accept(caller(request), body.intake()))


@dataclass(frozen=True, slots=True)
class Draft:
    id: int
    state: str


@router.act("/drafts", "登记草稿", Draft, status=201)
def register(request: HttpRequest, body: DemandIn) -> HttpResponse:
    """Keeps a demand without number and limit until it is submitted."""
    demand = actions.register(caller(request), body.intake())
    return answer(Draft(demand.pk, demand.state), 201)


@router.act("/drafts/{id}/submit", "受理草稿", Accepted, status=201)
def submit(request: HttpRequest, id: Id) -> HttpResponse:
    """Accepts a draft of one's own: it gets its number, and its limits start to count."""
    return accepted(actions.submit(caller(request), id))


# Lists


class DemandFilters(BaseModel):
    """Units, districts and categories include all below them; several values mean any of them."""

    state: Annotated[list[DemandState], Field(max_length=20)] = []
    unit: Codes = []
    district: Codes = []
    category: Codes = []
    kind: Codes = []
    channel: Codes = []
    origin: Annotated[list[Demand.Origin], Field(max_length=5)] = []
    mark: Annotated[list[Mark], Field(max_length=6, description="All of them.")] = []
    limit_state: Annotated[
        Literal["", "normal", "near", "overdue"],
        Field(description="How the limit of the lead unit stands, where it runs."),
    ] = ""
    accepted_from: Moment | None = None
    accepted_to: Annotated[Moment | None, Field(description="Excluded.")] = None
    petitioner: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    text: Annotated[
        str, Field(max_length=200, description="Words in title, text and place; all of them.")
    ] = ""

    def filters(self) -> queries.Filters:
        return queries.Filters(
            states=self.state,
            units=self.unit,
            districts=self.district,
            categories=self.category,
            kinds=self.kind,
            channels=self.channel,
            origins=self.origin,
            marks=self.mark,
            limit_state=self.limit_state,
            accepted_from=self.accepted_from,
            accepted_to=self.accepted_to,
            petitioner=self.petitioner,
            text=self.text,
        )


class DemandQuery(DemandFilters, PageQuery):
    sort: Annotated[
        Literal["", "-accepted_at", "accepted_at", "due_at", "-due_at"],
        Field(description="By `due_at` where a limit state is asked for, else `-accepted_at`."),
    ] = ""


@router.read("/demands", "诉求列表", Page[DemandRow])
def demand_list(request: HttpRequest, query: Query[DemandQuery]) -> HttpResponse:
    """Pages by keyset: a page of any depth costs the same. Pass `next` as `cursor`."""
    only(request, DemandQuery)
    return answer(
        order_queries.demand_page(
            caller(request),
            query.filters(),
            sort=query.sort,
            cursor=query.cursor,
            limit=query.limit,
        )
    )


@router.read("/drafts", "本人的草稿", Page[queries.DraftRow])
def draft_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    return answer(queries.drafts(caller(request), cursor=query.cursor, limit=query.limit))


# One demand


@dataclass
class WholeDemand(DemandDetail):
    """A demand with everything on it, and the actions that this caller may take now."""

    orders: tuple[OrderDetail, ...]
    follow_ups: tuple[FollowUpDetail, ...]
    timeline: tuple[Line, ...]
    actions: tuple[str, ...]


_PARTS = {**queries.PARTS, **order_queries.PARTS, **follow_up_queries.PARTS}


def _whole(request: HttpRequest, demand: Demand) -> HttpResponse:
    actor = caller(request)
    given = order_queries.of_demand(demand)
    possible = order_queries.possible_actions(actor, demand, given)
    parts = gather_about(demand.pk, _PARTS)
    detail = queries.detail(actor, demand, parts)
    return answer(
        {
            **vars(detail),
            "orders": order_queries.details(actor, demand, given, parts),
            "follow_ups": follow_up_queries.of_demand(demand, parts),
            "timeline": order_queries.timeline(actor, demand, parts),
            "actions": possible.demand,
        }
    )


@router.read("/demands/{number}", "诉求详情", WholeDemand)
def demand_detail(request: HttpRequest, number: Number) -> HttpResponse:
    return _whole(request, queries.find(caller(request), number=number))


@router.read("/drafts/{id}", "草稿详情", WholeDemand)
def draft_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return _whole(request, queries.find(caller(request), id=id))
