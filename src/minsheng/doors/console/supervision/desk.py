"""督办 workplace: the ladder by unit, what waits, what will be late tomorrow, the oldest cases."""

from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices, limit_badge
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.supervision.things import frame
from minsheng.foundation import clock
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import RUNNING
from minsheng.supervision import actions, queries
from minsheng.supervision.rules import Step

FEW = 10
MOST_UNITS = 30


def _orders(request: StaffRequest, **narrowed: Any) -> list[dict[str, Any]]:
    """Returns a few running orders, those first that were due first."""
    found = Assignment.objects.filter(
        visible_orders(request.actor), state__in=sorted(RUNNING), **narrowed
    )
    rows = found.order_by("due_at", "pk").values(
        "pk", "demand_id", "due_at", "warn_at", "limit", "unit_id", "urge_count",
        number=F("work_order__number"), title=F("demand__title"),
    )[:FEW]  # fmt: skip
    names = queries.names_of_units()
    return [
        {
            **row,
            "unit": names.get(row["unit_id"], ""),
            "badge": limit_badge.badge(row["due_at"], row["warn_at"], row["limit"]),
        }
        for row in rows
    ]


@require_GET
@staff_page("supervision.view")
def home(request: StaffRequest) -> HttpResponse:
    actor, now = request.actor, clock.now()
    begin, end = queries.tomorrow(now.date())
    ladder, warned = queries.ladder_by_unit(actor), queries.alerts_by_unit(actor)
    late = queries.measures(actor, late=True, sort="due_at", limit=FEW)
    may_issue = bool(scopes(actor.role, "measure.issue"))
    context = {
        **frame(request),
        "steps": Step.choices,
        "ladder": [
            (one, [one.counts.get(step, 0) for step in Step.values]) for one in ladder[:MOST_UNITS]
        ],
        "running": sum(one.total for one in ladder),
        "warned": warned[:MOST_UNITS],
        "warnings": sum(one.total for one in warned),
        "late": late.items,
        "tomorrow": _orders(request, due_at__gte=begin, due_at__lt=end),
        "oldest": _orders(request, due_at__lt=now),
        "proposed": queries.alerts(actor, proposed=True, limit=FEW).items,
        "step_names": dict(Step.choices),
        "may_issue": may_issue,
        "may_dismiss": bool(scopes(actor.role, "alert.dismiss")),
    }
    return render(request, "console/supervision/home.html", context)


@require_GET
@staff_page("supervision.view")
def alerts(request: StaffRequest) -> HttpResponse:
    """All warnings that hold, by unit and rule."""
    actor = request.actor
    unit, code = request.GET.get("unit", "")[:64], request.GET.get("code", "")[:32]
    page = queries.alerts(
        actor,
        units=[unit] if unit else [],
        codes=[code] if code else [],
        cursor=request.GET.get("after", ""),
    )
    context = {
        **frame(request),
        "rows": page.items,
        "after": page.next,
        "unit": unit,
        "code": code,
        "units": choices.units(),
        "codes": sorted(queries.rule_names().items()),
        "by_unit": queries.alerts_by_unit(actor)[:MOST_UNITS],
        "step_names": dict(Step.choices),
        "may_issue": bool(scopes(actor.role, "measure.issue")),
        "may_dismiss": bool(scopes(actor.role, "alert.dismiss")),
    }
    return render(request, "console/supervision/alerts.html", context)


@require_POST
@staff_page("alert.dismiss")
def dismiss(request: StaffRequest, pk: int) -> HttpResponse:
    actions.dismiss(request.actor, pk, reason=request.POST.get("reason", ""))
    return done(request, _("已忽略。"), reverse("console:supervision-alerts"))
