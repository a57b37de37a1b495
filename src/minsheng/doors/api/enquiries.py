"""企业专席 for machines: specialists, what they are asked, and what they pass back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands import actions, enquiring, queries
from minsheng.demands.models import Enquiry
from minsheng.demands.queries import here
from minsheng.directory.access import require
from minsheng.directory.queries import specialists
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import In, Number, PageQuery, Reason
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation import clock
from minsheng.foundation.keyset import Page

router = Routes(tags=["enterprise desk"])


@dataclass(frozen=True, slots=True)
class SpecialistOut:
    """A policy specialist, by the unit that may be asked."""

    unit: str
    unit_name: str
    name: str


@router.read("/specialists", "专员名册", list[SpecialistOut])
def specialist_list(request: HttpRequest) -> HttpResponse:
    require(caller(request), "enquiry.view")
    posts = specialists(clock.now())
    return answer([SpecialistOut(p.unit.code, p.unit.name, p.staff.name) for p in posts])


@dataclass(frozen=True, slots=True)
class EnquiryOut:
    """What the specialists of a unit were asked, and how it ended."""

    demand: str
    title: str
    unit: str
    note: str
    state: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    ended_by: str
    ended_at: datetime | None
    reason: str


def _out(row: Enquiry) -> EnquiryOut:
    return EnquiryOut(
        *(row.demand.ref, row.demand.title, row.unit.code, row.note, row.state, row.asked_by),
        *(here(row.asked_at), here(row.due_at), row.ended_by),
        row.ended_at and here(row.ended_at),
        row.reason,
    )


class EnquiryQuery(PageQuery):
    state: Annotated[list[Enquiry.State], Field(max_length=1)] = []


@router.read("/enquiries", "专员咨询", Page[EnquiryOut])
def enquiry_list(request: HttpRequest, query: Query[EnquiryQuery]) -> HttpResponse:
    """The latest first; a specialist sees what the own unit is asked."""
    only(request, EnquiryQuery)
    page = enquiring.enquiries(
        caller(request), state="".join(query.state), cursor=query.cursor, limit=query.limit
    )
    return answer(Page([_out(row) for row in page.items], page.next))


class AskSpecialists(In):
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    note: Annotated[str, Field(max_length=2000)] = ""


@router.act("/demands/{number}/enquiries", "转专员", EnquiryOut)
def ask_specialists(request: HttpRequest, number: Number, body: AskSpecialists) -> HttpResponse:
    """Puts an enterprise's demand to the specialists of a unit; one is asked at a time."""
    actor = caller(request)
    require(actor, "enquiry.ask")
    made = actions.ask(actor, queries.id_of(number), unit=body.unit, note=body.note)
    return answer(_out(made))


class PassBack(In):
    reason: Reason


@router.act("/demands/{number}/enquiries/pass_back", "专员转派单", EnquiryOut)
def pass_enquiry_back(request: HttpRequest, number: Number, body: PassBack) -> HttpResponse:
    """The specialist cannot answer it: the dispatcher makes an order of it."""
    actor = caller(request)
    require(actor, "enquiry.pass_back")
    return answer(_out(actions.pass_back(actor, queries.id_of(number), reason=body.reason)))
