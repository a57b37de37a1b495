"""What is over: some of it is put on the list for calls, and all of it is put away in the end."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from minsheng.catalogue.queries import city
from minsheng.demands import actions
from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE, DemandState
from minsheng.directory.access import SYSTEM
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp, Sample
from minsheng.followups.plans import share_of
from minsheng.followups.sampling import candidates, drawn_in
from minsheng.followups.sampling import sample as draw
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused

AT_ONCE = 5000  # demands of one run


def archive() -> Iterator[Demand]:
    """归档: archives, and yields, what ended as many days ago as the city has set.

    Whatever waits for a follow-up waits here, too. Each demand is a transaction of its own.
    """
    for key in ended():
        if demand := put_away(key):
            yield demand


def ended() -> list[int]:
    """Returns the keys of what is to be archived now, at most so many at once."""
    before = clock.now() - timedelta(days=city().archive_after_days)
    over = Demand.objects.filter(
        state__in=LIFECYCLE.rows["demand.archive"].sources,
        state_at__lte=before,
        number__isnull=False,
    ).exclude(pk__in=_waiting().values("demand"))
    return list(over.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def put_away(key: int) -> Demand | None:
    """Archives a demand, unless somebody plans to ask about it or took it up again meanwhile."""
    try:
        with transaction.atomic():
            # Whoever plans a follow-up holds this lock: it is there to be seen, or comes after.
            Demand.objects.select_for_update().only("pk").get(pk=key)
            if _waiting().filter(demand=key).exists():
                return None
            return actions.archive(SYSTEM, key)
    except Refused:
        return None


def _waiting() -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(state=FollowUp.State.PLANNED)


def plan() -> Iterator[FollowUp]:
    """列入回访: plans, and yields, the follow-ups of what is asked about as a whole by the rules.

    That is what was completed and is not archived yet, with a share of 1; whatever else is drawn
    by `sample`.
    """
    today = clock.now().date()
    for one in candidates(today - timedelta(days=city().archive_after_days), today):
        if share_of(one.rule) >= 1:
            yield from _planned(one.number, None)


def sample() -> Iterator[FollowUp]:
    """双随机抽检: draws among what was completed on each day that is over, and yields who is asked.

    Each day is drawn once, as long as it is not archived. A draw is kept before anybody is planned
    from it, so a run that was killed is finished by the next one.
    """
    today = clock.now().date()
    since = today - timedelta(days=city().archive_after_days)
    for days in range((today - since).days):
        day = since + timedelta(days=days)
        draw(SYSTEM, day, day, by_clock=True)
    for row in Sample.objects.filter(last__gte=since).order_by("pk"):
        planned = set(row.followup_set.values_list("demand__number", flat=True))
        for group in row.groups:
            for number in drawn_in(group):
                if number not in planned:
                    yield from _planned(number, row)


def _planned(number: str, row: Sample | None) -> Iterator[FollowUp]:
    """Plans one, and yields it, unless it went on meanwhile."""
    key = (
        Demand.objects.filter(number=number, state=DemandState.COMPLETED, excluded=False)
        .values_list("pk", flat=True)
        .first()
    )
    if key is None:
        return
    try:
        with transaction.atomic():
            follow_up = follow_ups.plan(SYSTEM, key, sample=row)
    except Refused:
        return
    yield follow_up
