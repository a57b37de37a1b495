"""Charts as vector pictures (SVG), drawn without a browser and without the network."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from lxml import etree

from minsheng.bulletins.model import Chart
from minsheng.indicators.definitions import half_up

FONTS = Path(__file__).parents[1] / "fonts"
#: Families of the fonts that `scripts/fonts.py` makes, and what stands in for them elsewhere.
SERIF, TITLE, SANS = "Minsheng Serif", "Minsheng Title", "Minsheng Sans"

WIDTH = 520  # points
NARROW = 330  # of a picture on a phone
_SVG = "{http://www.w3.org/2000/svg}"
_COLOURS = ["#1f5a99", "#c8501e", "#3c8c50", "#8a6d1d", "#7a4d9b", "#2a8c94", "#a33a56", "#6b7280"]


@cache
def _converter() -> Any:
    if FONTS.is_dir():
        vl_convert.register_font_directory(str(FONTS))
    return vl_convert


def svg(chart: Chart, width: int = WIDTH) -> str:
    """Returns the chart as SVG with a title and its text alternative, and no style attributes."""
    drawn = _converter().vegalite_to_svg(_spec(chart, width), allowed_base_urls=[])
    root = etree.fromstring(drawn.encode())
    for element in root.iter():
        style = element.attrib.pop("style", "")
        for name, value in re.findall(r"([\w-]+)\s*:\s*([^;]+)", style):
            element.set(name, value.strip())
    for tag, text in (("desc", chart.alt), ("title", chart.title)):
        element = etree.Element(_SVG + tag, id=f"{chart.id}-{tag}")
        element.text = text
        root.insert(0, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{chart.id}-title {chart.id}-desc")
    return str(etree.tostring(root, encoding="unicode"))


def png(chart: Chart) -> bytes:
    """Returns the chart as a picture of dots, for programs that cannot show SVG."""
    return bytes(_converter().vegalite_to_png(_spec(chart), scale=2, allowed_base_urls=[]))


def _spec(chart: Chart, width: int = WIDTH) -> dict[str, Any]:
    values: list[dict[str, Any]] = [
        {"label": label, "series": name, "value": number, "place": place}
        for name, numbers in chart.series.items()
        for place, (label, number) in enumerate(zip(chart.labels, numbers, strict=True))
    ]
    colour: dict[str, Any] = {
        "field": "series",
        "type": "nominal",
        "sort": list(chart.series),
        "title": None,
        "scale": {"range": _COLOURS},
        "legend": {"orient": "top", "columns": 0 if width == WIDTH else 2}
        if len(chart.series) > 1
        else None,
    }
    percent = chart.unit == "%"
    number = {"format": ".0%" if percent else ",d"}
    amount = {"field": "value", "type": "quantitative", "axis": {"title": None, **number}}
    label = {"field": "label", "type": "nominal", "sort": list(chart.labels), "title": None}
    text = {
        "field": "value",
        "type": "quantitative",
        "format": ".2%" if percent else ",d",
    }
    base: dict[str, Any] = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": width - 120,
        "config": {
            "font": SANS,
            "axis": {"labelFontSize": 11, "labelLimit": 140},
            "view": {"stroke": None},
            "padding": 4,
        },
    }
    if chart.kind == "bar":
        encoding = {"y": {**label, "axis": {"title": None}}, "x": amount}
        layers = [
            {"mark": {"type": "bar", "color": _COLOURS[0], "height": {"band": 0.7}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 10},
                "encoding": {"text": text},
            },
        ]
        return base | {"height": {"step": 20}, "encoding": encoding, "layer": layers}
    if chart.kind == "line":
        return base | {
            "height": 190,
            "mark": {"type": "line", "point": True, "strokeWidth": 2},
            "encoding": {
                "x": {**label, "axis": {"labelAngle": 0, "labelOverlap": True}},
                "y": amount,
                "color": colour,
            },
        }
    whole = sum(value["value"] or 0 for value in values)
    for value in values:  # the legend says the shares
        value["label"] += f" {half_up((value['value'] or 0) / whole, 2, 100)}%" if whole else ""
    names = [value["label"] for value in values]
    shares = {"field": "label", "type": "nominal", "sort": names, "title": None}
    return base | {
        "width": 220,
        "height": 220,
        "mark": {"type": "arc", "innerRadius": 50, "stroke": "#ffffff"},
        "encoding": {
            "theta": {"field": "value", "type": "quantitative"},
            "order": {"field": "place", "type": "quantitative"},
            "color": {
                **shares,
                "scale": {"range": [*_COLOURS, "#d4a72c", "#9ca3af"]},
                "legend": {"title": None, "labelLimit": 220, "labelFontSize": 11},
            },
        },
    }
