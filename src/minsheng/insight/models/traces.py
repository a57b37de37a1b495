"""The index of duplicates: what is remembered of a demand, and in which demands a word is."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Value
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.insight.models.places import NamedPlace

NEXT_SERIAL = Func(
    Value("insight_trace_serial"), function="nextval", output_field=models.BigIntegerField()
)


class Trace(models.Model):
    """What the index keeps of one demand: enough to compare it without reading it again.

    `body` is packed by `duplicates.tracing`. `serial` grows with every trace that is written or
    changed, so that whoever knows the last one finds what is new. `nearest` is the chance that an
    earlier demand was the same matter when this one came; None for what was there before the index.
    """

    demand = models.OneToOneField(Demand, models.CASCADE, primary_key=True)
    at = models.DateTimeField(_("受理时间"))
    body = models.BinaryField(_("内容"))
    serial = models.BigIntegerField(_("次序"), unique=True, db_default=NEXT_SERIAL)
    place = models.ForeignKey(NamedPlace, models.SET_NULL, null=True, db_index=False)
    nearest = models.FloatField(_("最近似"), null=True)

    class Meta:
        verbose_name = _("索引")
        indexes = [models.Index("at", "demand", name="insight_trace_at")]

    def __str__(self) -> str:
        return str(self.demand_id)


class Posting(models.Model):
    """The demands that have a word: ids of 4 bytes each, those of one part of the index.

    `key` is the word's (see `duplicates.tracing.key`); for parts see `duplicates.folding`.
    """

    pk = models.CompositePrimaryKey("key", "part")
    key = models.IntegerField()
    part = models.IntegerField()
    demands = models.BinaryField()

    class Meta:
        verbose_name = _("倒排")

    def __str__(self) -> str:
        return f"{self.key} {self.part}"


class Folding(models.Model):
    """What all foldings so far came to, in one row: how often each word is in `total` demands.

    `version` is the number of foldings, `upto` the serial of the last trace that was folded,
    `sizes` the demands of each part. `keys` and `counts` are arrays of 4-byte integers, the keys in
    order.
    """

    version = models.IntegerField(default=0)
    upto = models.BigIntegerField(default=0)
    sizes = ArrayField(models.IntegerField(), default=list)
    total = models.IntegerField(default=0)
    keys = models.BinaryField(default=b"")
    counts = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("词频")

    def __str__(self) -> str:
        return f"{self.version}"
