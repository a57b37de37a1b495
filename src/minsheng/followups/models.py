"""回访: asking the petitioner whether it was solved and how satisfied they are."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.demands.rules import Grade
from minsheng.orders.models import Assignment


class FollowUp(models.Model):
    """One round of asking about one demand; rework and re-opening start another round.

    `assignment` is the lead order asked about; empty for a direct answer. Sampled, evaluated and
    valid are kept apart: unreachable is not dissatisfied, and an unasked petitioner may evaluate.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("待回访")
        EVALUATED = "evaluated", _("已评价")
        UNREACHED = "unreached", _("未接通")
        CANCELLED = "cancelled", _("已取消")

    class Source(models.TextChoices):
        PHONE = "phone", _("电话回访")
        SMS = "sms", _("短信评价")
        WECHAT = "wechat", _("微信评价")
        PORTAL = "portal", _("网上评价")
        IMPORT = "import", _("历史导入")

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="follow_ups")
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, related_name="follow_ups", db_index=False
    )
    round = models.PositiveSmallIntegerField(_("轮次"), default=1)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PLANNED)
    sampled = models.BooleanField(_("列入回访"), default=True)
    planned_at = models.DateTimeField(_("计划时间"))
    due_at = models.DateTimeField(_("回访时限"), null=True)
    attempt_count = models.PositiveSmallIntegerField(_("拨打次数"), default=0)
    grade = models.CharField(_("评价"), max_length=20, choices=Grade, blank=True)
    solved = models.BooleanField(_("是否解决"), null=True)
    reason_code = models.CharField(_("不满意原因"), max_length=32, blank=True)
    reason = models.TextField(_("说明"), blank=True)
    valid = models.BooleanField(_("有效参评"), default=True)
    source = models.CharField(_("评价渠道"), max_length=12, choices=Source, blank=True)
    by = models.CharField(_("回访人"), max_length=64, blank=True)
    evaluated_at = models.DateTimeField(_("评价时间"), null=True)

    class Meta:
        verbose_name = _("回访")
        indexes = [
            models.Index("planned_at", "id", name="followup_waiting", condition=Q(state="planned")),
            models.Index(
                "assignment", name="followup_assignment", condition=Q(assignment__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "demand", condition=Q(state="planned"), name="followup_one_running"
            ),
            models.CheckConstraint(
                condition=~Q(state="evaluated") | Q(evaluated_at__isnull=False),
                name="followup_evaluated_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}#{self.round}"


class Attempt(models.Model):
    """One try to reach the petitioner."""

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="attempts")
    reached = models.BooleanField(_("接通"))
    remark = models.TextField(_("情况"), blank=True)
    by = models.CharField(_("回访人"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("回访记录")

    def __str__(self) -> str:
        return f"{self.at:%F %T}"
