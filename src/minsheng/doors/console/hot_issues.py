"""热点预警: what rose beyond expectation, grows or comes back; what is told for the first time."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.foundation.errors import Refused
from minsheng.foundation.keyset import fetch
from minsheng.insight.hot_issues import actions, queries
from minsheng.insight.models import HotIssue

ROWS = 50
TABS = (
    ("open", gettext_lazy("待研判"), (HotIssue.State.OPEN,)),
    ("settled", gettext_lazy("已研判"), (HotIssue.State.TAKEN, HotIssue.State.DISMISSED)),
    ("new", gettext_lazy("首次出现"), ()),
)
TONES = {HotIssue.State.OPEN: "near", HotIssue.State.TAKEN: "ok", HotIssue.State.DISMISSED: ""}


class SettleForm(ConsoleForm):
    taken = forms.TypedChoiceField(
        label=gettext_lazy("研判"),
        choices=[("1", gettext_lazy("采纳，已安排处置")), ("0", gettext_lazy("不需处理"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("意见"), max_length=200)


@require_GET
@staff_page("hot_issue.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """Hot issues by state, the latest first; or the demands that resemble nothing before them."""
    chosen = request.GET.get("tab", "open")
    context: dict[str, object] = {"tabs": TABS, "chosen": chosen}
    if chosen == "new":
        context["demands"] = queries.first_seen(request.actor)
        context["days"] = queries.NEW_DAYS
    else:
        states = next((states for code, _label, states in TABS if code == chosen), TABS[0][2])
        found = queries.listed(request.actor, states)
        page = fetch(found.values("id", "at"), "-at", request.GET.get("cursor", ""), ROWS)
        rows = {one.pk: one for one in found.filter(pk__in=[row["id"] for row in page.items])}
        context["issues"] = [rows[row["id"]] for row in page.items]
        context["next"] = page.next
    return render(request, "console/hot_issues.html", context)


@require_GET
@staff_page("hot_issue.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One issue: why it was raised, in words and numbers, and by which demands."""
    return _page(request, get_object_or_404(HotIssue.objects.select_related("event"), pk=pk), None)


def _page(
    request: StaffRequest, issue: HotIssue, form: SettleForm | None, status: int = 200
) -> HttpResponse:
    may = issue.state == HotIssue.State.OPEN and bool(
        scopes(request.actor.role, "hot_issue.settle")
    )
    context = {
        "issue": issue,
        "tone": TONES[HotIssue.State(issue.state)],
        "demands": queries.evidence(request.actor, issue),
        "form": form or (SettleForm() if may else None),
    }
    return render(request, "console/hot_issue.html", context, status=status)


@require_POST
@staff_page("hot_issue.settle")
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    issue = get_object_or_404(HotIssue, pk=pk)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            actions.settle(request.actor, pk, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, _("已记录研判意见。"), reverse("console:hot-issue", args=[pk]))
    return _page(request, issue, form, 422)
