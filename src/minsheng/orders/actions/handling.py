"""签收、联系、答复、签发: what the responsible unit does with its order."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from minsheng.directory.access import Actor
from minsheng.foundation import text as texts
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.foundation.statements import insert, update
from minsheng.orders.acting import OrderAct, acting_on, below, last_reply, until
from minsheng.orders.actions import files
from minsheng.orders.models import Assignment, Contact, Reply
from minsheng.orders.rules import OrderState

METHODS = frozenset({"phone", "visit", "message", "meeting"})
REPLY_LENGTH = 10_000  # characters


def sign(actor: Actor, order_id: int) -> Assignment:
    """签收: the unit acknowledges the order. Raises Conflict when somebody already did."""
    with acting_on(actor, "order.sign", order_id) as act:
        act.set(act.order, signed_at=act.now)
    return act.order


def contact(
    actor: Actor, order_id: int, *, method: str, outcome: str, reached: bool = True
) -> Contact:
    """联系诉求人: records a contact by phone, visit, message or meeting, and what came of it.

    A try that did not reach the petitioner (`reached` false) is no contact within the limit.
    """
    if method not in METHODS:
        raise Invalid("unknown_method", _("联系方式不正确；请选电话、上门、信息或面谈。"))
    with acting_on(actor, "order.contact", order_id, method=method, outcome=outcome) as act:
        row = insert(
            Contact(
                assignment=act.order,
                method=method,
                reached=reached,
                outcome=texts.clean(outcome, 2000),
                by=actor.name,
                at=act.now,
            )
        )
        if reached and act.order.contacted_at is None:
            act.set(act.order, contacted_at=act.now)
        act.note(method=method, **({} if reached else {"reached": False}))
    return row


def reply(
    actor: Actor,
    order_id: int,
    *,
    text: str,
    solved: bool,
    public: bool = True,
    attachments: list[int] | None = None,
    findings: Sequence[str] | None = None,
) -> Reply:
    """答复: hands in what was done. It stands once the unit's leader has signed it off.

    `solved` says whether the matter is solved, `public` whether the petitioner may read the reply
    and see its files once it has passed, `attachments` the ids of files that this unit uploaded,
    `findings` the codes of what the reply check had to say and the unit sent it in spite of (None:
    it was not checked). A unit that needs no sign-off (a street, a section) hands it in at once.
    Raises Conflict while units below still owe a reply.
    """
    with acting_on(actor, "order.reply", order_id, text=text.strip(), solved=solved) as act:
        order = act.order
        owing = "、".join(child.unit.name for child in below(order))
        if owing:
            raise Conflict("below_owing", _("%s还没有办结；请先收齐下级答复。") % owing)
        taken = sorted(set(attachments or []))
        if taken:
            files.take(act, taken)
        row = insert(
            Reply(
                assignment=order,
                text=texts.clean(text, REPLY_LENGTH),
                public=public,
                solved=solved,
                by=actor.name,
                at=act.now,
                findings=None if findings is None else [*findings],
                files=taken,
            )
        )
        if findings:
            act.note(findings=" ".join(findings))
        act.set(order, reply=row.text, reply_public=public, solved=solved)
        if not order.unit.sign_off:
            act.set(order, state=OrderState.REPLIED)
            _hand_in(act)
    return row


def _hand_in(act: OrderAct) -> None:
    """Stops the unit's limit: the reply is with the centre now."""
    act.set(act.order, handled_at=act.now)
    if act.is_lead:
        until(act, None, None)


def sign_off(actor: Actor, order_id: int, *, remark: str = "") -> Assignment:
    """签发: the unit's leader stands by the reply, and it goes to the centre."""
    with acting_on(actor, "order.sign_off", order_id) as act:
        row = last_reply(act.order)
        row.signed_off_by, row.signed_off_at, row.remark = actor.name, act.now, remark
        update(row, ["signed_off_by", "signed_off_at", "remark"])
        _hand_in(act)
    return act.order


def refuse_sign_off(actor: Actor, order_id: int, *, reason: str) -> Assignment:
    """退回修改: the unit's leader sends the reply back to the clerk."""
    with acting_on(actor, "order.refuse_sign_off", order_id, reason=reason) as act:
        row = last_reply(act.order)
        row.remark = reason
        update(row, ["remark"])
    return act.order
