"""What was suggested, and what the person chose."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Staff


class Suggestion(models.Model):
    """What was suggested for one field of a demand, best first, beside what a person chose there.

    `round` is one look at the suggestions; all of them that were on the screen together share it.
    `model` is the version of the model that spoke, or the name of a language model ("" for rules
    and the catalogue). `rank` is the place of what was chosen among `values` (0 the first), null
    where something else was chosen; `chosen` is empty where nothing was. Of what a check points out
    several can be taken: `chosen` then has their codes between spaces, and `rank` is 0 where all
    were, 1 where some were.
    """

    class What(models.TextChoices):
        CATEGORY = "category", _("诉求类别")
        KIND = "kind", _("诉求类型")
        URGENCY = "urgency", _("紧急")
        UNIT = "unit", _("主办单位")
        PLACE = "place", _("地点")
        SIMILAR = "similar", _("相似诉求")
        KNOWLEDGE = "knowledge", _("知识条目")
        ANSWER = "answer", _("以往答复")
        DRAFT = "draft", _("模型草稿")
        CHECK = "check", _("答复检查")
        AUDIT = "audit", _("审核提示")
        GUESS = "guess", _("网页上的类别")

    round = models.CharField(_("批次"), max_length=16)
    what = models.CharField(_("建议项"), max_length=12, choices=What)
    model = models.CharField(_("模型版本"), max_length=64, blank=True)
    values = ArrayField(models.CharField(max_length=200), verbose_name=_("建议"))
    confidences = ArrayField(models.FloatField(null=True), verbose_name=_("把握"))
    demand = models.ForeignKey(Demand, models.CASCADE, related_name="suggestions")
    chosen = models.CharField(_("选择"), max_length=200, blank=True)
    rank = models.PositiveSmallIntegerField(_("名次"), null=True)
    by = models.ForeignKey(Staff, models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("智能建议")
        constraints = [models.UniqueConstraint("round", "what", name="suggestion_once")]
        indexes = [models.Index("at", name="suggestion_at")]

    def __str__(self) -> str:
        return f"{self.what} {self.values} → {self.chosen}"
