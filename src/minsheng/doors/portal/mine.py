"""A citizen's own demand: how far it is, and what they may do with it now."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, citizen
from minsheng.doors.console.forms import ConsoleForm
from minsheng.doors.opening import opened
from minsheng.doors.portal.forms import EvaluateForm, QueryForm, SupplementForm, WithdrawForm
from minsheng.followups import actions as follow_ups
from minsheng.followups import queries
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
from minsheng.orders import actions as orders

OPEN_SECONDS = 30 * 60  # as long as a token of the API: people leave shared computers
_KEY = "portal"  # of the session: which demand, and until when (seconds since 1970)


def grant(request: HttpRequest, demand_id: int) -> None:
    """Lets this browser see the demand for half an hour."""
    request.session.cycle_key()  # a session that somebody else planted opens nothing
    request.session[_KEY] = [demand_id, clock.now().timestamp() + OPEN_SECONDS]


def _own(request: HttpRequest) -> Actor | None:
    """Returns the petitioner of the demand that is open in this browser, if one is."""
    demand_id, until = request.session.get(_KEY, (0, 0))
    return citizen(demand_id) if demand_id and clock.now().timestamp() < until else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def query(request: HttpRequest) -> HttpResponse:
    form = QueryForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            grant(request, opened(request, **form.cleaned_data))
            return redirect("portal:mine")
        except Refused as refused:
            form.add_error(None, str(refused))
            status = refused.status
    return render(request, "portal/query.html", {"form": form}, status=status)


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    actor = _own(request)
    if actor is None:
        return redirect("portal:query")
    progress = queries.progress(actor)
    code = Demand.objects.values_list("query_code", flat=True).get(pk=actor.demand_id or 0)
    deeds = [(name, deed.label) for name, deed in DEEDS.items() if deed.action in progress.actions]
    return render(request, "portal/mine.html", {"progress": progress, "code": code, "deeds": deeds})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    request.session.pop(_KEY, None)
    return redirect("portal:home")


def _supplement(actor: Actor, demand_id: int, form: ConsoleForm) -> None:
    demands.supplement(actor, demand_id, text=form.cleaned_data["text"])
    for file in form.cleaned_data["attachments"]:
        demands.attach(actor, demand_id, file=file, public=True)


def _withdraw(actor: Actor, demand_id: int, form: ConsoleForm) -> None:
    orders.withdraw(actor, demand_id, **form.cleaned_data)


def _evaluate(actor: Actor, demand_id: int, form: ConsoleForm) -> None:
    follow_ups.evaluate(actor, demand_id, source=FollowUp.Source.PORTAL, **form.cleaned_data)


class Deed(NamedTuple):
    """What a petitioner may do: the action's name in the lifecycle, its form, its call."""

    action: str
    label: Promise
    form: type[ConsoleForm]
    do: Callable[[Actor, int, ConsoleForm], None]


DEEDS = {
    "evaluate": Deed("follow_up.evaluate", _("评价办理结果"), EvaluateForm, _evaluate),
    "supplement": Deed("demand.supplement", _("补充情况"), SupplementForm, _supplement),
    "withdraw": Deed("demand.withdraw", _("撤回诉求"), WithdrawForm, _withdraw),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, deed: str) -> HttpResponse:
    actor = _own(request)
    if deed not in DEEDS:
        raise Http404
    if actor is None or actor.demand_id is None:
        return redirect("portal:query")
    chosen = DEEDS[deed]
    form = chosen.form(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():  # words and files together, or neither
                chosen.do(actor, actor.demand_id, form)
            return redirect("portal:mine")
        except Refused as refused:
            form.add_error(None, str(refused))
            status = refused.status
    return render(request, "portal/act.html", {"form": form, "label": chosen.label}, status=status)
