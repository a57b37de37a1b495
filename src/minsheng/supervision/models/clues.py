"""“三不”线索: handed to the discipline officers, out of everybody else's sight."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.supervision.models.base import Matter
from minsheng.supervision.rules import ClueState


class Clue(Matter):
    """What points to a failure of duty; seen by discipline officers and by who submitted it.

    Nothing of it stands in the demand's journal.
    """

    class Kind(models.TextChoices):
        LATE = "late", _("不按时办理")
        UNCORRECTED = "uncorrected", _("整改不到位")
        UNTRUE = "untrue", _("反馈不属实")
        CONDUCT = "conduct", _("政风行风")

    secret: ClassVar[bool] = True

    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(_("线索内容"))
    state = models.CharField(
        _("状态"), max_length=12, choices=ClueState, default=ClueState.SUBMITTED
    )
    receipt = models.CharField(_("回执号"), max_length=64, blank=True)
    received_by = models.CharField(_("接收人"), max_length=64, blank=True)
    received_at = models.DateTimeField(_("接收时间"), null=True)
    result = models.TextField(_("办理结果"), blank=True)
    concluded_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta:
        verbose_name = _("线索")
        constraints = [models.UniqueConstraint(fields=["number"], name="clue_number_once")]
        indexes = [
            models.Index("opened_at", "id", name="clue_opened"),
            models.Index("opened_by", "opened_at", "id", name="clue_mine"),
        ]
