"""设置 · 热点规则: by which thresholds the city is warned of hot issues, and from when on."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.doors.console.settings import draw
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.insight.hot_issues import actions
from minsheng.insight.hot_issues.rules import every_rule, rules
from minsheng.insight.models import HotIssue, HotIssueRule

SECTION = "hot-issues"


class RuleForm(OnceForm):
    """A rule as it is to be from a day on."""

    code = forms.SlugField(label=gettext_lazy("编码"), max_length=32)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=64)
    kind = forms.ChoiceField(
        label=gettext_lazy("类型"), choices=HotIssue.Kind.choices, widget=Select
    )
    hours = forms.IntegerField(
        label=gettext_lazy("统计窗口（小时）"), min_value=1, max_value=8760, initial=24
    )
    least = forms.IntegerField(
        label=gettext_lazy("起报件数"), min_value=1, max_value=9999, initial=5
    )
    people = forms.IntegerField(
        label=gettext_lazy("至少多少人"),
        min_value=1,
        max_value=9999,
        initial=1,
        help_text=gettext_lazy("不同诉求人的人数；匿名的每件算一人。"),
    )
    odds = forms.FloatField(
        label=gettext_lazy("偶然概率上限"),
        min_value=0,
        max_value=1,
        initial=0.0002,
        help_text=gettext_lazy("类别、单位激增用：若一切如常，出现这么多的可能性不超过它才预警。"),
    )
    chance = forms.FloatField(
        label=gettext_lazy("同一事件的平均把握"),
        min_value=0,
        max_value=1,
        initial=0,
        help_text=gettext_lazy("事件扩散用：各件属于同一事件的把握平均达到它才预警。"),
    )
    topic = forms.IntegerField(
        label=gettext_lazy("类别层级"),
        min_value=1,
        max_value=4,
        initial=3,
        help_text=gettext_lazy("类别激增、同地反复用：按第几级类别计数。"),
    )
    area = forms.ChoiceField(
        label=gettext_lazy("区域层级"),
        choices=HotIssueRule.Area.choices,
        initial=HotIssueRule.Area.DISTRICT,
        widget=Select,
    )
    quiet = forms.IntegerField(
        label=gettext_lazy("不重复（小时）"),
        min_value=0,
        max_value=8760,
        initial=24,
        help_text=gettext_lazy("同一对象在这么多小时内不再预警。"),
    )
    effective_from = forms.DateField(label=gettext_lazy("生效日期"), widget=DateInput)
    effective_to = forms.DateField(
        label=gettext_lazy("失效日期"),
        required=False,
        widget=DateInput,
        help_text=gettext_lazy("不填为长期；停用一条规则，就给它写上失效日期。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("变更理由"),
        max_length=200,
        help_text=gettext_lazy("如依据的文件和文号；记入日志。"),
    )


@require_GET
@staff_page("settings.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """All rules with their days; those of today are marked."""
    held = rules(clock.now().date())
    return draw(request, SECTION, rows=[(rule, rule in held) for rule in every_rule()])


@require_http_methods(["GET", "POST"])
@staff_page("settings.change")
def change(request: StaffRequest, code: str = "") -> HttpResponse:
    """The form for a new rule, or for other thresholds of one that is there."""
    latest = [rule for rule in every_rule() if rule.code == code][-1:]
    if code and not latest:
        raise NotFound("not_found", _("没有这条规则；请从列表中选择。"))
    today = clock.now().date()
    initial: dict[str, Any] = {"effective_from": today}
    for rule in latest:
        initial |= {name: getattr(rule, name, None) for name in RuleForm.base_fields}
        del initial["once"]
        initial |= {"effective_from": max(today, rule.effective_from), "reason": ""}
    form = RuleForm(request.POST or None, initial=initial)
    for name in ("code", "kind") if latest else ():
        form.fields[name].disabled = True

    def do() -> tuple[str, str]:
        actions.set_rule(request.actor, **form.given())
        return _("规则已设定，自生效日期起执行。"), reverse("console:settings-hot-issues")

    answer, status = submitted(request, form, do)
    return answer or draw(
        request,
        SECTION,
        status,
        page="change",
        heading=(_("更改%s") if latest else _("新增%s")) % HotIssueRule._meta.verbose_name,
        form=form,
        back=reverse("console:settings-hot-issues"),
    )
