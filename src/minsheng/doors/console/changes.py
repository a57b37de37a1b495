"""设置变更: every rule and dictionary changed with the day from which it holds, and on record.

One form for each kind; what it says goes to `catalogue.actions.change`.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.catalogue import actions
from minsheng.catalogue.changing import KINDS, TERRITORIAL, Kind
from minsheng.catalogue.models import Basis, Change, Template, TimeLimit
from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.doors.console import choices
from minsheng.doors.console.change_words import in_words
from minsheng.doors.console.choices import Select, SelectMany, pick
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.doors.console.settings import draw
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound

MOST_ROWS = 100

#: Kind of a change → the section of the settings that lists its rows.
SECTION: Mapping[str, str] = {
    Change.Kind.UNIT: "units",
    Change.Kind.CATEGORY: "categories",
    Change.Kind.CHANNEL: "channels",
    Change.Kind.ENTRY: "catalogue",
    Change.Kind.LIMIT: "limits",
    Change.Kind.TEMPLATE: "templates",
}


def _any(lines: Any) -> Any:
    return lambda: [("", _("所有")), *lines()]


def _words(label: Any, *, required: bool = False, hint: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=200, help_text=hint)


def _list(label: Any, lines: Any, *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=lines, required=required, widget=Select)


def _yes(label: Any, hint: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=hint)


def _leads() -> choices.Choices:
    territorial = [("@district", _("属地区县")), ("@street", _("属地街镇"))]
    assert [code for code, _name in territorial] == list(TERRITORIAL)
    return [*territorial, *choices.units()]


class ChangeForm(OnceForm):
    """What every change says besides its values."""

    effective_from = forms.DateField(label=gettext_lazy("生效日期"), widget=DateInput)
    reason = forms.CharField(
        label=gettext_lazy("变更理由"),
        max_length=200,
        help_text=gettext_lazy("如依据的文件和文号；记入日志。"),
    )


class UnitForm(ChangeForm):
    code = _words(gettext_lazy("编码"), required=True)
    name = _words(gettext_lazy("名称"), required=True)
    short_name = _words(gettext_lazy("简称"))
    unit_group = _words(gettext_lazy("考核分组"))
    sign_off = _yes(gettext_lazy("答复须负责人签发"))
    active = _yes(
        gettext_lazy("启用"),
        gettext_lazy("停用后不再派给它；在办的工单仍由它办完，或由热线中心改派。"),
    )
    kind = _list(gettext_lazy("类型"), Unit.Kind.choices, required=True)
    parent = pick(gettext_lazy("上级"), choices.all_units, required=False)
    district = pick(gettext_lazy("区域"), choices.districts, required=False)
    is_territorial = _yes(gettext_lazy("属地单位"))


class CategoryForm(ChangeForm):
    code = _words(gettext_lazy("编码"), required=True)
    name = _words(gettext_lazy("名称"), required=True)
    keywords = _words(gettext_lazy("关键词"), hint=gettext_lazy("用空格或逗号分开。"))
    urgent_words = _words(gettext_lazy("提示紧急的词"), hint=gettext_lazy("用空格或逗号分开。"))
    active = _yes(gettext_lazy("启用"))
    parent = pick(gettext_lazy("上级"), choices.categories, required=False)


#: How people come through a channel, as `channels.csv` says it. What only discipline officers may
#: know of comes through a channel of the city's files.
_DOORS = [
    ("phone", gettext_lazy("电话")),
    ("web", gettext_lazy("网站")),
    ("app", gettext_lazy("手机应用")),
    ("wechat", gettext_lazy("微信")),
    ("weibo", gettext_lazy("微博")),
    ("mailbox", gettext_lazy("信箱")),
    ("forum", gettext_lazy("网络论坛")),
    ("media", gettext_lazy("新闻媒体")),
    ("video", gettext_lazy("视频")),
    ("patrol", gettext_lazy("巡查采集")),
    ("line", gettext_lazy("其他热线转来")),
    ("petition", gettext_lazy("信访")),
    ("provincial", gettext_lazy("上级平台")),
    ("other", gettext_lazy("其他")),
]


class ChannelForm(ChangeForm):
    code = _words(gettext_lazy("编码"), required=True)
    name = _words(gettext_lazy("名称"), required=True)
    sort = forms.IntegerField(label=gettext_lazy("排序"), min_value=0, max_value=999)
    active = _yes(gettext_lazy("启用"))
    door = _list(gettext_lazy("入口"), _DOORS, required=True)
    is_public = _yes(gettext_lazy("公众诉求"))
    is_collector = _yes(gettext_lazy("采集上报"))


class TemplateForm(ChangeForm):
    code = _words(gettext_lazy("编码"), required=True)
    name = _words(gettext_lazy("名称"), required=True)
    use = _list(gettext_lazy("用于"), Template.Use.choices, required=True)
    kind = _list(gettext_lazy("诉求类型"), _any(choices.kinds))
    category = pick(gettext_lazy("类别"), choices.categories, required=False)
    text = forms.CharField(
        label=gettext_lazy("内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8})
    )


class EntryForm(ChangeForm):
    category = pick(gettext_lazy("类别"), choices.categories, required=False)
    area = pick(gettext_lazy("区域"), choices.districts, required=False)
    lead = pick(gettext_lazy("主办"), _leads)
    assists = forms.MultipleChoiceField(
        label=gettext_lazy("协办"),
        choices=_leads,
        required=False,
        widget=SelectMany(attrs={"data-pick": ""}),
    )
    basis = _list(gettext_lazy("依据"), Basis.choices, required=True)
    note = _words(gettext_lazy("说明"))


class LimitForm(ChangeForm):
    stage = _list(gettext_lazy("环节"), TimeLimit.Stage.choices, required=True)
    kind = _list(gettext_lazy("诉求类型"), _any(choices.kinds))
    urgency = _list(
        gettext_lazy("紧急程度"),
        lambda: [("", _("所有")), ("urgent", _("紧急")), ("normal", _("普通"))],
    )
    origin = _list(gettext_lazy("来源"), _any(lambda: Demand.Origin.choices))
    unit_level = _list(
        gettext_lazy("单位层级"), lambda: [("", _("所有")), *((str(n), str(n)) for n in range(4))]
    )
    limit = forms.CharField(
        label=gettext_lazy("时限"),
        max_length=12,
        help_text=gettext_lazy("如 5wd（工作日）、2wh（工作小时）、24h（小时）。"),
    )
    warn_share = forms.FloatField(label=gettext_lazy("预警比例"), initial=0.8)
    extension_times = forms.FloatField(label=gettext_lazy("延期上限（倍）"), initial=1.0)
    note = _words(gettext_lazy("说明"))


FORMS: Mapping[str, type[ChangeForm]] = {
    Change.Kind.UNIT: UnitForm,
    Change.Kind.CATEGORY: CategoryForm,
    Change.Kind.CHANNEL: ChannelForm,
    Change.Kind.TEMPLATE: TemplateForm,
    Change.Kind.ENTRY: EntryForm,
    Change.Kind.LIMIT: LimitForm,
}
_COMMON = frozenset({"once", "effective_from", "reason", "code"})


def _form(request: StaffRequest, name: str, row: Any) -> ChangeForm:
    """Returns the form of a kind: filled in with a row, whose identity cannot be changed."""
    kind = KINDS[name]
    initial: dict[str, Any] = {"effective_from": clock.now().date(), "active": True}
    if row is not None:
        initial |= {field: _shown(row, field) for field in FORMS[name].base_fields if field not in
                    _COMMON}  # fmt: skip
        initial["code"] = getattr(row, "code", "")
    form = FORMS[name](request.POST or None, initial=initial)
    if row is not None:
        for field in kind.fresh:
            del form.fields[field]
        for field in ("code", *kind.key):
            if field in form.fields:
                form.fields[field].disabled = True
    elif "code" in form.fields and row is None:
        form.fields["code"].help_text = _("字母、数字和横线，以后不能更改。")
    return form


def _shown(row: Any, field: str) -> Any:
    value = getattr(row, field)
    if isinstance(value, models.Model):
        return value.code  # type: ignore[attr-defined]
    if isinstance(value, list) and field != "assists":
        return " ".join(value)
    return value


def _ref(kind: Kind, given: Mapping[str, Any]) -> str:
    """Returns what a dated rule is called on record: its key."""
    return "/".join(str(given.get(field) or "*") for field in kind.key)[:64]


@require_http_methods(["GET", "POST"])
@staff_page("settings.change")
def change(request: StaffRequest, kind: str, pk: int = 0) -> HttpResponse:
    """The form for a new row of a kind (`pk` 0), or for another state of one that is there."""
    if kind not in KINDS:
        raise NotFound("not_found", _("没有这一类设置。"))
    row = get_object_or_404(KINDS[kind].model, pk=pk) if pk else None
    form = _form(request, kind, row)

    def do() -> tuple[str, str]:
        given = form.cleaned_data
        values = {name: value for name, value in given.items() if name not in _COMMON}
        entered = actions.change(
            request.actor,
            kind,
            given.get("code") or _ref(KINDS[kind], values),
            values,
            effective_from=given["effective_from"],
            reason=given["reason"],
        )
        written = entered.state == Change.State.APPLIED
        sentence = _("已写入，自生效日期起执行。") if written else _("已录入，到生效日期自动写入。")
        return sentence, reverse(f"console:settings-{SECTION[kind]}")

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    heading = _("更改%s") if row else _("新增%s")
    return draw(
        request,
        SECTION[kind],
        status,
        page="change",
        heading=heading % Change.Kind(kind).label,
        form=form,
        back=reverse(f"console:settings-{SECTION[kind]}"),
    )


@require_GET
@staff_page("settings.view")
def changes(request: StaffRequest) -> HttpResponse:
    """What was changed and what waits for its day, the latest first."""
    found = Change.objects.order_by("-pk")[:MOST_ROWS]
    rows = [(one, in_words(one, FORMS[one.kind].base_fields)) for one in found]
    return draw(request, "changes", rows=rows, most=MOST_ROWS)


@require_POST
@staff_page("settings.change")
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    actions.withdraw(request.actor, pk)
    return done(request, _("已撤回。"), reverse("console:settings-changes"))


@require_GET
@staff_page("settings.view")
def templates(request: StaffRequest) -> HttpResponse:
    found = Template.objects.select_related("category").order_by("use", "code")
    return draw(request, "templates", rows=found)
