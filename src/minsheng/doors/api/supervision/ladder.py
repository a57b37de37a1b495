"""Warnings and the rules that raise them; 催办, 督办, 通报, 约谈."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import given
from minsheng.doors.api.fields import Code, Codes, Day, Id, In, PageQuery, Reason
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.actions.alerts import MOST_DAYS
from minsheng.supervision.models import AlertRule, Measure
from minsheng.supervision.queries import AlertRow, MeasureRow
from minsheng.supervision.rules import AlertKind, Level, MeasureState, Step

router = Routes(tags=["supervision"])

TimeLimit = Annotated[str, Field(max_length=12, examples=["3wd"])]


# Warnings


class AlertQuery(PageQuery):
    """Units include all below them. `proposed`: a step of the ladder waits to be taken."""

    unit: Codes = []
    code: Codes = []
    proposed: bool = False


@router.read("/supervision/alerts", "预警列表", Page[AlertRow])
def alert_list(request: HttpRequest, query: Query[AlertQuery]) -> HttpResponse:
    """Warnings that hold, the oldest first. A unit sees its own and those of the units below."""
    only(request, AlertQuery)
    return answer(
        queries.alerts(
            caller(request),
            units=query.unit,
            codes=query.code,
            proposed=query.proposed,
            cursor=query.cursor,
            limit=query.limit,
        )
    )


@dataclass(frozen=True, slots=True)
class AlertOut:
    id: int
    code: str
    dismissed_at: datetime | None
    reason: str


class DismissAlert(In):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@router.act("/supervision/alerts/{id}/dismiss", "忽略预警", AlertOut)
def dismiss_alert(request: HttpRequest, id: Id, body: DismissAlert) -> HttpResponse:
    made = actions.dismiss(caller(request), id, reason=body.reason)
    return answer(AlertOut(made.pk, made.code, made.dismissed_at, made.reason))


@dataclass(frozen=True, slots=True)
class RuleOut:
    """A row of a rule; both dates are included."""

    code: str
    name: str
    kind: str
    days: int
    times: int
    step: str
    issues: bool
    limit: str
    effective_from: date
    effective_to: date | None


def _rule(row: AlertRule) -> RuleOut:
    return RuleOut(
        *(row.code, row.name, row.kind, row.days, row.times, row.step, row.issues, row.limit),
        *(row.effective_from, row.effective_to),
    )


@router.read("/supervision/rules", "预警规则", list[RuleOut])
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rows of all rules, those that are over included."""
    require(caller(request), "supervision.view")
    return answer([_rule(row) for row in AlertRule.objects.order_by("code", "effective_from")])


class RuleIn(In):
    """`days` are working days (days, for 同一地点重复发生); `issues`: the job takes the step."""

    code: Annotated[str, Field(min_length=1, max_length=32)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    kind: AlertKind = Field(strict=False)
    effective_from: Day
    effective_to: Day | None = None
    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    times: Annotated[int, Field(ge=1, le=99)] = 1
    step: Literal["", "urge", "supervise", "notice", "interview"] = ""
    issues: bool = False
    limit: TimeLimit = ""


@router.act("/supervision/rules", "设定预警规则", RuleOut)
def set_rule(request: HttpRequest, body: RuleIn) -> HttpResponse:
    """Sets a rule from a day on; the row that held until then ends the day before."""
    return answer(_rule(actions.set_rule(caller(request), **given(body))))


# The ladder


class MeasureQuery(PageQuery):
    """`late`: unanswered past the limit. Units include all below them."""

    unit: Codes = []
    step: Annotated[list[Step], Field(max_length=4)] = []
    state: Annotated[list[MeasureState], Field(max_length=3)] = []
    late: bool = False
    sort: Literal["-opened_at", "opened_at", "due_at", "-due_at"] = "-opened_at"


@router.read("/supervision/measures", "督办文书列表", Page[MeasureRow])
def measure_list(request: HttpRequest, query: Query[MeasureQuery]) -> HttpResponse:
    only(request, MeasureQuery)
    return answer(
        queries.measures(
            caller(request),
            units=query.unit,
            steps=query.step,
            states=query.state,
            late=query.late,
            sort=query.sort,
            cursor=query.cursor,
            limit=query.limit,
        )
    )


@dataclass(frozen=True, slots=True)
class MeasureOut:
    """A document of the ladder with its answer and its end."""

    id: int
    number: str
    step: str
    level: str
    state: str
    unit: str
    order: int | None
    demand: str | None
    previous: str | None
    reason: str
    limit: str
    opened_at: datetime
    due_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    remark: str
    closed_by: str
    closed_at: datetime | None


def _measure(row: Measure) -> MeasureOut:
    return MeasureOut(
        id=row.pk,
        number=row.number,
        step=row.step,
        level=row.level,
        state=row.state,
        unit=row.unit.code,
        order=row.assignment_id,
        demand=row.demand.number if row.demand else None,
        previous=row.previous.number if row.previous else None,
        reason=row.reason,
        limit=row.limit,
        opened_at=row.opened_at,
        due_at=row.due_at,
        answer=row.answer,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        remark=row.remark,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


@router.read("/supervision/measures/{id}", "督办文书", MeasureOut)
def measure_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_measure(queries.find(caller(request), Measure, id)))


class IssueMeasure(In):
    """About one order (its id), or, for a notice or an interview, about a unit (its code)."""

    step: Step = Field(strict=False)
    reason: Reason
    order: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    unit: Code = ""
    limit: TimeLimit = ""
    level: Level = Field(Level.CENTRE, strict=False)


@router.act("/supervision/measures", "下发督办文书", MeasureOut)
def issue_measure(request: HttpRequest, body: IssueMeasure) -> HttpResponse:
    """Takes a step of the ladder. Without a limit it is the city's for 督办."""
    made = actions.issue(
        caller(request),
        step=body.step,
        reason=body.reason,
        order_id=body.order,
        unit=body.unit,
        limit=body.limit,
        level=body.level,
    )
    return answer(_measure(made))


class AnswerMeasure(In):
    answer: Annotated[str, Field(min_length=1, max_length=5000)]


@router.act("/supervision/measures/{id}/answer", "答复督办", MeasureOut)
def answer_measure(request: HttpRequest, id: Id, body: AnswerMeasure) -> HttpResponse:
    return answer(_measure(actions.answer(caller(request), id, answer=body.answer)))


class SendBackMeasure(In):
    reason: Reason
    limit: TimeLimit = ""


@router.act("/supervision/measures/{id}/send_back", "退回重报", MeasureOut)
def send_back_measure(request: HttpRequest, id: Id, body: SendBackMeasure) -> HttpResponse:
    made = actions.send_back(caller(request), id, reason=body.reason, limit=body.limit)
    return answer(_measure(made))


class EscalateMeasure(In):
    level: Level = Field(strict=False)
    reason: Reason


@router.act("/supervision/measures/{id}/escalate", "提级督办", MeasureOut)
def escalate_measure(request: HttpRequest, id: Id, body: EscalateMeasure) -> HttpResponse:
    made = actions.escalate(caller(request), id, level=body.level, reason=body.reason)
    return answer(_measure(made))


class CloseMeasure(In):
    reason: Reason


@router.act("/supervision/measures/{id}/close", "督办销号", MeasureOut)
def close_measure(request: HttpRequest, id: Id, body: CloseMeasure) -> HttpResponse:
    return answer(_measure(actions.close(caller(request), id, reason=body.reason)))
