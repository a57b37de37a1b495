"""Published periods are evaluated again once an exclusion was granted: drafts to be published."""

from collections.abc import Iterator

from minsheng.directory.access import SYSTEM
from minsheng.evaluation import actions
from minsheng.evaluation.models import Evaluation
from minsheng.foundation.errors import Conflict
from minsheng.foundation.models import JournalEntry

MOST_NAMED = 20  # of the demands that a reason names


def revise() -> Iterator[Evaluation]:
    """Yields a draft for each published period whose counts the exclusions since then changed.

    Its reason names the demands with the reasons on record. To be run once a night.
    """
    published = Evaluation.objects.filter(state=Evaluation.State.PUBLISHED)
    latest = published.order_by("scheme", "period", "-revision").distinct("scheme", "period")
    for evaluation in latest:
        draft = Evaluation.objects.filter(
            scheme=evaluation.scheme, period=evaluation.period, state=Evaluation.State.DRAFT
        ).first()
        if draft and not _granted_since(draft):
            continue  # an earlier run, or a person, has taken all of it into account
        if reason := _granted_since(evaluation):
            try:
                yield actions.evaluate(SYSTEM, evaluation.scheme, evaluation.period, reason=reason)
            except Conflict:  # they are of other periods
                continue


def _granted_since(evaluation: Evaluation) -> str:
    """Returns what was excluded, or taken back in, since an evaluation was computed."""
    entries = JournalEntry.objects.filter(
        at__gte=evaluation.computed_at, action="demand.exclude"
    ).order_by("at", "pk")
    named = [f"{entry.ref}：{entry.said['reason']}" for entry in entries[: MOST_NAMED + 1]]
    more = ["……"] if len(named) > MOST_NAMED else []
    return "；".join([*named[:MOST_NAMED], *more])
