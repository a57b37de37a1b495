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
