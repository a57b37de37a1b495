"""会办: several units around a table about what none of them settles alone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import DecisionState, MeetingState


class Meeting(Matter):
    """A coordination meeting: who is asked to come, about which demands, what was decided."""

    title = models.CharField(_("议题"), max_length=200)
    place = models.CharField(_("地点"), max_length=200, blank=True)
    at = models.DateTimeField(_("会议时间"))
    units = models.ManyToManyField(Unit, verbose_name=_("参会单位"), related_name="+")
    present = models.ManyToManyField(Unit, verbose_name=_("到会单位"), related_name="+")
    demands = models.ManyToManyField(Demand, verbose_name=_("涉及诉求"), related_name="meetings")
    state = models.CharField(
        _("状态"), max_length=12, choices=MeetingState, default=MeetingState.CALLED
    )
    minutes = models.TextField(_("会议纪要"), blank=True)
    held_at = models.DateTimeField(_("记录时间"), null=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta:
        verbose_name = _("会办")
        constraints = [models.UniqueConstraint(fields=["number"], name="meeting_number_once")]
        indexes = [models.Index("opened_at", "id", name="meeting_opened")]


class Decision(models.Model):
    """议定事项: what a meeting asks of one unit, tracked until it is done."""

    secret = False

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions")
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False)
    text = models.TextField(_("事项"))
    due_at = models.DateTimeField(_("时限"))
    state = models.CharField(
        _("状态"), max_length=12, choices=DecisionState, default=DecisionState.OPEN
    )
    report = models.TextField(_("落实情况"), blank=True)
    reported_by = models.CharField(_("上报人"), max_length=64, blank=True)
    reported_at = models.DateTimeField(_("上报时间"), null=True)
    settled_by = models.CharField(_("确认人"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("议定事项")
        indexes = [
            models.Index(
                "unit",
                "due_at",
                "id",
                name="decision_running",
                condition=~Q(state=DecisionState.DONE),
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def number(self) -> str:
        """The number of the meeting that made it."""
        return self.meeting.number
