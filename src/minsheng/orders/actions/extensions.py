"""延期: more time, asked for with a reason and granted by somebody else."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from minsheng.catalogue.queries import worded
from minsheng.catalogue.rules import Limit, Stage, extend
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import city_calendar
from minsheng.foundation.errors import Conflict, Forbidden
from minsheng.orders.acting import OrderAct, acting_on, until
from minsheng.orders.limits import rule, warned
from minsheng.orders.models import Extension

MOST_EXTENSIONS = 2


def request_extension(
    actor: Actor, order_id: int, *, limit: str, reason: str = "", reason_code: str = ""
) -> Extension:
    """申请延期: asks for more time, e.g. `3wd`, counted from the present limit.

    The reason comes from the list (`reason_code`), in words, or both.
    All extensions together last at most as often the original limit as the table of limits says
    (once, by default). Raises Invalid beyond that, Conflict when the limit has passed or two
    extensions were granted.
    """
    said = worded("extension", reason_code, reason)
    with acting_on(actor, "order.request_extension", order_id, limit=limit, reason=said) as act:
        order = act.order
        if order.extension_count >= MOST_EXTENSIONS:
            raise Conflict("extended_twice", _("这张工单已延期两次，不能再延期；请按期办结。"))
        if act.now > order.due_at:
            raise Conflict("overdue", _("办结时限已过，不能再申请延期；请尽快办结并说明原因。"))
        row = Extension.objects.create(
            assignment=order,
            limit=limit,
            reason_code=reason_code,
            reason=said,
            requested_by=actor.name,
            requested_at=act.now,
            old_due_at=order.due_at,
            new_due_at=_extended(act, Limit.parse(limit)),
        )
        act.note(limit=limit, new_due_at=row.new_due_at)
        if reason_code:
            act.note(reason_code=reason_code)
    return row


def _extended(act: OrderAct, wanted: Limit) -> datetime:
    order = act.order
    times = rule(Stage.COMPLETE, act.demand, order.unit, order.assigned_at).extension_times
    granted = order.extensions.filter(approved=True).values_list("limit", flat=True)
    return extend(
        city_calendar.present(),
        order.due_at,
        Limit.parse(order.limit),
        wanted,
        granted=[Limit.parse(text) for text in granted],
        times=Decimal(times),
    ).at


def _decided(act: OrderAct, approved: bool) -> Extension:
    """Returns the pending request with the decision written on it."""
    row: Extension = act.order.extensions.filter(approved=None).latest("pk")
    row.approved, row.decision = approved, act.reason
    row.decided_by, row.decided_at = act.actor.name, act.now
    row.save(update_fields=["approved", "decided_by", "decided_at", "decision"])
    return row


def approve_extension(actor: Actor, order_id: int, *, reason: str = "") -> Extension:
    """同意延期: moves the limit; the old one stays on record.

    A second extension of the same order needs a supervisor. Raises Forbidden for anyone else.
    """
    with acting_on(actor, "order.approve_extension", order_id, reason=reason) as act:
        order = act.order
        if order.extension_count >= 1 and actor.role == Role.DISPATCHER:
            raise Forbidden("second_extension", _("再次延期须由督查员批准；请转督查员办理。"))
        row = _decided(act, True)
        act.previous_due_at = order.due_at
        complete = rule(Stage.COMPLETE, act.demand, order.unit, order.assigned_at)
        act.set(
            order,
            due_at=row.new_due_at,
            warn_at=warned(complete, order.assigned_at, row.new_due_at),
            extension_count=order.extension_count + 1,
        )
        if act.is_lead:
            until(act, order.due_at, order.warn_at)
    return row


def refuse_extension(actor: Actor, order_id: int, *, reason: str) -> Extension:
    """驳回延期: the present limit stays."""
    with acting_on(actor, "order.refuse_extension", order_id, reason=reason) as act:
        return _decided(act, False)
