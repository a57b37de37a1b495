"""Suggestions: beside the forms in which a demand takes shape, and for those who keep them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from minsheng.catalogue.queries import dictionaries
from minsheng.demands import actions
from minsheng.demands import queries as demands
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.doors.console.timeline import FINDINGS
from minsheng.foundation import clock
from minsheng.foundation.errors import Conflict, Invalid, Refused
from minsheng.insight import acceptance as accepted
from minsheng.insight import queries
from minsheng.insight.actions import About, chosen
from minsheng.insight.events import queries as event_queries
from minsheng.insight.hot_issues import queries as hot_issues
from minsheng.insight.language import drafting, endpoint
from minsheng.insight.learning import actions as learning
from minsheng.insight.models import HotIssue, ModelVersion
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
    """Which units are suggested for a demand on record, and what of it seems to be wrong."""
    suggested = _beside(request.actor, demands.find(request.actor, id=pk))
    return render(request, "console/insight/units.html", {"suggested": suggested})


def _beside(actor: Actor, demand: Demand) -> Suggested:
    """Returns what is shown beside a demand on record: units, its like, and what to put right.

    That is another category where one is surer than the demand's own, and that it is urgent.
    """
    found = queries.suggest_for(actor, demand)
    own = demand.category.code if demand.category else ""
    sure = [one for one in found.categories if one.sure]
    accords = not own or any(one.value == own for one in sure)
    other = [] if accords else [one for one in sure if not one.value.startswith(own)]
    return Suggested(
        categories=other[:1],
        urgency=[] if demand.urgent else found.urgency,
        units=found.units,
        similar=found.similar,
    )


def put_right(request: StaffRequest, demand: Demand, wanted: str) -> str:
    """Changes what `_beside` says to be wrong with a demand; returns what to tell of it.

    `wanted` is `category:<code>` or `urgency:urgent`. To be called in a transaction.
    """
    actor = request.actor
    what, _colon, value = wanted.partition(":")
    shown = _beside(actor, demand)
    if what == "category" and any(one.value == value for one in shown.categories):
        shown, said = Suggested(categories=shown.categories), _("类别已按建议更改。")
        actions.edit(actor, demand.pk, category=value)
    elif what == "urgency" and shown.urgency:
        words = "、".join(one.reason for one in shown.urgency)
        shown, said = Suggested(urgency=shown.urgency), _("已标为紧急。")
        with translation.override("zh-hans"):  # the journal is Chinese, whoever reads the page
            reason = _("诉求中说到：%s") % words
        actions.mark(actor, demand.pk, urgent=True, reason=reason)
    else:
        raise Conflict("not_suggested", _("这条建议已经不适用；请刷新后查看。"))
    chosen(actor, shown.slip, demand.pk)
    return said


def keep_explanation(request: StaffRequest, demands: Sequence[Demand]) -> None:
    """Writes down whether an explanation was taken over, beside the first demand explained."""
    first = next((one for one in demands if not one.restricted), None)
    if first and "suggested" in request.POST:
        keep_choices(request, first.pk, About.CLUSTER)


def keep_choices(request: StaffRequest, demand_id: int, about: About = About.DEMAND) -> None:
    """Writes down what the sent form carried of suggestions, and what of them was taken."""
    taken = request.POST.getlist("taken")
    for slip in request.POST.getlist("suggested"):
        chosen(request.actor, slip, demand_id, taken, about=about)


# Drafts by a language model, where the city has one


def _draft(request: StaffRequest, what: str, do: Callable[[], Mapping[str, Any]]) -> HttpResponse:
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
def explain_event(request: StaffRequest, pk: int) -> HttpResponse:
    """What the demands of an event have in common."""
    told = event_queries.shown(request.actor, pk)
    settling = told.event.open and bool(scopes(request.actor.role, "event.settle"))
    return _explain(request, [one.demand.pk for one in told.members], settling=settling)


@never_cache
@require_POST
@staff_page("insight.view")
def explain_hot_issue(request: StaffRequest, pk: int) -> HttpResponse:
    """What the demands that a warning was raised by have in common."""
    issue = hot_issues.shown(request.actor, pk)
    settling = issue.state == HotIssue.State.OPEN and bool(
        scopes(request.actor.role, "hot_issue.settle")
    )
    return _explain(request, issue.demand_ids, settling=settling)


def _explain(request: StaffRequest, ids: Sequence[int], *, settling: bool) -> HttpResponse:
    """Draws an explanation, which one press takes over into what is said on settling it."""

    def do() -> Mapping[str, Any]:
        return {"text": drafting.explanation(request.actor, ids), "settling": settling}

    return _draft(request, "explanation", do)


@require_GET
@staff_page("insight.view")
def acceptance(request: StaffRequest) -> HttpResponse:
    """What people made of suggestions by version and field, of checks, and of warnings."""
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in map(str, DAYS) else 30
    actor, since = request.actor, clock.now() - timedelta(days=days)
    context = {
        "rows": accepted.acceptance(actor, since),
        "checks": accepted.heeded(actor, since),
        "findings": FINDINGS,
        "judged": accepted.judged(actor, since),
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
    learning.request_training(request.actor)
    return done(request, _("已加入训练队列，完成后可在此审批。"), reverse("console:insight-models"))


class ReasonForm(ConsoleForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


#: What can be done with a version: the state that it needs, its form, what does it, what is said.
_Deed = tuple[State, type[ConsoleForm], Callable[..., object], Any]
_DEEDS: dict[str, _Deed] = {
    "approve": (State.TRAINED, ConsoleForm, learning.approve, gettext_lazy("已启用。")),
    "refuse": (State.TRAINED, ReasonForm, learning.refuse, gettext_lazy("已退回。")),
    "restore": (State.RETIRED, ConsoleForm, learning.restore, gettext_lazy("已恢复使用。")),
    "retire": (State.SERVING, ReasonForm, learning.retire, gettext_lazy("已停用。")),
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
