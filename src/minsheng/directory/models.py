"""Who: districts, units, staff and their posts, access tokens."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.directory.permissions import Role


class District(models.Model):
    """An area on the map: the city, a county-level district or zone, a street or town."""

    class Level(models.TextChoices):
        CITY = "city", _("市")
        DISTRICT = "district", _("县区")
        ZONE = "zone", _("功能区")
        STREET = "street", _("街道")
        TOWN = "town", _("乡镇")

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    short_name = models.CharField(_("简称"), max_length=32, blank=True)
    level = models.CharField(_("层级"), max_length=8, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    population = models.PositiveIntegerField(_("常住人口"), null=True, blank=True)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    outline = models.JSONField(_("边界"), null=True, blank=True)
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        verbose_name = _("区划")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A responsible unit (承办单位), the hotline centre itself, or a part of one."""

    class Kind(models.TextChoices):
        CENTRE = "centre", _("热线中心")
        COUNTY = "county", _("县区政府")
        DEPARTMENT = "department", _("市级部门")
        ENTERPRISE = "enterprise", _("公共服务企业")
        STREET = "street", _("街道")
        TOWN = "town", _("乡镇")
        SECTION = "section", _("科室（站所）")
        OTHER = "other", _("其他")

    code = models.CharField(_("编码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    short_name = models.CharField(_("简称"), max_length=32, blank=True)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    unit_group = models.CharField(_("考核分组"), max_length=32, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, db_index=False)
    level = models.PositiveSmallIntegerField(_("交办层级"), default=1)
    is_territorial = models.BooleanField(_("属地单位"), default=False)
    sign_off = models.BooleanField(_("答复须负责人签发"), default=True)
    active = models.BooleanField(_("启用"), default=True)
    # The unit's own id and those of the units above it: "is X under Y" without a recursive query.
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        verbose_name = _("单位")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__gte=0, level__lte=3), name="unit_level_0_to_3"
            )
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class UnitAlias(models.Model):
    """Another name under which bulletins, imports and people know a unit."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases")
    name = models.CharField(_("别名"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("单位别名")

    def __str__(self) -> str:
        return self.name


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(username=username)


class Staff(AbstractBaseUser):
    """A person who signs in. What they may do follows from their posts alone."""

    username = models.CharField(_("账号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=32)
    phone = models.CharField(_("电话"), max_length=32, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)

    USERNAME_FIELD = "username"
    objects = StaffManager()

    class Meta:
        verbose_name = _("工作人员")

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A role held by a person in a unit; a session or a token acts under exactly one."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="posts")
    role = models.CharField(_("角色"), max_length=16, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    since = models.DateTimeField(_("任职起"))
    until = models.DateTimeField(_("任职止"), null=True, blank=True)
    # The last line of the journal that its holder has read of among the notices.
    notices_read = models.BigIntegerField(_("通知读至"), default=0, editable=False)

    class Meta:
        verbose_name = _("岗位")
        constraints = [
            models.UniqueConstraint(
                "staff", "role", "unit", condition=models.Q(until=None), name="post_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}:{self.role}"


class Token(models.Model):
    """An access token of the API. Only its SHA-256 is kept; the token is shown once."""

    class Scope(models.TextChoices):
        READ = "read", _("只读")
        WRITE = "write", _("读写")

    post = models.ForeignKey(Post, models.CASCADE, related_name="tokens")
    name = models.CharField(_("用途"), max_length=64)
    digest = models.BinaryField(_("摘要"), max_length=32, unique=True)
    scope = models.CharField(_("范围"), max_length=8, choices=Scope, default=Scope.WRITE)
    created_at = models.DateTimeField(_("签发时间"))
    expires_at = models.DateTimeField(_("到期时间"))
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")

    def __str__(self) -> str:
        return self.name
