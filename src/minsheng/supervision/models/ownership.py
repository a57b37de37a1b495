"""Whose is it: manholes, poles and cables that nobody owns up to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import OwnershipState


class Object(models.TextChoices):
    """What an owner is looked for."""

    MANHOLE = "manhole", _("井盖")
    POLE = "pole", _("杆塔")
    CABLE = "cable", _("线缆")
    OTHER = "other", _("其他设施")


class DutyUnit(models.Model):
    """值班单位: who leads the ownership group in a month, for one kind of object or (blank) all."""

    month = models.DateField(_("月份"))  # its first day
    object = models.CharField(_("设施"), max_length=8, choices=Object, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)

    class Meta:
        verbose_name = _("权属值班单位")
        constraints = [
            models.UniqueConstraint(fields=["month", "object"], name="dutyunit_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="dutyunit_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.unit_id}"


class Ownership(Matter):
    """权属案件: the duty unit of the month looks at the site; the centre decides whose it is."""

    object = models.CharField(_("设施"), max_length=8, choices=Object)
    demand = models.ForeignKey(Demand, models.PROTECT, db_index=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("值班单位"), related_name="+", db_index=False
    )
    state = models.CharField(
        _("状态"), max_length=12, choices=OwnershipState, default=OwnershipState.OPENED
    )
    reason = models.TextField(_("争议情况"), blank=True)
    visit_due_at = models.DateTimeField(_("勘查时限"))
    finding = models.TextField(_("勘查情况"), blank=True)
    suggested = models.ForeignKey(
        Unit,
        models.PROTECT,
        verbose_name=_("建议权属单位"),
        null=True,
        related_name="+",
        db_index=False,
    )
    visited_by = models.CharField(_("勘查人"), max_length=64, blank=True)
    visited_at = models.DateTimeField(_("勘查时间"), null=True)
    owner = models.ForeignKey(
        Unit,
        models.PROTECT,
        verbose_name=_("权属单位"),
        null=True,
        related_name="+",
        db_index=False,
    )
    decision = models.TextField(_("认定意见"), blank=True)
    decided_by = models.CharField(_("认定人"), max_length=64, blank=True)
    decided_at = models.DateTimeField(_("认定时间"), null=True)
    review_on = models.DateField(_("积存复核日期"), null=True)

    class Meta:
        verbose_name = _("权属案件")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="ownership_number_once"),
            models.UniqueConstraint(
                fields=["demand"],
                condition=~Q(state=OwnershipState.DECIDED),
                name="ownership_one_running",
            ),
            models.CheckConstraint(
                condition=~Q(state=OwnershipState.DECIDED) | Q(owner__isnull=False),
                name="ownership_decided_with_owner",
            ),
        ]
        indexes = [models.Index("opened_at", "id", name="ownership_opened")]
