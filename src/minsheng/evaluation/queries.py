"""Reading stored evaluations, the groups they are ranked in, and all that changed a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.catalogue.models import Reason
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.evaluation.models import Appeal, Correction, Evaluation, Exclusion, Result
from minsheng.evaluation.rules import ranks, rounded
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import NotFound
from minsheng.foundation.recent import recent
from minsheng.indicators.periods import Period
from minsheng.orders.rules import Part


def latest(scheme: str, period: Period) -> Evaluation | None:
    """Returns the last revision of a period, draft or published."""
    return (
        Evaluation.objects.filter(scheme=scheme, period=str(period)).order_by("-revision").first()
    )


def current(scheme: str, period: Period) -> Evaluation | None:
    """Returns the revision that counts: the last one that was published."""
    return (
        Evaluation.objects.filter(
            scheme=scheme, period=str(period), state=Evaluation.State.PUBLISHED
        )
        .order_by("-revision")
        .first()
    )


def before(scheme: str, period: Period) -> Evaluation | None:
    """Returns what a period is compared with: the period before, as published."""
    return current(scheme, period.previous())


def results(evaluation: Evaluation | None) -> Sequence[Result]:
    """Returns the results, the best first and those not scored last; none without evaluation."""
    if evaluation is None:
        return []
    return sorted(
        evaluation.results.select_related("evaluation", "unit"),
        key=lambda result: (
            result.composite is None,
            -(result.composite or 0),
            result.unit_name,
        ),
    )


# Who sees what


def sees_all(actor: Actor) -> bool:
    """Tells whether `actor` sees the results of all units, not only their own. Raises Forbidden."""
    return Scope.ALL in require(actor, "evaluation.view")


def reason(actor: Actor, given: str) -> str:
    """Returns the `given` reason of a revision, or "" for a unit.

    It names what was decided about others; of what concerns the unit itself, `notes` tell it.
    """
    return given if sees_all(actor) else ""


def seen(actor: Actor) -> QuerySet[Evaluation]:
    """Returns the evaluations that `actor` may see: a unit those published with its result."""
    if sees_all(actor):
        return Evaluation.objects.all()
    return Evaluation.objects.filter(
        state=Evaluation.State.PUBLISHED, results__unit=actor.unit_id or 0
    )


def newest(actor: Actor) -> list[Evaluation]:
    """Returns the last revision of each period that `actor` may see, the latest period first."""
    rows = seen(actor).order_by("scheme", "period", "-revision").distinct("scheme", "period")
    return sorted(
        rows, key=lambda one: (Period.parse(one.period).last, one.computed_at), reverse=True
    )


def find(actor: Actor, evaluation_id: int) -> Evaluation:
    """Returns an evaluation that `actor` may see. Raises NotFound."""
    found = seen(actor).filter(pk=evaluation_id).first()
    if found is None:
        raise NotFound("unknown_evaluation", _("没有这份考核评价。"))
    return found


def exclusions(actor: Actor) -> QuerySet[Exclusion]:
    """Returns the applications that `actor` may see: a unit its own, and never restricted ones."""
    granted = require(actor, "exclusion.view")
    rows = Exclusion.objects.filter(demand__restricted=False)
    if Scope.ALL not in granted:
        rows = rows.filter(unit=actor.unit_id or 0)
    return rows.select_related("demand", "unit", "applied_by", "approved_by", "decided_by")


def exclusion(actor: Actor, exclusion_id: int) -> Exclusion:
    """Returns an application that `actor` may see. Raises NotFound."""
    found = exclusions(actor).filter(pk=exclusion_id).first()
    if found is None:
        raise NotFound("not_found", _("没有找到这份剔除申请；请从列表中选择。"))
    return found


def appeals(actor: Actor) -> QuerySet[Appeal]:
    """Returns the appeals that `actor` may see: a unit its own."""
    granted = require(actor, "appeal.view")
    rows = Appeal.objects.all()
    if Scope.ALL not in granted:
        rows = rows.filter(unit=actor.unit_id or 0)
    return rows.select_related("evaluation", "unit", "submitted_by", "answered_by")


def appeal(actor: Actor, appeal_id: int) -> Appeal:
    """Returns an appeal that `actor` may see. Raises NotFound."""
    found = appeals(actor).filter(pk=appeal_id).first()
    if found is None:
        raise NotFound("not_found", _("没有找到这份申诉；请从列表中选择。"))
    return found


# Like with like


@dataclass(frozen=True, slots=True)
class Ranked:
    """A result with its place among those that it is compared with; None where not scored."""

    result: Result
    rank: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Units that are compared with each other. `mean` is the plain mean of those scored."""

    name: str
    small: bool  # with fewer due orders than the scheme compares with others
    rows: tuple[Ranked, ...]
    mean: Decimal | None

    @property
    def scored(self) -> int:
        """How many of them have a place."""
        return sum(1 for row in self.rows if row.rank)


