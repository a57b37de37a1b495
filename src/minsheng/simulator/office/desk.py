"""One sitting at the desk: the moment, the people, chance and words that all chores work with."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import Model

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import clock
from minsheng.foundation.calendar import WorkingCalendar
from minsheng.simulator.world import World

SITTINGS = (time(10), time(15, 30))
_A_MONTH = 21 * len(SITTINGS)  # sittings

#: What to write where the city's book has no word for it.
PLAIN = "按规定办理。"
_SLOT = re.compile(r"\{(\w+)\}")
SOON = 0.2
_AT_HAND = 200  # demands that somebody may think of
_SETTLED = timedelta(days=5)

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """A sitting at `now`. Each deed takes a second, and is counted by its name in `acted`.

    `reworked` are the demands (keys) that went back to their units here, `taken_up` those that
    nobody had in hand before.
    """

    def __init__(
        self,
        world: World,
        calendar: WorkingCalendar,
        book: Mapping[str, Any],
        rng: Random,
        at: datetime,
    ) -> None:
        self.world = world
        self.calendar = calendar
        self.rng = rng
        self.now = at
        self.first = at.time() == SITTINGS[0]  # of the day
        self.accepted = 0
        self.acted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.halted = 0
        self.reworked: list[int] = []
        self.taken_up: list[int] = []
        self._book = book

    @property
    def today(self) -> date:
        return self.now.date()

    def days_ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def do(self, name: str, deed: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Does one thing. `name` is what the journal calls it."""
        self.now += timedelta(seconds=1)
        with clock.moved(self.now), transaction.atomic():
            done = deed(*given, **named)
        self.acted[name] += 1
        return done

    # -- chance

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def monthly(self, times: float) -> bool:
        """Tells whether what happens so often a month happens at this sitting."""
        return self.chance(times / _A_MONTH)

    def begins(self, times: float, there: type[Model]) -> bool:
        """Tells whether one of what begins so often a month does now; soon, while there is none."""
        if self.monthly(times):
            return True
        return self.chance(SOON) and not there._default_manager.exists()

    def pick(self, weighted: Iterable[tuple[str, float]]) -> str:
        names, weights = zip(*weighted, strict=True)
        return str(self.rng.choices(names, weights)[0])

    def some(self, rows: Iterable[T], share: float) -> list[T]:
        """Returns those of what waits that somebody gets to now."""
        return [row for row in rows if self.chance(share)]

    def workdays_later(self, days: tuple[int, int]) -> datetime:
        """Returns an hour in the morning of a working day, from so many to so many days on."""
        day = self.today + timedelta(days=self.rng.randint(*days))
        while not self.calendar.is_workday(day):
            day += timedelta(days=1)
        return datetime.combine(day, time(self.rng.choice((9, 10, 14, 15))), clock.ZONE)

    # -- people and units

    def somebody(self, role: Role, *, but: Iterable[int | None] = ()) -> Actor:
        """Returns somebody in a role, other than those of these keys where there is another."""
        there, left_out = self.world.staff[role], set(but)
        others = [actor for actor in there if actor.staff_id not in left_out]
        return self.rng.choice(others or there)

    def unit(self) -> str:
        """Returns the code of a unit that the centre gives orders to."""
        return self.rng.choice(list(self.world.first_level))

    def units(self, most: int) -> list[str]:
        codes = list(self.world.first_level)
        return self.rng.sample(codes, min(len(codes), self.rng.randint(2, most)))

    def clerk(self, unit: str) -> Actor | None:
        """Returns somebody who acts for a unit; nobody does for some."""
        office = self.world.offices.get(unit)
        return self.rng.choice(office.clerks) if office and office.clerks else None

    def name(self, unit: str) -> str:
        return self.world.offices[unit].name

    # -- demands

    @cached_property
    def _at_hand(self) -> list[str]:
        ago = self.now - _SETTLED
        found = Demand.objects.filter(accepted_at__lt=ago, restricted=False, number__isnull=False)
        numbers = found.order_by("-accepted_at", "-number").values_list("number", flat=True)
        return [number for number in numbers[:_AT_HAND] if number]

    def demand(self) -> str:
        """Returns the number of a demand of some days ago; empty where there is none."""
        return self.rng.choice(self._at_hand) if self._at_hand else ""

    # -- words

    def words(self, *what: str) -> Any:
        """Returns what the book has under these names, or None."""
        found: Any = self._book
        for name in what:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def say(self, *what: str, **slots: str) -> str:
        """Returns one of the sentences that the book has under `what`, with its slots filled."""
        lines = self.words(*what)
        return self.fill(self.rng.choice(lines), **slots) if lines else PLAIN

    def fill(self, line: str, **slots: str) -> str:
        known = {
            "month": f"{self.today.month}月",
            "year": str(self.today.year),
            "date": f"{self.today.month}月{self.today.day}日",
            "n": str(self.rng.randint(2, 12)),
        }
        return _SLOT.sub(lambda slot: slots.get(slot[1], known.get(slot[1], "")), line)
