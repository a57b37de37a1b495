"""The index of duplicates: what is remembered of a demand, and in which demands a word is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.insight.models.places import NamedPlace


class Trace(models.Model):
    """What the index keeps of one demand: enough to compare it without reading it again.

    `body` is packed by `duplicates.tracing`. `nearest` is the chance that an earlier demand was
    the same matter when this one came; None for what was there before the index.
    """

    demand = models.OneToOneField(Demand, models.CASCADE, primary_key=True)
    at = models.DateTimeField(_("受理时间"))
    body = models.BinaryField(_("内容"))
    place = models.ForeignKey(NamedPlace, models.SET_NULL, null=True, db_index=False)
    nearest = models.FloatField(_("最近似"), null=True)

    class Meta:
        verbose_name = _("索引")
        indexes = [models.Index("at", "demand", name="insight_trace_at")]

    def __str__(self) -> str:
        return str(self.demand_id)


class Posting(models.Model):
    """The demands that have a word: ids of 4 bytes each, those that one folding brought.

    `key` is the word's (see `duplicates.tracing.key`), `part` the number of the folding.
    """

    pk = models.CompositePrimaryKey("key", "part")
    key = models.IntegerField()
    part = models.IntegerField()
    demands = models.BinaryField()

    class Meta:
        verbose_name = _("倒排")

    def __str__(self) -> str:
        return f"{self.key} {self.part}"


class Line(models.Model):
    """A word of a demand that no folding has put among the postings yet."""

    pk = models.CompositePrimaryKey("key", "demand_id")
    key = models.IntegerField()
    demand_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("待并入")

    def __str__(self) -> str:
        return f"{self.key} {self.demand_id}"


class Folding(models.Model):
    """What all foldings so far came to, in one row: how often each word is.

    `keys` and `counts` are arrays of 4-byte integers, the keys in order.
    """

    part = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    keys = models.BinaryField(default=b"")
    counts = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("词频")

    def __str__(self) -> str:
        return f"{self.part}"
