"""A demand with its orders as a history tells them, and what follows. No database here."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from minsheng.demands.rules import DemandState
from minsheng.exchange.history.moments import days_after
from minsheng.exchange.history.names import UnitFound
from minsheng.orders.rules import OrderState, Part

# As plain texts: of a million rows each is compared several times, and members of an enumeration
# take ten times as long.
_LEAD, _ASSIST = Part.LEAD.value, Part.ASSIST.value


class Facts(NamedTuple):
    """What the file tells of one order with one unit. Two rows that tell the same are the same."""

    assigned_at: str
    sign_due_at: str
    signed_at: str
    due_at: str
    completed_at: str
    rework_count: int
    solved: bool | None
    sampled: bool
    evaluated: bool
    satisfaction: str


@dataclass(slots=True)
class Pair:
    """One order with one unit. `line` is its line in the file, 0 for what was there before."""

    facts: Facts
    unit_id: int
    level: int
    part: str
    line: int = 0
    id: int = 0
    state: str = ""
    closed_at: str = ""

    @property
    def is_lead(self) -> bool:
        return self.part == _LEAD


@dataclass(slots=True)
class Order:
    """A work order; `pairs` by the unit's id, in the order of the file."""

    number: str
    matter: "Matter"
    id: int = 0
    is_new: bool = True
    pairs: dict[int, Pair] = field(default_factory=dict)
    closed_at: str = ""

    def part_of(self, row: "Row") -> str:
        """Returns the part that a row's unit has: as told, or else the first leads."""
        return row.role or (_ASSIST if self.pairs else _LEAD)

    def has_open_lead(self) -> bool:
        return any(p.is_lead and not p.facts.completed_at for p in self.pairs.values())


class Described(NamedTuple):
    """The columns of the file that describe a demand, as they are kept."""

    accepted_at: str
    channel: int
    kind: int | None
    category: int | None
    element: str
    title: str
    text: str
    district: int | None
    origin: str
    petitioner_type: str
    urgent: bool | None

    def contradictions(self, row: "Row") -> list[str]:
        """Returns the columns that a row fills, and with something else. Empty: nothing."""
        return [
            name
            for name, kept, new, cell in zip(
                self._fields, self, row.described, row.cells, strict=True
            )
            if kept != new and cell not in ("", None)
        ]


class Row(NamedTuple):
    """A line of the file: an order with a unit, and what it says of the demand.

    `cells` are the columns of `described` as they stand in the file: it may say less than is kept.
    """

    line: int
    order_no: str
    demand_no: str
    unit: UnitFound
    role: str
    restricted: bool
    described: Described
    cells: tuple[Any, ...]
    facts: Facts


@dataclass(slots=True)
class Matter:
    """A demand, new or there already."""

    number: str
    described: Described
    line: int = 0
    id: int = 0
    batch_id: int | None = None  # of one that is there: the batch it came with, None for our own
    has_lived: bool = False  # something was done with it since it came
    is_new: bool = True
    restricted: bool = False
    orders: dict[str, Order] = field(default_factory=dict)
    unit_ids: dict[int, None] = field(default_factory=dict)
    involved: dict[int, None] = field(default_factory=dict)


class Course(NamedTuple):
    """Where a demand stands; `lead` is the lead order that it waits for, or that ended it."""

    state: str
    state_at: str
    completed_at: str
    archived_at: str
    lead: Pair | None


def settle(matter: Matter, now: str, archive_after: int) -> Course:
    """Sets the states of a matter's orders and returns its own.

    An order is closed once all of its leads have completed; assisting units that have not are then
    let go. The matter is open while any lead is, and waits for the one due first. What ended at
    least `archive_after` days before `now` is in the archive since then.
    """
    leads: list[Pair] = []
    for order in matter.orders.values():
        pairs = order.pairs.values()
        leading = [pair for pair in pairs if pair.is_lead]
        ends = [pair.facts.completed_at for pair in leading]
        order.closed_at = max(ends) if ends and all(ends) else ""
        leads += leading
        for pair in pairs:
            pair.state, pair.closed_at = _end(pair, order.closed_at)
    waiting = [lead for lead in leads if not lead.facts.completed_at]
    if waiting or not leads:
        lead = min(waiting, key=lambda pair: pair.facts.due_at, default=None)
        begun = min(p.facts.assigned_at for o in matter.orders.values() for p in o.pairs.values())
        return Course(DemandState.ASSIGNED, begun, "", "", lead)
    lead = max(leads, key=lambda pair: pair.facts.completed_at)
    end = lead.facts.completed_at
    archived_at = days_after(end, archive_after)
    if archived_at <= now:
        return Course(DemandState.ARCHIVED, archived_at, end, archived_at, lead)
    state = DemandState.EVALUATED if lead.facts.evaluated else DemandState.COMPLETED
    return Course(state, end, end, "", lead)


def _end(pair: Pair, closed_at: str) -> tuple[str, str]:
    facts = pair.facts
    if facts.completed_at:
        return OrderState.COMPLETED, facts.completed_at
    if closed_at:
        return OrderState.LAPSED, max(closed_at, facts.assigned_at)
    return (OrderState.SIGNED if facts.signed_at else OrderState.ASSIGNED), ""
