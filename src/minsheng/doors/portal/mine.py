"""A citizen's own demand: how far it is, and what they may do with it now."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minsheng.demands import actions as demands
from minsheng.demands import attachments
from minsheng.demands.models import Demand
from minsheng.demands.queries import attachment
from minsheng.directory.access import Actor, citizen
from minsheng.doors.api.files import download
from minsheng.doors.client import address
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.models import Received
from minsheng.doors.opening import opened
from minsheng.doors.portal.forms import (
    AgainForm,
    EvaluateForm,
    QueryForm,
    SupplementForm,
    WithdrawForm,
)
from minsheng.followups import actions as follow_ups
from minsheng.followups import again, queries
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound, Refused
from minsheng.orders import actions as orders
from minsheng.orders.limits import ask_again_until

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
    demand = Demand.objects.defer("words").get(pk=actor.demand_id or 0)
    context = {
        "progress": progress,
        "code": demand.query_code,
        "deeds": [(n, deed.label) for n, deed in DEEDS.items() if deed.action in progress.actions],
        "again_until": ask_again_until(demand) if AGAIN in progress.actions else None,
        "files": demand.attachments.filter(public=True).order_by("pk"),
        "next": NEXT.get(progress.state, ""),
    }
    return render(request, "portal/mine.html", context)


@never_cache
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hands out a file that the petitioner sent, or one that a unit meant for them."""
    actor = _own(request)
    if actor is None:
        return redirect("portal:query")
    try:
        return download(attachment(actor, pk))
    except NotFound as refused:
        raise Http404 from refused


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    request.session.pop(_KEY, None)
    return redirect("portal:home")


def _supplement(actor: Actor, demand_id: int, form: OnceForm) -> None:
    files = [attachments.check(sent).bare() for sent in form.cleaned_data["attachments"]]
    demands.supplement(actor, demand_id, text=form.cleaned_data["text"])
    for file in files:
        demands.attach(actor, demand_id, file=file, public=True)


def _withdraw(actor: Actor, demand_id: int, form: OnceForm) -> None:
    orders.withdraw(actor, demand_id, reason=form.cleaned_data["reason"])


def _evaluate(actor: Actor, demand_id: int, form: OnceForm) -> None:
    given = {name: form.cleaned_data[name] for name in ("solved", "grade", "reason")}
    follow_ups.evaluate(actor, demand_id, source=FollowUp.Source.PORTAL, **given)


def _again(actor: Actor, demand_id: int, form: OnceForm) -> None:
    again.ask_rework(actor, demand_id, reason=form.cleaned_data["reason"])


class Deed(NamedTuple):
    """What a petitioner may do: the action's name in the lifecycle, its form, its call."""

    action: str
    label: Promise
    form: type[OnceForm]
    do: Callable[[Actor, int, OnceForm], None]


AGAIN = "follow_up.ask_rework"
DEEDS = {
    "evaluate": Deed("follow_up.evaluate", _("评价办理结果"), EvaluateForm, _evaluate),
    "again": Deed(AGAIN, _("没有解决，申请重办"), AgainForm, _again),
    "supplement": Deed("demand.supplement", _("补充情况"), SupplementForm, _supplement),
    "withdraw": Deed("demand.withdraw", _("撤回诉求"), WithdrawForm, _withdraw),
}

#: What happens next, for whoever waits, by the state of the demand.
NEXT = {
    "accepted": _("工作人员正在核对，随后答复您或交给负责的单位。"),
    "assigned": _("负责的单位会与您联系，办完后在这里答复。"),
    "answered": _("已经答复。您可以评价；没有解决，可以申请重办。"),
    "completed": _("已经办结。您可以评价；没有解决，可以申请重办。"),
    "following_up": _("工作人员会打电话听取您的意见；来电不会索要验证码或钱款。"),
    "evaluated": _("感谢您的评价。"),
}


def _first_time(request: HttpRequest, form: OnceForm, demand_id: int) -> bool:
    """Notes that a form was sent; tells whether it was not sent before."""
    seen = {"demand_id": demand_id, "sent_by": address(request), "at": clock.now()}
    _row, first = Received.objects.get_or_create(token=form.cleaned_data["once"], defaults=seen)
    return first


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
                if _first_time(request, form, actor.demand_id):
                    chosen.do(actor, actor.demand_id, form)
            return redirect("portal:mine")
        except Refused as refused:
            form.add_error(None, str(refused))
            status = refused.status
    context = {"form": form, "label": chosen.label, "lost": status != 200 and bool(request.FILES)}
    return render(request, "portal/act.html", context, status=status)
