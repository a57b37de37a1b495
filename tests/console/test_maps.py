"""One map: nobody's secret on it, and never more points than a browser can take."""

import pytest

from minsheng.demands.models import Demand
from minsheng.doors.console import maps
from support.reading import Visitor

HERE = "box=119,34,120,35&zoom=15"


def features(visitor: Visitor, query: str = HERE) -> list[dict]:
    visitor.get(f"/console/map/points?{query}")
    return visitor.response.json()["features"]


def placed(town, lon: float, lat: float, **given) -> Demand:
    return town.accept(lon=lon, lat=lat, **given)


def test_near_demands_are_points_that_lead_to_them(town, at):
    demand = placed(town, 119.31, 34.61, urgent=True)
    placed(town, 110.0, 34.6)  # outside the window
    (point,) = features(at("leader"))
    assert point["geometry"] == {"type": "Point", "coordinates": [119.31, 34.61]}
    assert point["properties"]["address"] == f"/console/demands/{demand.pk}"
    assert point["properties"]["urgent"] is True


def test_confidential_demands_stand_in_the_middle_of_their_area_and_say_nothing(town, at):
    placed(town, 119.31, 34.61, confidential=True)
    (point,) = features(at("leader"))
    assert point["geometry"]["coordinates"] == [119.2, 34.6]  # of the street
    assert set(point["properties"]) == {"urgent", "state"}


def test_restricted_demands_and_drafts_are_on_no_map(town, at):
    town.secret(lon=119.31, lat=34.61)
    assert not features(at("leader"))
    assert not features(at("leader"), "box=119,34,120,35&zoom=9")


@pytest.mark.parametrize("query", ["box=119,34,120,35&zoom=9", f"{HERE}&layer=heat"])
def test_from_far_and_as_heat_only_counts_leave_the_server(town, at, query):
    for _ in range(3):
        placed(town, 119.31, 34.61)
    (cell,) = features(at("leader"), query)
    assert cell["properties"] == {"count": 3}
    assert cell["geometry"]["type"] == "Polygon"


def test_too_many_points_become_cells(town, at, monkeypatch):
    monkeypatch.setattr(maps, "MOST_POINTS", 1)
    for _ in range(3):
        placed(town, 119.31, 34.61)
    assert [one["properties"] for one in features(at("leader"))] == [{"count": 3}]


def test_categories_and_months_narrow_it(town, at):
    placed(town, 119.31, 34.61)
    leader = at("leader")
    assert len(features(leader, f"{HERE}&category=build")) == 1
    assert not features(leader, f"{HERE}&category=road")
    assert not features(leader, f"{HERE}&month=2026-02")


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "120,34,119,35", "nan,0,1,1"])
def test_a_window_that_makes_no_sense_is_refused(town, at, box):
    at("leader").get(f"/console/map/points?box={box}", 422)


def test_the_table_has_what_the_map_shows(town, at):
    placed(town, 119.31, 34.61)
    page = at("leader").get("/console/map?level=street&shade=accepted_count")
    table = page.text.split("区域 受理量")[1]
    assert "码头街道 1" in table
    assert "石渡镇 0" in table
    (link,) = [one["href"] for one in page.links if "district=east-quay" in one.get("href", "")]
    assert "楼顶漏水" in at("leader").get(link).text
