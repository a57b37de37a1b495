"""What all that is opened and brought to an end in this room has in common."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.directory.models import Staff


class Matter(models.Model):
    """A numbered thing with a state of its lifecycle (`rules.LIFECYCLES`).

    What is about a demand stands in that demand's journal, under its lock; `secret` things and all
    others have a journal of their own.
    """

    secret: ClassVar[bool] = False

    number = models.CharField(_("编号"), max_length=32)
    opened_at = models.DateTimeField(_("时间"))
    opened_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number
