"""Calls as the telephone system tells of them: what rings now, and the records (话单) of what was.

A record keeps no caller's number. What rings keeps it sealed in the vault, and for a day at most.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.directory.models import Staff
from minsheng.foundation.models import Identity

#: A talk longer than this (seconds) was not closed when it ended: the exchange ran on counting.
LONGEST_TALK = 4 * 3600


class Call(models.Model):
    """One call, offered to an agent or made by one. Durations are whole seconds.

    `wait_seconds` runs from being offered to being answered or given up. `unclosed` marks a record
    whose talk lasts longer than anybody talks: it counts as a call, but not in any duration.
    """

    class Direction(models.TextChoices):
        IN = "in", _("呼入")
        OUT = "out", _("呼出")

    call_no = models.CharField(_("通话编号"), max_length=64, unique=True)
    direction = models.CharField(_("方向"), max_length=3, choices=Direction)
    line = models.CharField(_("热线"), max_length=32, blank=True)
    agent = models.CharField(_("工号"), max_length=32, blank=True)
    offered_at = models.DateTimeField(_("呼叫时间"))
    answered_at = models.DateTimeField(_("接通时间"), null=True)
    abandoned = models.BooleanField(_("放弃"), default=False)
    wait_seconds = models.PositiveIntegerField(_("等待时长"), default=0)
    talk_seconds = models.PositiveIntegerField(_("通话时长"), default=0)
    hold_seconds = models.PositiveIntegerField(_("保持时长"), default=0)
    after_call_seconds = models.PositiveIntegerField(_("话后处理时长"), default=0)
    unclosed = models.BooleanField(_("未正常结束"), default=False)
    demand_no = models.CharField(_("诉求号"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("通话")
        indexes = [
            models.Index("offered_at", "id", name="call_offered"),
            models.Index("demand_no", name="call_demand", condition=~Q(demand_no="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=models.F("offered_at")),
                name="call_answered_after_offered",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(abandoned=False),
                name="call_answered_or_abandoned",
            ),
        ]

    def __str__(self) -> str:
        return self.call_no


class Offer(models.Model):
    """A call that the telephone system offers to an agent: who calls, for the screen-pop.

    A call that nobody picks up is offered again to the next agent, under the same number; `staff`
    is who has it now. `identity` is empty where the caller withholds the number.
    """

    call_no = models.CharField(_("通话编号"), max_length=64)
    staff = models.ForeignKey(Staff, models.CASCADE, db_index=False)
    line = models.CharField(_("热线"), max_length=32, blank=True)
    identity = models.OneToOneField(Identity, models.PROTECT, null=True)
    offered_at = models.DateTimeField(_("呼叫时间"))

    class Meta:
        verbose_name = _("来电")
        indexes = [models.Index("staff", "offered_at", name="offer_staff")]
        constraints = [models.UniqueConstraint(fields=["call_no"], name="offer_once")]

    def __str__(self) -> str:
        return self.call_no
