"""The courses of demands and orders as the journal tells them, against the tables of both rooms.

Whoever changes a state without an action, or an action that leaves its lifecycle, is found here.
Demands that were imported in bulk begin their journals where the import left them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from django.db import connection

from minsheng.demands.rules import LIFECYCLE as DEMANDS
from minsheng.demands.rules import DemandState
from minsheng.followups.accounting import Fault
from minsheng.foundation.lifecycle import To
from minsheng.foundation.models import JournalEntry
from minsheng.orders.rules import LIFECYCLE as ORDERS
from minsheng.orders.rules import OPEN, OrderState

_BATCH = 2000  # lines fetched at once

_DEMANDS = (
    "SELECT id, state, coalesce(number, 'draft ' || id), batch_id IS NOT NULL FROM demands_demand"
)
# A unit that got an order twice has two rows under one name: the later one counts.
_ORDERS = """
SELECT a.demand_id, w.number || '/' || u.code, a.state FROM orders_assignment a
JOIN orders_workorder w ON w.id = a.work_order_id JOIN directory_unit u ON u.id = a.unit_id
ORDER BY a.id
"""


def _steps() -> frozenset[tuple[str, str]]:
    """Returns from where to where the table lets an order go."""
    steps = set()
    for row in ORDERS.rows.values():
        for source in row.sources:
            if row.target == To.BACK:  # a request is decided: back to where it was made
                requests = [r for r in ORDERS.rows.values() if r.target == source]
                steps |= {(source, before) for r in requests for before in r.sources}
            elif row.target != To.STAY:
                steps.add((source, row.target))
    # A unit whose leader need not sign hands its reply in with one action.
    reply = ORDERS.rows["order.reply"]
    return frozenset(steps | {(source, OrderState.REPLIED) for source in reply.sources})


_STEPS = _steps()


def faults(read: Callable[[int], None] = lambda lines: None) -> Iterator[Fault]:
    """Yields where journal and tables disagree; calls `read` with the lines read since."""
    with connection.cursor() as cursor:
        cursor.execute(_DEMANDS)
        demands = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(_ORDERS)
        orders: dict[int, dict[str, str]] = {}
        for demand, ref, state in cursor.fetchall():
            orders.setdefault(demand, {})[ref] = state
    for course in _courses(read):
        state, ref, imported = demands.pop(course.demand, (None, "", False))
        if state is None:
            yield Fault(f"demand {course.demand}", "is in the journal, but not there")
            continue
        yield from (Fault(ref, what) for what in course.wrong)
        yield from course.against(ref, state, orders.get(course.demand, {}), imported=imported)
    for _state, ref, imported in demands.values():
        if not imported:
            yield Fault(ref, "is not in the journal")


def _courses(read: Callable[[int], None]) -> Iterator["_Course"]:
    course: _Course | None = None
    lines = JournalEntry.objects.filter(subject_kind="demand").order_by("subject_id", "seq")
    rows = lines.values_list("subject_id", "action", "body").iterator(_BATCH)
    for count, (demand, action, body) in enumerate(rows, 1):
        if course is None or course.demand != demand:
            if course is not None:
                yield course
            course = _Course(demand)
        course.take(action, orjson.loads(body)["changes"])
        if count % _BATCH == 0:
            read(_BATCH)
    if course is not None:
        yield course


class _Course:
    """One demand with its orders, line by line; `wrong` is what the tables do not allow."""

    def __init__(self, demand: int) -> None:
        self.demand = demand
        self.state: str | None = None
        self.orders: dict[str, str] = {}
        self.wrong: list[str] = []

    def take(self, action: str, changes: Mapping[str, Any]) -> None:
        for thing, fields in changes.items():
            if thing == "demand" and "state" in fields:
                self.take_demand(action, *fields["state"])
            elif "/" in thing and "state" in fields:
                self.take_order(thing, *fields["state"])

    def take_demand(self, action: str, before: str, after: str) -> None:
        row = DEMANDS.rows.get(action)
        # A caller on the line: registered and accepted in one step.
        at_once = (action, before, after) == ("demand.submit", "", DemandState.ACCEPTED)
        if not at_once and (row is None or before not in row.sources or row.target != after):
            self.wrong.append(f"went from {before or 'nothing'} to {after} by {action}")
        if self.state not in (None, before):
            self.wrong.append(f"was {self.state}, but {before} for {action}")
        self.state = after

    def take_order(self, ref: str, before: str, after: str) -> None:
        known = self.orders.get(ref)
        again = before == "" and known not in OPEN  # the unit gets it for the first or next time
        if known not in (None, before) and not again:
            self.wrong.append(f"order {ref} was {known}, but then {before or 'new'}")
        if (before, after) not in _STEPS:
            self.wrong.append(f"order {ref} went from {before or 'nothing'} to {after}")
        self.orders[ref] = after

    def against(
        self, ref: str, state: str, orders: Mapping[str, str], *, imported: bool
    ) -> Iterator[Fault]:
        """Yields what stands otherwise in the tables."""
        if self.state != state and not (imported and self.state is None):
            yield Fault(ref, f"is {state}, but {self.state} by the journal")
        for name in sorted({*orders, *self.orders}):
            told = self.orders.get(name)
            if told != orders.get(name) and not (imported and told is None):
                yield Fault(name, f"is {orders.get(name)}, but {told} by the journal")