def groups(evaluation: Evaluation) -> list[Group]:
    """Returns the results by evaluation group, within it small units apart, ranked in each."""
    small_due = int(evaluation.rules.get("small_due", 0))
    by_group: dict[tuple[str, bool], list[Result]] = {}
    for result in results(evaluation):
        small = int(result.counts.get("due") or 0) < small_due
        by_group.setdefault((result.unit_group, small), []).append(result)
    decimals = int(evaluation.rules.get("decimals", 1))
    found = []
    for (name, small), members in sorted(by_group.items()):
        scored = [one.composite for one in members if one.composite is not None]
        places = ranks([one.composite for one in members])
        found.append(
            Group(
                name,
                small,
                tuple(map(Ranked, members, places)),
                rounded(sum(scored, Decimal(0)) / len(scored), decimals) if scored else None,
            )
        )
    return found


# What changed a score


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that changed a score: an exclusion, or a correction upon an appeal."""

    unit_id: int
    unit: str
    ref: str  # the demand's number, or the evaluation that was appealed against
    what: str
    why: str
    at: datetime


def notes(period: Period) -> list[Note]:
    """Returns all that changed a score of a period, by unit: nothing is left out.

    Exclusions in force of demands whose lead had them due or completed in the period, and
    corrections of its counts.
    """
    start, end = (moment.replace(tzinfo=ZONE) for moment in (period.start, period.end))
    lead = Q(demand__assignments__part=Part.LEAD, demand__assignments__parent=None)
    within = Q(demand__assignments__due_at__gte=start, demand__assignments__due_at__lt=end) | Q(
        demand__assignments__completed_at__gte=start, demand__assignments__completed_at__lt=end
    )
    granted = (
        Exclusion.objects.filter(
            lead, within, state=Exclusion.State.GRANTED, restores=False, demand__excluded=True
        )
        .annotate(lead_id=F("demand__assignments__unit"), lead=F("demand__assignments__unit__name"))
        .select_related("demand")
        .order_by("demand_id", "-decided_at", "-pk")
        .distinct("demand_id")
    )
    found = [
        Note(
            row.lead_id,
            row.lead,
            row.demand.ref,
            _("剔除"),
            reason_of(row),
            _moment(row.decided_at),
        )
        for row in granted
    ]
    corrections = Correction.objects.filter(period=str(period)).select_related(
        "unit", "appeal__evaluation"
    )
    found += [
        Note(
            row.unit_id,
            row.unit.name,
            row.appeal.evaluation.ref,
            str(row),
            row.appeal.answer,
            _moment(row.appeal.answered_at),
        )
        for row in corrections
    ]
    return sorted(found, key=lambda note: (note.unit, note.at, note.ref, note.what))


def reason_of(row: Exclusion) -> str:
    """Returns why a demand is left out: the reason from the list, and the evidence in words."""
    return "：".join(part for part in (reason_names()[row.reason_code], row.evidence) if part)


@recent
def reason_names() -> dict[str, str]:
    """Returns the names of the reasons for leaving a demand out, by code; also those out of use."""
    return dict(Reason.objects.filter(kind="exclusion").values_list("code", "name"))


def _moment(at: datetime | None) -> datetime:
    assert at
    return at
