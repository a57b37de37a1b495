"""What helps a unit with its reply, and its auditor: knowledge, past answers, and the check.

The check is shown before a reply is sent, and its findings are kept with the reply.
"""

from collections.abc import Sequence
from typing import Any

from minsheng.demands.models import Demand, Petitioner
from minsheng.directory.access import Actor, require
from minsheng.foundation import text as texts
from minsheng.insight.actions import About, chosen
from minsheng.insight.answers import past_answers
from minsheng.insight.queries import as_advice, knowledge
from minsheng.insight.replies import Finding, check
from minsheng.insight.suggesting import Advice, Suggested, opened
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, Reply

COMPARED = 30  # earlier replies of the unit, to find copies by


def findings(order: Assignment, text: str) -> list[Finding]:
    """Returns what a reply to the demand of `order` lacks; see `replies.check`.

    Of a petitioner whom the unit cannot call (anonymous, confidential) no contact is missed, and no
    name is compared.
    """
    demand = order.demand
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
        contacted=order.contacted_at is not None if demand.can_be_contacted else None,
        petitioner=_surname(demand),
        earlier=list(earlier),
    )


def _surname(demand: Demand) -> str:
    """Returns what a unit sees of a person's name, the first character; "" where it sees none."""
    person = demand.petitioner
    if person is None or demand.confidential or person.kind != Petitioner.Kind.PERSON:
        return ""
    return person.identity.name_mask[:1]


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
    codes = None if order is None else _codes(findings(order, text))
    return orders.reply(actor, order_id, text=text, findings=codes, **given)


# What came of the check: kept to be counted, see `acceptance.heeded`


def _codes(found: Sequence[Finding]) -> list[str]:
    return [*dict.fromkeys(finding.code for finding in found)]


def pointed_out(found: Sequence[Finding]) -> str:
    """Returns the slip of what a unit is shown when it first tries to send a reply."""
    return Suggested(check=[Advice(code, code) for code in _codes(found)]).slip


def audited(found: Sequence[Finding]) -> str:
    """Returns the slip of what stands beside a reply when it is decided about."""
    return Suggested(audit=[Advice(code, code) for code in _codes(found)]).slip


def mended(actor: Actor, demand_id: int, slip: str, left: Sequence[Finding]) -> None:
    """Writes down which of the things on the slip (of `pointed_out`) a reply had no more.

    `left` is what was found in the reply that went. To be called in the transaction of sending.
    """
    _round, said = opened(slip) or ("", {})
    _model, codes, _confidences = said.get("check", ("", [], []))
    still = _codes(left)
    gone = [code for code in codes if code not in still]
    chosen(actor, slip, demand_id, [f"check:{code}" for code in gone], about=About.REPLY)
