"""Hot issues (预警): what rose beyond expectation, grows, or comes back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.insight.models.events import Event


class HotIssue(models.Model):
    """One thing that a rule found worth a look, with what it was found by.

    `about` names the thing within its rule (a category in an area, a unit, an event …), so that
    a rule speaks of it once in each period of quiet. `observed` and `expected` are numbers of
    demands in the rule's window, `odds` the chance of so many if nothing were the matter.
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
    def ref(self) -> str:
        """What it goes by in the journal."""
        return f"{self.rule} {self.about}"[:64]
