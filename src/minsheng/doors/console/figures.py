"""数据: how much there is of what, read only, every number leading to its cases."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from minsheng.demands import queries as demands
from minsheng.demands.models import Demand
from minsheng.demands.queries import visible, within_limit
from minsheng.demands.rules import State as DemandState
from minsheng.directory.access import Actor
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.tabs import WORK
from minsheng.foundation import clock
from minsheng.orders import queries as orders
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import RUNNING

MOST_UNITS = 40


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its words, and where its cases are listed (if the role has such a list)."""

    label: Promise | str
    number: int
    address: str = ""
    tone: str = ""


def cases(actor: Actor, tab: str, **query: str) -> str:
    """Returns the address of a work list of this role, empty where it has no such tab."""
    if tab not in {one.code for one in WORK.get(actor.role, ())}:
        return ""
    return f"{reverse('console:home')}?{urlencode({'tab': tab, **query})}"


def _tiles(actor: Actor) -> list[Tile]:
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = Demand.objects.filter(visible(actor))
    states = seen.aggregate(
        today=Count("pk", filter=Q(accepted_at__gte=today)),
        waiting=Count("pk", filter=Q(state=DemandState.ACCEPTED)),
        running=Count("pk", filter=Q(state=DemandState.ASSIGNED)),
        following=Count("pk", filter=Q(state=DemandState.FOLLOWING_UP)),
    )
    limits = Assignment.objects.filter(visible_orders(actor), state__in=sorted(RUNNING)).aggregate(
        overdue=Count("pk", filter=within_limit("overdue", RUNNING)),
        near=Count("pk", filter=within_limit("near", RUNNING)),
    )
    day = f"{now:%Y-%m-%d}"
    return [
        Tile(_("今日受理"), states["today"], cases(actor, "all", since=day, until=day)),
        Tile(_("待派单"), states["waiting"], cases(actor, "all", state=DemandState.ACCEPTED)),
        Tile(_("办理中"), states["running"], cases(actor, "all", state=DemandState.ASSIGNED)),
        Tile(_("回访中"), states["following"], cases(actor, "all", state=DemandState.FOLLOWING_UP)),
        Tile(_("临近超期的工单"), limits["near"], cases(actor, "orders", limit="near"), "near"),
        Tile(_("超期工单"), limits["overdue"], cases(actor, "overdue"), "late"),
    ]


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
        UnitLoad(name, count, overdue.get(code, 0), cases(actor, "orders", unit=code))
        for (code, name), count in load.most_common(MOST_UNITS)
    ]


@staff_page("demand.count")
def figures(request: StaffRequest) -> HttpResponse:
    categories = _categories(request.actor)
    context = {
        "at": clock.now(),
        "tiles": _tiles(request.actor),
        "categories": categories,
        "most": max((count for _name, count in categories), default=0),
        "units": _units(request.actor),
    }
    return render(request, "console/figures.html", context)
