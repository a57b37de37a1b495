"""What somebody may do with a demand and its orders now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minsheng.demands.acting import reaches
from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.demands.rules import Disposal
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock
from minsheng.orders.actions.extensions import MOST_EXTENSIONS
from minsheng.orders.limits import ask_again_until
from minsheng.orders.models import Assignment
from minsheng.orders.rules import LIFECYCLE, OrderState


@dataclass(frozen=True, slots=True)
class Possible:
    """Which actions a person may take now: on the demand, and on each of its orders by id."""

    demand: tuple[str, ...]
    orders: Mapping[int, tuple[str, ...]]


def possible_actions(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> Possible:
    """Returns the actions that both tables allow: the permission reaches, the state permits.

    Names of actions as in the tables. `orders` come from `of_demand`.
    """
    return Possible(
        tuple(_demand_actions(actor, demand, orders)),
        {order.pk: tuple(order_actions(actor, demand, order)) for order in orders},
    )


def _demand_actions(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> list[str]:
    return [
        action
        for action in DEMAND_LIFECYCLE.actions(demand.state)
        # What is done with an order, or with an application, is not done with the demand.
        if not action.startswith(("order.", "exclusion.", "review.", "enquiry."))
        and _may(actor, action, demand)
        and not _hindered(actor, action, demand, orders)
    ]


def order_actions(actor: Actor, demand: Demand, order: Assignment) -> list[str]:
    """Returns the actions on one order that `possible_actions` names."""
    return [
        action
        for action in LIFECYCLE.actions(order.state)
        if action.startswith("order.")
        and _may(actor, action, demand, order)
        and not _hindered_order(actor, action, order)
    ]


def _may(actor: Actor, action: str, demand: Demand, order: Assignment | None = None) -> bool:
    if actor.read_only:
        return False
    return reaches(actor, scopes(actor.role, action), demand, order)


# What both tables allow may still be refused by a rule of the action itself.


def _hindered(actor: Actor, action: str, demand: Demand, orders: Sequence[Assignment]) -> bool:
    match action:
        case "demand.submit":  # somebody else's draft is theirs to hand in
            return actor.demand_id is None and demand.registered_by_id != actor.staff_id
        case "demand.withdraw":
            return any(order.state == OrderState.REPLIED for order in orders)
        case "follow_up.plan" | "follow_up.send_link":
            return demand.petitioner is None or demand.petitioner.do_not_call
        case "follow_up.ask_rework":
            until = ask_again_until(demand)
            return until is None or clock.now() > until
        case "follow_up.rework":
            return demand.disposal != Disposal.ASSIGN
    return False


def _hindered_order(actor: Actor, action: str, order: Assignment) -> bool:
    match action:
        case "order.request_return":
            return order.return_forbidden
        case "order.request_extension":
            return order.extension_count >= MOST_EXTENSIONS or clock.now() > order.due_at
        case "order.approve_extension":
            return order.extension_count >= 1 and actor.role == Role.DISPATCHER
        case "order.assign_onward":
            return order.level >= 3
        case "order.reassign" | "order.recall":
            return order.parent_id is not None
    return False
