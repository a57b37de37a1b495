"""Open data: the same figures on the page and in both formats, and nothing small enough to know."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from minsheng.foundation import clock
from minsheng.indicators import published
from minsheng.indicators.published import ACCEPTED, Told, withhold
from support.reading import Visitor
from support.town import NOW, PHONE

LEAST = 5


def counts(**of: int) -> list[Told]:
    return [Told("2026-03", "district", name, ACCEPTED, count) for name, count in of.items()]


def shown(told: list[Told]) -> dict[str, float | int | None]:
    return {one.of: one.value for one in told}


def test_small_counts_are_left_out_and_never_just_one():
    assert shown(withhold(counts(a=9, b=7, c=30), LEAST)) == {"c": 30, "a": 9, "b": 7}
    # One alone could be worked out from the total: the next smallest goes with it.
    assert shown(withhold(counts(a=9, b=2, c=30), LEAST)) == {"c": 30, "a": None, "b": None}
    assert shown(withhold(counts(a=1, b=2, c=30), LEAST)) == {"c": 30, "b": None, "a": None}
    assert shown(withhold(counts(a=3), LEAST)) == {"a": None}


def test_months_are_told_apart():
    february = [Told("2026-02", "district", "a", ACCEPTED, 1)]
    told = withhold([*february, *counts(a=9, b=8)], LEAST)
    assert [(one.month, one.withheld) for one in told] == [
        ("2026-02", True),
        ("2026-03", False),
        ("2026-03", False),
    ]


@pytest.fixture
def april(town) -> Visitor:
    """Half of April is over, in which one demand came in; in March there were eight."""
    cache.clear()
    for _time in range(7):
        town.accept()
    town.accept(category="road.lamp")
    with clock.moved(NOW + timedelta(days=40)):
        town.accept()
        yield Visitor()
    cache.clear()


def test_figures_of_months_that_are_over(april):
    page = april.get("/portal/figures")
    assert "公众诉求受理量 8" in page.text
    assert "少于5，不公布" in page.text
    assert ("svg", "img") in {(tag, given.get("role")) for tag, given in page.tags}
    ids = [given["id"] for _tag, given in page.tags if given.get("id")]
    assert "figures-bar-narrow-title" in ids  # the same chart, drawn for a phone
    assert len(ids) == len(set(ids))
    assert not any("style" in given for _tag, given in page.tags)
    april.get("/portal/figures.json")
    found = april.response.json()
    assert found["least_count"] == LEAST
    figures = found["figures"]
    assert {one["month"] for one in figures} == {"2026-03"}
    values = {(one["split"], one["of"], one["indicator"]): one["value"] for one in figures}
    assert values["", "", ACCEPTED] == 8
    # Seven and one: the one alone would follow from the total.
    assert values["category1", "住房建设", ACCEPTED] is None
    assert values["category1", "道路交通", ACCEPTED] is None
    april.get("/portal/figures.csv")
    text = april.response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(figures)
    assert [row["value"] for row in rows] == [
        "" if one["value"] is None else str(one["value"]) for one in figures
    ]
    assert PHONE not in text
    assert "钱小满" not in text


def test_the_first_month_shows_nothing_yet(town):
    cache.clear()
    town.accept()
    assert "还没有完整的一个月" in Visitor().get("/portal/figures").text
    assert published.tell(date(2026, 3, 10), LEAST) == []


def test_the_areas_are_geojson(town):
    cache.clear()
    visitor = Visitor()
    visitor.get("/portal/areas.json")
    assert visitor.response.json() == {"type": "FeatureCollection", "features": []}
