"""Whether the tables of the closed loop account for one another: nothing lost, nothing twice.

What must hold is written here as data: a sentence about what fails it, and the SQL condition that
finds it. `courses` beside it lives the demands again from their journals; `minsheng check` prints
what both find.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection

from minsheng.orders.rules import OPEN


class Fault(NamedTuple):
    """What is wrong with which demand or order (its number, or what else it is known by)."""

    ref: str
    what: str

    def __str__(self) -> str:
        return f"{self.ref}: {self.what}"


_OPEN = f"a.state IN ({', '.join(repr(str(state)) for state in sorted(OPEN))})"
_LEAD = "a.demand_id = d.id AND a.parent_id IS NULL AND a.part = 'lead'"
_PLANNED = "SELECT FROM followups_followup f WHERE f.demand_id = d.id AND f.state = 'planned'"

# `d` is the demand.
_OF_DEMANDS = [
    # -- every demand is in one state, and what the state says is so
    (
        "accepted without number, query code or moment",
        "d.state NOT IN ('draft', 'withdrawn')"
        " AND (d.number IS NULL OR d.query_code = '' OR d.accepted_at IS NULL)",
    ),
    (
        "assigned, but not to exactly one lead",
        "d.state = 'assigned' AND 1 <>"  # noqa: S608
        f" (SELECT count(*) FROM orders_assignment a WHERE {_LEAD} AND {_OPEN})",
    ),
    (
        "not assigned, but an order is open",
        "d.state <> 'assigned' AND EXISTS"
        f" (SELECT FROM orders_assignment a WHERE a.demand_id = d.id AND {_OPEN})",
    ),
    (
        "completed, but no lead completed it",
        "d.state IN ('completed', 'following_up') AND NOT EXISTS"
        f" (SELECT FROM orders_assignment a WHERE {_LEAD} AND a.state = 'completed')",
    ),
    (
        "answered, but not from one knowledge item or line",
        "d.state = 'answered' AND (d.knowledge_id IS NULL) = (d.transfer_line_id IS NULL)"
        " AND d.batch_id IS NULL",
    ),
    (
        "rejected without a legal route",
        "d.state = 'rejected' AND d.legal_route_id IS NULL",
    ),
    (
        "merged into something later, or not accepted",
        "d.state = 'merged' AND NOT EXISTS (SELECT FROM demands_demand e WHERE e.id <> d.id"
        " AND e.id = d.merged_into_id AND e.accepted_at <= d.accepted_at)",
    ),
    (
        "over, but when is not on record, or the reverse",
        "d.state <> 'draft' AND d.number IS NOT NULL AND d.batch_id IS NULL"
        " AND (d.state IN ('accepted', 'assigned')) <> (d.completed_at IS NULL)",
    ),
    (
        "archived, but when is not on record, or the reverse",
        "(d.state = 'archived') <> (d.archived_at IS NOT NULL)",
    ),
    (
        "its moments are not in order",
        "d.completed_at < d.accepted_at OR d.archived_at < d.completed_at",
    ),
    (
        "has another limit than its lead has, or one that does not run",
        "d.due_at IS DISTINCT FROM (SELECT max(a.due_at) FROM orders_assignment a"  # noqa: S608
        f" WHERE {_LEAD} AND {_OPEN} AND a.state NOT IN ('suspended', 'replied'))",
    ),
    (
        "is over, but its work order is open",
        "d.state NOT IN ('accepted', 'assigned') AND EXISTS (SELECT FROM orders_workorder w"
        " WHERE w.demand_id = d.id AND w.closed_at IS NULL)",
    ),
    # -- follow-ups
    (
        "evaluated without an evaluation",
        "d.state = 'evaluated' AND NOT EXISTS (SELECT FROM followups_followup f"
        " WHERE f.demand_id = d.id AND f.state = 'evaluated')",
    ),
    (
        "being followed up without a plan",
        f"d.state = 'following_up' AND NOT EXISTS ({_PLANNED})",
    ),
    (
        "waits for a follow-up, but is not completed",
        f"d.state NOT IN ('completed', 'following_up') AND EXISTS ({_PLANNED})",
    ),
    (
        "a follow-up counts other attempts than there are",
        "EXISTS (SELECT FROM followups_followup f WHERE f.demand_id = d.id AND f.attempt_count <>"
        " (SELECT count(*) FROM followups_attempt t WHERE t.follow_up_id = f.id))"
        " AND d.batch_id IS NULL",
    ),
]

# `a` is the order, `w` its number, `u` its unit, `d` its demand, `p` the order above it.
_OF_ORDERS = [
    ("is under the number of another demand", "a.demand_id <> w.demand_id"),
    ("is open, but its work order is closed", f"{_OPEN} AND w.closed_at IS NOT NULL"),
    (
        "does not fit the order above it",
        "a.level > 3 OR a.level <> coalesce(p.level, 0) + 1"
        f" OR ({_OPEN} AND p.closed_at IS NOT NULL)",
    ),
    (
        "is over, but when is not on record, or the reverse",
        f"({_OPEN}) = (a.closed_at IS NOT NULL)",
    ),
    (
        "is completed, but when is not on record, or the reverse",
        "(a.state = 'completed') <> (a.completed_at IS NOT NULL)",
    ),
    (
        "is handed in, but when is not on record, or the reverse",
        f"{_OPEN} AND (a.state = 'replied') <> (a.handled_at IS NOT NULL)",
    ),
    (
        "is replied to without a reply",
        "a.state IN ('sign_off', 'replied')"
        " AND NOT EXISTS (SELECT FROM orders_reply r WHERE r.assignment_id = a.id)",
    ),
    (
        "asks to be returned, but not on record, or the reverse",
        f"{_OPEN} AND (a.state = 'return_requested') <> EXISTS"
        " (SELECT FROM orders_return r WHERE r.assignment_id = a.id AND r.accepted IS NULL)",
    ),
    (
        "asks for more time, but not on record, or the reverse",
        f"{_OPEN} AND (a.state = 'extension_requested') <> EXISTS"
        " (SELECT FROM orders_extension e WHERE e.assignment_id = a.id AND e.approved IS NULL)",
    ),
    (
        "was extended other times than was approved",
        "a.extension_count <>"
        " (SELECT count(*) FROM orders_extension e WHERE e.assignment_id = a.id AND e.approved)",
    ),
    (
        "is on the ledger without since and until when, or the reverse",
        f"{_OPEN} AND ((a.state = 'suspended') <> (a.suspended_at IS NOT NULL)"
        " OR (a.suspended_at IS NULL) <> (a.review_on IS NULL))",
    ),
    (
        "is hidden from its unit",
        "NOT (a.unit_id = ANY (d.unit_ids) AND u.lineage <@ d.involved)",
    ),
]

_TALLY = """
SELECT key || ' ' || state FROM (
  SELECT {key} AS key, state, count(*) AS n FROM {table} GROUP BY 1, 2
  UNION ALL
  SELECT {key}, state, -sum(n) FROM {tally} GROUP BY 1, 2
) lines GROUP BY key, state HAVING sum(n) <> 0
"""

#: Every check: the sentence, and the statement that finds the names of what fails it.
CHECKS: list[tuple[str, str]] = [
    *(
        (
            what,
            "SELECT coalesce(d.number, 'draft ' || d.id) FROM demands_demand d"  # noqa: S608
            f" WHERE {condition} ORDER BY d.id",
        )
        for what, condition in _OF_DEMANDS
    ),
    *(
        (
            what,
            "SELECT w.number || '/' || u.code FROM orders_assignment a"  # noqa: S608
            " JOIN orders_workorder w ON w.id = a.work_order_id"
            " JOIN directory_unit u ON u.id = a.unit_id"
            " JOIN demands_demand d ON d.id = a.demand_id"
            " LEFT JOIN orders_assignment p ON p.id = a.parent_id"
            f" WHERE {condition} ORDER BY a.id",
        )
        for what, condition in _OF_ORDERS
    ),
    (
        "the count of demands of this category and state is wrong",
        _TALLY.format(
            key="'category ' || coalesce(category_id, 0)",
            table="demands_demand WHERE NOT restricted",
            tally="demands_tally",
        ),
    ),
    (
        "the count of orders of this unit and state is wrong",
        _TALLY.format(
            key="'unit ' || unit_id",
            table="orders_assignment WHERE demand_id NOT IN"
            " (SELECT id FROM demands_demand WHERE restricted)",
            tally="orders_tally",
        ),
    ),
]


def faults(done: Callable[[], None] = lambda: None) -> Iterator[Fault]:
    """Yields what fails a check; calls `done` after each of the `CHECKS`."""
    for what, sql in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for (ref,) in cursor.fetchall():
                yield Fault(ref, what)
        done()
