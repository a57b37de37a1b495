"""节假日和活动日历: the days of a month, which are off, and what is planned for them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_GET

from minsheng.doors.console.due import why_off
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.foundation import clock
from minsheng.registers import queries
from minsheng.registers.queries import Spell


@dataclass(frozen=True, slots=True)
class Day:
    """One day: why nobody works (empty on a working day), and what is planned for it."""

    on: date
    weekday: str
    off: str
    spells: list[Spell]


def _first(request: StaffRequest) -> date:
    """Returns the first day of the month asked for as 2026-03, or else of this month."""
    today = clock.now().date().replace(day=1)
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today
    return first if 1950 <= first.year <= 2199 else today


@require_GET
@staff_page("register.view")
def month(request: StaffRequest) -> HttpResponse:
    first = _first(request)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    spells = queries.spells(request.actor, first, last)
    days = [first + timedelta(days=n) for n in range(last.day)]
    context = {
        "first": first,
        "before": first - timedelta(days=1),
        "after": last + timedelta(days=1),
        "today": clock.now().date(),
        "days": [
            Day(
                on,
                str(WEEKDAYS[on.weekday()]),
                why_off(on),
                [one for one in spells if one.first <= on <= one.last],
            )
            for on in days
        ],
    }
    return render(request, "console/register_calendar.html", context)
