"""From a period, a number and a seed to a life that was lived."""

import time as wall
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import exp
from random import Random

from django.db import connection
from django.db.models import Count, F, Q

from minsheng.catalogue.queries import city
from minsheng.demands.models import Demand
from minsheng.demands.rules import DISSATISFIED, DemandState, Disposal
from minsheng.directory.access import SYSTEM
from minsheng.followups import jobs, sampling
from minsheng.followups.models import FollowUp, Sample
from minsheng.foundation import city_calendar, clock, journal, recent
from minsheng.foundation.calendar import UnknownYear
from minsheng.foundation.errors import Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.orders.jobs import fold_tallies
from minsheng.orders.models import Assignment
from minsheng.orders.rules import Part
from minsheng.simulator import afterwards, centre, habits, units
from minsheng.simulator.arrivals import last_arrival, lay_out
from minsheng.simulator.book import of_city
from minsheng.simulator.cases import Case
from minsheng.simulator.lanes import Here, Lanes, Meanwhile, Sum, Watch
from minsheng.simulator.life import Life, Pace, Stories
from minsheng.simulator.office import sit
from minsheng.simulator.office.desk import SITTINGS, Desk
from minsheng.simulator.resuming import cases, left_open, take_up
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import read

RULES_KEPT = 60.0  # seconds: nobody changes the city's rules during a life

STORIES = Stories(
    centre.arriving,
    {**centre.CASE_STORIES, **afterwards.CASE_STORIES},
    {**units.STORIES, **centre.ORDER_STORIES},
)


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
    over: Period,
    number: int,
    seed: int,
    watch: Watch = lambda sum: None,
    *,
    lanes: int = 1,
) -> Lived:
    """Lets the city in the database live through a period, in which `number` demands come in.

    `lanes` processes share the work; what is lived does not depend on it. Calls `watch` now and
    then. Raises Conflict for a city without staff, Invalid where the calendar does not reach the
    period.
    """
    began = wall.monotonic()
    if number and over.arrivals_until <= over.start:
        raise Invalid(
            "beyond_calendar",
            f"The calendar does not reach beyond {over.start.year - 1}, so nothing can be due: "
            "choose an earlier period, or enter the year (minsheng calendar enter).",
        )
    script = _Script(over, number, seed, lanes)
    with connection.cursor() as cursor:
        # A lost second of a simulated life is simulated again.
        cursor.execute("SET synchronous_commit = off")
        try:
            with recent.longer(RULES_KEPT):
                total = script.live(watch)
        finally:
            cursor.execute("RESET synchronous_commit")
    return Lived(
        period=over,
        accepted=total.accepted,
        resumed=len(script.resumed),
        actions=total.acted.total(),
        seconds=wall.monotonic() - began,
        halted=total.halted,
        refused=dict(sorted(total.refused.items())),
        states=_states(),
        shares=_shares(over),
        entries=JournalEntry.objects.count(),
        digest=journal.digest(),
    )


