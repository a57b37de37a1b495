"""Stored evaluations, revision by revision, and what units may do against an unfair score."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Staff, Unit
from minsheng.evaluation.rules import rounded


class Evaluation(models.Model):
    """One revision of a period's evaluation by a scheme; published, it cannot be changed any more.

    `rules` is the scheme's version as it was applied and `inputs_sha256` the digest of it and of
    all counts: who has both computes the same. What a later revision changed, and why, stands in
    its `changes` (by unit, before and after) and `reason`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")

    scheme = models.CharField(_("方案"), max_length=64)
    version = models.CharField(_("方案版本"), max_length=32)
    city = models.CharField(_("城市"), max_length=32)
    period = models.CharField(_("统计周期"), max_length=24)
    revision = models.PositiveSmallIntegerField(_("修订"), default=1)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    rules = models.JSONField(_("方案内容"))
    inputs_sha256 = models.CharField(_("依据摘要"), max_length=64)
    reason = models.TextField(_("修订理由"), blank=True)
    changes = models.JSONField(_("修订内容"), default=list, blank=True)
    computed_at = models.DateTimeField(_("计算时间"))
    computed_by = models.CharField(_("计算人"), max_length=64)
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by = models.CharField(_("发布人"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("考核评价")
        constraints = [
            models.UniqueConstraint(
                "scheme", "period", "revision", name="evaluation_revision_once"
            ),
            models.UniqueConstraint(
                "scheme", "period", condition=Q(state="draft"), name="evaluation_one_draft"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="evaluation_published_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of it."""
        return f"{self.scheme}-{self.period}-{self.revision}"


class Result(models.Model):
    """What a unit got: its counts, how the result follows from them, and the period before.

    `lines` are the lines of the explanation, each with `text`, `rate` (percent), `result` (points)
    and whether it is a `gift`, the scheme's value for no data. A composite that is missing means
    that the unit is not scored; `flags` say why.
    """

    class Moved(models.TextChoices):
        UP = "up", _("上升")
        DOWN = "down", _("下降")
        SAME = "same", _("持平")

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="results")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit_name = models.CharField(_("单位"), max_length=160)
    unit_group = models.CharField(_("考核分组"), max_length=32, blank=True)
    counts = models.JSONField(_("件数"))
    rates = models.JSONField(_("比率"))
    lines = models.JSONField(_("计算过程"))
    flags = models.JSONField(_("提示"), default=list)
    composite = models.DecimalField(_("综合指标值"), max_digits=9, decimal_places=4, null=True)
    grade = models.CharField(_("等级"), max_length=8, blank=True)
    composite_before = models.DecimalField(
        _("上期综合指标值"), max_digits=9, decimal_places=4, null=True
    )
    grade_before = models.CharField(_("上期等级"), max_length=8, blank=True)
    moved = models.CharField(_("等级升降"), max_length=4, choices=Moved, blank=True)

    class Meta:
        verbose_name = _("考核结果")
        constraints = [
            models.UniqueConstraint("evaluation", "unit", name="evaluation_result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_name} {self.composite} {self.grade}"

    @property
    def printed(self) -> str:
        """The composite with the decimals of its scheme; "" where the unit is not scored."""
        if self.composite is None:
            return ""
        return f"{rounded(self.composite, self.evaluation.rules['decimals']):f}"


class Exclusion(models.Model):
    """剔除申请: a demand is to be left out of assessment; two persons beside the applicant agree.

    `approved_by` agreed first; `decided_by` confirmed, or refused. `restores` asks for the reverse:
    that an excluded demand counts again. `files` are ids of attachments of the demand.
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("待初审")
        APPROVED = "approved", _("待复核")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="exclusions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    appeal = models.ForeignKey("Appeal", models.PROTECT, null=True, related_name="exclusions")
    restores = models.BooleanField(_("恢复计入考核"), default=False)
    reason_code = models.CharField(_("事由"), max_length=32)
    evidence = models.TextField(_("证据说明"), blank=True)
    files = ArrayField(models.BigIntegerField(), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.APPLIED)
    applied_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(_("申请时间"))
    due_at = models.DateTimeField(_("审批时限"), null=True)
    approved_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("初审时间"), null=True)
    approval = models.TextField(_("初审意见"), blank=True)
    decided_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    decision = models.TextField(_("决定意见"), blank=True)

    class Meta:
        verbose_name = _("剔除申请")
        indexes = [
            models.Index("applied_at", "id", name="exclusion_applied"),
            models.Index("decided_at", name="exclusion_granted", condition=Q(state="granted")),
        ]
        constraints = [
            models.UniqueConstraint(
                "demand",
                condition=Q(state__in=["applied", "approved"]),
                name="exclusion_one_pending",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted")
                | Q(approved_by__isnull=False, decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(approved_by=F("decided_by"))
                & ~Q(applied_by=F("approved_by"))
                & ~Q(applied_by=F("decided_by")),
                name="exclusion_granted_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.state}"

    @property
    def pending(self) -> bool:
        """Tells whether somebody has still to decide."""
        return self.state in (self.State.APPLIED, self.State.APPROVED)


class Appeal(models.Model):
    """考核申诉: a unit contests its result; the centre answers, and may correct what was counted.

    `demands` are the numbers that the unit names. Granted, it leads to exclusions, which another
    person confirms, and to corrections, which are in the next revision.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("待答复")
        GRANTED = "granted", _("成立")
        REFUSED = "refused", _("不成立")
        WITHDRAWN = "withdrawn", _("已撤回")

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="appeals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.SUBMITTED)
    reason = models.TextField(_("申诉理由"))
    demands = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    submitted_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("申诉时间"))
    due_at = models.DateTimeField(_("答复时限"), null=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("答复时间"), null=True)

    class Meta:
        verbose_name = _("考核申诉")
        indexes = [models.Index("submitted_at", "id", name="appeal_submitted")]
        constraints = [
            models.UniqueConstraint(
                "evaluation", "unit", condition=Q(state="submitted"), name="appeal_one_pending"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["granted", "refused"])
                | Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer=""),
                name="appeal_answered_with_words",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name under which the journal speaks of it."""
        return f"{self.evaluation.ref}/{self.unit.code}"


class Correction(models.Model):
    """更正: by how many a count of a unit in a period is put right, upon a granted appeal."""

    class Count(models.TextChoices):
        DUE = "due", _("应办理")
        HANDLED = "handled", _("办理")
        OVERDUE = "overdue", _("超期办理")
        REWORK = "rework", _("返工")
        SAMPLED = "sampled", _("参评")
        DISSATISFIED = "dissatisfied", _("不满意")

    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="corrections")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    period = models.CharField(_("统计周期"), max_length=24)
    count = models.CharField(_("项目"), max_length=12, choices=Count)
    by = models.IntegerField(_("更正"))

    class Meta:
        verbose_name = _("更正")
        constraints = [
            models.UniqueConstraint("appeal", "count", name="correction_once"),
            models.CheckConstraint(condition=~Q(by=0), name="correction_of_something"),
        ]
        indexes = [models.Index("period", name="correction_period")]

    def __str__(self) -> str:
        return f"{self.get_count_display()} {self.by:+d}"


class SchemeVersion(models.Model):
    """A version of a scheme that was entered in the console: it counts once a second person agreed.

    `text` is the version as a scheme file has it (TOML); versions in files count without this.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待另一人批准")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")

    scheme = models.CharField(_("方案"), max_length=64)
    version = models.CharField(_("方案版本"), max_length=32)
    text = models.TextField(_("方案内容"))
    effective_from = models.DateField(_("生效日期"))
    reason = models.CharField(_("理由"), max_length=200)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PROPOSED)
    proposed_by = models.CharField(_("提出人"), max_length=64)
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.CharField(_("批准人"), max_length=64, blank=True)
    decided_at = models.DateTimeField(_("批准时间"), null=True)

    class Meta:
        verbose_name = _("方案版本")
        constraints = [
            models.UniqueConstraint(
                "scheme",
                "version",
                condition=~Q(state="refused"),
                name="scheme_version_once",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | ~Q(decided_by=models.F("proposed_by")),
                name="scheme_version_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}/{self.version}"
