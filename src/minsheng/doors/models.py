"""What the doors themselves remember."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Staff


class Submission(models.Model):
    """A form of the console that was sent: its token, and where its sender was led afterwards.

    A second press of the button finds the first one here. Old lines mean nothing and may go.
    """

    token = models.UUIDField(_("表单标记"), primary_key=True)
    staff = models.ForeignKey(Staff, models.CASCADE, db_index=False)
    at = models.DateTimeField(_("时间"), db_index=True)
    address = models.CharField(_("办成后的页面"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("表单提交")

    def __str__(self) -> str:
        return str(self.token)


class KeptAnswer(models.Model):
    """The answer to a POST under its `Idempotency-Key`, given again to whoever repeats it.

    `fingerprint` is the SHA-256 of what was asked. `status` is empty while the first is under way.
    """

    actor = models.CharField(_("调用者"), max_length=80)
    key = models.CharField(_("幂等键"), max_length=255)
    fingerprint = models.BinaryField(_("请求摘要"), max_length=32)
    status = models.PositiveSmallIntegerField(_("状态码"), null=True)
    body = models.BinaryField(_("应答"), default=b"")
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        db_table = "api_idempotency"
        verbose_name = _("已存应答")
        constraints = [
            models.UniqueConstraint("actor", "key", name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class WrongCode(models.Model):
    """A query code that was wrong, and who tried it; too many, and no more is listened to."""

    tried_by = models.CharField(_("来源"), max_length=120)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("查询码错误")
        indexes = [models.Index("tried_by", "at", name="wrongcode_tried")]

    def __str__(self) -> str:
        return f"{self.tried_by} {self.at:%F %T}"


class Received(models.Model):
    """A demand that was sent by the portal's form: the form's token, and from which address.

    A second press of the button finds the first one here, and who sends too many is refused.
    """

    token = models.UUIDField(_("表单标记"), primary_key=True)
    sent_by = models.CharField(_("来源"), max_length=120)
    at = models.DateTimeField(_("时间"))
    demand = models.ForeignKey(Demand, models.CASCADE, null=True, db_index=False)

    class Meta:
        verbose_name = _("门户提交")
        indexes = [models.Index("sent_by", "at", name="received_sent")]

    def __str__(self) -> str:
        return str(self.token)
