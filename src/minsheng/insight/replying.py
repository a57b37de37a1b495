"""What helps a unit with its reply: knowledge, past answers, and what the check says of it.

The check is shown before a reply is sent, and its findings are kept with the reply.
"""

from typing import Any

from minsheng.directory.access import Actor, require
from minsheng.foundation import text as texts
from minsheng.insight.answers import past_answers
from minsheng.insight.queries import as_advice, knowledge
from minsheng.insight.replies import Finding, check
from minsheng.insight.suggesting import Suggested
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


def suggest(actor: Actor, order: Assignment) -> Suggested:
    """Returns the knowledge and the past answers that may help to reply. Raises Forbidden."""
    require(actor, "insight.check_reply")
    demand = order.demand
    words = texts.tokens(f"{demand.title}\n{demand.text}")
    return Suggested(
        knowledge=knowledge(demand.title),
        answers=as_advice(past_answers(actor, demand.category_id, words, but=demand.pk)),
    )


def send(actor: Actor, order_id: int, *, text: str, **given: Any) -> Reply:
    """Hands in a reply as `orders.actions.reply` does, with the codes of what the check finds."""
    order = Assignment.objects.select_related("demand").filter(pk=order_id).first()
    codes = None
    if order is not None:
        codes = [*dict.fromkeys(finding.code for finding in findings(order, text))]
    return orders.reply(actor, order_id, text=text, findings=codes, **given)
