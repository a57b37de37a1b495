"""The knowledge base: what agents answer from, owned by units, valid for a time."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Category
from minsheng.directory.models import District, Staff, Unit


class Item(models.Model):
    """One version of a knowledge item; a change makes the next version, the old one stays.

    A version is proposed by a unit and answers nobody until the centre approves it; then it is the
    current one.
    """

    class Kind(models.TextChoices):
        ANSWER = "answer", _("问答")
        NOTICE = "notice", _("临时通知")  # from a day to a day; then it vanishes by itself

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待审核")
        APPROVED = "approved", _("已发布")
        REFUSED = "refused", _("已退回")
        RETIRED = "retired", _("已停用")

    class Audience(models.TextChoices):
        BOTH = "both", _("个人和企业")
        PERSON = "person", _("个人")
        ENTERPRISE = "enterprise", _("企业")

    code = models.CharField(_("编码"), max_length=32)
    version = models.PositiveIntegerField(_("版本"), default=1)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind, default=Kind.ANSWER)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.APPROVED)
    title = models.CharField(_("标题"), max_length=120)
    question = models.TextField(_("问题"), blank=True)
    answer = models.TextField(_("答案"))
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True)
    audience = models.CharField(_("对象"), max_length=12, choices=Audience, default=Audience.BOTH)
    public = models.BooleanField(_("对外公开"), default=True)
    valid_from = models.DateField(_("有效期起"), null=True, blank=True)
    valid_to = models.DateField(_("有效期止"), null=True, blank=True)
    review_on = models.DateField(_("复核日期"), null=True, blank=True)
    keywords = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    words = ArrayField(models.CharField(max_length=40), default=list, editable=False)
    sounds = ArrayField(models.CharField(max_length=16), default=list, editable=False)
    current = models.BooleanField(_("现行版本"), default=True)
    proposed_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="items_proposed"
    )
    proposed_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    settled_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="items_settled"
    )
    settled_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    remark = models.CharField(_("审核意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("知识条目")
        constraints = [
            models.UniqueConstraint("code", "version", name="item_version_once"),
            models.UniqueConstraint(
                "code", condition=models.Q(current=True), name="item_current_once"
            ),
            models.UniqueConstraint(
                "code", condition=models.Q(state="proposed"), name="item_proposed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(current=False) | models.Q(state="approved"),
                name="item_current_is_approved",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="notice")
                | models.Q(valid_from__isnull=False, valid_to__isnull=False),
                name="notice_has_dates",
            ),
        ]
        indexes = [
            GinIndex("words", name="item_words"),
            GinIndex("sounds", name="item_sounds"),
            models.Index("review_on", name="item_review"),
        ]

    def __str__(self) -> str:
        return self.title


class Synonyms(models.Model):
    """Words that people use for one thing; whoever asks for one of them finds the others."""

    words = ArrayField(models.CharField(_("词"), max_length=32))

    class Meta:
        verbose_name = _("同义词")


class Remark(models.Model):
    """What somebody who worked with an item has to say of it, and what was done about it."""

    class Kind(models.TextChoices):
        WRONG = "wrong", _("有错误")
        OUTDATED = "outdated", _("已过时")
        UNCLEAR = "unclear", _("看不懂")
        USEFUL = "useful", _("有帮助")

    item = models.ForeignKey(Item, models.PROTECT, related_name="remarks")
    kind = models.CharField(_("意见"), max_length=8, choices=Kind)
    text = models.CharField(_("说明"), max_length=500, blank=True)
    by = models.ForeignKey(Staff, models.PROTECT)
    at = models.DateTimeField(_("时间"))
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    settlement = models.CharField(_("处理结果"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("使用反馈")
        indexes = [
            models.Index("item", "at", condition=models.Q(settled_at=None), name="remark_open")
        ]


class Search(models.Model):
    """What was looked for and how much was found; who looked is not kept."""

    query = models.CharField(_("查询"), max_length=100)
    found = models.PositiveIntegerField(_("结果数"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("查询记录")
        indexes = [models.Index("at", "query", condition=models.Q(found=0), name="search_in_vain")]
