"""From a period, a number and a seed to a life that was lived."""

import time as wall
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import connection
from django.db.models import Count, F, Q

from minsheng.catalogue.queries import city
from minsheng.demands.models import Demand
from minsheng.demands.rules import DISSATISFIED, Disposal
from minsheng.followups.models import FollowUp
from minsheng.foundation import city_calendar, clock, journal
from minsheng.foundation.errors import Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.orders.models import Assignment
from minsheng.orders.rules import Part
from minsheng.simulator import afterwards, centre, units
from minsheng.simulator.arrivals import last_arrival, lay_out
from minsheng.simulator.book import of_city
from minsheng.simulator.life import Life
from minsheng.simulator.resuming import resume
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import read


@dataclass(frozen=True)
class Period:
    """When a life begins and ends (both aware), and until when demands may come in."""

    start: datetime
    arrivals_until: datetime
    end: datetime


def period(start: date, end: date) -> Period:
    """Returns the period from one day to another, both included.

    A period with the present in it ends now. No demand comes in so late that its limits would run
    into a year that the calendar does not know.
    """
    begin = datetime.combine(start, time(), clock.ZONE)
    stop = datetime.combine(end + timedelta(days=1), time(), clock.ZONE)
    if begin < clock.now() < stop:
        stop = clock.now().replace(microsecond=0)
    return Period(begin, max(begin, last_arrival(city_calendar.present(), begin, stop)), stop)


def last_days(days: int) -> Period:
    """Returns the last days until now, or the last ones in which demands may come in."""
    now = clock.now().replace(microsecond=0)
    until = last_arrival(city_calendar.present(), now - timedelta(days=400), now)
    start = datetime.combine(until.date() - timedelta(days=days), time(), clock.ZONE)
    return Period(start, until, min(now, until + timedelta(days=days)))


@dataclass(frozen=True)
class Lived:
    """What a life came to. Shares are ratios, None where there is nothing to take them of."""

    period: Period
    accepted: int
    resumed: int
    actions: int
    seconds: float
    halted: int
    refused: dict[str, int]
    states: dict[str, int] = field(default_factory=dict)
    shares: dict[str, float | None] = field(default_factory=dict)
    entries: int = 0
    digest: str = ""


def simulate(
    over: Period, number: int, seed: int, watch: Callable[[Life], None] = lambda life: None
) -> Lived:
    """Lets the city in the database live through a period, in which `number` demands come in.

    Calls `watch` after every step. Raises Conflict for a city without staff, Invalid where the
    calendar does not reach the period.
    """
    began = wall.monotonic()
    if number and over.arrivals_until <= over.start:
        raise Invalid(
            "beyond_calendar",
            f"The calendar does not reach beyond {over.start.year - 1}, so nothing can be due: "
            "choose an earlier period, or enter the year (minsheng calendar enter).",
        )
    rng = Random(f"{seed} {over.start.date()}")  # noqa: S311
    world, calendar = read(), city_calendar.stored()
    speech = Speech(world, rng, of_city(city()))
    life = Life(
        world,
        calendar,
        speech,
        rng,
        {**centre.CASE_STORIES, **afterwards.CASE_STORIES},
        {**units.STORIES, **centre.ORDER_STORIES},
    )
    life.now = over.start
    life.serial = Demand.objects.count()
    resumed = resume(life, over.start)
    tellings = lay_out(world, calendar, speech, rng, over.start, over.arrivals_until, number)
    life.start(centre.arriving(life, tellings))
    life.start(afterwards.archiving(life))
    with connection.cursor() as cursor:
        # A lost second of a simulated life is simulated again.
        cursor.execute("SET synchronous_commit = off")
        try:
            life.run(over.end, lambda: watch(life))
        finally:
            cursor.execute("RESET synchronous_commit")
    return Lived(
        period=over,
        accepted=life.accepted,
        resumed=resumed,
        actions=life.acted.total(),
        seconds=wall.monotonic() - began,
        halted=life.halted,
        refused=dict(sorted(life.refused.items())),
        states=_states(),
        shares=_shares(over),
        entries=JournalEntry.objects.count(),
        digest=journal.digest(),
    )


def _states() -> dict[str, int]:
    """Returns the number of demands in each state, of all that there are."""
    counted = Demand.objects.values("state").annotate(n=Count("pk")).order_by("state")
    return {row["state"]: row["n"] for row in counted}


def _shares(over: Period) -> dict[str, float | None]:
    """Returns the usual shares for what came in, was due and was evaluated in the period."""
    during = (over.start, over.end)
    public = Demand.objects.filter(channel__is_public=True, accepted_at__range=during)
    answered = public.filter(disposal__in=[Disposal.ANSWER, Disposal.TRANSFER])
    leads = Assignment.objects.filter(part=Part.LEAD, parent=None)
    kept = leads.exclude(state__in=["returned", "reassigned", "recalled"])
    due = kept.filter(due_at__range=during)
    signing = leads.filter(sign_due_at__range=during)
    evaluated = FollowUp.objects.filter(evaluated_at__range=during)
    return {
        "answered_directly": _ratio(answered.count(), public.count()),
        "signed_in_time": _ratio(
            signing.filter(signed_at__lte=F("sign_due_at")).count(),
            signing.filter(Q(signed_at__isnull=False) | Q(state="assigned")).count(),
        ),
        "completed_in_time": _ratio(due.filter(handled_at__lte=F("due_at")).count(), due.count()),
        "satisfied": _ratio(evaluated.exclude(grade__in=DISSATISFIED).count(), evaluated.count()),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
