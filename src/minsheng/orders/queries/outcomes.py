"""Where a demand and its open orders stand, and how many orders there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from minsheng.demands.queries import Term, dictionaries, here
from minsheng.directory.access import Actor, require
from minsheng.foundation import statements
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN


@dataclass
class OrderBrief:
    """An open order, in a few words."""

    id: int
    number: str
    unit: Term
    part: str
    state: str
    due_at: datetime


@dataclass
class Outcome:
    """Where a demand and its open orders stand, after something was done."""

    id: int
    number: str | None
    state: str
    due_at: datetime | None
    orders: tuple[OrderBrief, ...]


def outcome(demand_id: int) -> Outcome:
    """Returns where a demand stands, in one statement; for whoever just acted on it."""
    rows = statements.rows(
        """
        SELECT d.number, d.state, d.due_at, a.id, w.number, a.unit_id, a.part, a.state, a.due_at
        FROM demands_demand d
        LEFT JOIN orders_assignment a ON a.demand_id = d.id AND a.state = ANY(%s::text[])
        LEFT JOIN orders_workorder w ON w.id = a.work_order_id
        WHERE d.id = %s ORDER BY a.assigned_at, a.id
        """,
        [sorted(OPEN), demand_id],
    )
    units = dictionaries().units
    number, state, due_at = rows[0][:3]
    return Outcome(
        demand_id,
        number,
        state,
        here(due_at),
        tuple(
            OrderBrief(id, order, unit, part, order_state, here(order_due))
            for _n, _s, _d, id, order, unit_id, part, order_state, order_due in rows
            if (unit := units.get(unit_id))
        ),
    )


def outcome_of_order(order_id: int) -> Outcome:
    """Returns where the demand of an order stands; for whoever just acted on the order."""
    return outcome(Assignment.objects.values_list("demand_id", flat=True).get(pk=order_id))


@dataclass
class UnitCount:
    """How many orders a unit has in a state."""

    unit: Term | None
    state: str
    count: int


def counts(actor: Actor, states: Sequence[str] = ()) -> list[UnitCount]:
    """Returns how many orders there are by unit and state; of the open states by default.

    Those of restricted demands are not counted.
    """
    require(actor, "demand.count")
    units = dictionaries().units
    found = statements.rows(
        """
        SELECT unit_id, state, sum(n)::bigint FROM orders_tally WHERE state = ANY(%s::text[])
        GROUP BY unit_id, state HAVING sum(n) <> 0 ORDER BY unit_id, state
        """,
        [sorted(set(states) or OPEN)],
    )
    return [UnitCount(units.get(unit), state, count) for unit, state, count in found]
