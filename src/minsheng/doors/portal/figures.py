"""公开数据: the city's figures for everybody, as a page with charts and as open data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from minsheng.bulletins.model import Chart
from minsheng.bulletins.render import charts
from minsheng.catalogue.queries import city
from minsheng.directory.models import District
from minsheng.doors.downloads import table
from minsheng.foundation import clock
from minsheng.foundation.language import is_english
from minsheng.indicators import dimensions, published
from minsheng.indicators.definitions import Unit, find
from minsheng.indicators.periods import Period
from minsheng.indicators.published import ACCEPTED, RATES, Told

KEPT = 3600  # seconds; a month that is over hardly changes
MOST_BARS = 12


def _told() -> list[Told]:
    """Returns what is published today; worked out at most once an hour, however many ask."""
    today, least = clock.now().date(), city().publish_least
    found: list[Told] | None = cache.get(key := f"published:{today}:{least}")
    if found is None:
        found = published.tell(today, least)
        cache.set(key, found, KEPT)
    return found


def _printed(one: Told | None) -> str:
    if one is None:
        return "—"
    if one.withheld:
        return _("少于%d，不公布") % city().publish_least
    indicator = find(one.indicator)
    if indicator.unit is Unit.COUNT and one.value is not None:
        return f"{one.value:,}"
    return indicator.printed(one.value)


def _month(month: str) -> str:
    """Returns a month as its readers write it."""
    return month if is_english() else Period.parse(month).label


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as SVG, the same for a phone, and its numbers for whoever cannot see it."""

    title: str
    svg: str
    narrow: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    told = _told()
    key = f"drawn:{clock.now().date()}:{len(told)}:{get_language()}"
    drawn = cache.get(key)
    if drawn is None:
        drawn = list(_drawn(told))
        cache.set(key, drawn, KEPT)
    months = published.months(told)
    month = months[-1] if months else ""
    latest = [one for one in told if not one.split and one.month == month]
    context = {
        "least": city().publish_least,
        "drawn": drawn,
        "month": month and _month(month),
        "latest": [(find(one.indicator).label, _printed(one)) for one in latest],
    }
    return render(request, "portal/figures.html", context)


def _drawn(told: Sequence[Told]) -> Any:
    months = published.months(told)
    if not months:
        return
    city_wide = {(one.month, one.indicator): one for one in told if not one.split}
    for title, kind, codes in (
        (_("每月受理的公众诉求（件）"), "bar", (ACCEPTED,)),
        (_("办得怎么样（%）"), "line", RATES),
    ):
        rows = {code: [city_wide.get((month, code)) for month in months] for code in codes}
        yield _chart(f"figures-{kind}", kind, title, months, rows)
    for split in published.SPLITS:
        of = [one for one in told if one.split == split and one.month == months[-1]]
        label = dimensions.find(split).label
        title = _("%(month)s受理的公众诉求，按%(split)s（件）") % {
            "month": _month(months[-1]),
            "split": label,
        }
        shown = of[:MOST_BARS]
        if shown:
            names = [one.of or _("未填") for one in shown]
            yield _chart(f"figures-{split}", "bar", title, names, {ACCEPTED: shown})


def _chart(
    id: str,
    kind: Any,
    title: str,
    labels: Sequence[str],
    rows: Mapping[str, Sequence[Told | None]],
) -> Drawn:
    names = {code: find(code).label for code in rows}
    series = {
        names[code]: tuple(one.value if one else None for one in found)
        for code, found in rows.items()
    }
    table = [
        [label, *(_printed(found[place]) for found in rows.values())]
        for place, label in enumerate(labels)
    ]
    said = "；".join("，".join(row) for row in table)
    chart = Chart(
        id, kind, title, tuple(labels), series, "%" if kind == "line" else "", f"{title}：{said}"
    )
    narrow = charts.svg(replace(chart, id=f"{id}-narrow"), charts.NARROW)
    return Drawn(title, charts.svg(chart), narrow, ["", *names.values()], table)


# Open data


def _lines() -> list[dict[str, Any]]:
    """Returns the published figures as flat records, the same in both formats and all languages."""
    return [
        {
            "month": one.month,
            "split": one.split,
            "of": one.of,
            "indicator": one.indicator,
            "name": find(one.indicator).name,
            "unit": find(one.indicator).unit.value,
            "value": one.value,
            "withheld": one.withheld,
        }
        for one in _told()
    ]


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    data = {"city": city().name, "least_count": city().publish_least, "figures": _lines()}
    return _open_to_all(JsonResponse(data, json_dumps_params={"ensure_ascii": False}))


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """UTF-8 with a mark at the beginning, by which spreadsheets know it."""
    names = ["month", "split", "of", "indicator", "name", "unit", "value", "withheld"]
    lines = ({**line, "withheld": int(line["withheld"])} for line in _lines())
    rows = ([line[name] for name in names] for line in lines)
    return _open_to_all(table("figures.csv", chain([names], rows)))


@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """The outlines of the areas, as GeoJSON: the map needs no other background."""
    found = cache.get_or_set("portal:areas", _areas, KEPT)
    return _open_to_all(JsonResponse(found, json_dumps_params={"ensure_ascii": False}))


def _areas() -> dict[str, Any]:
    rows = District.objects.filter(outline__isnull=False).order_by("pk")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": outline,
                "properties": {"code": code, "name": name, "level": level},
            }
            for code, name, level, outline in rows.values_list("code", "name", "level", "outline")
        ],
    }


def _open_to_all(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    return response
