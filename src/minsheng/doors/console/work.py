"""The work list: what waits for this person, by tab, narrowed down as they like."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.rules import LimitState
from minsheng.demands.queries import Filters
from minsheng.demands.rules import DemandState
from minsheng.directory.access import require
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm, DateInput
from minsheng.doors.console.many import MANY
from minsheng.doors.console.tabs import DEMANDS, FOLLOW_UPS, ORDERS, WORK, Tab
from minsheng.doors.console.ways import ways
from minsheng.doors.console.worklists import (
    UNFINISHED,
    Narrow,
    Sheet,
    counts,
    overdue_by_unit,
    sheet,
)
from minsheng.followups.models import FollowUp
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid
from minsheng.orders.rules import OrderState

_STATES = {
    DEMANDS: [(UNFINISHED, _("未办结")), *DemandState.choices],
    ORDERS: [(UNFINISHED, _("未办结")), *OrderState.choices],
    FOLLOW_UPS: FollowUp.State.choices,
}
_LIMITS = [(one.value, one) for one in (LimitState.OVERDUE, LimitState.NEAR, LimitState.NORMAL)]


def _any(choices: Any) -> Any:
    return lambda: [("", _("不限")), *choices()]


class FilterForm(ConsoleForm):
    """What a list is narrowed down to; the first three fields always show."""

    text = forms.CharField(
        label=_("文字"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    unit = forms.ChoiceField(
        label=_("单位"),
        required=False,
        choices=_any(choices.all_units),
        widget=Select(attrs={"data-pick": ""}),
    )
    limit = forms.ChoiceField(
        label=_("时限"),
        required=False,
        choices=lambda: [("", _("不限")), *((code, one.label) for code, one in _LIMITS)],
        widget=Select,
    )
    state = forms.ChoiceField(label=_("状态"), required=False, widget=Select)
    district = forms.ChoiceField(
        label=_("区域"),
        required=False,
        choices=_any(choices.districts),
        widget=Select(attrs={"data-pick": ""}),
    )
    category = forms.ChoiceField(
        label=_("类别"),
        required=False,
        choices=_any(choices.categories),
        widget=Select(attrs={"data-pick": ""}),
    )
    kind = forms.ChoiceField(
        label=_("类型"), required=False, choices=_any(choices.kinds), widget=Select
    )
    channel = forms.ChoiceField(
        label=_("渠道"), required=False, choices=_any(choices.channels), widget=Select
    )
    since = forms.DateField(label=_("从"), required=False, widget=DateInput)
    until = forms.DateField(label=_("到"), required=False, widget=DateInput)

    petitioner = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    due = forms.DateField(required=False, widget=forms.HiddenInput)

    ALWAYS = ("text", "unit", "limit")

    def __init__(self, *args: Any, rows: str, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        state.choices = [("", _("不限")), *_STATES[rows]]

    def narrow(self) -> Narrow:
        """Returns the filters as given; those that make no sense are left out."""
        given = self.cleaned_data if self.is_valid() else {}

        def codes(name: str) -> tuple[str, ...]:
            return (given[name],) if given.get(name) else ()

        def midnight(name: str, days: int = 0) -> datetime | None:
            day = given.get(name)
            return day and datetime.combine(day + timedelta(days=days), time(), ZONE)

        return Narrow(
            matter=Filters(
                districts=codes("district"),
                categories=codes("category"),
                kinds=codes("kind"),
                channels=codes("channel"),
                text=given.get("text", ""),
                petitioner=given.get("petitioner"),
            ),
            state=given.get("state", ""),
            unit=given.get("unit", ""),
            limit_state=given.get("limit", ""),
            due_on=given.get("due"),
            since=midnight("since"),
            until=midnight("until", 1),
        )

    @property
    def more(self) -> list[Any]:
        """The fields that are folded away, as far as none of them is in use."""
        return [field for field in self.visible_fields() if field.name not in self.ALWAYS]

    @property
    def first(self) -> list[Any]:
        return [self[name] for name in self.ALWAYS]

    @property
    def used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    @property
    def more_used(self) -> bool:
        return any(self.data.get(field.name) for field in self.more)


@staff_page()
def home(request: StaffRequest) -> HttpResponse:
    tabs = WORK.get(request.actor.role)
    if not tabs:
        return redirect("console:settings")
    wanted = request.GET.get("tab", "")
    tab = next((tab for tab in tabs if tab.code == wanted), tabs[0])
    form = FilterForm(request.GET, rows=tab.rows)
    if form.data.get("petitioner"):
        require(request.actor, "petitioner.find")
    page = page_of(request, tab, form)
    waiting = counts(request.actor, tabs)
    by_unit = []
    if tab.code == "overdue" and scopes(request.actor.role, "demand.count"):
        by_unit = overdue_by_unit(request.actor)
    context = {
        "tabs": [(one, waiting.get(one.code)) for one in tabs],
        "tab": tab,
        "form": form,
        "sheet": page,
        "by_unit": by_unit,
        "many": MANY.get(tab.many)
        if scopes(request.actor.role, tab.many or "demand.view")
        else None,
        "ways": ways(request.actor, tab),
        "may_register": bool(scopes(request.actor.role, "demand.submit")),
        "is_collector": request.actor.role == Role.COLLECTOR,
        "first_page": f"{reverse('console:home')}?tab={tab.code}",
    }
    return render(request, "console/work.html", context)


def page_of(request: StaffRequest, tab: Tab, form: FilterForm) -> Sheet:
    """Returns the page asked for; what is wrong with the query is said at the filters."""
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    try:
        return sheet(request.actor, tab, form.narrow(), before=before, after=after)
    except Invalid as refused:
        form.refuse(refused)
        return Sheet()
