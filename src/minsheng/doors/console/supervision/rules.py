"""What supervision goes by: warning rules with their dates, and the roster of duty units."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from minsheng.catalogue.rules import Limit
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.once import submitted
from minsheng.doors.console.supervision.forms import Duty, Rule
from minsheng.doors.console.supervision.things import frame
from minsheng.foundation import clock
from minsheng.supervision import actions
from minsheng.supervision.models import AlertRule, DutyUnit

MOST_ROWS = 240


@require_http_methods(["GET", "POST"])
@staff_page("supervision.view", "settings.view")
def rules(request: StaffRequest) -> HttpResponse:
    form = Rule(request.POST or None)

    def do() -> tuple[str, str]:
        actions.set_rule(request.actor, **form.given())
        return _("规则已设定。"), reverse("console:supervision-rules")

    answer, status = submitted(request, form, do)
    if answer:
        return answer
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
    form = Duty(request.POST or None)

    def do() -> tuple[str, str]:
        actions.set_duty(request.actor, **form.given())
        return _("值班已设定。"), reverse("console:supervision-roster")

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    rows = DutyUnit.objects.select_related("unit").order_by("-month", "object")
    context = {
        **frame(request),
        "rows": rows[:MOST_ROWS],
        "this_month": clock.now().date().replace(day=1),
        "form": form if scopes(request.actor.role, "ownership.roster") else None,
    }
    return render(request, "console/supervision/roster.html", context, status=status)
