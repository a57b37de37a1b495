"""Assessment: evaluations on record, applications to leave demands out, appeals against results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands.queries import here, id_of
from minsheng.directory.access import Actor, require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing, given
from minsheng.doors.api.fields import Code, Id, In, Number, PageQuery, Reason, Words
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.evaluation import queries
from minsheng.evaluation.actions import appeals, exclusions
from minsheng.evaluation.models import Appeal, Exclusion
from minsheng.foundation import keyset
from minsheng.foundation.keyset import Page
from minsheng.indicators.periods import Period

router = Routes(tags=["assessment"])


# Evaluations


@dataclass
class EvaluationRow:
    """One revision of a period's evaluation by a scheme.

    `reason` says what was decided before it was revised; units do not see it, their `notes` do.
    """

    id: int
    scheme: str
    version: str
    period: str
    revision: int
    state: str
    reason: str
    computed_at: datetime
    published_at: datetime | None


@router.read("/evaluations", "考核评价列表", Page[EvaluationRow])
def evaluation_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The latest first. Units see what is published and has a result of theirs."""
    only(request, PageQuery)
    actor = caller(request)
    rows = queries.seen(actor).values(*EvaluationRow.__dataclass_fields__)
    page = keyset.fetch(rows, "-computed_at", query.cursor, query.limit)
    return answer(Page([_evaluation(actor, row) for row in page.items], page.next))


def _evaluation(actor: Actor, row: Mapping[str, Any]) -> EvaluationRow:
    shown = {name: here(row[name]) for name in ("computed_at", "published_at")}
    return EvaluationRow(**{**row, **shown, "reason": queries.reason(actor, row["reason"])})


@dataclass
class EvaluationResult:
    """What a unit got. `rank` is its place in `group`, among small units where it is `small`."""

    unit: str
    name: str
    group: str
    small: bool
    rank: int | None
    counts: dict[str, Any]
    rates: dict[str, str | None]
    lines: list[str]
    flags: list[str]
    composite: str
    grade: str
    grade_before: str
    moved: str


@dataclass
class ScoreNote:
    """One thing that changed a score."""

    unit: str
    ref: str
    what: str
    why: str
    at: datetime


@dataclass
class EvaluationOut(EvaluationRow):
    """An evaluation with its results, what its revision changed, and all that changed a score."""

    results: list[EvaluationResult]
    changes: list[dict[str, Any]]
    notes: list[ScoreNote]


@router.read("/evaluations/{id}", "考核评价详情", EvaluationOut)
def evaluation_detail(request: HttpRequest, id: Id) -> HttpResponse:
    actor = caller(request)
    found = queries.find(actor, id)
    mine = "" if queries.sees_all(actor) else actor.unit_code
    results = [
        EvaluationResult(
            unit=row.result.unit.code,
            name=row.result.unit_name,
            group=group.name,
            small=group.small,
            rank=row.rank,
            counts=row.result.counts,
            rates=row.result.rates,
            lines=[line["text"] for line in row.result.lines],
            flags=row.result.flags,
            composite=row.result.printed,
            grade=row.result.grade,
            grade_before=row.result.grade_before,
            moved=row.result.moved,
        )
        for group in queries.groups(found)
        for row in group.rows
        if mine in ("", row.result.unit.code)
    ]
    names = {result.name for result in results}
    unit = actor.unit_id if mine else None
    row = {
        name: getattr(found, name) for name in EvaluationRow.__dataclass_fields__ if name != "id"
    }
    return answer(
        EvaluationOut(
            **vars(_evaluation(actor, {**row, "id": found.pk})),
            results=results,
            changes=[one for one in found.changes if not mine or one["unit"] in names],
            notes=[
                ScoreNote(note.unit, note.ref, note.what, note.why, here(note.at))
                for note in queries.notes(Period.parse(found.period))
                if unit in (None, note.unit_id)
            ],
        )
    )


# Exclusions


