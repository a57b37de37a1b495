"""What the doors themselves remember."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Staff
from minsheng.foundation.models import Identity
from minsheng.orders.models import Assignment


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


class IntakeDraft(models.Model):
    """A demand that is being taken down: what was typed so far; see `console.drafts`.

    `typed_at` is the browser's moment of the last key, in milliseconds since 1970.
    """

    token = models.UUIDField(_("表单标记"), primary_key=True)
    staff = models.ForeignKey(Staff, models.CASCADE)
    identity = models.OneToOneField(Identity, models.PROTECT, null=True)
    typed = models.JSONField(_("内容"), default=dict)
    typed_at = models.BigIntegerField(_("录入时间"))
    saved_at = models.DateTimeField(_("保存时间"), db_index=True)

    class Meta:
        verbose_name = _("未完成的登记")

    def __str__(self) -> str:
        return str(self.token)


class SavedView(models.Model):
    """A work list narrowed down as somebody likes it; `shared` with all who have such lists.

    `query` is what stands behind the page's address.
    """

    staff = models.ForeignKey(Staff, models.CASCADE)
    name = models.CharField(_("名称"), max_length=20)
    query = models.CharField(_("条件"), max_length=500)
    shared = models.BooleanField(_("全组可用"), default=False)
    made_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("常用视图")
        constraints = [models.UniqueConstraint("staff", "name", name="savedview_once")]

    def __str__(self) -> str:
        return self.name


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
    """A demand that the public sent: the form's token (any from the API), and from which address.

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


class Batch(models.Model):
    """Many things done with one press, and what became of each; see `console.batches`.

    The token is the form's, so that a second press finds the first one here. `finished_at` is empty
    while it is under way, and stays so where the server was stopped in between.
    """

    token = models.UUIDField(_("表单标记"), primary_key=True)
    staff = models.ForeignKey(Staff, models.CASCADE, db_index=False)
    at = models.DateTimeField(_("时间"), db_index=True)
    heading = models.CharField(_("事项"), max_length=64)
    lines = models.JSONField(_("结果"), default=list)
    finished_at = models.DateTimeField(_("办完时间"), null=True)

    class Meta:
        verbose_name = _("批量办理")

    def __str__(self) -> str:
        return f"{self.heading} {self.at:%F %T}"


class SheetRow(models.Model):
    """A row of a unit's spreadsheet that was carried out; the same row again changes nothing.

    `digest` is the SHA-256 of the unit, the sheet's mark, the order and all that the row says.
    """

    digest = models.BinaryField(_("摘要"), max_length=32)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("已办的表格行")
        constraints = [models.UniqueConstraint("digest", name="sheetrow_once")]

    def __str__(self) -> str:
        return bytes(self.digest).hex()[:12]


class Claim(models.Model):
    """Who has an item of a shared queue before them, and until when others are not offered it."""

    desk = models.CharField(_("工作台"), max_length=16)
    item = models.BigIntegerField(_("事项"))
    staff = models.ForeignKey(Staff, models.CASCADE, db_index=False)
    until = models.DateTimeField(_("保留至"))

    class Meta:
        verbose_name = _("在办标记")
        constraints = [models.UniqueConstraint("desk", "item", name="claim_once")]

    def __str__(self) -> str:
        return f"{self.desk} {self.item}"


class ReplyDraft(models.Model):
    """What somebody has typed of a reply and not sent yet.

    `typed_at` is the browser's moment of the last key, in milliseconds since 1970: of two windows,
    or of a copy that was made while the network was dead, the later one stands.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, db_index=False)
    order = models.ForeignKey(Assignment, models.CASCADE, db_index=False)
    fields = models.JSONField(_("内容"), default=dict)
    typed_at = models.BigIntegerField(_("输入时间"))
    at = models.DateTimeField(_("保存时间"), db_index=True)

    class Meta:
        verbose_name = _("答复草稿")
        constraints = [models.UniqueConstraint("staff", "order", name="replydraft_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.order_id}"
