"""到期一览: what of a unit's own work is due when, day by day, working days told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.foundation import city_calendar, clock
from minsheng.foundation.calendar import UnknownYear, plain
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import RUNNING, OrderState

AHEAD = 14  # days that are shown even where nothing is due


@dataclass(frozen=True, slots=True)
class Day:
    """What is due on one day. `nth` counts working days from today; None on a day off."""

    on: date
    weekday: str
    off: str  # why nobody works, empty on a working day
    nth: int | None
    due: int
    unsigned: int
    urgent: int
    asking: int  # of which more time was asked for
    address: str


@staff_page("order.export")
def days(request: StaffRequest) -> HttpResponse:
    """The days ahead with what is due on each, and what should have been done before."""
    own = Assignment.objects.filter(
        visible_orders(request.actor), unit=request.actor.unit_id, state__in=sorted(RUNNING)
    )
    found = list(_days(request.actor, own))
    context = {
        "overdue": own.filter(due_at__lt=clock.now()).count(),
        "days": found,
        "most": max([day.due for day in found] or [0]) or 1,
        "unit": request.post.unit,
    }
    return render(request, "console/due.html", context)


def why_off(on: date) -> str:
    """Returns why nobody works on a day, as people call it; empty on a working day."""
    try:
        day = city_calendar.present().day(on)
    except UnknownYear:
        return _("日历未录入")
    named = day.name != plain(on).name  # a holiday, not just a weekend
    return "" if day.is_workday else day.name if named else _("休息日")


def _days(actor: Actor, own: QuerySet[Assignment]) -> Iterator[Day]:
    today = clock.now().date()
    rows = (
        own.filter(due_at__gte=clock.now())
        .annotate(on=TruncDate("due_at", tzinfo=clock.ZONE))
        .values("on")
        .annotate(
            due=Count("pk"),
            unsigned=Count("pk", filter=Q(state=OrderState.ASSIGNED)),
            urgent=Count("pk", filter=Q(demand__urgent=True)),
            asking=Count("pk", filter=Q(state=OrderState.EXTENSION_REQUESTED)),
        )
        .order_by("on")
    )
    by_day: dict[date, dict[str, Any]] = {row["on"]: dict(row) for row in rows}
    last = max([today + timedelta(days=AHEAD - 1), *by_day])
    nth = 0
    for ahead in range((last - today).days + 1):
        on = today + timedelta(days=ahead)
        row = by_day.get(on, {})
        if ahead >= AHEAD and not row:
            continue
        off = why_off(on)
        nth += not off
        yield Day(
            on=on,
            weekday=str(WEEKDAYS[on.weekday()]),
            off=off,
            nth=None if off else nth,
            due=row.get("due", 0),
            unsigned=row.get("unsigned", 0),
            urgent=row.get("urgent", 0),
            asking=row.get("asking", 0),
            address=f"{reverse('console:home')}?tab=orders&due={on.isoformat()}",
        )