class _Script:
    """All that is settled before a life begins: who tells what, and by what chance it goes on."""

    def __init__(self, over: Period, number: int, seed: int, lanes: int) -> None:
        self._chance = f"{seed} {over.start.date()}"
        rng = Random(self._chance)  # noqa: S311
        self.over = over
        self.seed = seed
        self.lanes = lanes
        self.world, self.calendar = read(), city_calendar.stored()
        self.book = of_city(city())
        self.speech = Speech(self.world, rng, self.book)
        # Units differ in how often they are late, each in its own way all the time.
        self.slowness = {
            code: exp(rng.gauss(0, habits.SLOWNESS)) for code in sorted(self.world.offices)
        }
        self.resumed = left_open(self.world, over.start)
        # Dealt with before, and not archived yet: no life has these in hand.
        in_hand = [case.id for case in self.resumed]
        over_before = Demand.objects.exclude(state__in=[DemandState.DRAFT, DemandState.ARCHIVED])
        self.left_over = set(over_before.exclude(pk__in=in_hand).values_list("pk", flat=True))
        self.tellings = lay_out(
            self.world, self.calendar, self.speech, rng, over.start, over.arrivals_until, number
        )
        matters = dict.fromkeys(
            (*(case.matter for case in self.resumed), *(told.matter for told in self.tellings))
        )
        self.lines = len(matters)
        for line, matter in enumerate(matters):
            matter.line, matter.seed = line, self._chance
        for serial, telling in enumerate(self.tellings, Demand.objects.count()):
            telling.serial = serial

    def live(self, watch: Watch) -> Sum:
        """Lets it all happen: between the days at the desk and the nights, the demands."""
        meanwhile = Meanwhile(self.over.start)
        beside = Sum(self.over.start)
        with self._lives(watch) as lives:
            for at in sorted((*self._nights(), *self._sittings())):
                lives.live(at, meanwhile)
                by_night = at.time() == habits.ARCHIVE_AT
                meanwhile = self._night(at, beside) if by_night else self._sit(at, beside)
            lives.live(self.over.end, meanwhile)
            total = lives.sum()
        total.add(beside)
        return total

    def _night(self, at: datetime, beside: Sum) -> Meanwhile:
        """Finds what is to be archived, and draws a sample."""
        with clock.moved(at):
            fold_tallies()
            # One each second, by whoever has it in hand.
            ended = [(key, at + timedelta(seconds=n)) for n, key in enumerate(jobs.ended())]
        for key, then in ended:
            if key in self.left_over:
                with clock.moved(then):
                    beside.acted["demand.archive"] += jobs.put_away(key) is not None
        row = self._draw(at)
        beside.acted["sample.draw"] += row is not None
        return Meanwhile(at, ended, _keys(row) if row else (), row.pk if row else 0)

    def _sit(self, at: datetime, beside: Sum) -> Meanwhile:
        """Lets the staff do what they do beside the demands."""
        rng = Random(f"{self._chance} {at}")  # noqa: S311
        desk = Desk(self.world, self.calendar, self.book.office, rng, at)
        sit(desk)
        beside.add(desk)
        taken_up = [self._taken_up(key) for key in desk.taken_up]
        return Meanwhile(at, reworked=desk.reworked, taken_up=taken_up)

    def _taken_up(self, key: int) -> Case:
        """Returns a demand that no life has in hand, with a line of its own."""
        (case,) = cases(self.world, Demand.objects.filter(pk=key))
        case.matter.line, case.matter.seed = self.lines, self._chance
        self.lines += 1
        return case

    def _draw(self, at: datetime) -> Sample | None:
        """双随机抽检: draws whom to ask among what was completed the day before."""
        day = at.date() - timedelta(days=1)
        with clock.moved(at):
            return sampling.sample(SYSTEM, day, day, seed=f"{self.seed} {day}", by_clock=True)

    def _lives(self, watch: Watch) -> Here | Lanes:
        if self.lanes == 1:
            return Here(self._begin, watch)
        return Lanes(self._begin, watch, self.lanes, self.over.start)

    def _begin(self, lane: int, pace: Pace) -> Life:
        """Returns the life of a lane at its beginning."""
        life = Life(self.world, self.calendar, self.speech, self.slowness, STORIES, pace)
        for case in self.resumed:
            if case.matter.line % self.lanes == lane:
                take_up(life, case, self.over.start)
        life.expect(told for told in self.tellings if told.matter.line % self.lanes == lane)
        return life

    def _sittings(self) -> Iterator[datetime]:
        """Yields when somebody sits down at the desk, as far as the calendar knows the days."""
        day = self.over.start.date()
        while (at := datetime.combine(day, SITTINGS[-1], clock.ZONE)) < self.over.end:
            try:
                if self.calendar.is_workday(day):
                    yield from (at.replace(hour=t.hour, minute=t.minute) for t in SITTINGS)
            except UnknownYear:
                return
            day += timedelta(days=1)

    def _nights(self) -> Iterator[datetime]:
        night = datetime.combine(self.over.start, habits.ARCHIVE_AT, clock.ZONE)
        while night < self.over.end:
            if night > self.over.start:
                yield night
            night += timedelta(days=1)


def _keys(row: Sample) -> list[int]:
    """Returns the keys of the demands that were drawn, in the order of their numbers."""
    drawn = [number for group in row.groups for number in sampling.drawn_in(group)]
    found = Demand.objects.filter(number__in=drawn).order_by("number")
    return list(found.values_list("pk", flat=True))


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
