"""A unit's reply and what the reply check says of it: shown before it is sent, kept with it."""

from typing import Any

from minsheng.directory.access import Actor
from minsheng.insight.replies import Finding, check
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, Reply

COMPARED = 30  # earlier replies of the unit, to find copies by


def findings(order: Assignment, text: str) -> list[Finding]:
    """Returns what a reply to the demand of `order` lacks; see `replies.check`.

    Of a petitioner whom the unit cannot call (anonymous, confidential) no contact is missed.
    """
    demand = order.demand
    callable = demand.petitioner_id is not None and not demand.confidential
    earlier = (
        Assignment.objects.filter(unit=order.unit_id)
        .exclude(demand=order.demand_id)
        .exclude(reply="")
        .order_by("-assigned_at", "-pk")
        .values_list("reply", flat=True)[:COMPARED]
    )
    return check(
        f"{demand.title}\n{demand.text}",
        text,
        contacted=order.contacted_at is not None if callable else None,
        earlier=list(earlier),
    )


def send(actor: Actor, order_id: int, *, text: str, **given: Any) -> Reply:
    """Hands in a reply as `orders.actions.reply` does, with the codes of what the check finds."""
    order = Assignment.objects.select_related("demand").filter(pk=order_id).first()
    codes = None
    if order is not None:
        codes = [*dict.fromkeys(finding.code for finding in findings(order, text))]
    return orders.reply(actor, order_id, text=text, findings=codes, **given)
