"""Events (统一事件库): what many demands speak of, gathered."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Category
from minsheng.demands.models import Demand
from minsheng.directory.models import District


class Event(models.Model):
    """One matter of several demands. The platform suggests it; a person confirms, or does not.

    `size`, `first_at` and `last_at` are of its members, and follow them.
    """

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        CLOSED = "closed", _("已关闭")
        DISMISSED = "dismissed", _("非同一事件")

    number = models.CharField(_("事件号"), max_length=32, unique=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.SUGGESTED)
    title = models.CharField(_("标题"), max_length=200)
    category = models.ForeignKey(Category, models.PROTECT, null=True, db_index=False)
    district = models.ForeignKey(District, models.PROTECT, null=True, db_index=False)
    place = models.CharField(_("地点"), max_length=200, blank=True)
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)
    size = models.PositiveIntegerField(_("诉求数"), default=0)
    first_at = models.DateTimeField(_("首次反映"))
    last_at = models.DateTimeField(_("最近反映"))
    made_at = models.DateTimeField(_("发现时间"))
    settled_by = models.CharField(_("处理人"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("处理时间"), null=True)
    reason = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("事件")
        indexes = [models.Index(fields=["state", "-last_at", "-id"], name="insight_event_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def open(self) -> bool:
        """Whether people can still settle it, and demands join it."""
        return self.state in (self.State.SUGGESTED, self.State.CONFIRMED)


class Membership(models.Model):
    """A demand in an event. One that a person took out stays on record, and is not put in again."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REMOVED = "removed", _("已移出")

    event = models.ForeignKey(Event, models.CASCADE, related_name="memberships")
    demand = models.ForeignKey(Demand, models.CASCADE, related_name="memberships")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.SUGGESTED)
    chance = models.FloatField(_("把握"), null=True)  # that it belongs here, 0 to 1; by a person: -
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("事件诉求")
        constraints = [
            models.UniqueConstraint(fields=["event", "demand"], name="insight_member_once"),
            models.UniqueConstraint(
                fields=["demand"],
                condition=~models.Q(state="removed"),
                name="insight_member_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.demand_id}"
