"""What a demand can be and by when it is due: dictionaries, assignment catalogue, time limits.

Every rule here is data with effective dates; a city changes it without a programmer.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.directory.models import District, Unit


class City(models.Model):
    """The one city that this database serves."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=32)
    hotline = models.CharField(_("热线名称"), max_length=64)
    demand_prefix = models.CharField(_("诉求号前缀"), max_length=4, default="SQ")
    order_prefix = models.CharField(_("工单号前缀"), max_length=4, default="GD")
    population = models.PositiveIntegerField(_("常住人口"), default=0)
    follow_up_share = models.FloatField(_("回访抽取比例"), default=0.3)
    # A count below this could be traced to people, and is not published.
    publish_least = models.PositiveSmallIntegerField(_("公布的最小件数"), default=5)
    archive_after_days = models.PositiveSmallIntegerField(_("办结后归档天数"), default=7)
    lon = models.FloatField(_("经度"), default=0)
    lat = models.FloatField(_("纬度"), default=0)

    class Meta:
        verbose_name = _("城市")

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """A way by which demands come in."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    door = models.CharField(_("入口"), max_length=16)
    # Collectors' reports are never mixed into the rates of public demands.
    is_public = models.BooleanField(_("公众诉求"), default=True)
    is_collector = models.BooleanField(_("采集上报"), default=False)
    restricted = models.BooleanField(_("限制知悉"), default=False)
    sort = models.PositiveSmallIntegerField(_("排序"), default=0)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("渠道")

    def __str__(self) -> str:
        return self.name


class Kind(models.Model):
    """What the petitioner wants: consult, help, complain, report, suggest, praise."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=32)
    sort = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = _("诉求类型")

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of the category tree, up to four levels deep."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("层级"), default=1)
    element = models.CharField(_("事件或部件"), max_length=12, blank=True)
    keywords = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    urgent_words = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("诉求类别")

    def __str__(self) -> str:
        return self.name


class Basis(models.TextChoices):
    CATALOGUE = "catalogue", _("派单目录")
    FIRST_CONTACT = "first_contact", _("首接负责")
    DESIGNATED = "designated", _("指定负责")
    FALLBACK = "fallback", _("兜底负责")


class CatalogueEntry(models.Model):
    """A line of the assignment catalogue: category × area → lead and assisting units.

    `lead` is a unit's code, or `@district` / `@street`: the territorial unit of the demand's area.
    """

    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True)
    area = models.ForeignKey(District, models.CASCADE, null=True, blank=True)
    lead = models.CharField(_("主办单位"), max_length=32)
    assists = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    basis = models.CharField(_("依据"), max_length=16, choices=Basis, default=Basis.CATALOGUE)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("派单目录")

    def __str__(self) -> str:
        return f"{self.category_id}/{self.area_id} → {self.lead}"


class TimeLimit(models.Model):
    """A time limit for a stage; blank fields match everything, the most specific row counts."""

    class Stage(models.TextChoices):
        SIGN = "sign", _("签收")
        CONTACT = "contact", _("联系诉求人")
        COMPLETE = "complete", _("办结")
        SUPERVISE = "supervise", _("督办")
        REOPEN = "reopen", _("申请重办")
        ABUSE = "abuse", _("骚扰标记")
        ENQUIRE = "enquire", _("专员答复")

    stage = models.CharField(_("环节"), max_length=12, choices=Stage)
    kind = models.CharField(_("诉求类型"), max_length=32, blank=True)
    urgency = models.CharField(_("紧急程度"), max_length=8, blank=True)
    origin = models.CharField(_("来源层级"), max_length=12, blank=True)
    unit_level = models.PositiveSmallIntegerField(_("单位层级"), null=True, blank=True)
    limit = models.CharField(_("时限"), max_length=12)
    warn_share = models.FloatField(_("预警比例"), default=0.8)
    extension_times = models.FloatField(_("延期上限（倍）"), default=1.0)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("时限")

    def __str__(self) -> str:
        return f"{self.stage} {self.limit}"


class TransferLine(models.Model):
    """A hotline to which a call can be handed over, and how it was integrated."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    number = models.CharField(_("号码"), max_length=32)
    mode = models.CharField(_("归并方式"), max_length=12)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = _("转接热线")

    def __str__(self) -> str:
        return self.name


class LegalRoute(models.Model):
    """Where a petitioner may turn whose demand is out of the hotline's scope."""

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    text = models.TextField(_("告知语"))

    class Meta:
        verbose_name = _("法定途径")

    def __str__(self) -> str:
        return self.name


class Reason(models.Model):
    """A reason that people choose from a list; what they add in words is kept beside it."""

    kind = models.CharField(_("用于"), max_length=16)
    code = models.CharField(_("编码"), max_length=32)
    name = models.CharField(_("名称"), max_length=64)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("原因")
        constraints = [models.UniqueConstraint("kind", "code", name="reason_code_once")]

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """A text that staff start from: a unit's reply to a matter, or what to say in a call.

    Blank kind and category match everything; the narrowest category stands first. Words in braces
    are filled in from the demand, each page saying which ones it knows.
    """

    class Use(models.TextChoices):
        REPLY = "reply", _("答复模板")
        CALL = "call", _("回访话术")

    use = models.CharField(_("用于"), max_length=8, choices=Use)
    code = models.CharField(_("编码"), max_length=32)
    name = models.CharField(_("名称"), max_length=64)
    kind = models.CharField(_("诉求类型"), max_length=32, blank=True)
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True)
    text = models.TextField(_("内容"))
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("文字模板")
        constraints = [models.UniqueConstraint("use", "code", name="template_code_once")]

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """A change of a rule or a dictionary: who entered it, why, and from which day it holds.

    `values` are the fields as entered, things by their code. What has dates of its own (limits,
    the assignment catalogue) is written at once; everything else on the day itself, by a job.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", _("单位")
        CATEGORY = "category", _("诉求类别")
        CHANNEL = "channel", _("渠道")
        ENTRY = "entry", _("派单目录")
        LIMIT = "limit", _("时限")
        TEMPLATE = "template", _("文字模板")

    class State(models.TextChoices):
        WAITING = "waiting", _("待生效")
        APPLIED = "applied", _("已写入")
        WITHDRAWN = "withdrawn", _("已撤回")
        FAILED = "failed", _("未能写入")

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    code = models.CharField(_("编码"), max_length=64)
    values = models.JSONField(_("内容"))
    effective_from = models.DateField(_("生效日期"))
    reason = models.CharField(_("理由"), max_length=200)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.WAITING)
    entered_by = models.CharField(_("录入人"), max_length=64)
    entered_at = models.DateTimeField(_("录入时间"))
    ended_at = models.DateTimeField(_("写入或撤回时间"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("设置变更")
        indexes = [
            models.Index(
                "effective_from", name="change_waiting", condition=models.Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of it."""
        return f"{self.kind}:{self.code}"
