"""What each action of supervision asks for, in the words of its pages."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.rules import Limit
from minsheng.demands.attachments import TYPES
from minsheng.demands.queries import id_of
from minsheng.directory.models import Staff, Unit
from minsheng.directory.permissions import Role
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select, pick, pick_many
from minsheng.doors.console.forms import DateInput, OnceForm, words
from minsheng.foundation.errors import Invalid
from minsheng.supervision.actions.checks import SiteIn
from minsheng.supervision.actions.meetings import DecisionIn
from minsheng.supervision.models import Clue, FieldCheck, Meeting, Promise, Site
from minsheng.supervision.models.ownership import Object
from minsheng.supervision.rules import AlertKind, Level, Step

_PARTS = re.compile(r"[,，|\t]")


class ThingForm(OnceForm):
    """The form of one action; `thing` is what it is done to, None where one is opened."""

    def __init__(self, *args: Any, thing: Any = None, **kwargs: Any) -> None:
        self.thing = thing
        super().__init__(*args, **kwargs)

    @property
    def multipart(self) -> bool:
        return self.is_multipart()


def _limit(label: Any, *, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=12,
        help_text=hint or _("如 3wd（3个工作日）、24h（24小时）；留空按规定时限。"),
        validators=[_is_limit],
    )


def _is_limit(value: str) -> None:
    try:
        Limit.parse(value)
    except Invalid as refused:
        raise forms.ValidationError(str(refused)) from refused


def _choice(label: Any, options: Any, *, initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=options, initial=initial, widget=Select)


def _radio(label: Any, options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=options, widget=forms.RadioSelect)


def _demand(*, required: bool = True) -> forms.CharField:
    return forms.CharField(label=_("诉求号"), max_length=32, required=required)


class Reason(ThingForm):
    reason = words(_("理由"))


class Nothing(ThingForm):
    pass


# The ladder


class Issue(ThingForm):
    order_id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    unit = pick(
        _("单位"), choices.units, required=False, hint=_("针对整个单位的通报或约谈在这里选单位。")
    )
    step = _radio(_("措施"), Step.choices)
    level = _choice(_("督办层级"), Level.choices, initial=Level.CENTRE)
    reason = words(_("事由和要求"))
    limit = _limit(_("答复时限"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["order_id"].value():
            del self.fields["unit"]
        else:  # about a unit as a whole
            step, unit = self.fields["step"], self.fields["unit"]
            assert isinstance(step, forms.ChoiceField)
            step.choices = [
                one for one in Step.choices if one[0] not in (Step.URGE, Step.SUPERVISE)
            ]
            unit.required = True


class Answer(ThingForm):
    answer = words(_("办理情况"), rows=5, limit=5000)


class SendBack(ThingForm):
    reason = words(_("退回理由"))
    limit = _limit(_("时限"))


class Escalate(ThingForm):
    level = _choice(_("提到"), Level.choices)
    reason = words(_("理由"))


class CloseMeasure(ThingForm):
    reason = words(_("销号意见"))


# Looking again


class Draw(ThingForm):
    since = forms.DateField(label=_("办结从"), widget=DateInput)
    until = forms.DateField(label=_("办结到"), widget=DateInput)
    size = forms.IntegerField(label=_("抽取数"), min_value=1, max_value=1000, initial=20)
    seed = forms.CharField(
        label=_("种子"), max_length=64, help_text=_("同样的种子和时段，谁来抽都是同一批。")
    )
    units = pick_many(_("只抽这些单位"), choices.units, required=False)


class Finding(ThingForm):
    finding = words(_("复查情况"))


def _lookers() -> choices.Choices:
    """Returns who may be sent to look: collectors and supervisors in office."""
    found = Staff.objects.filter(
        is_active=True, posts__role__in=[Role.COLLECTOR, Role.SUPERVISOR], posts__until=None
    )
    return [("", gettext("任何督查员")), *found.distinct().values_list("username", "name")]


class OrderCheck(ThingForm):
    demand = _demand()
    reason = words(_("核查要求"))
    assignee = forms.ChoiceField(label=_("核查人"), choices=_lookers, required=False, widget=Select)
    limit = _limit(_("时限"), hint=_("留空为3个工作日。"))

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {"demand_id": id_of(given.pop("demand")), **given}


class ReportCheck(ThingForm):
    verdict = _radio(_("核查结论"), FieldCheck.Verdict.choices)
    finding = words(_("核查情况"))
    place = forms.CharField(label=_("核查地点"), max_length=200)
    lon = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    file = forms.FileField(
        label=_("现场照片"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ",".join(end for end, kind in TYPES.items() if "image" in kind)}
        ),
    )


def _rows(text: str, least: int, most: int, hint: str) -> list[list[str]]:
    """Returns the lines of a text, each cut at its commas. Raises ValidationError."""
    rows = [[part.strip() for part in _PARTS.split(line)] for line in text.splitlines()]
    rows = [row for row in rows if any(row)]
    for row in rows:
        if not least <= len(row) <= most:
            raise forms.ValidationError(hint)
    return rows


def _code(name: str) -> str:
    """Returns the code of a unit by its code, name, short name or alias. Raises ValidationError."""
    for by in ("code", "name", "short_name", "aliases__name"):
        found = Unit.objects.filter(active=True, **{by: name}).values_list("code", flat=True)
        if len(found) == 1:
            return found[0]
    raise forms.ValidationError(gettext("没有叫“%s”的在用单位；请核对名称。") % name)


class PlanJoint(ThingForm):
    title = forms.CharField(label=_("主题"), max_length=200)
    on = forms.DateField(label=_("督查日期"), widget=DateInput)
    units = pick_many(_("参加单位"), choices.units, required=False)
    sites = words(_("点位"), rows=5, limit=10_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].help_text = _(
            "每行一处：地点，责任单位，诉求号（没有可不写）。用逗号分开。"
        )

    def clean_sites(self) -> list[SiteIn]:
        hint = gettext("每行写：地点，责任单位，诉求号；用逗号分开。")
        rows = _rows(self.cleaned_data["sites"], 2, 3, hint)
        return [SiteIn(row[0], _code(row[1]), row[2] if row[2:] else "") for row in rows]


class Judge(ThingForm):
    site_id = forms.TypedChoiceField(label=_("点位"), coerce=int, widget=Select)
    verdict = _radio(_("结论"), Site.Verdict.choices)
    finding = words(_("情况"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = self.fields["site_id"]
        assert isinstance(site, forms.ChoiceField)
        site.choices = list(self.thing.sites.order_by("pk").values_list("pk", "place"))


class CloseJoint(ThingForm):
    reason = words(_("小结"))


# Ownership


class OpenCase(ThingForm):
    demand = _demand()
    object = _radio(_("设施"), Object.choices)
    reason = words(_("争议情况"), required=False)

    def given(self) -> dict[str, Any]:
        given = super().given()
        return {"demand_id": id_of(given.pop("demand")), **given}


class Visit(ThingForm):
    finding = words(_("勘查情况"))
    suggested = pick(_("建议权属单位"), choices.units, required=False)


class PutOff(ThingForm):
    review_on = forms.DateField(label=_("复核日期"), widget=DateInput)
    reason = words(_("理由"))


class Decide(ThingForm):
    owner = pick(_("权属单位"), choices.units)
    reason = words(_("认定意见"))


# Meetings


class Call(ThingForm):
    title = forms.CharField(label=_("议题"), max_length=200)
    at = forms.DateTimeField(
        label=_("会议时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("地点"), max_length=200, required=False)
    units = pick_many(_("参会单位"), choices.units)
    demands = forms.CharField(
        label=_("涉及诉求"), required=False, help_text=_("诉求号，用空格分开。")
    )

    def clean_demands(self) -> list[str]:
        return str(self.cleaned_data["demands"]).split()


class Hold(ThingForm):
    minutes = words(_("会议纪要"), rows=6, limit=20_000)
    present = pick_many(_("到会单位"), choices.units, required=False)
    decisions = words(_("议定事项"), rows=5, limit=20_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decisions"].help_text = _(
            "每行一项：单位，事项，时限（如 5wd，不写为5个工作日）。用逗号分开。"
        )
        if isinstance(self.thing, Meeting):
            self.initial["present"] = [unit.code for unit in self.thing.units.all()]

    def clean_decisions(self) -> list[DecisionIn]:
        hint = gettext("每行写：单位，事项，时限；用逗号分开。")
        rows = _rows(self.cleaned_data["decisions"], 2, 3, hint)
        return [DecisionIn(_code(row[0]), row[1], row[2] if row[2:] else "5wd") for row in rows]


class Report(ThingForm):
    report = words(_("落实情况"), rows=4, limit=5000)


# Clues


class Submit(ThingForm):
    kind = _radio(_("类别"), Clue.Kind.choices)
    unit = pick(_("单位"), choices.units)
    demand = _demand(required=False)
    text_ = words(_("线索内容"), rows=6, limit=5000)


class Receive(ThingForm):
    receipt = forms.CharField(
        label=_("回执号"), max_length=64, required=False, help_text=_("留空用线索编号。")
    )


class Conclude(ThingForm):
    result = words(_("办理结果"), limit=5000)


# Instructions and promises


class Instruct(ThingForm):
    leader = forms.CharField(
        label=_("批示领导"), max_length=64, required=False, help_text=_("领导本人填写时不必写。")
    )
    demand = _demand(required=False)
    unit = pick(_("承办单位"), choices.units)
    text_ = words(_("批示内容"))
    limit = _limit(_("反馈时限"), hint=_("留空为5个工作日。"))

    def given(self) -> dict[str, Any]:
        given = super().given()
        number = given.pop("demand")
        return {"demand_id": id_of(number) if number else None, **given}


class MakeOrder(ThingForm):
    channel = pick(_("渠道"), choices.channels)
    title = forms.CharField(label=_("标题"), max_length=200)
    category = pick(_("诉求类别"), choices.categories, required=False)


class Feedback(ThingForm):
    feedback = words(_("反馈"), rows=5, limit=5000)


class CloseInstruction(ThingForm):
    reason = words(_("办结意见"), required=False)


class RecordPromise(ThingForm):
    hearing = forms.CharField(label=_("场次"), max_length=200)
    held_on = forms.DateField(label=_("承诺日期"), widget=DateInput)
    unit = pick(_("承诺单位"), choices.units)
    text_ = words(_("承诺事项"))
    due_on = forms.DateField(label=_("兑现期限"), widget=DateInput)


class ReportPromise(ThingForm):
    report = words(_("兑现情况"), rows=5, limit=5000)


class Postpone(ThingForm):
    due_on = forms.DateField(label=_("新的期限"), widget=DateInput)
    reason = words(_("理由"))


class JudgePromise(ThingForm):
    verdict = _radio(_("评定"), Promise.Verdict.choices)
    reason = words(_("评定意见"))


# Rules and roster


class Rule(ThingForm):
    code = forms.CharField(
        label=_("编码"), max_length=32, help_text=_("与现有规则同码即为修改，从生效日起。")
    )
    name = forms.CharField(label=_("名称"), max_length=64)
    kind = _choice(_("情形"), AlertKind.choices)
    days = forms.IntegerField(label=_("工作日"), min_value=0, max_value=365, initial=0)
    times = forms.IntegerField(label=_("次数"), min_value=1, max_value=99, initial=1)
    step = forms.ChoiceField(
        label=_("建议措施"),
        choices=[("", _("只预警")), *Step.choices],
        required=False,
        widget=Select,
    )
    issues = forms.BooleanField(label=_("自动下发"), required=False)
    limit = _limit(_("答复时限"))
    effective_from = forms.DateField(label=_("生效日期"), widget=DateInput)
    effective_to = forms.DateField(label=_("失效日期"), required=False, widget=DateInput)


class Duty(ThingForm):
    month = forms.DateField(label=_("月份"), widget=DateInput, help_text=_("选当月任意一天。"))
    object = forms.ChoiceField(
        label=_("设施"),
        choices=[("", _("所有设施")), *Object.choices],
        required=False,
        widget=Select,
    )
    unit = pick(_("值班单位"), choices.units)
