"""回访: whom to ask, asking whether it was solved and how satisfied they are, what was said."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.demands.rules import Grade
from minsheng.followups.rules import Channel, Course
from minsheng.orders.models import Assignment


class PlanRule(models.Model):
    """A line of the city's rules on follow-ups: of which demands which share is asked, and how.

    Blank fields match everything; among the rows that fit, one that names the origin comes first,
    then the urgency, then the unit group, then the kind. A share of 1 is everybody, at once; of any
    other the share is drawn day by day.
    """

    code = models.CharField(_("编码"), max_length=32)
    name = models.CharField(_("名称"), max_length=64)
    origin = models.CharField(_("来源层级"), max_length=12, blank=True)
    urgency = models.CharField(_("紧急程度"), max_length=8, blank=True)
    unit_group = models.CharField(_("考核分组"), max_length=32, blank=True)
    kind = models.CharField(_("诉求类型"), max_length=32, blank=True)
    share = models.FloatField(_("抽取比例"))
    course = models.CharField(_("回访方式"), max_length=16, choices=Course, default=Course.STANDARD)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("回访规则")
        constraints = [
            models.UniqueConstraint("code", "effective_from", name="plan_rule_once"),
            models.CheckConstraint(
                condition=Q(share__gte=0, share__lte=1), name="plan_rule_share_is_a_ratio"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Sample(models.Model):
    """One draw of those to be asked, among what was completed on some days (both included).

    `groups` is all that it takes to repeat it with the `seed` (see `rules.draw`): for each rule its
    code, share and list of numbers, and what was drawn, as block and scattered. `by_clock` is the
    one draw of a day that the worker makes; people may draw more.
    """

    first = models.DateField(_("办结日期起"))
    last = models.DateField(_("办结日期止"))
    seed = models.CharField(_("种子"), max_length=64)
    groups = models.JSONField(_("分组"))
    size = models.PositiveIntegerField(_("抽取件数"))
    by_clock = models.BooleanField(_("定时抽取"), default=False)
    by = models.CharField(_("抽取人"), max_length=64)
    at = models.DateTimeField(_("抽取时间"))

    class Meta:
        verbose_name = _("回访抽样")
        constraints = [
            models.UniqueConstraint("first", condition=Q(by_clock=True), name="sample_once_a_day"),
        ]
        indexes = [models.Index("at", "id", name="sample_at")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of it."""
        return f"{self.first}..{self.last}"


class FollowUp(models.Model):
    """One round of asking about one demand; rework and re-opening start another round.

    `rule` says how it is done, `sample` from which draw it comes, where it was drawn. `assignment`
    is the lead order asked about; empty for a direct answer. Sampled, evaluated and valid are kept
    apart: unreachable is not dissatisfied, and an unasked petitioner may evaluate.
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
    rule = models.ForeignKey(PlanRule, models.PROTECT, null=True, db_index=False)
    sample = models.ForeignKey(Sample, models.PROTECT, null=True, db_index=False)
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
            models.Index(
                "evaluated_at", "id", name="followup_evaluated", condition=Q(state="evaluated")
            ),
            models.Index("planned_at", "id", name="followup_waiting", condition=Q(state="planned")),
            models.Index(
                "assignment", name="followup_assignment", condition=Q(assignment__isnull=False)
            ),
            models.Index("sample", name="followup_sample", condition=Q(sample__isnull=False)),
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
    """One try to reach the petitioner; a link that was sent is one, too."""

    follow_up = models.ForeignKey(FollowUp, models.CASCADE, related_name="attempts")
    channel = models.CharField(_("方式"), max_length=12, choices=Channel, default=Channel.PHONE)
    reached = models.BooleanField(_("接通"))
    remark = models.TextField(_("情况"), blank=True)
    by = models.CharField(_("回访人"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("回访记录")

    def __str__(self) -> str:
        return f"{self.at:%F %T}"
