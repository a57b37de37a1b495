"""What supervision goes by: warning rules with their dates, and the roster of duty units."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from minsheng.catalogue.rules import Limit
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.once import once
from minsheng.doors.console.supervision.forms import Duty, Rule, ThingForm
from minsheng.doors.console.supervision.things import frame
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
from minsheng.supervision import actions
from minsheng.supervision.models import AlertRule, DutyUnit

MOST_ROWS = 240


def _kept(
    request: StaffRequest, form: ThingForm, run: Any, said: str, address: str
) -> HttpResponse | None:
    """Does what a form asks for and leads on; None where there is something to mend."""
    if form.is_valid():

        def do() -> tuple[str, str]:
            run(request.actor, **form.given())
            return said, reverse(address)

        try:
            return once(request, form.cleaned_data["once"], do)
        except Refused as refused:
            form.refuse(refused)
    return None


@require_http_methods(["GET", "POST"])
@staff_page("supervision.view", "settings.view")
def rules(request: StaffRequest) -> HttpResponse:
    form, status = Rule(request.POST or None), 200
    if request.method == "POST":
        answer = _kept(
            request, form, actions.set_rule, _("规则已设定。"), "console:supervision-rules"
        )
        if answer:
            return answer
        status = 422
    today = clock.now().date()
    context = {
        **frame(request),
        "rules": [
            (
                rule,
                Limit.parse(rule.limit).in_words() if rule.limit else "",
                rule.effective_from <= today
                and (rule.effective_to is None or rule.effective_to >= today),
            )
            for rule in AlertRule.objects.order_by("code", "-effective_from")[:MOST_ROWS]
        ],
        "form": form if scopes(request.actor.role, "settings.change") else None,
    }
    return render(request, "console/supervision/rules.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page("supervision.view", "ownership.roster")
def roster(request: StaffRequest) -> HttpResponse:
    form, status = Duty(request.POST or None), 200
    if request.method == "POST":
        answer = _kept(
            request, form, actions.set_duty, _("值班已设定。"), "console:supervision-roster"
        )
        if answer:
            return answer
        status = 422
    rows = DutyUnit.objects.select_related("unit").order_by("-month", "object")
    context = {
        **frame(request),
        "rows": rows[:MOST_ROWS],
        "this_month": clock.now().date().replace(day=1),
        "form": form if scopes(request.actor.role, "ownership.roster") else None,
    }
    return render(request, "console/supervision/roster.html", context, status=status)