@dataclass
class ExclusionOut:
    """An application to leave a demand out of assessment, or to take it back in (`restores`)."""

    id: int
    demand: str
    unit: str
    restores: bool
    reason_code: str
    evidence: str
    files: Sequence[int]
    state: str
    applied_by: str
    applied_at: datetime
    due_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    approval: str
    decided_by: str
    decided_at: datetime | None
    decision: str


def _exclusion(row: Exclusion) -> ExclusionOut:
    plain = ("restores", "reason_code", "evidence", "files", "state", "approval", "decision")
    return ExclusionOut(
        id=row.pk,
        demand=row.demand.ref,
        unit=row.unit.code,
        **{name: getattr(row, name) for name in plain},
        applied_by=row.applied_by.username,
        applied_at=here(row.applied_at),
        due_at=here(row.due_at),
        approved_by=row.approved_by.username if row.approved_by else "",
        approved_at=here(row.approved_at),
        decided_by=row.decided_by.username if row.decided_by else "",
        decided_at=here(row.decided_at),
    )


class ExclusionQuery(PageQuery):
    state: Annotated[list[Exclusion.State], Field(max_length=5)] = []


@router.read("/exclusions", "剔除申请列表", Page[ExclusionOut])
def exclusion_list(request: HttpRequest, query: Query[ExclusionQuery]) -> HttpResponse:
    only(request, ExclusionQuery)
    rows = queries.exclusions(caller(request))
    if query.state:
        rows = rows.filter(state__in=query.state)
    page = keyset.fetch(rows.values("id", "applied_at"), "-applied_at", query.cursor, query.limit)
    found = rows.in_bulk([row["id"] for row in page.items])
    return answer(Page([_exclusion(found[row["id"]]) for row in page.items], page.next))


@router.read("/exclusions/{id}", "剔除申请详情", ExclusionOut)
def exclusion_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_exclusion(queries.exclusion(caller(request), id)))


class ApplyExclusion(In):
    """Evidence in words, or in files that the demand has; `restores` asks for the reverse."""

    reason_code: Annotated[str, Field(min_length=1, max_length=32)]
    evidence: Words = ""
    attached: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]],
        Field(max_length=exclusions.MOST_FILES, description="Ids of files of the demand."),
    ] = []
    restores: bool = False


@router.act("/demands/{number}/exclusion", "申请剔除考核", ExclusionOut, status=201)
def apply_for_exclusion(request: HttpRequest, number: Number, body: ApplyExclusion) -> HttpResponse:
    actor = caller(request)
    require(actor, "exclusion.apply")
    made = exclusions.apply(actor, id_of(number), **given(body))
    return answer(_exclusion(queries.exclusion(actor, made.pk)), 201)


class ApproveExclusion(In):
    reason: Words = ""


class RefuseExclusion(In):
    reason: Reason


def _decided(request: HttpRequest, row: Exclusion) -> HttpResponse:
    return answer(_exclusion(queries.exclusion(caller(request), row.pk)))


@router.act("/exclusions/{id}/approve", "剔除初审同意", ExclusionOut)
def approve_exclusion(request: HttpRequest, id: Id, body: ApproveExclusion) -> HttpResponse:
    """The first of two persons agrees."""
    return _decided(request, exclusions.approve(caller(request), id, reason=body.reason))


@router.act("/exclusions/{id}/confirm", "剔除复核同意", ExclusionOut)
def confirm_exclusion(request: HttpRequest, id: Id, body: ApproveExclusion) -> HttpResponse:
    """The second person agrees, and the demand is left out of assessment."""
    return _decided(request, exclusions.confirm(caller(request), id, reason=body.reason))


@router.act("/exclusions/{id}/refuse", "不同意剔除", ExclusionOut)
def refuse_exclusion(request: HttpRequest, id: Id, body: RefuseExclusion) -> HttpResponse:
    return _decided(request, exclusions.refuse(caller(request), id, reason=body.reason))


