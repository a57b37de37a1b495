"""Suggestions: beside the forms in which a demand takes shape, and for those who keep them."""

from collections.abc import Callable
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
from minsheng.foundation.errors import Invalid
from minsheng.insight import queries
from minsheng.insight.learning import actions
from minsheng.insight.models import ModelVersion

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
    return render(request, "console/insight/suggestions.html", {"suggested": suggested})


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
