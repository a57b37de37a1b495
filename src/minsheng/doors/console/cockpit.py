"""驾驶舱: what a mayor with two minutes should see; the same for a wall; what each number means.

Two kinds of numbers stand here, and each says which it is: those of this moment come from the
working tables (`today`), those of a period from the facts (`overview`), by the expressions that
bulletins and grades use.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from minsheng.doors.console import counted, overview, today
from minsheng.doors.console.chart import Chart
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.kept import kept
from minsheng.doors.console.overview import MINIMUM_SAMPLE, SPANS, Overview
from minsheng.doors.console.places import cases
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.indicators import document, facts
from minsheng.indicators.compute import Value, compute
from minsheng.indicators.definitions import INDICATORS, Unit
from minsheng.indicators.periods import Grain, Period

#: On the wall there is room for so many lines of each list.
WALL_LINES = 6


def _overview(period: Period) -> Overview:
    """Returns the overview of a period, at most a minute old."""
    return kept(("overview", str(period)), lambda: overview.overview(period))


def _span(request: StaffRequest) -> str:
    wanted = request.GET.get("span", "")
    return wanted if wanted in SPANS else "month"


@require_GET
@staff_page("demand.count")
def cockpit(request: StaffRequest) -> HttpResponse:
    chosen = _span(request)
    period = overview.span(chosen, clock.now().date())

    def of_period() -> str:
        context = {
            "overview": _overview(period),
            "spans": [(code, label, code == chosen) for code, (label, _days) in SPANS.items()],
            "period": period,
            "minimum": MINIMUM_SAMPLE,
            "by_unit": cases(
                request.actor,
                "orders",
                since=f"{period.first}",
                until=f"{period.last}",
                unit="",
            ),
        }
        return render_to_string("console/parts/cockpit_period.html", context)

    now, alerts = today.at_this_moment(request.actor)
    # The same for everybody of a role: links to cases are those of the role.
    key = ("cockpit", chosen, f"{period}", request.actor.role)
    context = {
        "now": now,
        "alerts": alerts,
        "at": clock.now(),
        "of_period": kept(key, of_period),
    }
    return render(request, "console/cockpit.html", context)


@require_GET
@staff_page("demand.count")
def wall(request: StaffRequest) -> HttpResponse:
    """The same for a wall: large and dark; it renews itself when told to."""
    period = overview.span("month", clock.now().date())
    found = _overview(period)
    now, alerts = today.at_this_moment(request.actor)
    late = sorted(
        (line for group in found.groups.values() for line in group.all if line.overdue),
        key=lambda line: (-line.overdue, line.name),
    )
    context = {
        "now": now,
        "alerts": alerts,
        "at": clock.now(),
        "overview": found,
        "cards": found.cards[1:5],
        "topics": found.topics[:WALL_LINES],
        "late": late[:WALL_LINES],
        "period": period,
    }
    return render(request, "console/wall.html", context)


@require_GET
@staff_page("demand.count")
def indicators(request: StaffRequest) -> HttpResponse:
    """All indicators by what they are about, each leading to its definition."""
    bases: dict[str, list[tuple[str, str, str]]] = {}
    for one in INDICATORS.values():
        address = reverse("console:indicator", args=[one.code])
        line = (one.label, address, one.numerator.label)
        bases.setdefault(one.base.label, []).append(line)
    return render(request, "console/indicators.html", {"bases": bases, "now": today.MEANINGS})


@require_GET
@staff_page("demand.count")
def indicator(request: StaffRequest, code: str) -> HttpResponse:
    """What an indicator means, to the last exclusion, and how it went over twelve months."""
    one = INDICATORS.get(code)
    if one is None:
        raise NotFound("unknown_indicator", _("没有这个指标；请从指标列表中选择。"))
    months, values = kept(("indicator", code), lambda: _by_month(code))
    chart = Chart(
        "line",
        _("%s，近12个月") % one.label,
        [str(month) for month in months],
        {one.label: [value.value for value in values]},
        codes=(code,),
        percent=one.unit is Unit.RATIO,
    )
    context = {
        "one": one,
        "said": [*document.definition(one)],
        "months": [
            (
                month.label,
                one.printed(value.value),
                value.numerator,
                value.denominator,
                counted.address(code, month),
            )
            for month, value in zip(months, values, strict=True)
        ],
        "chart": chart,
    }
    return render(request, "console/indicator.html", context)


def _by_month(code: str) -> tuple[list[Period], list[Value]]:
    """Returns the last twelve months, the present one last, and an indicator's value in each."""
    months = [Period.of(clock.now().date(), Grain.MONTH)]
    while len(months) < 12:
        months.append(months[-1].previous())
    months.reverse()
    facts.refresh()
    tables = facts.tables()
    found = [compute([code], period=month, tables=tables)[0].values[code] for month in months]
    return months, found
