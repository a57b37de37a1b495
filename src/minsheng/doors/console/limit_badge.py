"""How a limit stands, as a badge says it: colour, and the working time that is left or was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit, LimitState, Unit, limit_state
from minsheng.demands.models import Demand
from minsheng.foundation import city_calendar, clock
from minsheng.foundation.calendar import UnknownYear
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, OrderState, Part

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Badge:
    """`look` is a LimitState or "rest"; `due_at` is None where nothing is due."""

    look: str
    text: str
    due_at: datetime | None = None


def _written(time: timedelta, day: timedelta) -> str:
    """Writes a time in the two units that matter; a `day` that is no whole one is a working day."""
    days, rest = divmod(time, day)
    minutes = int(rest.total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    if days:
        whole, more = _("%d个工作日"), _("%(d)d个工作日%(h)d小时")
        if day == _DAY:
            whole, more = _("%d天"), _("%(d)d天%(h)d小时")
        return more % {"d": days, "h": hours} if hours else whole % days
    if hours:
        words = {"h": hours, "m": minutes}
        return _("%(h)d小时%(m)d分") % words if minutes else _("%d小时") % hours
    return _("%d分钟") % minutes


def span(start: datetime, end: datetime, limit: str = "") -> str:
    """Writes the time between two moments as `limit` counts it: by working time unless in hours.

    A day is then a working day.
    """
    if limit and Limit.parse(limit).unit is Unit.HOURS:
        return _written(end - start, _DAY)
    calendar = city_calendar.present()
    try:
        day = calendar.worked(calendar.closing(end, 1), calendar.closing(end, 2))
        return _written(calendar.worked(start, end), day)
    except UnknownYear:
        return _written(end - start, _DAY)


def badge(due_at: datetime, warn_at: datetime | None, limit: str = "") -> Badge:
    """Returns the badge of something that is still to be done."""
    now = clock.now()
    state = limit_state(now, warn_at or due_at, due_at, None)
    if state is LimitState.OVERDUE:
        lost = span(due_at, now, limit)
        # Over, but no working time has passed since.
        none = _("%d分钟") % 0
        return Badge(state, _("刚超期") if lost == none else _("超期%s") % lost, due_at)
    return Badge(state, _("剩%s") % span(now, due_at, limit), due_at)


def of_order(order: Assignment) -> Badge:
    """Returns the badge of an order's limit for completion."""
    if order.state == OrderState.SUSPENDED:
        return Badge("rest", _("挂账，%s复核") % order.review_on)
    if done_at := order.handled_at or order.completed_at:
        state = limit_state(done_at, order.due_at, order.due_at, done_at)
        return Badge(state, state.label, order.due_at)
    if order.state not in OPEN:
        return Badge("rest", _("未办结"))
    return badge(order.due_at, order.warn_at, order.limit)


def of_signing(order: Assignment) -> Badge | None:
    """Returns the badge of the limit for signing, or None where the order has none."""
    if order.sign_due_at is None:
        return None
    if order.signed_at:
        state = limit_state(order.signed_at, order.sign_due_at, order.sign_due_at, order.signed_at)
        text = _("按期签收") if state is LimitState.DONE else _("超期签收")
        return Badge(state, text, order.sign_due_at)
    if order.state != OrderState.ASSIGNED:
        return None
    # Two working hours leave no room for a warning: what is not signed is shown as near.
    return badge(order.sign_due_at, order.assigned_at)


def of_demand(demand: Demand, orders: Sequence[Assignment]) -> Badge | None:
    """Returns the badge of a demand's limit, by its lead's; None where nothing runs."""
    if demand.due_at is None:
        return None
    limits = [
        order.limit
        for order in orders
        if order.part == Part.LEAD and order.parent_id is None and order.state in OPEN
    ]
    return badge(demand.due_at, demand.warn_at, limits[0] if limits else "")
