"""Demands (诉求) and those who raise them."""

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Category, Channel, Kind, LegalRoute, TransferLine
from minsheng.demands.rules import OPEN, DemandState, Disposal
from minsheng.directory.models import District, Staff, Unit
from minsheng.foundation.models import Identity
from minsheng.knowledge.models import Item


class Petitioner(models.Model):
    """One who raises demands. Who it is stands in the vault; here is only what work needs."""

    class Kind(models.TextChoices):
        PERSON = "person", _("自然人")
        ENTERPRISE = "enterprise", _("企业")
        ORGANISATION = "organisation", _("其他组织")

    identity = models.OneToOneField(Identity, models.PROTECT)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind, default=Kind.PERSON)
    do_not_call = models.BooleanField(_("不接受回访"), default=False)
    abusive = models.BooleanField(_("骚扰标记"), default=False)
    abusive_until = models.DateField(_("骚扰标记有效至"), null=True)
    abusive_reason = models.CharField(_("骚扰标记理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("诉求人")

    def __str__(self) -> str:
        return self.identity.name_mask

    def is_abusive(self, today: date) -> bool:
        """Tells whether the mark of an abusive caller holds: it expires after its last day."""
        return self.abusive and (self.abusive_until is None or today <= self.abusive_until)


class ImportBatch(models.Model):
    """One run of an import: what a bulk write journals as a whole."""

    source = models.CharField(_("来源"), max_length=64)
    file_sha256 = models.CharField(_("文件摘要"), max_length=64)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("导入批次")

    def __str__(self) -> str:
        return f"{self.source} {self.at:%F %T}"


class Demand(models.Model):
    """What a citizen or enterprise asks; it may yield several work orders.

    `due_at` is the limit of the lead unit while it runs: not while the order is suspended, nor once
    the reply is with the centre. `unit_ids` are the units that ever got an order of it, `involved`
    those and all units above them: who may see it.
    """

    class Origin(models.TextChoices):
        CITY = "city", _("本级")
        PROVINCE = "province", _("省级交办")
        STATE = "state", _("国家级交办")

    number = models.CharField(_("诉求号"), max_length=32, null=True)  # noqa: DJ001
    query_code = models.CharField(_("查询码"), max_length=12, blank=True)
    state = models.CharField(
        _("状态"), max_length=16, choices=DemandState, default=DemandState.DRAFT
    )
    state_at = models.DateTimeField(_("状态时间"))

    channel = models.ForeignKey(Channel, models.PROTECT, db_index=False)
    kind = models.ForeignKey(Kind, models.PROTECT, null=True, db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, null=True, db_index=False)
    element = models.CharField(_("事件或部件"), max_length=12, blank=True)
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"), blank=True)
    words = ArrayField(models.TextField(), default=list, editable=False)
    district = models.ForeignKey(District, models.PROTECT, null=True, db_index=False)
    place = models.CharField(_("地点"), max_length=200, blank=True)
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)

    petitioner = models.ForeignKey(Petitioner, models.PROTECT, null=True, db_index=False)
    petitioner_kind = models.CharField(_("诉求人类型"), max_length=12, blank=True)
    origin = models.CharField(_("来源层级"), max_length=12, choices=Origin, default=Origin.CITY)
    external_no = models.CharField(_("外部编号"), max_length=64, blank=True)
    call_no = models.CharField(_("通话编号"), max_length=64, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, db_index=False)

    urgent = models.BooleanField(_("紧急"), default=False)
    confidential = models.BooleanField(_("保密"), default=False)
    restricted = models.BooleanField(_("限制知悉"), default=False)
    enterprise = models.BooleanField(_("企业诉求"), default=False)
    excluded = models.BooleanField(_("剔除考核"), default=False)
    escalated = models.BooleanField(_("提级"), default=False)
    difficult = models.BooleanField(_("疑难"), default=False)

    registered_at = models.DateTimeField(_("登记时间"))
    registered_by = models.ForeignKey(Staff, models.PROTECT, null=True, db_index=False)
    accepted_at = models.DateTimeField(_("受理时间"), null=True)
    completed_at = models.DateTimeField(_("办结时间"), null=True)
    archived_at = models.DateTimeField(_("归档时间"), null=True)
    due_at = models.DateTimeField(_("办结时限"), null=True)
    warn_at = models.DateTimeField(_("预警时间"), null=True)
    reopened_count = models.PositiveSmallIntegerField(_("重新受理次数"), default=0)

    disposal = models.CharField(_("处置方式"), max_length=12, choices=Disposal, blank=True)
    answer = models.TextField(_("答复"), blank=True)
    knowledge = models.ForeignKey(Item, models.PROTECT, null=True, db_index=False)
    transfer_line = models.ForeignKey(TransferLine, models.PROTECT, null=True, db_index=False)
    legal_route = models.ForeignKey(LegalRoute, models.PROTECT, null=True, db_index=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )

    unit_ids = ArrayField(models.BigIntegerField(), default=list, editable=False)
    involved = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        verbose_name = _("诉求")
        indexes = [
            models.Index("accepted_at", "id", name="demand_accepted"),
            models.Index("state", "accepted_at", "id", name="demand_state"),
            models.Index("category", "accepted_at", "id", name="demand_category"),
            models.Index("district", "accepted_at", "id", name="demand_district"),
            models.Index(
                "due_at",
                "id",
                name="demand_due",
                condition=Q(state__in=sorted(OPEN), due_at__isnull=False),
            ),
            models.Index(
                "petitioner", "id", name="demand_petitioner", condition=Q(petitioner__isnull=False)
            ),
            models.Index(
                "registered_by", "id", name="demand_draft", condition=Q(state=DemandState.DRAFT)
            ),
            # What somebody took down; imported demands have nobody.
            models.Index(
                "registered_by",
                "accepted_at",
                "id",
                name="demand_registered",
                condition=Q(registered_by__isnull=False, accepted_at__isnull=False),
            ),
            # A few among hundreds of thousands, for those who see these alone.
            models.Index(
                "accepted_at", "id", name="demand_restricted", condition=Q(restricted=True)
            ),
            models.Index(
                "merged_into", name="demand_merged", condition=Q(merged_into__isnull=False)
            ),
            GinIndex("words", name="demand_words"),
            GinIndex("involved", name="demand_involved"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=DemandState.DRAFT)
                | Q(state=DemandState.WITHDRAWN)
                | Q(number__isnull=False, accepted_at__isnull=False),
                name="demand_numbered_once_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(state=DemandState.MERGED) | Q(merged_into__isnull=False),
                name="demand_merged_into_something",
            ),
            # Not `unique=True`: Django would add a second index, for LIKE, that nobody asks.
            models.UniqueConstraint(fields=["number"], name="demand_number_once"),
            # One source never delivers the same thing twice.
            models.UniqueConstraint(
                "channel",
                "external_no",
                condition=~Q(external_no=""),
                name="demand_external_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(_("草稿"))

    @property
    def can_be_contacted(self) -> bool:
        """Whether units can speak with who raised it: somebody known, and not confidential."""
        return self.petitioner_id is not None and not self.confidential

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of this demand."""
        return self.number or "draft"


class Supplement(models.Model):
    """What was added to a demand after it was accepted, by the petitioner or an agent."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="supplements")
    text = models.TextField(_("补充内容"))
    by = models.CharField(_("补充人"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("补充")

    def __str__(self) -> str:
        return self.text[:40]


class Attachment(models.Model):
    """A file with a demand; served only through a permission check.

    `order_id` is the order that a unit uploaded it with. Whether the petitioner may see it is said
    by whoever uploads it, of a unit's file by its reply that has passed (`Reply.files`).
    """

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="attachments")
    order_id = models.BigIntegerField(_("工单"), null=True)
    name = models.CharField(_("文件名"), max_length=200)
    file = models.FileField(_("文件"), max_length=200)
    content_type = models.CharField(_("类型"), max_length=80)
    size = models.PositiveIntegerField(_("字节数"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    public = models.BooleanField(_("诉求人可见"), default=False)
    by = models.CharField(_("上传人"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("附件")

    def __str__(self) -> str:
        return self.name


class Enquiry(models.Model):
    """转专员: an enterprise's demand that the specialists of a unit are asked to answer.

    The second of three steps: agent, specialist, order. One at a time is open for a demand; how it
    ended, and by whom, stays.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待专员答复")
        ANSWERED = "answered", _("专员已答复")
        PASSED = "passed", _("转派单")
        ENDED = "ended", _("已另行处理")

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="enquiries")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    note = models.TextField(_("问什么"), blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.ASKED)
    asked_by = models.CharField(_("转出人"), max_length=64)
    asked_at = models.DateTimeField(_("转出时间"))
    due_at = models.DateTimeField(_("答复时限"))
    ended_by = models.CharField(_("办结人"), max_length=64, blank=True)
    ended_at = models.DateTimeField(_("办结时间"), null=True)
    reason = models.TextField(_("转派单理由"), blank=True)

    class Meta:
        verbose_name = _("专员咨询")
        constraints = [
            models.UniqueConstraint(
                "demand", condition=Q(state="asked"), name="enquiry_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index("asked_at", "id", name="enquiry_asked"),
            models.Index("unit", "asked_at", "id", name="enquiry_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.state}"

    def end(self, state: str, by: str, at: datetime, reason: str = "") -> None:
        """Ends it and saves it."""
        self.state, self.ended_by, self.ended_at, self.reason = state, by, at, reason
        self.save(update_fields=["state", "ended_by", "ended_at", "reason"])


class Tally(models.Model):
    """Running counts of demands by category and state, kept by triggers as signed lines.

    A write adds a line instead of changing a shared row, so writers never wait for each other; a
    job folds the lines. The count of a key is the sum of its lines.
    """

    category_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16)
    n = models.IntegerField()

    class Meta:
        verbose_name = _("计数")

    def __str__(self) -> str:
        return f"{self.category_id} {self.state} {self.n:+d}"
