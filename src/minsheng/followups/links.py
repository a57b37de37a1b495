"""评价链接: a message with a link, by which the petitioner evaluates once, without a code.

Sending a link is a try, as a call is. What is to be sent waits in the outbox (`Message`) for a
gateway; a link holds for a week, and as long as its round of asking is under way.
"""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands.acting import acting
from minsheng.directory.access import Actor, citizen
from minsheng.followups import actions
from minsheng.followups.models import FollowUp, Link, Message
from minsheng.followups.rules import Channel
from minsheng.foundation import clock
from minsheng.foundation.errors import Conflict, Invalid, NotFound

HOLDS = timedelta(days=7)
_SALT = "evaluation link"


def send_link(actor: Actor, demand_id: int, *, channel: str) -> Link:
    """发送评价链接: puts a message with a link into the outbox, and counts it as a try.

    Raises Conflict where there is nobody to write to, or where the course of tries does not foresee
    one now; Invalid for a way that sends no links.
    """
    if channel not in (Channel.SMS, Channel.WECHAT):
        raise Invalid("unknown_channel", _("评价链接只能用短信或微信发送。"), field="channel")
    with acting(actor, "follow_up.send_link", demand_id, channel=channel) as act:
        petitioner = act.demand.petitioner
        if petitioner is None or petitioner.do_not_call:
            raise Conflict("do_not_call", _("诉求人匿名或不接受回访；请改抽其他诉求。"))
        if petitioner.identity.phone_key is None:
            raise Conflict("no_phone", _("诉求人没有留下电话，无法发送；请改用其他方式回访。"))
        follow_up = actions.running(act)
        actions.tried(act, follow_up, channel, "")
        link = Link.objects.create(
            follow_up=follow_up, channel=channel, sent_at=act.now, expires_at=act.now + HOLDS
        )
        Message.objects.create(channel=channel, to=petitioner.identity, link=link, at=act.now)
        act.note(channel=channel, attempt=follow_up.attempt_count)
    return link


def token(link: Link) -> str:
    """Returns what stands in the address of a link."""
    return signing.dumps(link.pk, salt=_SALT)


def opened(token: str) -> Link:
    """Returns the link that a token opens, with its demand.

    Raises NotFound for a token that we did not sign, Conflict for one that does not hold any more.
    """
    try:
        key = int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        key = 0
    link = Link.objects.select_related("follow_up__demand").filter(pk=key).first()
    if link is None:
        raise NotFound("not_found", _("评价链接不正确；请从收到的消息里重新打开。"))
    if link.used_at:
        raise Conflict("used", _("您已经评价过了，谢谢。"))
    if clock.now() > link.expires_at or link.follow_up.state != FollowUp.State.PLANNED:
        raise Conflict("expired", _("这个评价链接已经失效；如有问题，请拨打热线电话。"))
    return link


def evaluate(
    token: str, *, grade: str, solved: bool, reason_code: str = "", reason: str = ""
) -> FollowUp:
    """Takes down what the petitioner says by a link, once. Raises as `opened` and `evaluate` do."""
    with transaction.atomic():
        link = opened(token)
        Link.objects.select_for_update().get(pk=link.pk)
        link = opened(token)  # of two at once, the second finds it used
        follow_up = actions.evaluate(
            citizen(link.follow_up.demand_id),
            link.follow_up.demand_id,
            grade=grade,
            solved=solved,
            reason_code=reason_code,
            reason=reason,
            source=link.channel,
        )
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
    return follow_up
