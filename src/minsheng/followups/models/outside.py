"""What outsiders judge and what is asked at large: third-party evaluation, survey campaigns."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand, Petitioner
from minsheng.directory.models import Unit


class Commission(models.Model):
    """第三方评估: demands given to an institute under codes of their own, and its scores."""

    institute = models.CharField(_("评估机构"), max_length=120)
    first = models.DateField(_("办结日期起"))
    last = models.DateField(_("办结日期止"))
    seed = models.CharField(_("种子"), max_length=64)
    by = models.CharField(_("委托人"), max_length=64)
    at = models.DateTimeField(_("委托时间"))

    class Meta:
        verbose_name = _("第三方评估")
        indexes = [models.Index("at", "id", name="commission_at")]

    def __str__(self) -> str:
        return f"{self.institute} {self.first}..{self.last}"


class CommissionItem(models.Model):
    """A demand as the institute knows it: by `code`, which says nothing of it. Scores: 0 to 100."""

    commission = models.ForeignKey(Commission, models.PROTECT, related_name="items")
    code = models.CharField(_("评估编号"), max_length=12)
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    score = models.DecimalField(_("评分"), max_digits=5, decimal_places=2, null=True)
    remark = models.CharField(_("评语"), max_length=500, blank=True)
    scored_at = models.DateTimeField(_("评分时间"), null=True)

    class Meta:
        verbose_name = _("评估件")
        constraints = [
            models.UniqueConstraint("commission", "code", name="commission_code_once"),
            models.UniqueConstraint("commission", "demand", name="commission_demand_once"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=100),
                name="commission_score_to_100",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Campaign(models.Model):
    """外呼调查: the same questions to a drawn number of those who raised demands in a period.

    `questions` are dicts with `text` and `kind` (`Kind`). The `seed` draws the same people again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        RUNNING = "running", _("进行中")
        CLOSED = "closed", _("已结束")

    class Kind(models.TextChoices):
        YES_NO = "yes_no", _("是或否")
        SCALE = "scale", _("1至5分")
        WORDS = "words", _("一句话")

    title = models.CharField(_("名称"), max_length=120)
    questions = models.JSONField(_("问题"))
    first = models.DateField(_("受理日期起"))
    last = models.DateField(_("受理日期止"))
    size = models.PositiveIntegerField(_("访问人数"))
    seed = models.CharField(_("种子"), max_length=64, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    by = models.CharField(_("发起人"), max_length=64)
    at = models.DateTimeField(_("发起时间"))

    class Meta:
        verbose_name = _("外呼调查")
        indexes = [models.Index("at", "id", name="campaign_at")]

    def __str__(self) -> str:
        return self.title


class CampaignCall(models.Model):
    """One person to be asked in a campaign, and what they said, in the order of the questions.

    `demand` is the one that they raised last in the period: by it they are called.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待访问")
        ANSWERED = "answered", _("已回答")
        REFUSED = "refused", _("拒绝回答")
        UNREACHED = "unreached", _("未接通")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="calls")
    petitioner = models.ForeignKey(Petitioner, models.PROTECT, related_name="+")
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("拨打次数"), default=0)
    answers = models.JSONField(_("回答"), default=list)
    by = models.CharField(_("访问人"), max_length=64, blank=True)
    at = models.DateTimeField(_("访问时间"), null=True)

    class Meta:
        verbose_name = _("调查访问")
        constraints = [
            models.UniqueConstraint("campaign", "petitioner", name="campaign_asks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.state}"
