"""The course of simulated time: stories, one queue to tell them in, and what they all need.

Everything that goes on is a *story*: a generator that acts, and yields the moment at which it goes
on. The queue tells all of them in the order of time, with the clock moved to each moment. The
stories of demands and orders are cut into one piece per state of their lifecycles, so whatever was
open when an earlier life ended is taken up again from its state alone.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from math import exp
from random import Random

from django.db import transaction

from minsheng.catalogue.rules import Limit, Unit, warn_moment
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import clock
from minsheng.foundation.calendar import UnknownYear, WorkingCalendar
from minsheng.foundation.errors import Refused
from minsheng.simulator import habits
from minsheng.simulator.cases import Case, Held
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import World

Story = Iterator[datetime]
CaseStories = Mapping[str, Callable[["Life", Case], Story]]
OrderStories = Mapping[str, Callable[["Life", Held], Story]]


class Life:
    """One life. What it counts: demands `accepted`, actions by name in `acted`.

    `refused` counts refusals by code: there are none, unless somebody else is at work meanwhile.
    `halted` counts the stories that ended where the calendar does.
    """

    def __init__(
        self,
        world: World,
        calendar: WorkingCalendar,
        speech: Speech,
        rng: Random,
        case_stories: CaseStories,
        order_stories: OrderStories,
    ) -> None:
        self.world = world
        self.calendar = calendar
        self.speech = speech
        self.rng = rng
        self.now = datetime.min.replace(tzinfo=clock.ZONE)
        self.serial = 0  # of the next demand to come in, in this database
        self.accepted = 0
        self.acted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.halted = 0
        self.cases: dict[int, Case] = {}
        self._case_stories = case_stories
        self._order_stories = order_stories
        self._queue: list[tuple[datetime, int, Story, Held | None]] = []
        self._begun = 0
        # Units differ in how often they are late, each in its own way all the time.
        self._slowness = {
            code: exp(rng.gauss(0, habits.SLOWNESS)) for code in sorted(world.offices)
        }

    # -- stories

    def start(self, story: Story, at: datetime | None = None, of: Held | None = None) -> None:
        """Begins a story at `at`, or now; one `of` an order is dropped once the order is over."""
        self._begun += 1
        heapq.heappush(self._queue, (at or self.now, self._begun, story, of))

    def do_at(self, at: datetime, deed: Callable[["Life", Case], None], case: Case) -> None:
        """Does one thing to a demand at a moment."""

        def story() -> Story:
            yield at
            deed(self, case)

        self.start(story())

    def go_on(self, case: Case) -> None:
        """Begins what follows from the state that a demand has come into."""
        if begin := self._case_stories.get(case.state):
            self.start(begin(self, case))

    def hold(self, held: Held) -> None:
        """Begins an order's story, which lasts until the order is over."""
        held.case.orders.append(held)
        self.start(self._holding(held), of=held)

    def _holding(self, held: Held) -> Story:
        while held.open:
            yield from self._order_stories[held.row.state](self, held)

    def run(self, until: datetime, watch: Callable[[], None]) -> None:
        """Lives until a moment, and calls `watch` after every step."""
        while self._queue and self._queue[0][0] < until:
            at, _, story, of = heapq.heappop(self._queue)
            if of is not None and not of.open:
                continue
            self.now = at
            try:
                with clock.moved(at), transaction.atomic():
                    goes_on = next(story, None)
                if goes_on:
                    self.start(story, max(goes_on, at + timedelta(seconds=1)), of)
            except UnknownYear:
                self.halted += 1
            except Refused as refusal:
                self.refused[refusal.code] += 1
            watch()

    def act(self, name: str) -> None:
        """Counts an action."""
        self.acted[name] += 1

    # -- chance

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, weighted: Iterable[tuple[str, float]]) -> str:
        names, weights = zip(*weighted, strict=True)
        return str(self.rng.choices(names, weights)[0])

    def between(self, span: tuple[float, float]) -> float:
        """Returns a number between the two, rather near the lower one."""
        low, high = span
        return low + (high - low) * self.rng.random() ** 2

    def reason(self, kind: str, *usual: str) -> str:
        """Returns the code of a reason: one of the usual ones, or where there are none of any."""
        codes = self.world.reasons.get(kind) or usual or ("other",)
        return self.rng.choice([code for code in usual if code in codes] or codes)

    # -- time

    def later(self, minutes: float) -> datetime:
        return (self.now + timedelta(minutes=minutes)).replace(microsecond=0)

    def at_desk(self, minutes: tuple[float, float], *, at_once: bool = False) -> datetime:
        """Returns when somebody gets to it, in working time; `at_once` at any time of the day."""
        wait = self.between(minutes)
        if at_once:
            return self.later(min(wait, 15))
        return self.calendar.after(self.now, timedelta(minutes=wait)).replace(microsecond=0)

    def point(self, held: Held, share: float) -> datetime:
        """Returns when a share of an order's time is used up (beyond 1: late), but not the past."""
        row = held.row
        moment = warn_moment(
            self.calendar, Limit.parse(row.limit), held.since, max(row.due_at, held.since), share
        )
        soon = self.at_desk((3, 40), at_once=self.round_the_clock(held))
        return max(moment.replace(microsecond=0), soon)

    def round_the_clock(self, held: Held) -> bool:
        """Tells whether the limit runs at night, too, so that somebody on duty sees to it."""
        return Limit.parse(held.row.limit).unit is Unit.HOURS

    # -- words

    def say(self, case: Case, *what: str, unit: str = "", unit2: str = "", number: str = "") -> str:
        """Returns what staff write about a demand; units by code."""
        return self.speech.say(
            case.matter, *what, on=self.now, unit=unit, unit2=unit2, number=number
        )

    # -- people

    def somebody(self, role: Role) -> Actor:
        return self.rng.choice(self.world.staff[role])

    def clerk(self, held: Held) -> Actor:
        return self.rng.choice(self.world.offices[held.unit].clerks)

    def giver(self, held: Held) -> Actor:
        """Returns who decides on an order: its dispatcher, or a clerk of the unit above."""
        return self.clerk(held.above) if held.above else self.somebody(Role.DISPATCHER)

    def slowness(self, held: Held) -> float:
        """Returns by how much a unit's late share differs from the usual one."""
        return self._slowness[held.unit]
