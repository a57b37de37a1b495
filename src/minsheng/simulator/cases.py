"""What the simulator keeps in mind of a demand and its orders while they are under way."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from random import Random

from minsheng.demands.rules import DemandState
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, Part


@dataclass(eq=False)
class Matter:
    """What is wrong somewhere; several people may tell of it.

    `told` are the words that are the same whoever tells it: place, since when, how often.
    `first` is the demand that told it first of those `in_hand`, which are so many. `line` is its
    place among all matters of a life; what becomes of it is drawn from `rng`, its own, and so does
    not depend on any other matter. That is made of the life's `seed` when it is asked for, and let
    go of whenever nothing is in hand: a generator weighs 2.5 kB, and a long life has many matters.
    """

    topic: str  # code of a category; empty where nobody knows
    kind: str
    area: str  # code; empty where nobody knows
    lines: tuple[str, ...] = ()  # how it may be told
    lon: float | None = None
    lat: float | None = None
    told: dict[str, str] = field(default_factory=dict)
    first: "Case | None" = None
    line: int = 0
    seed: str = ""
    in_hand: int = 0
    rested: int = 0  # how often nothing was in hand any more

    @cached_property
    def rng(self) -> Random:
        return Random(f"{self.seed} {self.line} {self.rested}")  # noqa: S311

    def rest(self) -> None:
        """Notes that one of them was archived."""
        self.in_hand -= 1
        if not self.in_hand:
            self.first = None
            self.rested += 1
            self.__dict__.pop("rng", None)


@dataclass(eq=False)
class Case:
    """A demand, as far as its fate depends on it."""

    id: int
    number: str
    state: str
    matter: Matter
    category_id: int | None
    district_id: int | None
    channel: str
    urgent: bool = False
    confidential: bool = False
    provincial: bool = False
    restricted: bool = False
    named: bool = True  # there is somebody to speak with
    callable: bool = True  # who wants to be called back
    enterprise: bool = False
    orders: list["Held"] = field(default_factory=list)
    good: str = "solved"  # or unsolved, evasive: what the last reply was worth
    reworks: int = 0

    @property
    def reachable(self) -> bool:
        """Tells whether a unit can speak with who raised it."""
        return self.named and not self.confidential

    @property
    def live(self) -> bool:
        """Tells whether something may still be added to the demand."""
        return self.state not in (
            DemandState.ARCHIVED,
            DemandState.MERGED,
            DemandState.WITHDRAWN,
            DemandState.DRAFT,
        )

    @property
    def lead(self) -> "Held | None":
        """The open order on which the demand's fate hangs."""
        return next((held for held in self.orders if held.is_lead and held.open), None)

    def end_orders(self) -> None:
        """Ends all orders, which they do with the lead's, or with the demand."""
        for held in self.orders:
            held.over = True
        self.orders = []


@dataclass(eq=False)
class Held:
    """An order in a unit's hands. Its limits count from `since`."""

    case: Case
    row: Assignment
    unit: str
    since: datetime
    above: "Held | None" = None
    right_unit: str = ""  # set where the order came to the wrong one
    over: bool = False
    plan: "Plan | None" = None

    @property
    def is_lead(self) -> bool:
        return self.row.part == Part.LEAD and self.above is None

    @property
    def open(self) -> bool:
        return not self.over and self.row.state in OPEN

    @property
    def below(self) -> list["Held"]:
        """The open orders that were assigned onward from this one."""
        return [held for held in self.case.orders if held.above is self and held.open]

    def end(self) -> None:
        """Ends this order and what was assigned onward from it."""
        for held in self.below:
            held.end()
        self.over = True
        self.case.orders = [held for held in self.case.orders if held is not self]


@dataclass(eq=False)
class Plan:
    """What a unit will make of an order; what is done is taken off."""

    share: float  # of the limit's time until the reply; beyond 1 it is late
    lost: bool  # nobody sees to it until somebody asks
    good: str  # solved, unsolved or evasive
    contacts: bool
    onward: int  # to how many units
    extensions: int
    suspends: bool
