"""Stored evaluations: a scheme applied to the units' counts in a period, revision by revision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.directory.models import Unit
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
