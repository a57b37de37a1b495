"""Warnings, the rules that raise them, and the ladder."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.foundation.language import in_language
from minsheng.orders.models import Assignment
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import AlertKind, Level, MeasureState, Step, step_below


class AlertRule(models.Model):
    """A rule that warns of orders, from a day to a day; a change makes another row of its code.

    `days` are working days (for places where the same happens again: days), `times` is how often.
    With a `step` each warning proposes that step of the ladder with that `limit`; where `issues`
    is set, the job takes it at once. 督办逾期未复 warns of the step below its own.
    """

    code = models.CharField(_("编码"), max_length=32)
    name = models.CharField(_("名称"), max_length=64)
    kind = models.CharField(_("情形"), max_length=16, choices=AlertKind)
    days = models.PositiveSmallIntegerField(_("工作日"), default=0)
    times = models.PositiveSmallIntegerField(_("次数"), default=1)
    step = models.CharField(_("建议措施"), max_length=12, choices=Step, blank=True)
    issues = models.BooleanField(_("自动下发"), default=False)
    limit = models.CharField(_("答复时限"), max_length=12, blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("预警规则")
        constraints = [
            models.UniqueConstraint("code", "effective_from", name="alertrule_once_a_day"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")),
                name="alertrule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What its warnings say: its name, which is Chinese; in English its kind and figures."""
        said = [self.get_kind_display()]
        if self.kind == AlertKind.UNANSWERED and self.step:
            said.append(str(step_below(self.step).label))
        if self.days:
            days = gettext("%d天") if self.kind == AlertKind.RECURRING else gettext("%d个工作日")
            said.append(days % self.days)
        if self.times > 1:
            said.append(gettext("%d次") % self.times)
        return in_language(self.name, " · ".join(said))


class Alert(models.Model):
    """预警: one order that a rule warns of, from when it was seen until it was no longer true.

    `since` is when it became true, `raised_at` when the job saw it. Derived by the job alone, in
    one statement for all orders; so it refers to demand and order without a foreign key in the
    database, which would lock every demand that it is about.
    """

    code = models.CharField(_("规则"), max_length=32)
    kind = models.CharField(_("情形"), max_length=16, choices=AlertKind)
    step = models.CharField(_("建议措施"), max_length=12, choices=Step, blank=True)
    demand = models.ForeignKey(Demand, models.DO_NOTHING, db_constraint=False, db_index=False)
    assignment = models.ForeignKey(
        Assignment, models.DO_NOTHING, db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(Unit, models.DO_NOTHING, db_constraint=False, db_index=False)
    since = models.DateTimeField(_("起始时间"))
    raised_at = models.DateTimeField(_("预警时间"))
    cleared_at = models.DateTimeField(_("解除时间"), null=True)
    dismissed_at = models.DateTimeField(_("忽略时间"), null=True)
    dismissed_by = models.CharField(_("忽略人"), max_length=64, blank=True)
    reason = models.CharField(_("忽略理由"), max_length=200, blank=True)
    measure = models.ForeignKey("Measure", models.PROTECT, null=True, related_name="alerts")

    class Meta:
        verbose_name = _("预警")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "assignment"],
                condition=Q(cleared_at=None),
                name="alert_once_at_a_time",
            )
        ]
        indexes = [
            models.Index("since", "id", name="alert_open", condition=Q(cleared_at=None)),
            models.Index("unit", "since", "id", name="alert_unit", condition=Q(cleared_at=None)),
            models.Index("demand", name="alert_demand"),
            models.Index(
                "since",
                "id",
                name="alert_proposed",
                condition=Q(cleared_at=None, dismissed_at=None, measure=None) & ~Q(step=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.assignment_id}"


class Measure(Matter):
    """催办、督办、通报、约谈: one document of the ladder to one unit, with its answer and its end.

    `assignment` is the order that it is about; empty for a notice or an interview about a unit as
    a whole. `previous` is the step below on the same order.
    """

    step = models.CharField(_("措施"), max_length=12, choices=Step)
    level = models.CharField(_("督办层级"), max_length=8, choices=Level, default=Level.CENTRE)
    state = models.CharField(
        _("状态"), max_length=12, choices=MeasureState, default=MeasureState.ISSUED
    )
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, db_index=False)
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, related_name="measures", db_index=False
    )
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    previous = models.ForeignKey("self", models.PROTECT, null=True, db_index=False)
    reason = models.TextField(_("事由和要求"))
    limit = models.CharField(_("时限"), max_length=12)
    due_at = models.DateTimeField(_("答复时限"))
    answer = models.TextField(_("单位答复"), blank=True)
    answered_by = models.CharField(_("答复人"), max_length=64, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    remark = models.TextField(_("销号意见"), blank=True)
    closed_by = models.CharField(_("销号人"), max_length=64, blank=True)
    closed_at = models.DateTimeField(_("销号时间"), null=True)

    class Meta:
        verbose_name = _("督办文书")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="measure_number_once"),
            models.UniqueConstraint(
                fields=["assignment", "step"],
                condition=~Q(state=MeasureState.CLOSED),
                name="measure_one_running",
            ),
            models.CheckConstraint(
                condition=Q(assignment__isnull=False) | Q(step__in=[Step.NOTICE, Step.INTERVIEW]),
                name="measure_about_an_order",
            ),
        ]
        indexes = [
            models.Index("opened_at", "id", name="measure_opened"),
            models.Index("unit", "opened_at", "id", name="measure_unit"),
            models.Index(
                "due_at", "id", name="measure_due", condition=Q(state=MeasureState.ISSUED)
            ),
            models.Index("demand", name="measure_demand", condition=Q(demand__isnull=False)),
            models.Index("assignment", name="measure_order", condition=Q(assignment__isnull=False)),
        ]
