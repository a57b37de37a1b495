"""撤回: orders that end without being completed."""

from django.utils.translation import gettext as _

from minsheng.demands.acting import acting_as
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.orders.acting import OrderAct, acting_on, until
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, OrderState


def recall(actor: Actor, order_id: int, *, reason: str) -> Demand:
    """撤回工单: the dispatcher takes an order back from its unit.

    Taking back the lead takes back all and leaves the demand with the dispatcher again. Raises
    Invalid for an order that a unit assigned onward: that unit's business.
    """
    with acting_on(actor, "order.recall", order_id, reason=reason) as act:
        order = act.order
        if order.parent_id is not None:
            raise Invalid("onward", _("这是下级单位的承办件；请由交办它的单位处理。"))
        act.set(order, closed_at=act.now)
        act.close_below(order, "order.recall")
        if act.is_lead:
            act.close_others("order.recall")
            act.set(order.work_order, closed_at=act.now)
            until(act, None, None)
            act.demand_follows("order.recall")
    return act.demand


def withdraw(actor: Actor, demand_id: int, *, reason: str) -> Demand:
    """撤回诉求: the petitioner takes the demand back; units still at work are told to stop.

    Raises Conflict when a unit has already handed in its reply: then it is answered, not withdrawn.
    """
    with acting_as(OrderAct, actor, "demand.withdraw", demand_id, reason=reason) as act:
        open_orders = list(
            Assignment.objects.filter(demand=act.demand, state__in=OPEN).select_related(
                "unit", "work_order"
            )
        )
        if any(order.state == OrderState.REPLIED for order in open_orders):
            raise Conflict("replied", _("承办单位已经答复，不能再撤回；请等待审核结果。"))
        for order in open_orders:
            act.transit(order, "demand.withdraw")
            act.set(order, closed_at=act.now)
        act.demand.work_orders.filter(closed_at=None).update(closed_at=act.now)
        until(act, None, None)
        act.set(act.demand, completed_at=act.now)
        assert act.demand.state == DemandState.WITHDRAWN
    return act.demand
