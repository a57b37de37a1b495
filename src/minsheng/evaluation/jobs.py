"""Evaluations are computed again once something was granted: drafts, for people to publish."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.directory.access import SYSTEM
from minsheng.evaluation import actions, queries
from minsheng.evaluation.models import Correction, Evaluation, Exclusion
from minsheng.foundation.errors import Conflict
from minsheng.indicators.periods import Period

MOST_NAMED = 20  # of the decisions that a reason names


def revise() -> Iterator[Evaluation]:
    """Yields a draft for each period whose counts were changed by what was granted since then.

    A draft is computed again in its place; what is published stays, and gets a next revision whose
    reason names the decisions. To be run once a night.
    """
    newest = Evaluation.objects.order_by("scheme", "period", "-revision")
    for evaluation in newest.distinct("scheme", "period"):
        if not _granted_since(evaluation):
            continue  # an earlier run, or a person, has taken all of it into account
        published = queries.current(evaluation.scheme, Period.parse(evaluation.period))
        reason = _granted_since(published) if published else ""
        try:
            yield actions.evaluate(SYSTEM, evaluation.scheme, evaluation.period, reason=reason)
        except Conflict:  # they are of other periods
            continue


def _granted_since(evaluation: Evaluation) -> str:
    """Returns what was excluded, taken back in or corrected since an evaluation was computed."""
    excluded = (
        Exclusion.objects.filter(
            state=Exclusion.State.GRANTED, decided_at__gte=evaluation.computed_at
        )
        .select_related("demand")
        .order_by("decided_at", "pk")[: MOST_NAMED + 1]
    )
    corrected = (
        Correction.objects.filter(
            period=evaluation.period, appeal__answered_at__gte=evaluation.computed_at
        )
        .select_related("appeal", "unit")
        .order_by("appeal__answered_at", "pk")[: MOST_NAMED + 1]
    )
    verbs = {False: _("剔除"), True: _("恢复计入考核")}
    named = [f"{row.demand.ref}{verbs[row.restores]}：{queries.reason_of(row)}" for row in excluded]
    named += [f"{row.unit.name}{row}：{row.appeal.answer}" for row in corrected]
    more = ["……"] if len(named) > MOST_NAMED else []
    return "；".join([one.rstrip("。；") for one in named[:MOST_NAMED]] + more)
