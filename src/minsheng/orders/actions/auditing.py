"""审核: the centre (or the unit above) accepts a reply, or sends it back."""

from django.utils.translation import gettext as _

from minsheng.catalogue.queries import worded
from minsheng.directory.access import Actor
from minsheng.foundation.errors import Conflict
from minsheng.foundation.statements import update
from minsheng.orders.acting import OrderAct, acting_on, below, last_reply, until
from minsheng.orders.actions import files
from minsheng.orders.models import Assignment, Reply


def _audited(act: OrderAct, passed: bool, remark: str) -> Reply:
    row = last_reply(act.order)
    row.passed, row.audited_by, row.audited_at = passed, act.actor.name, act.now
    if remark:
        row.remark = remark
    update(row, ["passed", "audited_by", "audited_at", "remark"])
    return row


def pass_audit(actor: Actor, order_id: int, *, remark: str = "") -> Assignment:
    """审核通过: the order is completed. A demand is complete when its lead is.

    With a public reply that the centre passes, the petitioner sees its files from now on.
    Assisting orders that are still open then lapse; they count neither as done nor as late. Raises
    Conflict while units below owe their part.
    """
    with acting_on(actor, "order.pass_audit", order_id, reason=remark) as act:
        order = act.order
        if below(order):
            raise Conflict("below_owing", _("下级单位还没有办结；请先处理下级工单。"))
        reply = _audited(act, True, remark)
        if reply.public and order.parent_id is None:
            files.show(act)
        act.set(order, completed_at=act.now, closed_at=act.now)
        if act.is_lead:
            act.close_others("lead.completed")
            act.set(order.work_order, closed_at=act.now)
            until(act, None, None)
            act.set(
                act.demand, completed_at=act.now, answer=order.reply if order.reply_public else ""
            )
            act.demand_follows("order.pass_audit")
    return order


def fail_audit(
    actor: Actor, order_id: int, *, reason: str = "", reason_code: str = ""
) -> Assignment:
    """审核退回重办: the unit handles it again (rework n+1); its limit runs on as it was.

    The reason comes from the list (`reason_code`), in words, or both.
    """
    said = worded("rework", reason_code, reason)
    with acting_on(actor, "order.fail_audit", order_id, reason=said) as act:
        if reason_code:
            act.note(reason_code=reason_code)
        _audited(act, False, said)
        act.set(act.order, handled_at=None, rework_count=act.order.rework_count + 1)
        if act.is_lead:
            until(act, act.order.due_at, act.order.warn_at)
    return act.order
