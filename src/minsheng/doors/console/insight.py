"""Suggestions: beside the forms in which a demand takes shape, and for those who keep them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from minsheng.catalogue.queries import dictionaries
from minsheng.demands import queries as demands
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid, Refused
from minsheng.insight import queries
from minsheng.insight.actions import chosen
from minsheng.insight.events import queries as event_queries
from minsheng.insight.language import drafting, endpoint
from minsheng.insight.learning import actions
from minsheng.insight.models import ModelVersion
from minsheng.insight.suggesting import Advice, Suggested
from minsheng.orders import queries as orders

State = ModelVersion.State
DAYS = (7, 30, 90, 365)


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("insight.suggest")
def suggest(request: StaffRequest) -> HttpResponse:
    """What is suggested for what was typed so far; posted, as it belongs in no address."""
    given = request.POST
    suggested = queries.suggest(
        given.get("text", ""),
        title=given.get("title", ""),
        place=given.get("place", ""),
        district=given.get("district", ""),
        category=given.get("category", ""),
        actor=request.actor,
    )
    may_answer = bool(scopes(request.actor.role, "demand.answer"))
    context = {"suggested": suggested, "may_answer": may_answer}
    return render(request, "console/insight/suggestions.html", context)


@never_cache
@require_POST
@staff_page("insight.suggest")
def of_demand(request: StaffRequest, pk: int) -> HttpResponse:
    """Which units are suggested for a demand on record, and another category where one is sure."""
    demand = demands.find(request.actor, id=pk)
    suggested = queries.suggest_for(request.actor, demand)
    own = demand.category.code if demand.category else ""
    sure = [one for one in suggested.categories if one.sure]
    context = {
        "suggested": suggested,
        "other": [one for one in sure if own and not one.value.startswith(own)][:1]
        if not any(one.value == own for one in sure)
        else [],
    }
    return render(request, "console/insight/units.html", context)


def keep_choices(request: StaffRequest, demand_id: int, *, replying: bool = False) -> None:
    """Writes down what the sent form carried of suggestions, and what of them was taken."""
    taken = request.POST.getlist("taken")
    for slip in request.POST.getlist("suggested"):
        chosen(request.actor, slip, demand_id, taken, replying=replying)


# Drafts by a language model, where the city has one


def _draft(request: StaffRequest, what: str, do: Callable[[], Mapping[str, str]]) -> HttpResponse:
    """Draws what the model says, or in one sentence that it did not; nothing else changes."""
    context: dict[str, Any] = {"what": what}
    try:
        context |= do()
    except Refused as refused:
        context["refused"] = str(refused)
    else:
        context["suggested"] = Suggested(drafts=[Advice(what, "", model=endpoint.model())])
    return render(request, "console/insight/draft.html", context)


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("insight.suggest")
def draft_summary(request: StaffRequest) -> HttpResponse:
    """Title and text of a demand, from what was typed while listening."""
    known = [request.POST.get(name, "") for name in ("name", "phone")]

    def do() -> Mapping[str, str]:
        found = drafting.summary(request.actor, request.POST.get("text", ""), known)
        return {"title": found.title, "text": found.text}

    return _draft(request, "summary", do)


@never_cache
@require_POST
@staff_page("insight.check_reply")
def draft_reply(request: StaffRequest, pk: int) -> HttpResponse:
    """A reply to the demand of an order, from the knowledge that is found for it."""
    order = orders.find(request.actor, pk)
    return _draft(
        request, "reply", lambda: {"text": drafting.reply_to(request.actor, order.demand)}
    )


@never_cache
@require_POST
@staff_page("insight.view")
def draft_explanation(request: StaffRequest, pk: int) -> HttpResponse:
    """What the demands of an event have in common."""
    told = event_queries.shown(request.actor, pk)
    texts = [
        f"{one.demand.title}\n{one.demand.text}"
        for one in told.members
        if not one.demand.restricted
    ]
    return _draft(
        request, "explanation", lambda: {"text": drafting.explanation(request.actor, texts)}
    )


@require_GET
@staff_page("insight.view")
def acceptance(request: StaffRequest) -> HttpResponse:
    """How often suggestions are taken, by version and field."""
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in map(str, DAYS) else 30
    context = {
        "rows": queries.acceptance(request.actor, clock.now() - timedelta(days=days)),
        "days": days,
        "choices": DAYS,
    }
    return render(request, "console/insight/acceptance.html", context)


# Versions of the model


@require_GET
@staff_page("insight.view")
def models(request: StaffRequest) -> HttpResponse:
    """All versions; while one is trained, the page asks again by itself."""
    found = queries.versions(request.actor)
    context = {
        "versions": found,
        "busy": any(one.state in (State.REQUESTED, State.TRAINING) for one in found),
        "may_train": bool(scopes(request.actor.role, "insight.train")),
    }
    part = "console/insight/versions.html" if request.htmx else "console/insight/models.html"
    return render(request, part, context)


@require_POST
@staff_page("insight.train")
def train(request: StaffRequest) -> HttpResponse:
    actions.request_training(request.actor)
    return done(request, _("已加入训练队列，完成后可在此审批。"), reverse("console:insight-models"))


class ReasonForm(ConsoleForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


#: What can be done with a version: the state that it needs, its form, what does it, what is said.
_Deed = tuple[State, type[ConsoleForm], Callable[..., object], Any]
_DEEDS: dict[str, _Deed] = {
    "approve": (State.TRAINED, ConsoleForm, actions.approve, gettext_lazy("已启用。")),
    "refuse": (State.TRAINED, ReasonForm, actions.refuse, gettext_lazy("已退回。")),
    "restore": (State.RETIRED, ConsoleForm, actions.restore, gettext_lazy("已恢复使用。")),
    "retire": (State.SERVING, ReasonForm, actions.retire, gettext_lazy("已停用。")),
}


@require_GET
@staff_page("insight.view")
def model(request: StaffRequest, number: int) -> HttpResponse:
    """One version with its report and what may be done with it."""
    found = queries.version(request.actor, number)
    approving = bool(scopes(request.actor.role, "insight.approve"))
    mine = found.requested_by == request.actor.username
    possible = {
        name: form(auto_id=f"{name}_%s")
        for name, (state, form, _do, _said) in _DEEDS.items()
        if approving and found.state == state and not (mine and name in ("approve", "restore"))
    }
    categories = dictionaries()["category"]
    context = {
        "version": found,
        "report": found.report,
        "forms": possible,
        "may_read": bool(scopes(request.actor.role, "demand.view")),
        "names": {code: row.name for code, row in categories.items()},
    }
    return render(request, "console/insight/model.html", context)


@require_POST
@staff_page("insight.approve")
def decide(request: StaffRequest, number: int, action: str) -> HttpResponse:
    if action not in _DEEDS:
        raise Invalid("unknown_action", _("没有这项操作；请从页面上选择。"))
    _state, form, do, said = _DEEDS[action]
    given = form(request.POST)
    if not given.is_valid():
        raise Invalid("missing", _("请写明原因。"), field="reason")
    do(request.actor, number, **given.cleaned_data)
    return done(request, str(said), reverse("console:insight-model", args=[number]))
