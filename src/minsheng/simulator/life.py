"""The course of simulated time: stories, one queue to tell them in, and what they all need.

Everything that goes on is a *story*: a generator that acts, and yields the moment at which it goes
on. The queue tells all of them in the order of time, with the clock moved to each moment. The
stories of demands and orders are cut into one piece per state of their lifecycles, so whatever was
open when an earlier life ended is taken up again from its state alone.

Each story is of one matter and draws from its chance alone. So several lives can be lived side by
side (`lanes`), each with a share of the matters; only where numbers are given out do they wait for
each other (`Life.in_turn`). A step that may give one out says so beforehand (`Life.numbered`), so
that nobody waits for steps that will not.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from minsheng.catalogue.rules import Limit, Unit, warn_moment
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import clock
from minsheng.foundation.calendar import UnknownYear, WorkingCalendar
from minsheng.foundation.errors import Refused
from minsheng.simulator.arrivals import Telling
from minsheng.simulator.cases import Case, Held, Matter
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import World

#: How long before it happens it is known that a step may give out a number.
FORESEEN = timedelta(minutes=1)

Story = Iterator[datetime]
CaseStories = Mapping[str, Callable[["Life", Case], Story]]
OrderStories = Mapping[str, Callable[["Life", Held], Story]]


@dataclass(frozen=True)
class Stories:
    """How a demand comes in, and what follows from each state of a demand or an order."""

    arriving: Callable[["Life", Telling], Story]
    cases: CaseStories
    orders: OrderStories


class Pace:
    """How a life keeps step with those beside it; by itself, it need not."""

    def come_to(self, at: datetime, line: int) -> None:
        """Tells that no number will be given out any more before this step."""

    def wait(self) -> None:
        """Waits until that is true of all lives."""


class Life:
    """One life, of all matters or a share. What it counts: demands `accepted`, `acted` by name.

    `refused` counts refusals by code: there are none, unless somebody else is at work meanwhile.
    `halted` counts the stories that ended where the calendar does.
    """

    def __init__(
        self,
        world: World,
        calendar: WorkingCalendar,
        speech: Speech,
        slowness: Mapping[str, float],
        stories: Stories,
        pace: Pace | None = None,
    ) -> None:
        self.world = world
        self.calendar = calendar
        self.speech = speech
        self.now = datetime.min.replace(tzinfo=clock.ZONE)
        self.accepted = 0
        self.acted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.halted = 0
        self.cases: dict[int, Case] = {}
        self._slowness = slowness
        self._stories = stories
        self._pace = pace or Pace()
        self._matter: Matter
        self._tellings: deque[Telling] = deque()
        # By moment and line, so that where lives are lived side by side, the order is the same.
        self._queue: list[tuple[datetime, int, int, Story, Held | None, Matter, bool]] = []
        # The moments and lines of those that may give out a number, and whether the next one may.
        self._numbered: list[tuple[datetime, int]] = []
        self._next_numbered = False
        self._begun = 0

    # -- stories

    def start(
        self,
        story: Story,
        at: datetime | None = None,
        of: Held | None = None,
        *,
        numbered: bool = False,
    ) -> None:
        """Begins a story at `at`, or now; one `of` an order is dropped once the order is over.

        `numbered` where its first step may give out a number; see `numbered`.
        """
        at = at or self.now
        if at.microsecond:
            at = at.replace(microsecond=0) + timedelta(seconds=1)
        self._begun += 1
        entry = (at, self._matter.line, self._begun, story, of, self._matter, numbered)
        heapq.heappush(self._queue, entry)
        if numbered:
            heapq.heappush(self._numbered, (at, self._matter.line))

    def numbered(self, at: datetime) -> datetime:
        """Returns `at`, or a little later, for a story that may give out a number then.

        To be yielded at once: `yield life.numbered(life.at_desk(…))`.
        """
        self._next_numbered = True
        return max(at, self.now + FORESEEN)

    def do_at(
        self,
        at: datetime,
        deed: Callable[["Life", Case], None],
        case: Case,
        *,
        numbered: bool = False,
    ) -> None:
        """Does one thing to a demand at a moment."""

        def story() -> Story:
            yield self.numbered(at) if numbered else at
            deed(self, case)

        self.start(story())

    def go_on(self, case: Case) -> None:
        """Begins what follows from the state that a demand has come into."""
        if begin := self._stories.cases.get(case.state):
            self.start(begin(self, case))

    def take(self, case: Case) -> None:
        """Takes a demand in hand, until it is archived."""
        self.cases[case.id] = case
        case.matter.in_hand += 1

    def hold(self, held: Held) -> None:
        """Begins an order's story, which lasts until the order is over."""
        held.case.orders.append(held)
        self.start(self._holding(held), of=held)

    def _holding(self, held: Held) -> Story:
        while held.open:
            yield from self._stories.orders[held.row.state](self, held)

    def expect(self, tellings: Iterable[Telling]) -> None:
        """Lets these come in, each at its moment; they are in the order of time."""
        self._tellings.extend(tellings)

    def turn_to(self, matter: Matter, at: datetime) -> None:
        """Turns to a matter: what is now drawn or begun belongs to it."""
        self.now = at
        self._matter = matter
        self.speech.rng = matter.rng

    def in_turn(self) -> None:
        """Waits until no earlier number is left to give out in any life.

        Called before whatever gives out a number, in a step that was foreseen (`numbered`).
        """
        self._pace.wait()

    def run(self, until: datetime, watch: Callable[[], None]) -> None:
        """Lives until a moment, and calls `watch` after every step."""
        while self._next_is_before(until):
            at, _line, _begun, story, of, matter, numbered = heapq.heappop(self._queue)
            self._pace.come_to(*self._foreseen(at))
            if numbered:
                heapq.heappop(self._numbered)
            if of is not None and not of.open:
                continue
            self.turn_to(matter, at)
            self._next_numbered = False
            try:
                with clock.moved(at), transaction.atomic():
                    goes_on = next(story, None)
                if goes_on:
                    goes_on = max(goes_on, at + timedelta(seconds=1))
                    self.start(story, goes_on, of, numbered=self._next_numbered)
            except UnknownYear:
                self.halted += 1
            except Refused as refusal:
                self.refused[refusal.code] += 1
            watch()

    def _next_is_before(self, until: datetime) -> bool:
        while self._tellings and (not self._queue or self._tellings[0].at <= self._queue[0][0]):
            telling = self._tellings.popleft()
            self._matter = telling.matter
            self.start(self._stories.arriving(self, telling), telling.at, numbered=True)
        return bool(self._queue) and self._queue[0][0] < until

    def _foreseen(self, at: datetime) -> tuple[datetime, int]:
        """Returns the first step from `at` on that may give out a number, as far as is known."""
        known = [(at + FORESEEN, 0), *self._numbered[:1]]
        if self._tellings:
            known.append((self._tellings[0].at, self._tellings[0].matter.line))
        return min(known)

    def act(self, name: str) -> None:
        """Counts an action."""
        self.acted[name] += 1

    # -- chance

    @property
    def rng(self) -> Random:
        """The chance of the matter at hand."""
        return self._matter.rng

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
