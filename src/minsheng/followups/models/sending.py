"""Links by which petitioners evaluate once, the outbox of messages, and the monthly review."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.followups.models.asking import FollowUp
from minsheng.followups.rules import Channel
from minsheng.foundation.models import Identity


class Link(models.Model):
    """A way for a petitioner to evaluate one round once. Its token is signed, and kept nowhere."""

    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="links")
    channel = models.CharField(_("方式"), max_length=12, choices=Channel)
    sent_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    used_at = models.DateTimeField(_("评价时间"), null=True)

    class Meta:
        verbose_name = _("评价链接")

    def __str__(self) -> str:
        return f"{self.follow_up_id} {self.channel}"


class Message(models.Model):
    """What waits to be sent (发件箱). Whom to, stays in the vault until a gateway sends it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    channel = models.CharField(_("方式"), max_length=12, choices=Channel)
    to = models.ForeignKey(Identity, models.PROTECT, related_name="+")
    link = models.ForeignKey(Link, models.PROTECT, related_name="messages")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.WAITING)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("待发消息")
        indexes = [models.Index("at", "id", name="message_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Review(models.Model):
    """研判: what the monthly meeting decided about an order that left its petitioner discontent."""

    class Decision(models.TextChoices):
        REWORK = "rework", _("退回重办")
        STANDS = "stands", _("办理到位，不再重办")

    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="review")
    decision = models.CharField(_("研判结论"), max_length=12, choices=Decision)
    note = models.TextField(_("说明"))
    by = models.CharField(_("研判人"), max_length=64)
    at = models.DateTimeField(_("研判时间"))

    class Meta:
        verbose_name = _("研判")

    def __str__(self) -> str:
        return f"{self.follow_up_id} {self.decision}"
