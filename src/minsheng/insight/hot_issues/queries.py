"""Reads of issues, and of matters that are told for the first time."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.insight.models import HotIssue

NEW_DAYS = 7  # in which a matter counts as new
UNLIKE = (
    0.02  # chance of the nearest earlier demand, below which a matter is told for the first time
)


def listed(actor: Actor, states: Sequence[str] = ()) -> QuerySet[HotIssue]:
    """Returns issues, the latest first; of all states where none is given."""
    require(actor, "hot_issue.view")
    found = HotIssue.objects.select_related("event")
    if states:
        found = found.filter(state__in=states)
    return found.order_by("-at", "-pk")


def shown(actor: Actor, issue_id: int) -> HotIssue:
    """Returns one issue. Raises NotFound, Forbidden."""
    found = listed(actor).filter(pk=issue_id).first()
    if found is None:
        raise NotFound("not_found", _("没有找到这条预警；请从列表中选择。"))
    return found


def evidence(actor: Actor, issue: HotIssue) -> list[Demand]:
    """Returns the demands that an issue was raised by, as far as they are kept, oldest first."""
    require(actor, "hot_issue.view")
    return list(
        Demand.objects.filter(pk__in=issue.demand_ids, restricted=False)
        .select_related("category", "district")
        .defer("words", "district__outline")
        .order_by("accepted_at", "pk")
    )


def first_seen(actor: Actor, most: int = 50) -> list[Demand]:
    """Returns demands of the last days that nothing before them resembled, the latest first."""
    require(actor, "hot_issue.view")
    return list(
        Demand.objects.filter(
            trace__at__gt=clock.now() - timedelta(days=NEW_DAYS),
            trace__nearest__lt=UNLIKE,
            restricted=False,
        )
        .select_related("category", "district")
        .defer("words", "district__outline")
        .order_by("-trace__at", "-pk")[:most]
    )
