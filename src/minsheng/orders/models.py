"""Work orders (工单) and their course in the hands of each unit."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Basis
from minsheng.demands.models import Demand
from minsheng.directory.models import Staff, Unit
from minsheng.orders.rules import OPEN, RUNNING, OrderState, Part


class WorkOrder(models.Model):
    """One dispatch of a demand: a number under which a lead and assisting units act."""

    number = models.CharField(_("工单号"), max_length=32)
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="work_orders")
    issued_at = models.DateTimeField(_("派单时间"))
    closed_at = models.DateTimeField(_("关闭时间"), null=True)

    class Meta:
        verbose_name = _("工单")
        # Not `unique=True`: Django would add a second index, for LIKE, that nobody asks.
        constraints = [models.UniqueConstraint(fields=["number"], name="workorder_number_once")]

    def __str__(self) -> str:
        return self.number


class Assignment(models.Model):
    """A work order with one unit (order-unit pair): what is signed for, handled and replied to.

    `handled_at` is when the unit handed in the reply that stands, which stops its limit;
    `completed_at` is when the centre accepted it. `first_due_at` is the limit as first set.
    """

    work_order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="assignments")
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    part = models.CharField(_("主协办"), max_length=8, choices=Part)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    level = models.PositiveSmallIntegerField(_("交办层级"), default=1)
    basis = models.CharField(_("派单依据"), max_length=16, choices=Basis)
    note = models.TextField(_("派单意见"), blank=True)
    state = models.CharField(_("状态"), max_length=20, choices=OrderState)
    state_before = models.CharField(_("申请前状态"), max_length=20, blank=True)

    assigned_at = models.DateTimeField(_("派单时间"))
    assigned_by = models.ForeignKey(Staff, models.PROTECT, null=True, db_index=False)
    sign_due_at = models.DateTimeField(_("签收时限"), null=True)
    signed_at = models.DateTimeField(_("签收时间"), null=True)
    contact_due_at = models.DateTimeField(_("联系时限"), null=True)
    contacted_at = models.DateTimeField(_("首次联系时间"), null=True)
    limit = models.CharField(_("时限"), max_length=12, blank=True)
    due_at = models.DateTimeField(_("办结时限"))
    first_due_at = models.DateTimeField(_("原办结时限"))
    warn_at = models.DateTimeField(_("预警时间"), null=True)
    handled_at = models.DateTimeField(_("提交答复时间"), null=True)
    completed_at = models.DateTimeField(_("办结时间"), null=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True)
    suspended_at = models.DateTimeField(_("挂账时间"), null=True)
    review_on = models.DateField(_("挂账复核日期"), null=True)

    rework_count = models.PositiveSmallIntegerField(_("返工次数"), default=0)
    extension_count = models.PositiveSmallIntegerField(_("延期次数"), default=0)
    urge_count = models.PositiveSmallIntegerField(_("催办次数"), default=0)
    return_forbidden = models.BooleanField(_("不得再退单"), default=False)

    reply = models.TextField(_("答复"), blank=True)
    reply_public = models.BooleanField(_("答复公开"), default=True)
    solved = models.BooleanField(_("是否解决"), null=True)

    class Meta:
        verbose_name = _("承办")
        indexes = [
            models.Index("unit", "assigned_at", "id", name="assignment_unit"),
            models.Index(
                "unit",
                "state",
                "due_at",
                "id",
                name="assignment_work",
                condition=Q(state__in=sorted(OPEN)),
            ),
            models.Index(
                "due_at", "id", name="assignment_due", condition=Q(state__in=sorted(RUNNING))
            ),
            models.Index(
                "sign_due_at",
                "id",
                name="assignment_unsigned",
                condition=Q(state=OrderState.ASSIGNED),
            ),
            models.Index("assigned_at", "id", name="assignment_assigned"),
            models.Index("parent", name="assignment_onward", condition=Q(parent__isnull=False)),
        ]
        constraints = [
            # A unit has an order once at a time, and an order has one lead at a time.
            models.UniqueConstraint(
                "work_order",
                "unit",
                condition=Q(state__in=sorted(OPEN)),
                name="assignment_unit_once",
            ),
            models.UniqueConstraint(
                "work_order",
                condition=Q(state__in=sorted(OPEN), part=Part.LEAD, parent=None),
                name="assignment_one_lead",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(signed_at__gte=models.F("assigned_at")),
                name="assignment_signed_after_assigned",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(completed_at__gte=models.F("assigned_at")),
                name="assignment_completed_after_assigned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_order} {self.unit}"

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of this order with this unit."""
        return f"{self.work_order.number}/{self.unit.code}"


