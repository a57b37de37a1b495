"""考核申诉: a unit contests its published result, and what comes of it.

    submit (unit leader, in time) → grant, with what is put right
                                  ↘ refuse, with the reason          withdraw (the unit)

A granted appeal names orders to be left out, which are applied for in the unit's name with the
first of two consents given, or corrects counts, which are in the next revision; that revision is
published by somebody else. The evaluation that was contested stays on record as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import reason as reason_of
from minsheng.demands.acting import acting
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.directory.permissions import Scope
from minsheng.evaluation import queries
from minsheng.evaluation.actions.exclusions import deadline, person
from minsheng.evaluation.models import Appeal, Correction, Evaluation, Exclusion, Result
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.indicators.periods import Period

MOST_DEMANDS = 50
WORDS = 2000
MOST_CORRECTED = 100_000

_S = Appeal.State


def _missing(name: str, what: str) -> Invalid:
    return Invalid("missing", _("缺少%s；请填写。") % what, field=name)


def submit(actor: Actor, evaluation_id: int, *, reason: str, demands: Sequence[str] = ()) -> Appeal:
    """提出申诉: the leader of a unit contests its result, and may name orders by demand number.

    Raises NotFound for an evaluation in which the unit has no result, Conflict for one that is not
    published, was revised since, or is contested already, Invalid after the time for it, for a
    number that is not the unit's, or without a reason.
    """
    require(actor, "appeal.submit")
    reason = text.clean(reason, WORDS)
    if not reason:
        raise _missing("reason", _("申诉理由"))
    who = person(actor)
    with transaction.atomic(savepoint=False):
        evaluation = Evaluation.objects.select_for_update().filter(pk=evaluation_id).first()
        unit = Unit.objects.get(code=actor.unit_code)
        if (
            evaluation is None
            or evaluation.state != Evaluation.State.PUBLISHED
            or not evaluation.results.filter(unit=unit).exists()
        ):
            raise NotFound("not_found", _("没有找到本单位已发布的考核结果；请从列表中选择。"))
        assert evaluation.published_at
        current = queries.current(evaluation.scheme, Period.parse(evaluation.period))
        if current != evaluation:
            raise Conflict("revised", _("这次评价已有新的修订；请对现行的结果申诉。"))
        until = deadline("appeal", evaluation.published_at, evaluation.scheme)
        now = clock.now()
        if until and now > until:
            raise Invalid(
                "too_late",
                _("申诉期限已过（%s截止）。") % f"{until.astimezone(clock.ZONE):%Y-%m-%d %H:%M}",
            )
        if Appeal.objects.filter(evaluation=evaluation, unit=unit, state=_S.SUBMITTED).exists():
            raise Conflict("pending", _("本单位已有申诉等待答复；请先等结果。"))
        appeal = Appeal.objects.create(
            evaluation=evaluation,
            unit=unit,
            reason=reason,
            demands=sorted(one.number or "" for one in _of_unit(unit, demands)),
            submitted_by_id=who,
            submitted_at=now,
            due_at=deadline("answer", now, evaluation.scheme),
        )
        _journal(actor, appeal, "appeal.submit", reason, demands=appeal.demands)
    return appeal


def _of_unit(unit: Unit, numbers: Sequence[str]) -> list[Demand]:
    """Returns the demands of these numbers, all of which the unit must have had."""
    wanted = {number.strip() for number in numbers if number.strip()}
    if len(wanted) > MOST_DEMANDS:
        raise Invalid("too_many", _("一次最多列%d件；请分次办理。") % MOST_DEMANDS, field="demands")
    found = list(Demand.objects.filter(number__in=wanted, unit_ids__contains=[unit.pk]))
    if unknown := wanted - {one.number for one in found}:
        raise Invalid(
            "unknown_demand",
            _("%(unit)s没有承办过%(numbers)s；请核对诉求号。")
            % {"unit": unit.name, "numbers": "、".join(sorted(unknown))},
            field="demands",
        )
    return found


@contextmanager
def _answering(
    actor: Actor, action: str, appeal_id: int, words: str = "", **note: Any
) -> Iterator[Appeal]:
    """Runs one step on an appeal that waits: check, do, log."""
    granted = require(actor, action)
    with transaction.atomic(savepoint=False):
        appeal = (
            Appeal.objects.select_for_update(of=("self",))
            .select_related("evaluation", "unit")
            .filter(pk=appeal_id)
            .first()
        )
        if appeal is None or (Scope.ALL not in granted and appeal.unit_id != actor.unit_id):
            raise NotFound("not_found", _("没有找到这份申诉；请从列表中选择。"))
        if appeal.state != _S.SUBMITTED:
            raise Conflict(
                "wrong_state",
                _("这份申诉现在是“%s”，不能再办理；请刷新后查看。") % appeal.get_state_display(),
            )
        appeal.answered_by_id, appeal.answered_at = person(actor), clock.now()
        appeal.answer = text.clean(words, WORDS)
        yield appeal
        appeal.save()
        _journal(actor, appeal, action, appeal.answer, **note)


def withdraw(actor: Actor, appeal_id: int) -> Appeal:
    """撤回申诉: the unit does not insist."""
    with _answering(actor, "appeal.withdraw", appeal_id) as appeal:
        appeal.state = _S.WITHDRAWN
    return appeal


def refuse(actor: Actor, appeal_id: int, *, answer: str) -> Appeal:
    """申诉不成立: the result stands, and the answer says why."""
    if not answer.strip():
        raise _missing("answer", _("答复"))
    with _answering(actor, "appeal.refuse", appeal_id, answer) as appeal:
        appeal.state = _S.REFUSED
    return appeal


def grant(
    actor: Actor,
    appeal_id: int,
    *,
    answer: str,
    exclude: Sequence[str] = (),
    reason_code: str = "",
    corrections: Mapping[str, int] | None = None,
) -> Appeal:
    """申诉成立: names the demands to be left out (with `reason_code`), or corrects counts.

    `corrections` are differences by `Correction.Count`, such as {"overdue": -1}. Raises Invalid
    where nothing is put right, or a count would become one that cannot be.
    """
    require(actor, "appeal.grant")
    if not answer.strip():
        raise _missing("answer", _("答复"))
    differences = {name: by for name, by in (corrections or {}).items() if by}
    if unknown := set(differences) - {*Correction.Count.values}:
        raise Invalid("unknown_count", _("没有“%s”这一项可更正。") % "、".join(sorted(unknown)))
    if not exclude and not differences:
        raise Invalid(
            "nothing_put_right",
            _("申诉成立须写明怎样更正：剔除哪几件，或哪一项件数更正多少。"),
            field="exclude",
        )
    if exclude:
        reason_of("exclusion", reason_code)
    note = {"exclude": sorted(exclude), "corrections": differences}
    with _answering(actor, "appeal.grant", appeal_id, answer, **note) as appeal:
        appeal.state = _S.GRANTED
        appeal.save()
        for demand in _of_unit(appeal.unit, exclude):
            _exclude(actor, appeal, demand.pk, reason_code)
        _check(appeal, differences)
        Correction.objects.bulk_create(
            Correction(
                appeal=appeal,
                unit=appeal.unit,
                period=appeal.evaluation.period,
                count=name,
                by=by,
            )
            for name, by in sorted(differences.items())
        )
    return appeal


def _check(appeal: Appeal, differences: Mapping[str, int]) -> None:
    """Raises Invalid for counts that no unit can have."""
    result = Result.objects.get(evaluation=appeal.evaluation, unit=appeal.unit)
    put = {
        name: int(result.counts.get(name) or 0) + differences.get(name, 0)
        for name in Correction.Count.values
    }
    parts = (
        ("handled", "due"),
        ("overdue", "handled"),
        ("rework", "due"),
        ("dissatisfied", "sampled"),
    )
    impossible = [name for name, n in put.items() if not 0 <= n <= MOST_CORRECTED]
    impossible += [part for part, whole in parts if put[part] > put[whole]]
    if differences and impossible:
        labels = dict(Correction.Count.choices)
        raise Invalid(
            "impossible_count",
            _("这样更正后“%s”的件数不成立；请核对。") % labels[impossible[0]],
            field=impossible[0],
        )


def _exclude(actor: Actor, appeal: Appeal, demand_id: int, reason_code: str) -> None:
    """Applies for an exclusion in the unit's name, with the consent of who granted the appeal."""
    with acting(actor, "exclusion.approve", demand_id, reason=appeal.answer) as act:
        if act.demand.excluded:
            raise Conflict("nothing_to_do", _("%s已不计入考核。") % act.demand.ref)
        pending = [Exclusion.State.APPLIED, Exclusion.State.APPROVED]
        if Exclusion.objects.filter(demand=act.demand, state__in=pending).exists():
            raise Conflict("pending", _("%s已有申请等待审批；请先办结。") % act.demand.ref)
        Exclusion.objects.create(
            demand=act.demand,
            unit=appeal.unit,
            appeal=appeal,
            reason_code=reason_code,
            evidence=appeal.reason,
            state=Exclusion.State.APPROVED,
            applied_by=appeal.submitted_by,
            applied_at=act.now,
            due_at=deadline("ruling", act.now),
            approved_by_id=person(actor),
            approved_at=act.now,
            approval=appeal.answer,
        )
        act.note(reason_code=reason_code, appeal=appeal.ref)


def _journal(actor: Actor, appeal: Appeal, action: str, reason: str, **note: Any) -> None:
    journal.write(
        subject_kind="evaluation",
        subject_id=appeal.evaluation_id,
        ref=appeal.evaluation.ref,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"unit": appeal.unit.code, **note}},
        reason=reason,
    )
