"""话务台: one form that is filled while listening, and sent on by one key."""

import re
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from minsheng.calls.queries import offered_to, ringing
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import drafts
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.insight import keep_choices
from minsheng.doors.console.intake_form import IntakeForm
from minsheng.doors.console.once import submitted
from minsheng.foundation.errors import Invalid
from minsheng.insight.language import endpoint
from minsheng.orders import actions as orders


@never_cache
@sensitive_post_parameters()
@staff_page("demand.submit")
def intake(request: StaffRequest) -> HttpResponse:
    """The form: empty, with what is known of a call, or with what was typed into it before.

    A telephone system leads here with `call`, the number of a call that it offered to this agent,
    or with `phone`, the caller's. What both lead on to says nothing of who calls.
    """
    actor = request.actor
    if request.method == "POST":
        return _take(request)
    call_no, phone = request.GET.get("call", "")[:64], request.GET.get("phone", "")[:32]
    if call_no:
        offered = offered_to(actor, call_no)
        return _resume(drafts.begin(actor, call_no=call_no, phone=offered.phone))
    if phone:
        return _resume(drafts.begin(actor, phone=phone))
    form = IntakeForm(actor=actor)
    if token := _token(request.GET.get("draft", "")):
        if sent := drafts.sent_to(actor, token):
            return done(request, _("这份登记刚才已经提交。"), sent)
        form = IntakeForm(actor=actor, initial={**drafts.typed(actor, token), "once": token})
    return _draw(request, form)


def _resume(token: UUID) -> HttpResponse:
    return redirect(f"{reverse('console:intake')}?draft={token}")


def _token(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _take(request: StaffRequest) -> HttpResponse:
    """Does what the button says with the demand, and forgets the draft."""
    actor = request.actor
    form = IntakeForm(request.POST, request.FILES, actor=actor)

    def do() -> tuple[str, str]:
        given, wanted = form.cleaned_data, form.cleaned_data["do"]
        begin = demands.register if wanted == "draft" else demands.accept
        demand = begin(actor, form.intake())
        for file in given["attachments"]:
            demands.attach(actor, demand.pk, file=file)
        if wanted in ("answer", "transfer"):
            demands.answer(actor, demand.pk, **{name: given[name] for name in form.ANSWER})
        elif wanted == "assign":
            orders.assign(actor, demand.pk, **{name: given[name] for name in form.ASSIGN})
        keep_choices(request, demand.pk)
        drafts.drop(actor, given["once"])
        return _said(demand, wanted), reverse("console:demand", args=[demand.pk])

    answer, status = submitted(request, form, do)
    return answer or _draw(request, form, status)


def _said(demand: Demand, wanted: str) -> str:
    """Returns what to tell the agent, and through the agent the caller."""
    if wanted == "draft":
        return _("草稿已保存，尚未受理。")
    told = {
        "accept": _("已受理"),
        "answer": _("已受理并答复"),
        "transfer": _("已受理并转接"),
        "assign": _("已受理并派单"),
    }[wanted]
    return _("%(done)s，诉求号 %(number)s，查询码 %(code)s。") % {
        "done": told,
        "number": demand.number,
        "code": demand.query_code,
    }


def _draw(request: StaffRequest, form: IntakeForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    context = {
        "form": form,
        "may_find": bool(scopes(actor.role, "petitioner.find")),
        "may_suggest": bool(scopes(actor.role, "insight.suggest")),
        "may_draft": endpoint.configured(),
        "is_collector": actor.role == Role.COLLECTOR,
        "key": drafts.browser_key(actor),
        **_unfinished(actor, _token(str(form["once"].value()))),
    }
    return render(request, "console/intake.html", context, status=status)


# Drafts


def _unfinished(actor: Actor, but: UUID | None = None) -> dict[str, Any]:
    return {"drafts": drafts.mine(actor, but), "ringing": ringing(actor)}


@never_cache
@require_GET
@staff_page("demand.submit")
def unfinished(request: StaffRequest) -> HttpResponse:
    """What this person has begun and not sent, and the call that rings."""
    return render(request, "console/parts/drafts.html", _unfinished(request.actor))


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("demand.submit")
def keep(request: StaffRequest) -> HttpResponse:
    """Keeps what was typed so far. Says in `sent` where the form led, if it was sent meanwhile."""
    token, moment = _token(request.POST.get("once", "")), request.POST.get("typed_at", "")
    if token is None or not re.fullmatch(r"\d{1,15}", moment):
        raise Invalid("no_draft", _("这个表单不完整；请刷新页面后重新填写。"))
    names = [name for name in IntakeForm.base_fields if name not in ("attachments", "once", "do")]
    typed: drafts.Typed = {
        name: request.POST.getlist(name) if name == "assists" else request.POST.get(name, "")
        for name in names
    }
    sent = drafts.save(request.actor, token, typed, int(moment))
    return JsonResponse({"sent": sent or ""})


@require_POST
@staff_page("demand.submit")
def drop(request: StaffRequest, token: UUID) -> HttpResponse:
    """Throws away what was begun."""
    drafts.drop(request.actor, token)
    return done(request, _("已删除这份未完成的登记。"), reverse("console:intake"))
