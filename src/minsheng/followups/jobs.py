"""What is over: some of it is put on the list for calls, and all of it is put away in the end."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from minsheng.catalogue.queries import city
from minsheng.demands import actions
from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE, State
from minsheng.directory.access import SYSTEM
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused

AT_ONCE = 5000  # demands of one run


def archive() -> Iterator[Demand]:
    """归档: archives, and yields, what ended as many days ago as the city has set.

    Whatever waits for a follow-up waits here, too. Each demand is a transaction of its own.
    """
    before = clock.now() - timedelta(days=city().archive_after_days)
    waiting = FollowUp.objects.filter(state=FollowUp.State.PLANNED)
    ended = Demand.objects.filter(
        state__in=LIFECYCLE.rows["demand.archive"].sources,
        state_at__lte=before,
        number__isnull=False,
    ).exclude(pk__in=waiting.values("demand"))
    for key in list(ended.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        try:
            with transaction.atomic():
                # Whoever plans a follow-up holds this lock: it is there to be seen, or comes after.
                Demand.objects.select_for_update().only("pk").get(pk=key)
                if waiting.filter(demand=key).exists():
                    continue
                demand = actions.archive(SYSTEM, key)
        except Refused:  # somebody took it up again meanwhile
            continue
        yield demand


def plan() -> Iterator[FollowUp]:
    """抽取回访: plans, and yields, the follow-ups of what was completed and is not yet archived.

    All urgent orders and all from above, the city's share of the rest. Whether a demand is drawn
    follows from its number and the moment of its completion, so that every run draws the same.
    Left out are those who cannot or do not want to be called, and what is excluded or restricted.
    """
    since = clock.now() - timedelta(days=city().archive_after_days)
    asked = FollowUp.objects.filter(demand=OuterRef("pk"), planned_at__gte=OuterRef("completed_at"))
    completed = Demand.objects.filter(
        ~Exists(asked),
        state=State.COMPLETED,
        completed_at__gt=since,
        petitioner__do_not_call=False,
        excluded=False,
        restricted=False,
        batch=None,  # a history brings its own follow-ups
    ).annotate(all=Q(urgent=True) | ~Q(origin=Demand.Origin.CITY))
    for demand in completed.order_by("pk").only("pk", "number", "completed_at"):
        if demand.all or drawn(demand, city().follow_up_share):
            try:
                yield follow_ups.plan(SYSTEM, demand.pk)
            except Refused:  # it went on meanwhile
                continue


def drawn(demand: Demand, share: float) -> bool:
    """Tells whether a demand belongs to this share (0 to 1) of those completed."""
    assert demand.completed_at
    mark = f"{demand.number} {demand.completed_at.timestamp():.6f}"
    return int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8]) < share * 2**64
