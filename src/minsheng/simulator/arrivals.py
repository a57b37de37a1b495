"""Who tells what, by which channel and when: all of it laid out before the life begins.

The number of demands is given; hours, weekdays, holidays, a trend and events only say how they
spread. Matters that several people tell of, or one tells again, are laid out at once.
"""

import heapq
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from random import Random

from minsheng.demands.actions import PersonIn
from minsheng.foundation.calendar import UnknownYear, WorkingCalendar
from minsheng.foundation.clock import ZONE
from minsheng.simulator import habits
from minsheng.simulator.cases import Matter
from minsheng.simulator.people import People
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import World

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(eq=False)
class Telling:
    """One person telling of a matter at a moment. `way` is call, write, patrol or office.

    `serial` tells apart what other systems send, in all lives of a database.
    """

    at: datetime
    channel: str
    way: str
    matter: Matter
    person: PersonIn
    serial: int = 0


def last_arrival(calendar: WorkingCalendar, start: datetime, end: datetime) -> datetime:
    """Returns until when demands may come in, so that all of their limits lie in known years.

    That is `end`, or some weeks before the first day of a year that the calendar does not know.
    """
    for year in range(start.year, end.year + 2):
        new_year = datetime(year, 1, 1, tzinfo=ZONE)
        try:
            calendar.is_workday(new_year)
        except UnknownYear:
            return min(end, new_year - timedelta(days=habits.LONGEST_COURSE))
    return end


def lay_out(
    world: World,
    calendar: WorkingCalendar,
    speech: Speech,
    rng: Random,
    start: datetime,
    end: datetime,
    number: int,
) -> list[Telling]:
    """Returns `number` tellings between two moments, in the order of time."""
    times = _Times(calendar, rng, start, end)
    weights = {code: habits.CHANNELS.get(code, habits.OTHER_CHANNEL) for code in world.channels}
    drawn = rng.choices(list(weights), list(weights.values()), k=number)
    slots: list[_Slot] = []
    public: list[str] = []
    for channel in drawn:
        way = habits.WAYS.get(world.channels[channel].door, "office")
        if way in ("call", "write"):
            public.append(channel)
        else:
            slots.append(_Slot(times.draw(way), channel, way))
    events = _events(speech, rng, start, end, len(public))
    for channel in public:
        way = habits.WAYS[world.channels[channel].door]
        matter, begin, until = next(events, (None, start, end))
        slots.append(_Slot(times.draw(way, begin, until), channel, way, matter))
    slots.sort(key=lambda slot: (slot.at, slot.channel))
    return _Plot(world, speech, rng).fill(slots)


@dataclass(eq=False)
class _Slot:
    at: datetime
    channel: str
    way: str
    matter: Matter | None = None


def _events(
    speech: Speech, rng: Random, start: datetime, end: datetime, tellings: int
) -> Iterator[tuple[Matter, datetime, datetime]]:
    """Yields the matter, begin and end of an event, once for everybody who tells of it."""
    left = tellings * habits.EVENT_SHARE
    known = [event for event in speech.events if not event.season or start.month in event.season]
    # A busier hotline hears more people of the same thing, not only of more things.
    crowd = max(1.0, tellings / ((end - start) / _DAY) / habits.EVENT_CROWD) ** 0.5
    while known and left > 0:
        event = rng.choice(known)
        matter = speech.event(event)
        begin = start + (end - start) * rng.random()
        for _ in range(int(rng.randint(*event.calls) * crowd)):
            yield matter, begin, min(end, begin + event.days * _DAY)
            left -= 1


class _Times:
    """Draws moments, for each way to come by its own weights of hours and days."""

    def __init__(
        self, calendar: WorkingCalendar, rng: Random, start: datetime, end: datetime
    ) -> None:
        self._rng = rng
        self._start = start
        self._end = end
        hours = int((end - start) / _HOUR) + 1
        self._hours = [start + n * _HOUR for n in range(hours)]
        days = sorted({hour.date() for hour in self._hours})
        noise = {day: max(0.3, rng.gauss(1, habits.DAY_NOISE)) for day in days}
        kinds = {}
        for day in days:
            after_rest = not calendar.is_workday(day - _DAY)
            kinds[day] = 1 if not calendar.is_workday(day) else 2 if after_rest else 0
        self._sums = {
            way: list(
                accumulate(
                    by_hour[hour.hour]
                    * habits.DAYS[way][kinds[hour.date()]]
                    * noise[hour.date()]
                    * (1 + habits.TREND * ((hour - start) / (30 * _DAY)))
                    for hour in self._hours
                )
            )
            for way, by_hour in habits.HOURS.items()
        }

    def draw(
        self, way: str, begin: datetime | None = None, end: datetime | None = None
    ) -> datetime:
        """Returns a moment, between two where they are given."""
        sums = self._sums[way]
        first = int(((begin or self._start) - self._start) / _HOUR)
        last = int(((end or self._end) - self._start) / _HOUR)
        low, high = sums[first - 1] if first else 0.0, sums[last]
        # Where the weights leave no hour (an office on days off), it is any of them.
        place = (
            bisect(sums, low + (high - low) * self._rng.random())
            if high > low
            else self._rng.randint(first, last)
        )
        hour = self._hours[min(place, last)]
        seconds = min(_HOUR, self._end - hour).total_seconds()
        return hour + timedelta(seconds=int(self._rng.random() * seconds))


class _Plot:
    """Gives each slot its matter: new, in everybody's mouth, or told before by the same person."""

    def __init__(self, world: World, speech: Speech, rng: Random) -> None:
        self._world = world
        self._speech = speech
        self._rng = rng
        self._people = People(rng)
        # Who will tell a known matter, the earliest first; the place keeps the order total.
        self._due: list[tuple[datetime, int, Matter, PersonIn | None]] = []
        self._places = count()

    def fill(self, slots: Sequence[_Slot]) -> list[Telling]:
        return [self._telling(slot) for slot in slots]

    def _telling(self, slot: _Slot) -> Telling:
        matter, person = slot.matter, None
        if self._world.channels[slot.channel].is_collector:
            matter = self._speech.matter("collected", slot.at)
            return Telling(slot.at, slot.channel, slot.way, matter, PersonIn())
        if matter is None and self._due and self._due[0][0] <= slot.at:
            _, _, matter, person = heapq.heappop(self._due)
        elif matter is None:
            kind = self._rng.choices(list(habits.KINDS), list(habits.KINDS.values()))[0]
            matter = self._speech.matter(kind, slot.at)
            person = self._people.somebody(kind, enterprise=slot.channel in habits.ENTERPRISES)
            self._repeat(slot.at, matter, person)
        person = person or self._people.somebody(matter.kind)
        return Telling(slot.at, slot.channel, slot.way, matter, person)

    def _repeat(self, at: datetime, matter: Matter, person: PersonIn) -> None:
        """Lays out who else will tell of a new matter, or that the same person does."""
        rng = self._rng
        if matter.kind in ("complaint", "help") and rng.random() < habits.SHARED:
            for _ in range(rng.randint(1, habits.SHARED_MOST)):
                self._again(at + rng.expovariate(1 / habits.SHARED_DAYS) * _DAY, matter, None)
        elif not person.anonymous and rng.random() < habits.AGAIN:
            self._again(at + rng.uniform(*habits.AGAIN_DAYS) * _DAY, matter, person)

    def _again(self, at: datetime, matter: Matter, person: PersonIn | None) -> None:
        heapq.heappush(self._due, (at, next(self._places), matter, person))