@router.act("/exclusions/{id}/withdraw", "撤回剔除申请", ExclusionOut)
def withdraw_exclusion(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    return _decided(request, exclusions.withdraw(caller(request), id))


# Appeals


@dataclass
class AppealOut:
    """An appeal. Granted, it has corrections of counts, and applications to leave demands out."""

    id: int
    evaluation: int
    period: str
    unit: str
    state: str
    reason: str
    demands: Sequence[str]
    submitted_by: str
    submitted_at: datetime
    due_at: datetime | None
    answer: str
    answered_by: str
    answered_at: datetime | None
    corrections: dict[str, int]
    exclusions: list[int]


def _appeal(row: Appeal) -> AppealOut:
    return AppealOut(
        id=row.pk,
        evaluation=row.evaluation_id,
        period=row.evaluation.period,
        unit=row.unit.code,
        **{name: getattr(row, name) for name in ("state", "reason", "demands", "answer")},
        submitted_by=row.submitted_by.username,
        submitted_at=here(row.submitted_at),
        due_at=here(row.due_at),
        answered_by=row.answered_by.username if row.answered_by else "",
        answered_at=here(row.answered_at),
        corrections={one.count: one.by for one in row.corrections.all()},
        exclusions=sorted(one.pk for one in row.exclusions.all()),
    )


@router.read("/appeals", "考核申诉列表", Page[AppealOut])
def appeal_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    rows = queries.appeals(caller(request))
    page = keyset.fetch(
        rows.values("id", "submitted_at"), "-submitted_at", query.cursor, query.limit
    )
    ids = [row["id"] for row in page.items]
    found = rows.prefetch_related("corrections", "exclusions").in_bulk(ids)
    return answer(Page([_appeal(found[id]) for id in ids], page.next))


@router.read("/appeals/{id}", "考核申诉详情", AppealOut)
def appeal_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_appeal(queries.appeal(caller(request), id)))


_Numbers = Annotated[
    list[Annotated[str, Field(max_length=32)]], Field(max_length=appeals.MOST_DEMANDS)
]


class SubmitAppeal(In):
    reason: Reason
    demands: _Numbers = []


@router.act("/evaluations/{id}/appeal", "提出考核申诉", AppealOut, status=201)
def submit_appeal(request: HttpRequest, id: Id, body: SubmitAppeal) -> HttpResponse:
    """By the leader of the unit, within the scheme's limit after the publication."""
    actor = caller(request)
    made = appeals.submit(actor, id, reason=body.reason, demands=body.demands)
    return answer(_appeal(queries.appeal(actor, made.pk)), 201)


class GrantAppeal(In):
    """What is put right: demands to be left out, or counts by difference, such as overdue −1."""

    answer: Reason
    exclude: _Numbers = []
    reason_code: Code = ""
    corrections: dict[
        Literal["due", "handled", "overdue", "rework", "sampled", "dissatisfied"],
        Annotated[int, Field(ge=-appeals.MOST_CORRECTED, le=appeals.MOST_CORRECTED)],
    ] = {}


def _answered(request: HttpRequest, row: Appeal) -> HttpResponse:
    return answer(_appeal(queries.appeal(caller(request), row.pk)))


@router.act("/appeals/{id}/grant", "申诉成立", AppealOut)
def grant_appeal(request: HttpRequest, id: Id, body: GrantAppeal) -> HttpResponse:
    return _answered(request, appeals.grant(caller(request), id, **given(body)))


class RefuseAppeal(In):
    answer: Reason


@router.act("/appeals/{id}/refuse", "申诉不成立", AppealOut)
def refuse_appeal(request: HttpRequest, id: Id, body: RefuseAppeal) -> HttpResponse:
    return _answered(request, appeals.refuse(caller(request), id, answer=body.answer))


@router.act("/appeals/{id}/withdraw", "撤回考核申诉", AppealOut)
def withdraw_appeal(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    return _answered(request, appeals.withdraw(caller(request), id))
