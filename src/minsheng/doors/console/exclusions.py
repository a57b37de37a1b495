"""剔除考核: units apply with evidence, two persons of the centre decide one after the other."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.demands import queries as demands
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import FilesField, ManyFiles, OnceForm, words
from minsheng.doors.console.once import submitted
from minsheng.evaluation import queries
from minsheng.evaluation.actions import exclusions
from minsheng.evaluation.models import Exclusion
from minsheng.foundation import clock, keyset
from minsheng.foundation.errors import NotFound

ROWS = 50  # of a page

_PENDING = (Exclusion.State.APPLIED, Exclusion.State.APPROVED)
STATE_TONES = {
    Exclusion.State.APPLIED: "near",
    Exclusion.State.APPROVED: "near",
    Exclusion.State.GRANTED: "ok",
    Exclusion.State.REFUSED: "late",
}


class ApplyForm(OnceForm):
    """Why a demand should not count, and what shows it."""

    reason_code = forms.ChoiceField(
        label=gettext_lazy("事由"),
        choices=lambda: [("", "—"), *choices.reasons("exclusion")],
        widget=Select,
    )
    evidence = words(gettext_lazy("证据说明"), required=False, rows=5)
    attachments = FilesField(
        label=gettext_lazy("证据文件"),
        required=False,
        help_text=gettext_lazy("可选多个；图片、PDF、Word、Excel、录音或视频，每个不超过20MB。"),
        widget=ManyFiles(attrs={"accept": ",".join(TYPES)}),
    )


class OpinionForm(OnceForm):
    reason = words(gettext_lazy("意见"), required=False, rows=2)


class ReasonForm(OnceForm):
    reason = words(gettext_lazy("理由"), rows=2)


#: What can be done with an application: its words, its form, what does it, what is then said.
_Deed = tuple[Any, type[OnceForm], Callable[..., object], Any]
_DEEDS: dict[str, _Deed] = {
    "approve": (
        gettext_lazy("初审同意"),
        OpinionForm,
        exclusions.approve,
        gettext_lazy("初审已同意，等待另一位复核。"),
    ),
    "confirm": (
        gettext_lazy("复核同意"),
        OpinionForm,
        exclusions.confirm,
        gettext_lazy("已同意；考核结果会重新计算。"),
    ),
    "refuse": (gettext_lazy("不同意"), ReasonForm, exclusions.refuse, gettext_lazy("已退回申请。")),
    "withdraw": (
        gettext_lazy("撤回申请"),
        OnceForm,
        exclusions.withdraw,
        gettext_lazy("申请已撤回。"),
    ),
}


def _possible(actor: Actor, row: Exclusion) -> list[str]:
    """Returns what this person may do with an application now."""
    others = actor.staff_id != row.applied_by_id
    can = {
        "approve": row.state == Exclusion.State.APPLIED and others,
        "confirm": row.state == Exclusion.State.APPROVED
        and others
        and actor.staff_id != row.approved_by_id,
        "refuse": row.pending and others,
        "withdraw": row.pending and actor.unit_id == row.unit_id,
    }
    return [name for name, may in can.items() if may and scopes(actor.role, f"exclusion.{name}")]


@require_GET
@staff_page("exclusion.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The applications: those that wait first of all, then all of them."""
    every = request.GET.get("show") == "all"
    rows = queries.exclusions(request.actor)
    if not every:
        rows = rows.filter(state__in=_PENDING)
    page = keyset.fetch(
        rows.values("id", "applied_at"), "-applied_at", request.GET.get("after", ""), ROWS
    )
    found = rows.in_bulk([one["id"] for one in page.items])
    context = {
        "rows": [_shown(found[one["id"]]) for one in page.items],
        "every": every,
        "next": page.next,
    }
    return render(request, "console/exclusions.html", context)


def _shown(row: Exclusion) -> dict[str, Any]:
    return {
        "row": row,
        "reason": queries.reason_names().get(row.reason_code, row.reason_code),
        "tone": STATE_TONES.get(Exclusion.State(row.state), ""),
        "late": bool(row.pending and row.due_at and row.due_at < clock.now()),
    }


@require_GET
@staff_page("exclusion.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    row = queries.exclusion(request.actor, pk)
    return _draw(request, row, {})


def _draw(
    request: StaffRequest, row: Exclusion, sent: dict[str, OnceForm], status: int = 200
) -> HttpResponse:
    """Draws an application, with a form for each thing that may be done; `sent` are filled in."""
    possible = _possible(request.actor, row)
    forms = {name: _DEEDS[name][1](auto_id=f"{name}_%s") for name in possible} | sent
    context = {
        **_shown(row),
        "files": row.demand.attachments.filter(pk__in=row.files).order_by("pk"),
        "deeds": [(name, _DEEDS[name][0], form) for name, form in forms.items()],
    }
    return render(request, "console/exclusion.html", context, status=status)


@require_POST
@staff_page("exclusion.approve", "exclusion.withdraw")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    if action not in _DEEDS:
        raise NotFound("not_found", _("没有这个操作；请从页面上选择。"))
    _label, kind, do, said = _DEEDS[action]
    form = kind(request.POST, auto_id=f"{action}_%s")

    def act_once() -> tuple[str, str]:
        do(request.actor, pk, **form.given())
        return str(said), reverse("console:exclusion", args=[pk])

    answer, status = submitted(request, form, act_once)
    return answer or _draw(request, queries.exclusion(request.actor, pk), {action: form}, status)


def may_apply(actor: Actor, demand: Demand) -> bool:
    """Tells whether this person may apply to leave a demand out (or to take it back in)."""
    if demand.number is None or demand.restricted or not scopes(actor.role, "exclusion.apply"):
        return False
    if actor.role == Role.SUPERVISOR:
        return True
    return not demand.excluded and actor.unit_id in demand.unit_ids


@require_http_methods(["GET", "POST"])
@staff_page("exclusion.apply")
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of an application about one demand."""
    demand = demands.find(request.actor, id=pk)
    if not may_apply(request.actor, demand):
        raise NotFound("not_found", _("这件诉求不能由您申请；请由承办单位或督查员办理。"))
    form = ApplyForm(request.POST or None, request.FILES or None)

    def do() -> tuple[str, str]:
        given = form.cleaned_data
        made = exclusions.apply(
            request.actor,
            pk,
            reason_code=given["reason_code"],
            evidence=given["evidence"],
            files=given["attachments"],
            restores=demand.excluded,
        )
        return _("已申请，由中心两人审批。"), reverse("console:exclusion", args=[made.pk])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {"form": form, "demand": demand}
    return render(request, "console/exclusion_apply.html", context, status=status)
