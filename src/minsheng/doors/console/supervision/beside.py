"""What supervision shows beside a demand: warnings, documents, cases, and ways to act."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console.supervision.processes import PROCESSES
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, Part
from minsheng.supervision import queries
from minsheng.supervision.rules import Step

#: Where the rows of `queries.PARTS` are shown, with the moment that they bear.
_SHOWN = (
    ("measures", "measures", "opened_at"),
    ("checks", "field-checks", "due_at"),
    ("cases", "ownership", "opened_at"),
    ("meetings", "meetings", "at"),
    ("rechecks", "rechecks", "drawn_at"),
    ("instructions", "instructions", "opened_at"),
)


@dataclass(frozen=True, slots=True)
class Thing:
    label: str
    number: str
    address: str
    state: str
    done: bool
    at: datetime
    due_at: datetime | None
    unit: str


@dataclass(frozen=True, slots=True)
class Beside:
    """`several`: the demand is with more than one unit, so warnings name theirs."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    ways: list[tuple[str, str]] = field(default_factory=list)
    several: bool = False

    @property
    def shown(self) -> bool:
        return bool(self.alerts or self.things or self.ways)


def of_demand(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> Beside:
    """Returns what there is beside a demand that `actor` may see; nothing for other roles.

    One statement. Restricted demands have nothing here.
    """
    granted = scopes(actor.role, "supervision.view")
    if demand.restricted or not {Scope.ALL, Scope.TREE} & {*granted}:
        return Beside()
    found = queries.of_demand(demand.pk)
    names, units = queries.rule_names(), queries.names_of_units()
    open_orders = [order for order in orders if order.state in OPEN]
    return Beside(
        alerts=[
            {
                "name": names.get(row["code"], row["code"]),
                "kind": row["kind"],
                "unit": units.get(row["unit_id"], ""),
            }
            for row in found["alerts"]
        ],
        things=[
            _thing(process, row, moment, units)
            for part, process, moment in _SHOWN
            for row in found[part]
        ],
        ways=_ways(actor, demand, open_orders),
        several=len(open_orders) > 1,
    )


def _thing(process: str, row: dict[str, Any], moment: str, units: Any) -> Thing:
    one = PROCESSES[process]
    label = str(Step(row["step"]).label) if "step" in row else str(one.label)
    return Thing(
        label=label,
        number=row["number"],
        address=reverse("console:supervision-thing", args=[process, row["id"]]),
        state=str(one.lifecycle.states[row["state"]]),
        done=row["state"] in one.done,
        at=row[moment],
        due_at=row.get("due_at"),
        unit=units.get(row.get("unit_id"), ""),
    )


def _ways(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> list[tuple[str, str]]:
    """Returns what may be opened about the demand: words and addresses."""
    ways = []

    def way(process: str, action: str, words: str, query: str) -> None:
        if scopes(actor.role, action):
            address = reverse("console:supervision-new", args=[process])
            ways.append((words, f"{address}?{query}"))

    leads = [order for order in orders if order.part == Part.LEAD and order.parent_id is None]
    for order in leads:
        way("measures", "measure.issue", _("催办或督办"), f"order_id={order.pk}")
    if demand.state in (DemandState.ACCEPTED, DemandState.ASSIGNED):
        way("ownership", "ownership.open", _("权属认定"), f"demand={demand.number}")
        way("meetings", "meeting.call", _("会办"), f"demands={demand.number}")
    if demand.state not in (DemandState.DRAFT, DemandState.WITHDRAWN, DemandState.MERGED):
        way("instructions", "instruction.give", _("批示"), f"demand={demand.number}")
        way("field-checks", "field_check.order", _("现场核查"), f"demand={demand.number}")
    return ways
