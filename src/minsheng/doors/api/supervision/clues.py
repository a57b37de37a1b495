"""线索: seen by discipline officers, and by the supervisor who submitted one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Id, In, PageQuery
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.models import Clue

router = Routes(tags=["supervision"])


@dataclass(frozen=True, slots=True)
class ClueOut:
    """A clue, its receipt, and what came of it."""

    id: int
    number: str
    kind: str
    unit: str
    demand: str | None
    text: str
    state: str
    opened_at: datetime
    receipt: str
    received_at: datetime | None
    result: str


def _clue(row: Clue) -> ClueOut:
    demand = row.demand.number if row.demand else None
    return ClueOut(
        *(row.pk, row.number, row.kind, row.unit.code, demand, row.text, row.state),
        *(row.opened_at, row.receipt, row.received_at, row.result),
    )


@router.read("/supervision/clues", "线索列表", Page[ClueOut])
def clue_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = Clue.objects.filter(queries.visible(caller(request), Clue))
    rows = found.select_related("unit", "demand")
    page = queries.latest(rows, "-opened_at", query.cursor, query.limit)
    return answer(Page([_clue(row) for row in page.items], page.next))


class SubmitClue(In):
    kind: Clue.Kind = Field(strict=False)
    unit: Annotated[str, Field(min_length=1, max_length=64, description="Code")]
    text: Annotated[str, Field(min_length=1, max_length=5000)]
    demand: Annotated[str, Field(max_length=32, description="Number")] = ""


@router.act("/supervision/clues", "移交线索", ClueOut)
def submit_clue(request: HttpRequest, body: SubmitClue) -> HttpResponse:
    made = actions.submit(
        caller(request), kind=body.kind, unit=body.unit, text_=body.text, demand=body.demand
    )
    return answer(_clue(made))


class ReceiveClue(In):
    receipt: Annotated[Code, Field(description="The discipline body's own number")] = ""


@router.act("/supervision/clues/{id}/receive", "接收线索", ClueOut)
def receive_clue(request: HttpRequest, id: Id, body: ReceiveClue) -> HttpResponse:
    return answer(_clue(actions.receive(caller(request), id, receipt=body.receipt)))


class ConcludeClue(In):
    result: Annotated[str, Field(min_length=1, max_length=5000)]


@router.act("/supervision/clues/{id}/conclude", "办结线索", ClueOut)
def conclude_clue(request: HttpRequest, id: Id, body: ConcludeClue) -> HttpResponse:
    return answer(_clue(actions.conclude(caller(request), id, result=body.result)))
