"""退单: a unit holds that an order is not its own, and the dispatcher decides."""

from django.utils.translation import gettext as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import reason as reason_of
from minsheng.directory.access import Actor
from minsheng.foundation.errors import Conflict
from minsheng.orders.acting import OrderAct, acting_on, until
from minsheng.orders.actions.assigning import give_to, units_by_code
from minsheng.orders.models import Assignment, Return


def request_return(
    actor: Actor, order_id: int, *, reason_code: str, reason: str, suggested_unit: str = ""
) -> Return:
    """申请退单: asks to be rid of an order, with a reason from the list and in words.

    Raises Conflict once an earlier request was overruled: then the unit keeps the order.
    """
    with acting_on(
        actor, "order.request_return", order_id, reason_code=reason_code, reason=reason
    ) as act:
        if act.order.return_forbidden:
            raise Conflict(
                "return_forbidden", _("这张工单的退单申请已被驳回，不得再次退单；请按期办理。")
            )
        row = Return.objects.create(
            assignment=act.order,
            reason_code=reason_code,
            reason=f"{reason_of('return', reason_code)}：{reason}",
            suggested_unit=units_by_code([suggested_unit])[0] if suggested_unit else None,
            requested_by=actor.name,
            requested_at=act.now,
        )
        act.note(reason_code=reason_code, suggested_unit=row.suggested_unit)
    return row


def _decide(act: OrderAct, accepted: bool) -> None:
    act.order.returns.filter(accepted=None).update(
        accepted=accepted,
        decided_by=act.actor.name,
        decided_at=act.now,
        decision=act.reason,
    )


def accept_return(
    actor: Actor,
    order_id: int,
    *,
    unit: str = "",
    basis: str = Basis.DESIGNATED,
    reason: str = "",
) -> Assignment | None:
    """同意退单: the unit is rid of the order; with `unit` it goes to that one in the same step.

    Without `unit`, a lead's demand is back with the dispatcher. Returns the new order, if any.
    """
    with acting_on(actor, "order.accept_return", order_id, reason=reason) as act:
        order = act.order
        _decide(act, True)
        act.set(order, closed_at=act.now)
        act.close_below(order, "order.recall")
        if unit:
            return give_to(act, unit, basis, reason)
        if act.is_lead:
            act.close_others("order.recall")
            act.set(order.work_order, closed_at=act.now)
            until(act, None, None)
            act.demand_follows("order.accept_return")
    return None


def overrule_return(actor: Actor, order_id: int, *, reason: str) -> Assignment:
    """驳回退单: the unit keeps the order and may not ask again; the limit ran on meanwhile."""
    with acting_on(actor, "order.overrule_return", order_id, reason=reason) as act:
        _decide(act, False)
        act.set(act.order, return_forbidden=True)
    return act.order
