"""What is over is put away, once a night."""

from collections.abc import Iterator
from datetime import timedelta

from minsheng.catalogue.queries import city
from minsheng.demands import actions
from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE
from minsheng.directory.access import SYSTEM
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock

AT_ONCE = 5000  # demands of one run


def archive() -> Iterator[Demand]:
    """归档: archives, and yields, what ended as many days ago as the city has set.

    Whatever waits for a follow-up waits here, too. To be run once a night.
    """
    before = clock.now() - timedelta(days=city().archive_after_days)
    waiting = FollowUp.objects.filter(state=FollowUp.State.PLANNED).values("demand")
    ended = Demand.objects.filter(
        state__in=LIFECYCLE.rows["demand.archive"].sources,
        state_at__lte=before,
        number__isnull=False,
    ).exclude(pk__in=waiting)
    for key in list(ended.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield actions.archive(SYSTEM, key)
