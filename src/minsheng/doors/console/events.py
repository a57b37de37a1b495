"""统一事件库: events that the platform suggests, what people make of them, and their demands."""

from collections.abc import Callable

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.demands.rules import DemandState
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.doors.console.insight import keep_explanation
from minsheng.foundation.errors import Invalid, Refused
from minsheng.foundation.keyset import fetch
from minsheng.insight.events import actions, queries
from minsheng.insight.events.queries import Told
from minsheng.insight.language import endpoint
from minsheng.insight.models import Event

ROWS = 50

#: Which events each tab lists.
TABS = (
    ("open", gettext_lazy("待确认"), (Event.State.SUGGESTED,)),
    ("confirmed", gettext_lazy("处置中"), (Event.State.CONFIRMED,)),
    ("ended", gettext_lazy("已结束"), (Event.State.CLOSED, Event.State.DISMISSED)),
)


class ConfirmForm(ConsoleForm):
    title = forms.CharField(label=gettext_lazy("事件标题"), max_length=200)
    reason = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)


class ReasonForm(ConsoleForm):
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)


class NumberForm(ConsoleForm):
    number = forms.CharField(label=gettext_lazy("诉求号"), max_length=32)


@require_GET
@staff_page("event.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """Events by state, those told of last first."""
    chosen = request.GET.get("tab", "open")
    states = next((states for code, _label, states in TABS if code == chosen), TABS[0][2])
    text = request.GET.get("text", "").strip()[:100]
    found = queries.listed(request.actor, states, text)
    page = fetch(found.values("id", "last_at"), "-last_at", request.GET.get("cursor", ""), ROWS)
    rows = {one.pk: one for one in found.filter(pk__in=[row["id"] for row in page.items])}
    context = {
        "tabs": TABS,
        "chosen": chosen,
        "text": text,
        "events": [rows[row["id"]] for row in page.items],
        "next": page.next,
    }
    return render(request, "console/events.html", context)


@require_GET
@staff_page("event.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One event: its demands, places, units and course, and what may be done with it."""
    return _page(request, queries.shown(request.actor, pk), {})


def _page(
    request: StaffRequest, told: Told, forms: dict[str, ConsoleForm], status: int = 200
) -> HttpResponse:
    event = told.event
    settling = bool(scopes(request.actor.role, "event.settle"))
    possible: dict[str, ConsoleForm] = {}
    if settling and event.open:
        said = {"title": event.title, "reason": event.reason}
        possible["confirm"] = ConfirmForm(initial=said, auto_id="confirm_%s")
        if event.state == Event.State.CONFIRMED:
            possible["close"] = ReasonForm(auto_id="close_%s")
        possible["add"] = NumberForm(auto_id="add_%s")
        possible["dismiss"] = ReasonForm(auto_id="dismiss_%s")
    waiting = [one for one in told.members if one.demand.state == DemandState.ACCEPTED]
    context = {
        "told": told,
        "event": event,
        "forms": possible | forms,
        "may_split": settling and event.open and len(told.members) > 1,
        "waiting": len(waiting),
        "may_merge": event.state == Event.State.CONFIRMED
        and bool(waiting)
        and len(told.members) > 1
        and bool(scopes(request.actor.role, "demand.merge")),
        "most": max((n for _day, n in told.days), default=0),
        "may_draft": endpoint.configured() and bool(scopes(request.actor.role, "insight.view")),
        "lines": queries.course(request.actor, event),
    }
    return render(request, "console/event.html", context, status=status)


@require_POST
@staff_page("event.settle", "demand.merge")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    actor = request.actor
    address = reverse("console:event", args=[pk])
    if action == "split":
        made = actions.split(actor, pk, numbers_out=request.POST.getlist("numbers"))
        if made is None:
            return done(request, _("已移出。"), address)
        said = _("已分出新事件%s。") % made.number
        return done(request, said, reverse("console:event", args=[made.pk]))
    if action == "merge":
        merged = actions.merge(actor, pk)
        said = _("已并入%(into)s：%(n)d件。") % {"into": merged.into, "n": len(merged.merged)}
        for number, why in merged.refused.items():
            said += f" {number}：{why}"
        return done(request, said, address)
    deeds: dict[str, tuple[type[ConsoleForm], Callable[..., Event], str]] = {
        "confirm": (ConfirmForm, actions.confirm, _("已确认为同一事件。")),
        "close": (ReasonForm, actions.close, _("已关闭。")),
        "dismiss": (ReasonForm, actions.dismiss, _("已判为非同一事件，不再合并提示。")),
        "add": (NumberForm, actions.add, _("已加入。")),
    }
    if action not in deeds:
        raise Invalid("unknown_action", _("没有这项操作；请从页面上选择。"))
    kind, do, sentence = deeds[action]
    form = kind(request.POST, auto_id=f"{action}_%s")
    if form.is_valid():
        try:
            with transaction.atomic():
                do(actor, pk, **form.cleaned_data)
                keep_explanation(request, [one.demand for one in queries.shown(actor, pk).members])
        except Refused as refused:
            form.refuse(refused)
        else:
            return done(request, sentence, address)
    return _page(request, queries.shown(actor, pk), {action: form}, 422)
