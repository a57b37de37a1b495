"""权属认定: the roster of duty units, and cases of things that nobody owns up to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands.queries import id_of
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Day, Id, In, PageQuery, Reason, Words
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.models import DutyUnit, Ownership
from minsheng.supervision.models.ownership import Object
from minsheng.supervision.rules import OwnershipState

router = Routes(tags=["supervision"])


@dataclass(frozen=True, slots=True)
class CaseOut:
    """A case; `unit` is the duty unit that looks, `owner` whose it was found to be."""

    id: int
    number: str
    object: str
    demand: str | None
    unit: str
    state: str
    reason: str
    visit_due_at: datetime
    finding: str
    suggested: str | None
    owner: str | None
    decision: str
    review_on: date | None
    opened_at: datetime


def _case(row: Ownership) -> CaseOut:
    return CaseOut(
        id=row.pk,
        number=row.number,
        object=row.object,
        demand=row.demand.number,
        unit=row.unit.code,
        state=row.state,
        reason=row.reason,
        visit_due_at=row.visit_due_at,
        finding=row.finding,
        suggested=row.suggested.code if row.suggested else None,
        owner=row.owner.code if row.owner else None,
        decision=row.decision,
        review_on=row.review_on,
        opened_at=row.opened_at,
    )


class CaseQuery(PageQuery):
    state: Annotated[list[OwnershipState], Field(max_length=4)] = []


@router.read("/supervision/ownership", "权属案件列表", Page[CaseOut])
def case_list(request: HttpRequest, query: Query[CaseQuery]) -> HttpResponse:
    """The oldest first; `state=backlog` is the backlog list."""
    only(request, CaseQuery)
    found = Ownership.objects.filter(queries.visible(caller(request), Ownership))
    if query.state:
        found = found.filter(state__in=query.state)
    rows = found.select_related("demand", "unit", "suggested", "owner")
    page = queries.latest(rows, "opened_at", query.cursor, query.limit)
    return answer(Page([_case(row) for row in page.items], page.next))


class OpenCase(In):
    demand: Annotated[str, Field(min_length=1, max_length=32, description="Number of the demand")]
    object: Object = Field(strict=False)
    reason: Words = ""


@router.act("/supervision/ownership", "提请权属认定", CaseOut)
def open_case(request: HttpRequest, body: OpenCase) -> HttpResponse:
    actor = caller(request)
    require(actor, "ownership.open")
    made = actions.open_case(
        actor, demand_id=id_of(body.demand), object=body.object, reason=body.reason
    )
    return answer(_case(made))


class VisitCase(In):
    finding: Reason
    suggested: Annotated[Code, Field(description="Whose it seems to be")] = ""


@router.act("/supervision/ownership/{id}/visit", "权属勘查", CaseOut)
def visit_case(request: HttpRequest, id: Id, body: VisitCase) -> HttpResponse:
    made = actions.visit(caller(request), id, finding=body.finding, suggested=body.suggested)
    return answer(_case(made))


class PutOffCase(In):
    review_on: Day
    reason: Reason


@router.act("/supervision/ownership/{id}/put_off", "列入积存", CaseOut)
def put_off_case(request: HttpRequest, id: Id, body: PutOffCase) -> HttpResponse:
    made = actions.put_off(caller(request), id, review_on=body.review_on, reason=body.reason)
    return answer(_case(made))


class DecideCase(In):
    owner: Annotated[str, Field(min_length=1, max_length=64, description="Code of the owner")]
    reason: Reason


@router.act("/supervision/ownership/{id}/decide", "认定权属", CaseOut)
def decide_case(request: HttpRequest, id: Id, body: DecideCase) -> HttpResponse:
    """Says whose it is and gives that unit the order."""
    made = actions.decide(caller(request), id, owner=body.owner, reason=body.reason)
    return answer(_case(made))


@dataclass(frozen=True, slots=True)
class DutyOut:
    """`object` is empty where the unit is on duty for everything that has no unit of its own."""

    month: date
    object: str
    unit: str


@router.read("/supervision/roster", "权属值班表", list[DutyOut])
def roster(request: HttpRequest) -> HttpResponse:
    require(caller(request), "supervision.view")
    rows = DutyUnit.objects.select_related("unit").order_by("-month", "object")[:240]
    return answer([DutyOut(row.month, row.object, row.unit.code) for row in rows])


class DutyIn(In):
    """`month`: any day of it."""

    month: Day
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    object: Literal["", "manhole", "pole", "cable", "other"] = ""


@router.act("/supervision/roster", "设定值班单位", DutyOut)
def set_duty(request: HttpRequest, body: DutyIn) -> HttpResponse:
    row = actions.set_duty(caller(request), month=body.month, unit=body.unit, object=body.object)
    return answer(DutyOut(row.month, row.object, row.unit.code))
