"""What a figure counted: the cases of an indicator as a list, in a period and by any dimension.

The list comes from the facts by the indicator's own conditions, so that it is as long as the figure
is great; what its rows say is read from the working tables as it stands now.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.tabs import DEMANDS, FOLLOW_UPS, ORDERS
from minsheng.doors.console.worklists import ROWS, Sheet, of_keys
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.indicators import dimensions, facts
from minsheng.indicators.cases import Part, cases
from minsheng.indicators.compute import Value, Where, compute
from minsheng.indicators.definitions import INDICATORS, Indicator, Unit
from minsheng.indicators.dimensions import DIMENSIONS, Tables
from minsheng.indicators.measures import ALL
from minsheng.indicators.periods import Grain, Period

#: Facts whose rows the console can list, and as what.
_ROWS = {"demands": DEMANDS, "assignments": ORDERS, "follow_ups": FOLLOW_UPS}
_MOST_KEY = 18  # digits


def address(code: str, period: Period, part: str = "", **where: str) -> str:
    """Returns where the cases of an indicator are listed; empty where they are none of ours.

    `where` are values of dimensions, as `compute` takes them.
    """
    if INDICATORS[code].base.table not in _ROWS:
        return ""
    query = {"period": str(period), **({"of": part} if part else {}), **where}
    return f"{reverse('console:indicator-cases', args=[code])}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of what an indicator counts, and how many cases it has."""

    part: Part
    label: Promise | str
    count: int


def _segments(one: Indicator, value: Value) -> list[Segment]:
    """Returns the parts of an indicator that are lists of cases, the first of which opens."""
    upper, lower = value.numerator or 0, value.denominator or 0
    if one.denominator is None:
        return [Segment("numerator", one.numerator.label, upper)]
    label = _("全部") if one.denominator is ALL else one.denominator.label
    base = Segment("denominator", label, lower)
    if one.unit is not Unit.RATIO:  # its numerator is a sum of seconds and the like
        return [base]
    return [
        base,
        Segment("numerator", one.numerator.label, upper),
        Segment("rest", gettext_lazy("其余"), lower - upper),
    ]


@require_GET
@staff_page("demand.count")
def show(request: StaffRequest, code: str) -> HttpResponse:
    """The cases of a figure, page by page, beside the figure itself."""
    one = INDICATORS.get(code)
    if one is None or one.base.table not in _ROWS:
        raise NotFound("no_cases", _("这个指标没有可以列出的办件；请从指标列表中选择。"))
    wanted = request.GET.get("period")
    period = Period.parse(wanted) if wanted else Period.of(clock.now().date(), Grain.MONTH)
    given = {name: request.GET.get(name, "") for name in DIMENSIONS}
    where = {name: [value] for name, value in given.items() if value}
    facts.refresh()
    tables = facts.tables()
    (row,) = compute([code], period=period, where=where, tables=tables)
    value = row.values[code]
    segments = _segments(one, value)
    asked = request.GET.get("of")
    chosen = next((one for one in segments if one.part == asked), segments[0])
    context = {
        "one": one,
        "printed": one.printed(value.value),
        "period": period,
        "narrowed": _narrowed(where, tables),
        "segments": segments,
        "chosen": chosen,
        "sheet": _sheet(request, one, chosen.part, period, where, tables),
        "empty": _("这一期没有这样的办件。"),
    }
    return render(request, "console/cases.html", context)


def _narrowed(where: Where, tables: Tables) -> list[tuple[str, str]]:
    """Returns by which dimensions the figure is narrowed down, in words."""
    return [
        (DIMENSIONS[name].label, dimensions.label(name, values[0], tables))
        for name, values in where.items()
    ]


def _key(request: HttpRequest, name: str) -> int | None:
    """Returns the key that a page begins at; None where the query names none."""
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_KEY else None


def _sheet(
    request: StaffRequest, one: Indicator, part: Part, period: Period, where: Where, tables: Tables
) -> Sheet:
    """Returns the page of cases that the request asks for."""
    after, before = _key(request, "after"), _key(request, "before")
    keys = cases(
        one.code, part, period=period, where=where, tables=tables,
        most=ROWS + 1, after=after, before=before,
    )  # fmt: skip
    more = len(keys) > ROWS
    back = before is not None
    keys = keys[-ROWS:] if back else keys[:ROWS]
    if not keys:
        return Sheet()
    return Sheet(
        of_keys(request.actor, _ROWS[one.base.table], keys),
        before=str(keys[0]) if (more if back else after is not None) else "",
        after=str(keys[-1]) if more or back else "",
    )
