"""领导批示 with feedback and deadline; the ledger of 民生承诺."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands.queries import id_of
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Day, Id, In, PageQuery, Reason, Words
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.doors.api.supervision.ladder import TimeLimit
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.models import Instruction, Promise

router = Routes(tags=["supervision"])

Unit = Annotated[str, Field(min_length=1, max_length=64, description="Code")]
Title = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class InstructionOut:
    """A leader's instruction; `demand` is what it is about, or what it became."""

    id: int
    number: str
    leader: str
    text: str
    unit: str
    demand: str | None
    state: str
    opened_at: datetime
    due_at: datetime
    feedback: str
    reported_at: datetime | None
    closed_at: datetime | None


def _instruction(row: Instruction) -> InstructionOut:
    demand = row.demand.number if row.demand else None
    return InstructionOut(
        *(row.pk, row.number, row.leader, row.text, row.unit.code, demand, row.state),
        *(row.opened_at, row.due_at, row.feedback, row.reported_at, row.closed_at),
    )


@router.read("/supervision/instructions", "领导批示列表", Page[InstructionOut])
def instruction_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = Instruction.objects.filter(queries.visible(caller(request), Instruction))
    rows = found.select_related("unit", "demand")
    page = queries.latest(rows, "-opened_at", query.cursor, query.limit)
    return answer(Page([_instruction(row) for row in page.items], page.next))


class GiveInstruction(In):
    """`leader` is left out by leaders themselves."""

    text: Reason
    unit: Unit
    leader: Code = ""
    demand: Annotated[str, Field(max_length=32, description="Number")] = ""
    limit: TimeLimit = ""


@router.act("/supervision/instructions", "作出批示", InstructionOut)
def give_instruction(request: HttpRequest, body: GiveInstruction) -> HttpResponse:
    actor = caller(request)
    require(actor, "instruction.give")
    made = actions.instruct(
        actor,
        text_=body.text,
        unit=body.unit,
        leader=body.leader,
        demand_id=id_of(body.demand) if body.demand else None,
        limit=body.limit,
    )
    return answer(_instruction(made))


class OrderInstruction(In):
    channel: Unit
    title: Title
    category: Code = ""


@router.act("/supervision/instructions/{id}/order", "转为指令工单", InstructionOut)
def order_instruction(request: HttpRequest, id: Id, body: OrderInstruction) -> HttpResponse:
    """Makes a demand and an order of an instruction that is about no demand."""
    made = actions.make_order(
        caller(request), id, channel=body.channel, title=body.title, category=body.category
    )
    return answer(_instruction(made))


class ReportInstruction(In):
    feedback: Annotated[str, Field(min_length=1, max_length=5000)]


@router.act("/supervision/instructions/{id}/report", "反馈批示", InstructionOut)
def report_instruction(request: HttpRequest, id: Id, body: ReportInstruction) -> HttpResponse:
    made = actions.report_instruction(caller(request), id, feedback=body.feedback)
    return answer(_instruction(made))


class SendBackInstruction(In):
    reason: Reason


@router.act("/supervision/instructions/{id}/send_back", "批示退回再办", InstructionOut)
def send_back_instruction(request: HttpRequest, id: Id, body: SendBackInstruction) -> HttpResponse:
    made = actions.send_back_instruction(caller(request), id, reason=body.reason)
    return answer(_instruction(made))


class CloseInstruction(In):
    reason: Words = ""


@router.act("/supervision/instructions/{id}/close", "批示办结", InstructionOut)
def close_instruction(request: HttpRequest, id: Id, body: CloseInstruction) -> HttpResponse:
    made = actions.close_instruction(caller(request), id, reason=body.reason)
    return answer(_instruction(made))


# Promises


@dataclass(frozen=True, slots=True)
class PromiseOut:
    """What a unit promised in public. `verdict`: kept, partly, broken, or empty."""

    id: int
    number: str
    hearing: str
    held_on: date
    unit: str
    text: str
    due_on: date
    first_due_on: date
    state: str
    report: str
    reported_at: datetime | None
    verdict: str
    remark: str


def _promise(row: Promise) -> PromiseOut:
    return PromiseOut(
        *(row.pk, row.number, row.hearing, row.held_on, row.unit.code, row.text, row.due_on),
        *(row.first_due_on, row.state, row.report, row.reported_at, row.verdict, row.remark),
    )


@router.read("/supervision/promises", "民生承诺台账", Page[PromiseOut])
def promise_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = Promise.objects.filter(queries.visible(caller(request), Promise))
    page = queries.latest(found.select_related("unit"), "-opened_at", query.cursor, query.limit)
    return answer(Page([_promise(row) for row in page.items], page.next))


class RecordPromise(In):
    hearing: Title
    held_on: Day
    unit: Unit
    text: Reason
    due_on: Day


@router.act("/supervision/promises", "登记承诺", PromiseOut)
def record_promise(request: HttpRequest, body: RecordPromise) -> HttpResponse:
    made = actions.promise(
        caller(request),
        hearing=body.hearing,
        held_on=body.held_on,
        unit=body.unit,
        text_=body.text,
        due_on=body.due_on,
    )
    return answer(_promise(made))


class ReportPromise(In):
    report: Annotated[str, Field(min_length=1, max_length=5000)]


@router.act("/supervision/promises/{id}/report", "上报兑现", PromiseOut)
def report_promise(request: HttpRequest, id: Id, body: ReportPromise) -> HttpResponse:
    return answer(_promise(actions.report_promise(caller(request), id, report=body.report)))


class PostponePromise(In):
    due_on: Day
    reason: Reason


@router.act("/supervision/promises/{id}/postpone", "延后兑现", PromiseOut)
def postpone_promise(request: HttpRequest, id: Id, body: PostponePromise) -> HttpResponse:
    made = actions.postpone(caller(request), id, due_on=body.due_on, reason=body.reason)
    return answer(_promise(made))


class JudgePromise(In):
    verdict: Promise.Verdict = Field(strict=False)
    reason: Reason


@router.act("/supervision/promises/{id}/judge", "评定承诺", PromiseOut)
def judge_promise(request: HttpRequest, id: Id, body: JudgePromise) -> HttpResponse:
    """A promise that nobody reported on can be judged broken, once its day has passed."""
    made = actions.judge_promise(caller(request), id, verdict=body.verdict, reason=body.reason)
    return answer(_promise(made))
