"""挂账、恢复、催办: what supervisors do with an order that takes long."""

from datetime import date

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit
from minsheng.catalogue.rules import resume as put_off
from minsheng.directory.access import Actor
from minsheng.foundation import city_calendar
from minsheng.foundation.errors import Invalid
from minsheng.orders.acting import acting_on, until
from minsheng.orders.models import Assignment


def suspend(actor: Actor, order_id: int, *, review_on: date, reason: str) -> Assignment:
    """挂账: puts a long matter on the supervised ledger until it is reviewed; its limit rests.

    Raises Invalid for a review date that is not in the future.
    """
    with acting_on(actor, "order.suspend", order_id, review_on=review_on, reason=reason) as act:
        if review_on <= act.now.date():
            raise Invalid("review_past", _("复核日期须晚于今天；请改填日期。"))
        act.set(act.order, suspended_at=act.now, review_on=review_on)
        if act.is_lead:
            until(act, None, None)
    return act.order


def resume(actor: Actor, order_id: int, *, reason: str = "") -> Assignment:
    """恢复办理: takes the matter off the ledger; its limit moves by the time it rested."""
    with acting_on(actor, "order.resume", order_id, reason=reason) as act:
        order = act.order
        assert order.suspended_at is not None
        pause = (order.suspended_at, act.now)
        calendar, limit = city_calendar.present(), Limit.parse(order.limit)
        act.previous_due_at = order.due_at
        act.set(
            order,
            due_at=put_off(calendar, limit, order.due_at, *pause),
            warn_at=put_off(calendar, limit, order.warn_at or order.due_at, *pause),
            suspended_at=None,
            review_on=None,
        )
        if act.is_lead:
            until(act, order.due_at, order.warn_at)
    return order


def urge(actor: Actor, order_id: int, *, reason: str) -> Assignment:
    """催办: reminds the unit; the reminder stands on the order and in the journal."""
    with acting_on(actor, "order.urge", order_id, reason=reason) as act:
        act.set(act.order, urge_count=act.order.urge_count + 1)
    return act.order
