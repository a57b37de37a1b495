"""Hot issues (预警): what rose beyond expectation, grows, or comes back."""

from datetime import date, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.insight.hot_issues import words
from minsheng.insight.models.events import Event

_AT_LEAST_ONE = [MinValueValidator(1)]
_SHARE = [MinValueValidator(0), MaxValueValidator(1)]
_HOURS = [MaxValueValidator(366 * 24)]


class HotIssue(models.Model):
    """One thing that a rule found worth a look, with what it was found by.

    `about` names the thing within its rule (a category in an area, a unit, an event …), so that
    a rule speaks of it once in each period of quiet. `observed` and `expected` are numbers of
    demands in the rule's window, `odds` the chance of so many if nothing were the matter.

    `title` and `explanation` are what it said in Chinese when it was raised, as the journal has it.
    Pages show `headline` and `why`, the same in the reader's language, written from `figures`:
    what `words` needs beside the other columns. Older issues have none, and say what they said.
    """

    class Kind(models.TextChoices):
        TOPIC = "topic", _("类别激增")
        UNIT = "unit", _("单位激增")
        GROWING = "growing", _("事件扩散")
        RECURRING = "recurring", _("同地反复")

    class State(models.TextChoices):
        OPEN = "open", _("待研判")
        TAKEN = "taken", _("已采纳")
        DISMISSED = "dismissed", _("不需处理")

    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    rule = models.CharField(_("规则"), max_length=32)
    about = models.CharField(_("对象"), max_length=200)
    title = models.CharField(_("标题"), max_length=200)
    explanation = models.TextField(_("说明"))
    figures = models.JSONField(_("数据"), default=dict)
    observed = models.PositiveIntegerField(_("实际件数"))
    expected = models.FloatField(_("预期件数"), null=True)
    odds = models.FloatField(_("偶然概率"), null=True)
    heat = models.FloatField(_("热度"))
    window_from = models.DateTimeField(_("统计起"))
    window_to = models.DateTimeField(_("统计止"))
    demand_ids = models.JSONField(_("诉求"), default=list)
    event = models.ForeignKey(Event, models.SET_NULL, null=True, db_index=False)
    at = models.DateTimeField(_("预警时间"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    settled_by = models.CharField(_("处理人"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("处理时间"), null=True)
    reason = models.CharField(_("意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("预警")
        indexes = [
            models.Index(fields=["state", "-at", "-id"], name="insight_hot_state"),
            models.Index(fields=["rule", "about", "-at"], name="insight_hot_about"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def headline(self) -> str:
        return words.title(self) if self.figures else self.title

    @property
    def why(self) -> str:
        return words.explanation(self) if self.figures else self.explanation

    @property
    def ref(self) -> str:
        """What it goes by in the journal."""
        return f"{self.rule} {self.about}"[:64]


class HotIssueRule(models.Model):
    """When to raise an issue, from a day to a day; a change makes another row of its code.

    `hours` is the window that is looked at, `quiet` the hours without another issue about the same.
    A rule uses those thresholds that its kind knows; `cities/README.md` describes them.
    """

    class Area(models.TextChoices):
        CITY = "city", _("全市")
        DISTRICT = "district", _("区县")
        STREET = "street", _("街镇")

    code = models.SlugField(_("编码"), max_length=32, db_index=False)
    kind = models.CharField(_("类型"), max_length=12, choices=HotIssue.Kind)
    name = models.CharField(_("名称"), max_length=64)
    hours = models.PositiveSmallIntegerField(_("统计窗口"), validators=[*_AT_LEAST_ONE, *_HOURS])
    least = models.PositiveSmallIntegerField(_("起报件数"), validators=_AT_LEAST_ONE)
    people = models.PositiveSmallIntegerField(_("诉求人数"), default=1)
    odds = models.FloatField(_("偶然概率上限"), default=1.0, validators=_SHARE)
    chance = models.FloatField(_("同一事件把握"), default=0.0, validators=_SHARE)
    topic = models.PositiveSmallIntegerField(_("类别层级"), default=3, validators=_AT_LEAST_ONE)
    area = models.CharField(_("区域层级"), max_length=8, choices=Area, default=Area.DISTRICT)
    quiet = models.PositiveSmallIntegerField(_("不重复时长"), default=24, validators=_HOURS)
    effective_from = models.DateField(_("生效日期"), default=date(2004, 1, 1))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)
    set_by = models.CharField(_("设定人"), max_length=64, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("热点预警规则")
        constraints = [
            models.UniqueConstraint("code", "effective_from", name="hot_rule_once_a_day"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")),
                name="hot_rule_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def window(self) -> timedelta:
        return timedelta(hours=self.hours)

    def holds(self, on: date) -> bool:
        """Tells whether the rule holds on a day, as far as its own dates say."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
