"""一张图: where demands come from, as districts in shades, as a grid of heat, or as points.

Everything is GeoJSON from this server over outlines that the city brought; no tile server is
needed. Restricted demands are on no map. Confidential ones are drawn in the middle of their street
or town instead of where they are, and never open from the map. Above `MOST_POINTS` demands, or from
far away, only cells with counts leave the server.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from minsheng.catalogue.queries import city
from minsheng.demands.queries import dictionaries, ids_below
from minsheng.demands.rules import DemandState
from minsheng.directory.models import District
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.doors.console.kept import kept
from minsheng.doors.console.places import cases
from minsheng.foundation import clock, statements
from minsheng.foundation.errors import Invalid
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from minsheng.indicators.definitions import INDICATORS, Unit
from minsheng.indicators.periods import Grain, Period

MOST_POINTS = 2000
MONTHS = 24  # that the slider goes back
NEAREST = 13  # from this zoom on single points may be drawn
CELLS = {"heat": 40, "points": 14}  # cells across the window, by layer
EVERYWHERE = "-180,-90,180,90"

#: What districts can be shaded by.
SHADES = (
    *("accepted_count", "enterprise_accepted_count", "urgent_accepted_count", "repeat_rate"),
    *("on_time_completion_rate", "satisfaction_rate", "response_rate", "overdue_open"),
)


def months() -> list[Period]:
    """Returns the months that the slider can show, the earliest first."""
    found = [Period.of(clock.now().date(), Grain.MONTH)]
    while len(found) < MONTHS:
        found.append(found[-1].previous())
    return found[::-1]


class MapForm(ConsoleForm):
    """What the map shows; every choice also works as a plain form."""

    shade = forms.ChoiceField(
        label=gettext_lazy("区域着色"),
        required=False,
        choices=lambda: [(code, INDICATORS[code].label) for code in SHADES],
        widget=Select,
    )
    level = forms.ChoiceField(
        label=gettext_lazy("区域"),
        required=False,
        choices=[("district", gettext_lazy("县区")), ("street", gettext_lazy("街道乡镇"))],
        widget=Select,
    )
    category = forms.ChoiceField(
        label=gettext_lazy("类别"),
        required=False,
        choices=lambda: [("", _("不限")), *choices.categories()],
        widget=Select(attrs={"data-pick": ""}),
    )
    month = forms.ChoiceField(
        label=gettext_lazy("月份"),
        required=False,
        choices=lambda: [(str(one), one.label) for one in reversed(months())],
        widget=Select,
    )


@dataclass(frozen=True, slots=True)
class Area:
    """A district of the map with its value, how many cases it rests on, and where they are."""

    code: str
    name: str
    value: float | None
    printed: str
    sample: int | None
    address: str


def _chosen(request: StaffRequest) -> tuple[MapForm, dict[str, str]]:
    form = MapForm(request.GET, auto_id="map_%s")
    given = form.cleaned_data if form.is_valid() else {}
    return form, {
        "shade": given.get("shade") or SHADES[0],
        "level": given.get("level") or "district",
        "category": given.get("category") or "",
        "month": given.get("month") or str(months()[-1]),
    }


@require_GET
@staff_page("demand.count")
def one_map(request: StaffRequest) -> HttpResponse:
    form, chosen = _chosen(request)
    period = Period.parse(chosen["month"])
    key = ("areas", *chosen.values(), request.actor.role)
    areas = kept(key, lambda: _areas(request, chosen, period))
    here = city()
    context = {
        "form": form,
        "chosen": chosen,
        "period": period,
        "indicator": INDICATORS[chosen["shade"]],
        "areas": areas,
        "months": [str(one) for one in months()],
        "at": [str(one) for one in months()].index(chosen["month"]),
        "set_up": orjson.dumps(
            {
                "centre": [here.lat, here.lon],
                "tiles": settings.TILES,
                "outlines": f"{reverse('console:map-outlines')}?level={chosen['level']}",
                "points": reverse("console:map-points"),
                "query": {"month": chosen["month"], "category": chosen["category"]},
                "values": {
                    area.code: [area.value, area.printed, area.sample, area.address]
                    for area in areas
                },
            }
        ).decode(),
    }
    return render(request, "console/map.html", context)


def _areas(request: StaffRequest, chosen: Mapping[str, str], period: Period) -> list[Area]:
    """Returns the areas of a level with an indicator's values, the greatest first."""
    facts.refresh()
    tables = facts.tables()
    code, by = chosen["shade"], chosen["level"]
    where: dict[str, Any] = {}
    if chosen["category"]:
        names = dictionaries().categories
        ids = ids_below(names, [chosen["category"]], "category")
        where = {"category": [names.terms[id].code for id in ids]}
    rows = compute([code], by=[by], period=period, where=where, tables=tables)
    values = {row.keys[by]: row.values[code] for row in rows}
    one = INDICATORS[code]
    narrowed = {"since": f"{period.first}", "until": f"{period.last}"}
    if chosen["category"]:
        narrowed["category"] = chosen["category"]
    found = []
    for area, label in _of_level(tables, by):
        value = values.get(label)
        number = value.value if value else (0 if one.unit is Unit.COUNT else None)
        found.append(
            Area(
                code=area,
                name=label,
                value=number,
                printed=one.printed(number),
                sample=value.denominator if value else None,
                address=cases(request.actor, "all", **narrowed, district=area),
            )
        )
    return sorted(found, key=lambda area: (area.value is None, -(area.value or 0), area.name))