class Return(models.Model):
    """退单: a unit's request to be rid of an order, and what became of it."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="returns")
    reason_code = models.CharField(_("原因"), max_length=32)
    reason = models.TextField(_("说明"))
    suggested_unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False)
    requested_by = models.CharField(_("申请人"), max_length=64)
    requested_at = models.DateTimeField(_("申请时间"))
    accepted = models.BooleanField(_("同意"), null=True)
    decided_by = models.CharField(_("决定人"), max_length=64, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    decision = models.TextField(_("决定意见"), blank=True)

    class Meta:
        verbose_name = _("退单申请")

    def __str__(self) -> str:
        return self.reason[:40]


class Extension(models.Model):
    """延期: a request for more time; `old_due_at` keeps the limit that it moved."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="extensions")
    limit = models.CharField(_("申请延长"), max_length=12)
    reason_code = models.CharField(_("原因"), max_length=32, blank=True)
    reason = models.TextField(_("理由"))
    requested_by = models.CharField(_("申请人"), max_length=64)
    requested_at = models.DateTimeField(_("申请时间"))
    old_due_at = models.DateTimeField(_("原时限"))
    new_due_at = models.DateTimeField(_("新时限"))
    approved = models.BooleanField(_("同意"), null=True)
    decided_by = models.CharField(_("决定人"), max_length=64, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    decision = models.TextField(_("决定意见"), blank=True)

    class Meta:
        verbose_name = _("延期申请")

    def __str__(self) -> str:
        return self.limit


class Contact(models.Model):
    """联系记录: when and how the unit tried to speak with the petitioner, and whether it did."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="contacts")
    method = models.CharField(_("方式"), max_length=16)
    reached = models.BooleanField(_("联系上"), default=True)
    outcome = models.TextField(_("情况"))
    by = models.CharField(_("联系人"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("联系记录")

    def __str__(self) -> str:
        return self.outcome[:40]


class Reply(models.Model):
    """答复: each version a unit handed in, with the sign-off and the audit that it met.

    `findings` are the codes of what the reply check had to say when it was sent all the same; None
    where it was not asked. `files` are ids of attachments of the demand, which the petitioner sees
    once the reply has passed, where it is public.
    """

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="replies")
    text = models.TextField(_("内容"))
    public = models.BooleanField(_("公开"))
    solved = models.BooleanField(_("是否解决"))
    by = models.CharField(_("答复人"), max_length=64)
    at = models.DateTimeField(_("时间"))
    signed_off_by = models.CharField(_("签发人"), max_length=64, blank=True)
    signed_off_at = models.DateTimeField(_("签发时间"), null=True)
    passed = models.BooleanField(_("审核通过"), null=True)
    audited_by = models.CharField(_("审核人"), max_length=64, blank=True)
    audited_at = models.DateTimeField(_("审核时间"), null=True)
    remark = models.TextField(_("意见"), blank=True)
    findings = ArrayField(models.CharField(max_length=32), verbose_name=_("答复检查"), null=True)
    files = ArrayField(models.BigIntegerField(), verbose_name=_("附件"), default=list)

    class Meta:
        verbose_name = _("答复")

    def __str__(self) -> str:
        return self.text[:40]


class Tally(models.Model):
    """Running counts of orders by unit and state, as `demands.models.Tally`; no restricted ones."""

    unit_id = models.BigIntegerField()
    state = models.CharField(max_length=20)
    n = models.IntegerField()

    class Meta:
        verbose_name = _("计数")

    def __str__(self) -> str:
        return f"{self.unit_id} {self.state} {self.n:+d}"
