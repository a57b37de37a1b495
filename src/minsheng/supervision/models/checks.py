"""Looking again and looking on the spot: re-checks, field checks, joint supervision."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Staff, Unit
from minsheng.orders.models import Assignment
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import FieldCheckState, JointState, RecheckState


class Draw(Matter):
    """回头看: one draw among the demands that units completed in a period and that are closed.

    `seed` and the numbers of that period draw the same again; `population` says how many there
    were.
    """

    seed = models.CharField(_("种子"), max_length=64)
    since = models.DateField(_("办结从"))
    until = models.DateField(_("办结到"))
    population = models.PositiveIntegerField(_("总体"))
    size = models.PositiveIntegerField(_("抽取数"))

    class Meta:
        verbose_name = _("回头看抽样")
        constraints = [models.UniqueConstraint(fields=["number"], name="draw_number_once")]


class Recheck(models.Model):
    """One demand that was drawn: whether what the unit reported still holds."""

    secret = False

    source = models.ForeignKey(Draw, models.PROTECT, related_name="rechecks")
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="rechecks")
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    drawn_at = models.DateTimeField(_("抽取时间"))
    state = models.CharField(
        _("状态"), max_length=12, choices=RecheckState, default=RecheckState.DRAWN
    )
    finding = models.TextField(_("复查情况"), blank=True)
    by = models.CharField(_("复查人"), max_length=64, blank=True)
    at = models.DateTimeField(_("复查时间"), null=True)

    class Meta:
        verbose_name = _("回头看")
        constraints = [
            models.UniqueConstraint(fields=["source", "demand"], name="recheck_once_a_draw")
        ]
        indexes = [models.Index("drawn_at", "id", name="recheck_drawn")]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.demand_id}"

    @property
    def number(self) -> str:
        """The number of the draw that it belongs to."""
        return self.source.number


class FieldCheck(Matter):
    """现场核查: somebody goes and looks whether it is as the unit says, and brings a picture."""

    class Verdict(models.TextChoices):
        SETTLED = "settled", _("属实，已解决")
        PARTLY = "partly", _("部分解决")
        UNSETTLED = "unsettled", _("未解决")
        UNTRUE = "untrue", _("反馈不实")

    state = models.CharField(
        _("状态"), max_length=12, choices=FieldCheckState, default=FieldCheckState.ORDERED
    )
    demand = models.ForeignKey(Demand, models.PROTECT, db_index=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False)
    assignee = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.TextField(_("核查要求"))
    due_at = models.DateTimeField(_("核查时限"))
    verdict = models.CharField(_("核查结论"), max_length=12, choices=Verdict, blank=True)
    finding = models.TextField(_("核查情况"), blank=True)
    place = models.CharField(_("核查地点"), max_length=200, blank=True)
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)
    seen_at = models.DateTimeField(_("到场时间"), null=True)
    evidence = ArrayField(models.BigIntegerField(), default=list, editable=False)
    reported_by = models.CharField(_("核查人"), max_length=64, blank=True)
    reported_at = models.DateTimeField(_("上报时间"), null=True)

    class Meta:
        verbose_name = _("现场核查")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="fieldcheck_number_once"),
            models.CheckConstraint(
                condition=Q(state=FieldCheckState.ORDERED)
                | Q(seen_at__isnull=False, evidence__len__gte=1) & ~Q(verdict=""),
                name="fieldcheck_reported_with_evidence",
            ),
        ]
        indexes = [
            models.Index("opened_at", "id", name="fieldcheck_opened"),
            models.Index("demand", name="fieldcheck_demand"),
        ]


class Joint(Matter):
    """联合督查: several units look at several places together, with a verdict for each."""

    title = models.CharField(_("主题"), max_length=200)
    on = models.DateField(_("督查日期"))
    units = models.ManyToManyField(Unit, verbose_name=_("参加单位"), related_name="+")
    state = models.CharField(
        _("状态"), max_length=12, choices=JointState, default=JointState.PLANNED
    )
    remark = models.TextField(_("小结"), blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        verbose_name = _("联合督查")
        constraints = [models.UniqueConstraint(fields=["number"], name="joint_number_once")]
        indexes = [models.Index("opened_at", "id", name="joint_opened")]


class Site(models.Model):
    """A place of a joint supervision, the unit that answers for it, and what was found."""

    class Verdict(models.TextChoices):
        PASSED = "passed", _("合格")
        PARTLY = "partly", _("基本合格")
        FAILED = "failed", _("不合格")

    joint = models.ForeignKey(Joint, models.CASCADE, related_name="sites")
    place = models.CharField(_("点位"), max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, related_name="+", db_index=False)
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict, blank=True)
    finding = models.TextField(_("情况"), blank=True)
    by = models.CharField(_("认定人"), max_length=64, blank=True)
    at = models.DateTimeField(_("认定时间"), null=True)

    class Meta:
        verbose_name = _("督查点位")

    def __str__(self) -> str:
        return self.place
