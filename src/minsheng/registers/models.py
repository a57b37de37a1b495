"""Entries of registers. What they consist of is said by `rules`, not by columns."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.models import Unit


class Entry(models.Model):
    """One entry. `fields` holds the values by code of field; `title` is the first of them.

    `outcome` is what the last step that decides something decided. `closed_at` is set in a state
    that is an end; nothing is due any more then.
    """

    number = models.CharField(_("编号"), max_length=32, unique=True)
    register = models.CharField(_("台账"), max_length=32)
    title = models.CharField(_("名称"), max_length=200)
    state = models.CharField(_("状态"), max_length=32)
    outcome = models.CharField(_("结论"), max_length=32, blank=True)
    fields = models.JSONField(_("内容"), default=dict)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, db_index=False)
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, db_index=False)
    about = models.ForeignKey("self", models.PROTECT, null=True, db_index=False)
    due_on = models.DateField(_("期限"), null=True)
    added_at = models.DateTimeField(_("登记时间"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)

    class Meta:
        verbose_name = _("台账条目")
        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="entry_has_title"),
        ]
        indexes = [
            models.Index(fields=["register", "added_at", "id"], name="entry_register"),
            models.Index(fields=["unit", "added_at", "id"], name="entry_unit"),
            models.Index(
                fields=["due_on", "id"], condition=models.Q(closed_at=None), name="entry_due"
            ),
            models.Index(
                fields=["demand"], condition=models.Q(demand__isnull=False), name="entry_demand"
            ),
            models.Index(
                fields=["about"], condition=models.Q(about__isnull=False), name="entry_about"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
