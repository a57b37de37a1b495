"""热点预警: what rose beyond expectation, grows or comes back; what is told for the first time."""

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.doors.console.insight import keep_explanation
from minsheng.foundation.errors import Refused
from minsheng.foundation.keyset import fetch
from minsheng.insight.hot_issues import actions, queries
from minsheng.insight.language import endpoint
from minsheng.insight.models import HotIssue

ROWS = 50
TABS = (
    ("open", gettext_lazy("待研判"), (HotIssue.State.OPEN,)),
    ("settled", gettext_lazy("已研判"), (HotIssue.State.TAKEN, HotIssue.State.DISMISSED)),
    ("new", gettext_lazy("首次出现"), ()),
)
TONES = {HotIssue.State.OPEN: "near", HotIssue.State.TAKEN: "ok", HotIssue.State.DISMISSED: ""}


class SettleForm(ConsoleForm):
    """What is made of an issue: the button says whether it is taken up."""

    reason = forms.CharField(label=gettext_lazy("意见"), max_length=200, required=False)
    do = forms.ChoiceField(
        choices=[("take", ""), ("dismiss", "")],
        error_messages={"required": gettext_lazy("请选择采纳，或不需处理。")},
    )


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
    return _page(request, queries.shown(request.actor, pk), None)


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
        "may_draft": endpoint.configured() and bool(scopes(request.actor.role, "insight.view")),
    }
    return render(request, "console/hot_issue.html", context, status=status)


@require_POST
@staff_page("hot_issue.settle")
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    issue = queries.shown(request.actor, pk)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                given = form.cleaned_data
                taken = given["do"] == "take"
                actions.settle(request.actor, pk, taken=taken, reason=given["reason"])
                keep_explanation(request, queries.evidence(request.actor, issue))
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, _("已记录研判意见。"), reverse("console:hot-issue", args=[pk]))
    return _page(request, issue, form, 422)
