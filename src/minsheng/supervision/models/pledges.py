"""领导批示、民生承诺: what leaders ask for, what units promise in public, each with its day."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import InstructionState, PromiseState


class Instruction(Matter):
    """领导批示: a leader's note on a demand or a report, to one unit, with feedback by a moment.

    One that is about no demand may become an order (指令): then `demand` is what it became.
    """

    leader = models.CharField(_("批示领导"), max_length=64)
    text = models.TextField(_("批示内容"))
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, db_index=False)
    state = models.CharField(
        _("状态"), max_length=12, choices=InstructionState, default=InstructionState.GIVEN
    )
    limit = models.CharField(_("时限"), max_length=12)
    due_at = models.DateTimeField(_("反馈时限"))
    feedback = models.TextField(_("反馈"), blank=True)
    reported_by = models.CharField(_("反馈人"), max_length=64, blank=True)
    reported_at = models.DateTimeField(_("反馈时间"), null=True)
    remark = models.TextField(_("办结意见"), blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta:
        verbose_name = _("领导批示")
        constraints = [models.UniqueConstraint(fields=["number"], name="instruction_number_once")]
        indexes = [
            models.Index("opened_at", "id", name="instruction_opened"),
            models.Index("unit", "opened_at", "id", name="instruction_unit"),
            models.Index("demand", name="instruction_demand", condition=Q(demand__isnull=False)),
        ]


class Promise(Matter):
    """民生承诺: what a unit promised at a public hearing, by which day, and whether it kept it."""

    class Verdict(models.TextChoices):
        KEPT = "kept", _("已兑现")
        PARTLY = "partly", _("部分兑现")
        BROKEN = "broken", _("未兑现")

    hearing = models.CharField(_("场次"), max_length=200)
    held_on = models.DateField(_("承诺日期"))
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    text = models.TextField(_("承诺事项"))
    due_on = models.DateField(_("兑现期限"))
    first_due_on = models.DateField(_("原兑现期限"))
    state = models.CharField(
        _("状态"), max_length=12, choices=PromiseState, default=PromiseState.MADE
    )
    report = models.TextField(_("兑现情况"), blank=True)
    reported_by = models.CharField(_("上报人"), max_length=64, blank=True)
    reported_at = models.DateTimeField(_("上报时间"), null=True)
    verdict = models.CharField(_("评定"), max_length=8, choices=Verdict, blank=True)
    remark = models.TextField(_("评定意见"), blank=True)
    judged_by = models.CharField(_("评定人"), max_length=64, blank=True)
    judged_at = models.DateTimeField(_("评定时间"), null=True)

    class Meta:
        verbose_name = _("民生承诺")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="promise_number_once"),
            models.CheckConstraint(
                condition=~Q(state=PromiseState.JUDGED) | ~Q(verdict=""),
                name="promise_judged_with_verdict",
            ),
        ]
        indexes = [
            models.Index("opened_at", "id", name="promise_opened"),
            models.Index("unit", "opened_at", "id", name="promise_unit"),
        ]