def _of_level(tables: Any, level: str) -> list[tuple[str, str]]:
    """Returns code and label of the areas of a level, as the facts call them."""
    rows = tables["districts"].select("code", "street").to_pyarrow().to_pylist()
    labels = {row["code"]: row["street"] for row in rows}
    wanted = (
        (District.Level.DISTRICT, District.Level.ZONE)
        if level == "district"
        else (District.Level.STREET, District.Level.TOWN)
    )
    codes = District.objects.filter(level__in=wanted).order_by("pk").values_list("code", flat=True)
    return [(code, labels[code]) for code in codes if code in labels]


@require_GET
@staff_page("demand.count")
def outlines(request: StaffRequest) -> HttpResponse:
    """The outlines of a level as GeoJSON; they hardly ever change, so browsers keep them."""
    streets = request.GET.get("level") == "street"
    wanted = ("street", "town") if streets else ("district", "zone")
    found = District.objects.filter(level__in=wanted, outline__isnull=False).order_by("pk")
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code, "name": area.name},
            "geometry": area.outline,
        }
        for area in found
    ]
    response = _geojson(features)
    patch_cache_control(response, private=True, max_age=3600)
    return response


# A confidential demand is drawn in the middle of its area.
_PLACED = """
SELECT {what}
FROM demands_demand d LEFT JOIN directory_district a ON a.id = d.district_id
CROSS JOIN LATERAL (SELECT
    CASE WHEN d.confidential THEN a.lon ELSE d.lon END AS lon,
    CASE WHEN d.confidential THEN a.lat ELSE d.lat END AS lat) p
WHERE NOT d.restricted AND d.state <> 'draft' AND d.accepted_at >= %(since)s
    AND d.accepted_at < %(until)s
    AND p.lon BETWEEN %(west)s AND %(east)s AND p.lat BETWEEN %(south)s AND %(north)s
    AND (%(all)s OR d.category_id = ANY(%(categories)s::bigint[]))
"""
_CELLS = (
    _PLACED.format(what="floor(p.lon / %(size)s)::int, floor(p.lat / %(size)s)::int, count(*)")
    + " GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 4000"
)
_POINTS = (
    _PLACED.format(what="d.id, d.number, d.title, d.state, p.lon, p.lat, d.confidential, d.urgent")
    + f" ORDER BY d.accepted_at DESC LIMIT {MOST_POINTS + 1}"
)


@require_GET
@staff_page("demand.count")
def points(request: StaffRequest) -> HttpResponse:
    """The demands of a month in a window: points where they are few and near, else cells."""
    window = _window(request.GET.get("box", EVERYWHERE))
    _form, chosen = _chosen(request)
    period = Period.parse(chosen["month"])
    names = dictionaries().categories
    category = chosen["category"]
    layer = "heat" if request.GET.get("layer") == "heat" else "points"
    size = _size(window, CELLS[layer])
    values = {
        **window,
        "since": _midnight(period.first),
        "until": _midnight(period.last + timedelta(days=1)),
        "all": not category,
        "categories": ids_below(names, [category], "category") if category else [],
        "size": size,
    }
    zoom = request.GET.get("zoom", "")
    if zoom.isdigit() and int(zoom) >= NEAREST and layer == "points":
        found = statements.rows(_POINTS, values)
        if len(found) <= MOST_POINTS:
            return _geojson([_point(row) for row in found])
    return _geojson([_cell(row, size) for row in statements.rows(_CELLS, values)])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.ZONE)


def _window(box: str) -> dict[str, float]:
    """Returns the window of `west,south,east,north` in degrees. Raises Invalid."""
    try:
        west, south, east, north = (float(part) for part in box.split(","))
    except ValueError:
        raise Invalid("bad_window", _("地图范围不正确；请刷新页面。"), field="box") from None
    if not all(math.isfinite(part) for part in (west, south, east, north)) or east <= west:
        raise Invalid("bad_window", _("地图范围不正确；请刷新页面。"), field="box")
    return {"west": west, "south": south, "east": east, "north": north}


def _size(window: Mapping[str, float], cells: int) -> float:
    """Returns the side of a cell in degrees: a power of two, so that cells stay where they are."""
    wanted = (window["east"] - window["west"]) / cells
    return float(2.0 ** math.floor(math.log2(min(max(wanted, 1e-4), 4.0))))


def _cell(row: tuple[Any, ...], size: float) -> dict[str, Any]:
    west, south, count = row[0] * size, row[1] * size, row[2]
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"count": count},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _point(row: tuple[Any, ...]) -> dict[str, Any]:
    id, number, title, state, lon, lat, confidential, urgent = row
    said = {"urgent": urgent, "state": str(DemandState(state).label)}
    if not confidential:
        said |= {
            "number": number,
            "title": title,
            "address": reverse("console:demand", args=[id]),
        }
    return {
        "type": "Feature",
        "properties": said,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def _geojson(features: list[dict[str, Any]]) -> HttpResponse:
    body = orjson.dumps({"type": "FeatureCollection", "features": features})
    return HttpResponse(body, content_type="application/geo+json")
