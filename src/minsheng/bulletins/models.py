"""Issues: the bulletins that were made, numbered by template and year, frozen when published."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.bulletins.model import Bulletin, from_json


class Issue(models.Model):
    """One issue of a template. Published, neither it nor its words can be changed any more.

    `content` is the document model as JSON, as `Bulletin.to_json` wrote it; the title names the
    unit or category that it is about, if any; `edits` counts how often its words were changed.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")

    template = models.CharField(_("模板"), max_length=64)
    year = models.PositiveSmallIntegerField(_("年份"))
    number = models.PositiveSmallIntegerField(_("期号"))
    period = models.CharField(_("统计周期"), max_length=24)
    title = models.CharField(_("标题"), max_length=200)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    content = models.TextField(_("内容"))
    edits = models.PositiveIntegerField(_("修改次数"), default=0)
    made_at = models.DateTimeField(_("编制时间"))
    made_by = models.CharField(_("编制人"), max_length=64)
    edited_at = models.DateTimeField(_("修改时间"), null=True)
    edited_by = models.CharField(_("修改人"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by = models.CharField(_("发布人"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("简报")
        constraints = [
            models.UniqueConstraint("template", "year", "number", name="bulletins_number_once"),
            models.UniqueConstraint(
                "template",
                "period",
                "title",
                condition=Q(state="draft"),
                name="bulletins_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.ref}"

    @property
    def ref(self) -> str:
        """What the journal calls it, such as half-year-2018-2: template, year, number."""
        return f"{self.template}-{self.year}-{self.number}"

    @property
    def bulletin(self) -> Bulletin:
        """The document."""
        return from_json(self.content)
