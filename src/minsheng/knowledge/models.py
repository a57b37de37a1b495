"""The knowledge base: what agents answer from, owned by units, valid for a time."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Category
from minsheng.directory.models import District, Unit


class Item(models.Model):
    """One version of a knowledge item; a change makes the next version, the old one stays."""

    code = models.CharField(_("编码"), max_length=32)
    version = models.PositiveIntegerField(_("版本"), default=1)
    title = models.CharField(_("标题"), max_length=120)
    question = models.TextField(_("问题"), blank=True)
    answer = models.TextField(_("答案"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True)
    audience = models.CharField(_("对象"), max_length=12, default="both")
    public = models.BooleanField(_("对外公开"), default=True)
    valid_from = models.DateField(_("有效期起"), null=True, blank=True)
    valid_to = models.DateField(_("有效期止"), null=True, blank=True)
    review_on = models.DateField(_("复核日期"), null=True, blank=True)
    keywords = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    words = ArrayField(models.CharField(max_length=32), default=list, editable=False)
    current = models.BooleanField(_("现行版本"), default=True)

    class Meta:
        verbose_name = _("知识条目")
        constraints = [
            models.UniqueConstraint("code", "version", name="item_version_once"),
            models.UniqueConstraint(
                "code", condition=models.Q(current=True), name="item_current_once"
            ),
        ]
        indexes = [GinIndex("words", name="item_words")]

    def __str__(self) -> str:
        return self.title
