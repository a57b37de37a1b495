"""One action on an order: the same check, do, log as for demands, with the demand's lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.demands.acting import Act, check_reach, missing
from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.demands.withheld import bare_of
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.foundation.statements import ByKey
from minsheng.orders.models import Assignment, Reply
from minsheng.orders.rules import LIFECYCLE, OPEN, OrderState, Part

_LOCKED = ByKey(
    lambda pk: Demand.objects.select_for_update(of=("self",)).defer("words").filter(assignments=pk)
)
_ORDER = ByKey(
    lambda pk: Assignment.objects.select_related("unit", "work_order", "parent").filter(pk=pk)
)
_CHILDREN = ByKey(lambda pk: _open(Assignment.objects.filter(parent=pk)))
_LAST_REPLY = ByKey(lambda pk: Reply.objects.filter(assignment=pk).order_by("-pk")[:1])
_UNDER_WORK_ORDER = ByKey(lambda pk: _open(Assignment.objects.filter(work_order=pk)))


def _open(orders: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Returns those of `orders` that are open, with what their names in the journal need."""
    return orders.filter(state__in=OPEN).select_related("unit", "work_order").order_by("pk")


def below(order: Assignment) -> list[Assignment]:
    """Returns the open orders that were assigned onward from this one."""
    return _CHILDREN.all(order.pk)


def under(work_order_id: int) -> list[Assignment]:
    """Returns the open orders under one number, on all levels."""
    return _UNDER_WORK_ORDER.all(work_order_id)


def last_reply(order: Assignment) -> Reply:
    """Returns the reply that was handed in last; there must be one."""
    reply = _LAST_REPLY.first(order.pk)
    assert reply is not None
    return reply


class OrderAct(Act):
    """An action under way on an order and its demand."""

    order: Assignment

    @property
    def is_lead(self) -> bool:
        """Tells whether the demand's fate hangs on this order."""
        return self.order.part == Part.LEAD and self.order.parent_id is None

    def transit(self, order: Assignment, action: str) -> None:
        """Moves an order by a row of the table, keeping the state that a request interrupts."""
        state = LIFECYCLE.next_state(action, order.state, order.state_before)
        if state == order.state:
            return  # urged while a request is pending, it is still the same request
        requests = state in (OrderState.RETURN_REQUESTED, OrderState.EXTENSION_REQUESTED)
        self.set(order, state=state, state_before=order.state if requests else "")

    def close(self, order: Assignment, action: str) -> None:
        """Ends an order by a row of the table, and all that was assigned onward from it."""
        self.transit(order, action)
        self.set(order, closed_at=self.now)
        self.close_below(order, action)

    def close_below(self, order: Assignment, action: str) -> None:
        """Ends what was assigned onward from an order."""
        for child in below(order):
            self.close(child, action)

    def close_others(self, action: str) -> None:
        """Ends the open orders of the other units under the same work order."""
        for other in under(self.order.work_order_id):
            if other.parent_id is None and other.pk != self.order.pk:
                self.close(other, action)

    def demand_follows(self, action: str) -> None:
        """Moves the demand by the row of its own table that this action stands in."""
        self.move(DEMAND_LIFECYCLE.next_state(action, self.demand.state))


@contextmanager
def acting_on(
    actor: Actor, action: str, order_id: int, *, reason: str = "", **given: Any
) -> Iterator[OrderAct]:
    """Runs one lifecycle action on an order; see `minsheng.demands.acting`."""
    granted = require(actor, action)
    with transaction.atomic(savepoint=False):
        demand, order = _LOCKED.first(order_id), _ORDER.first(order_id)
        if demand is None or order is None:
            raise NotFound("not_found", _("没有找到这张工单；请核对编号。"))
        check_reach(actor, action, granted, demand, order)
        row = LIFECYCLE.rows[action]
        LIFECYCLE.next_state(action, order.state, order.state_before)
        for name in row.needs:
            if {"reason": reason, **given}.get(name) in (None, "", []):
                raise missing(name)
        said = bare_of(actor, demand, reason)
        act = OrderAct(actor, action, max(clock.now(), order.assigned_at), said)
        act.demand, act.order = demand, order
        act.about(order)
        act.changes["order"] = {}
        act.note(order=order.ref)
        act.transit(order, action)
        yield act
        act.save()


def until(act: Act, due_at: datetime | None, warn_at: datetime | None) -> None:
    """Shows the lead's limit on the demand, or none while nothing is being handled."""
    act.set(act.demand, due_at=due_at, warn_at=warn_at)
