"""来电人: who is known under a number, what they raised, and marks on those who misuse it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import visible
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console.deeds.about_demands import marks_of
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm, DateInput, words
from minsheng.doors.console.tabs import STATE_TONES
from minsheng.foundation import clock, vault
from minsheng.foundation.errors import Refused

MOST_EARLIER = 8  # earlier demands of a caller that are shown
REPEATS_WITHIN = timedelta(days=30)  # as in the indicator of repeated demands


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("petitioner.find")
def caller(request: StaffRequest) -> HttpResponse:
    """What the caller raised before, masked. The look itself goes on record."""
    phone = request.POST.get("phone", "").strip()
    if len(vault.normal_phone(phone)) < 7:  # not a whole number yet
        return render(request, "console/parts/caller.html", {"asked": False})
    return render(request, "console/parts/caller.html", known(request.actor, phone))


@dataclass(frozen=True, slots=True)
class Known:
    """One who is known under a number; `abusive` while the mark holds."""

    petitioner: Petitioner
    abusive: bool


def known(actor: Actor, phone: str) -> dict[str, Any]:
    """Returns who is known under a phone number and what they raised, for a template."""
    people = demands.find_by_phone(actor, phone)
    theirs = Demand.objects.filter(visible(actor), petitioner__in=people).exclude(
        state=DemandState.DRAFT
    )
    earlier = theirs.order_by("-pk").values(
        "id", "number", "title", "state", "accepted_at", "petitioner_id"
    )[:MOST_EARLIER]
    labels = dict(DemandState.choices)
    today = clock.now().date()
    return {
        "asked": True,
        "people": [Known(one, one.is_abusive(today)) for one in people],
        "lately": theirs.filter(accepted_at__gte=clock.now() - REPEATS_WITHIN).count(),
        "may_mark": bool(scopes(actor.role, "petitioner.mark")),
        "earlier": [
            {**row, "label": labels[row["state"]], "tone": STATE_TONES.get(row["state"], "")}
            for row in earlier
        ],
    }


class MarkForm(ConsoleForm):
    """A mark that follows the caller until it expires."""

    hint = _("标记跟着诉求人走，他（她）以后的来电也会显示；骚扰标记到期自动失效。")

    abusive = forms.BooleanField(label=_("骚扰来电"), required=False)
    abusive_until = forms.DateField(label=_("骚扰标记有效至"), required=False, widget=DateInput)
    do_not_call = forms.BooleanField(label=_("不接受回访"), required=False)
    reason = words(_("理由"), limit=200)


@never_cache
@staff_page("petitioner.mark")
def mark(request: StaffRequest, pk: int) -> HttpResponse:
    """Marks a caller over the form that is being filled in, which stays as it is."""
    petitioner = demands.markable(request.actor, pk)
    form = MarkForm(request.POST or None, initial=marks_of(petitioner), auto_id="mark_%s")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                demands.mark_petitioner(request.actor, pk, **form.cleaned_data)
            except Refused as refused:
                form.refuse(refused)
                status = refused.status
            else:
                return HttpResponse(status=204, headers={"HX-Trigger": "caller-marked"})
    context = {"form": form, "person": petitioner, "heading": _("标记来电人")}
    return render(request, "console/parts/caller_mark.html", context, status=status)
