"""The city's named places."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.directory.models import District


class NamedPlace(models.Model):
    """A road, estate, village … of the gazetteer (地名库), and the street that it lies in.

    A road through several streets has a row in each. The point is in degrees, WGS 84.
    """

    class Kind(models.TextChoices):
        ROAD = "road", _("道路")
        ESTATE = "estate", _("小区")
        VILLAGE = "village", _("村")
        MARKET = "market", _("市场")
        SCHOOL = "school", _("学校")
        HOSPITAL = "hospital", _("医院")
        PARK = "park", _("公园")
        STATION = "station", _("车站")
        BUILDING = "building", _("楼宇")
        FACTORY = "factory", _("工厂")

    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    street = models.ForeignKey(District, models.PROTECT, verbose_name=_("街道"))
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)
    aliases = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("别名"))
    changed_at = models.DateTimeField(_("更新时间"))

    class Meta:
        verbose_name = _("地名")
        constraints = [
            models.UniqueConstraint(fields=["name", "street"], name="insight_place_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PlaceProposal(models.Model):
    """A name that demands give as their place and the gazetteer lacks: a place, or not.

    `told` demands name it; `demand_ids` are the latest of them, `streets` the codes of the areas
    that they are filed under, the commonest first, and the point is in their middle. What was
    settled stays, so that it is not proposed again.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待确认")
        CONFIRMED = "confirmed", _("已加入地名库")
        REJECTED = "rejected", _("不是地名")

    name = models.CharField(_("名称"), max_length=40)
    kind = models.CharField(_("类型"), max_length=12, choices=NamedPlace.Kind)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    told = models.PositiveIntegerField(_("诉求数"))
    streets = ArrayField(models.CharField(max_length=64), verbose_name=_("街道"))
    lon = models.FloatField(_("经度"), null=True)
    lat = models.FloatField(_("纬度"), null=True)
    demand_ids = ArrayField(models.BigIntegerField(), verbose_name=_("诉求"))
    settled_by = models.CharField(_("处理人"), max_length=64, blank=True)
    settled_at = models.DateTimeField(_("处理时间"), null=True)

    class Meta:
        verbose_name = _("待确认地名")
        constraints = [models.UniqueConstraint("name", name="insight_proposal_once")]

    def __str__(self) -> str:
        return self.name
