"""数据: how much there is of what, read only, every number leading to its cases."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from minsheng.demands import queries as demands
from minsheng.demands.queries import within_limit
from minsheng.directory.access import Actor
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.places import cases
from minsheng.doors.console.today import numbers
from minsheng.doors.console.worklists import UNFINISHED
from minsheng.foundation import clock
from minsheng.orders import queries as orders
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import RUNNING

MOST_UNITS = 40


def _categories(actor: Actor) -> list[tuple[str, int]]:
    """Returns the open demands of each category of the first level, most first."""
    found: Counter[str] = Counter()
    for row in demands.counts(actor):
        found[row.category.path[0] if row.category else _("未分类")] += row.count
    return found.most_common()


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What a unit has in hand, and how much of it is late."""

    name: str
    open: int
    overdue: int
    address: str


def _units(actor: Actor) -> list[UnitLoad]:
    late = (
        Assignment.objects.filter(visible_orders(actor), within_limit("overdue", RUNNING))
        .values_list("unit_id")
        .annotate(count=Count("pk"))
    )
    units = demands.dictionaries().units
    overdue = {term.code: count for unit, count in late if (term := units.get(unit))}
    load: Counter[tuple[str, str]] = Counter()
    for row in orders.counts(actor):
        if row.unit:
            load[row.unit.code, row.unit.name] += row.count
    return [
        UnitLoad(
            name, count, overdue.get(code, 0), cases(actor, "orders", unit=code, state=UNFINISHED)
        )
        for (code, name), count in load.most_common(MOST_UNITS)
    ]


@staff_page("demand.count")
def figures(request: StaffRequest) -> HttpResponse:
    categories = _categories(request.actor)
    context = {
        "at": clock.now(),
        "tiles": numbers(request.actor),
        "categories": categories,
        "most": max((count for _name, count in categories), default=0),
        "units": _units(request.actor),
    }
    return render(request, "console/figures.html", context)
