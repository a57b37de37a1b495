"""Versions of the learned model: trained by one person's wish, served by another's approval."""

from collections.abc import Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Why a training may fail → what people are told, with the figures that stand behind the code.
FAILURES: Mapping[str, Promise] = {
    "too_few": _("只有%s件带类别的诉求，至少需要%s件才能训练；请先积累数据或导入历史。"),
    "one_class": _("训练数据只有一个类别，无法学习区分；请补充其他类别的数据后再训练。"),
    "broken": _("训练中断：%s"),
}


class ModelVersion(models.Model):
    """One training run and what came of it. Its weights are a file in the data folder.

    `report` is what `training.report` says of the rows that were held out. `requested_by` and
    `decided_by` are user names; the database lets at most one version serve.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("等待训练")
        TRAINING = "training", _("训练中")
        TRAINED = "trained", _("待审批")
        FAILED = "failed", _("训练失败")
        REFUSED = "refused", _("已退回")
        SERVING = "serving", _("使用中")
        RETIRED = "retired", _("已停用")

    number = models.PositiveIntegerField(_("版本"), unique=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.REQUESTED)
    requested_by = models.CharField(_("发起人"), max_length=64)
    requested_at = models.DateTimeField(_("发起时间"))
    progress = models.FloatField(_("进度"), default=0)  # share, 0 to 1
    trained_at = models.DateTimeField(_("训练完成时间"), null=True)
    rows = models.PositiveIntegerField(_("训练条数"), default=0)
    sha256 = models.CharField(_("文件摘要"), max_length=64, blank=True)
    report = models.JSONField(_("报告"), default=dict)
    failure = models.CharField(_("失败原因"), max_length=500, blank=True)
    decided_by = models.CharField(_("审批人"), max_length=64, blank=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    remark = models.CharField(_("审批意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("模型版本")
        constraints = [
            models.UniqueConstraint(
                "state", condition=models.Q(state="serving"), name="one_model_serves"
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name under which people and the journal speak of this version."""
        return f"M{self.number}"

    @property
    def why_failed(self) -> str:
        """Why its training failed, in the reader's language; empty for others.

        `failure` is a code of `FAILURES` and its figures. Older versions kept the sentence itself.
        """
        code, *figures = self.failure.split() or [""]
        return str(FAILURES[code]) % tuple(figures) if code in FAILURES else self.failure
