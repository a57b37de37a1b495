"""The cockpit: the numbers of indicators and of this moment, each leading somewhere."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import translation

from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import counted, overview
from minsheng.doors.console.kept import kept
from minsheng.doors.console.overview import MINIMUM_SAMPLE, UnitLine
from minsheng.foundation import clock
from minsheng.indicators.compute import compute
from support.town import NOW

COCKPIT = "/console/cockpit"


def live_through(town, moments) -> None:
    """Accepts a demand at each of the moments."""
    for moment in moments:
        with clock.moved(moment):
            town.accept()


def tile(page, label: str) -> str:
    """Returns what stands before a label."""
    return page.text.split(f" {label}")[0].split()[-1]


def test_today_is_compared_with_the_same_hours_a_week_and_a_year_ago(town, at):
    week = NOW - timedelta(days=7)
    year = NOW.replace(year=NOW.year - 1)
    hour = timedelta(hours=1)
    live_through(
        town, [year - hour, year + hour, week - hour, week - hour, week + hour, NOW - hour]
    )
    town.secret()
    page = at("leader").get(COCKPIT)
    assert tile(page, "今日受理") == "1"
    assert "上周同日此时 2" in page.text
    assert "去年同日此时 1" in page.text


def test_a_number_leads_to_its_cases_and_its_definition(town, at):
    town.order("assigned")
    leader = at("leader")
    with clock.moved(NOW + timedelta(days=30)):
        page = leader.get(COCKPIT)
        assert tile(page, "超期未办") == "1"
        addresses = [link["href"] for link in page.links]
        assert "/console/?tab=overdue" in addresses
        assert "超期15个工作日" in page.text  # due five working days after 10 March
        cases = leader.get("/console/?tab=overdue")
        assert "楼顶漏水" in cases.text
    assert "/console/indicators/on_time_completion_rate" in addresses
    said = leader.get("/console/indicators/on_time_completion_rate").text
    assert "（办理数－超期办理数）÷应办理数" in said


def test_an_indicator_is_explained_in_the_readers_language(town, at):
    leader = at("leader")
    leader.post("/language", {"language": "en", "next": "/console/"}, 302)
    said = leader.get("/console/indicators/on_time_completion_rate").text
    assert "Period due in the period" in said
    assert "Unit ratio of 1, printed in percent In print rounded half up, 2 decimals" in said
    cases = leader.get("/console/indicators/on_time_completion_rate/cases").text
    assert "应办理" not in cases
    assert "handled within the limit" in cases


def test_what_is_kept_for_a_minute_is_kept_in_each_language():
    with translation.override("zh-hans"):
        assert kept("word", translation.get_language) == "zh-hans"
    with translation.override("en"):
        assert kept("word", translation.get_language) == "en"


LINK = re.compile(r'<a[^>]*href="([^"]+)"[^>]*>(?:<b>)?([\d,.]+%?)')


def numbers(html: str) -> set[tuple[str, str]]:
    """Returns the numbers that lead somewhere, and where."""
    return {(unescape(address), said.replace(",", "")) for address, said in LINK.findall(html)}


def listed(visitor, address: str) -> int:
    visitor.get(address)
    return visitor.response.content.decode().count('class="title"')


def test_every_number_leads_to_as_many_cases_as_it_says(town, at):
    """Orders of several units and states, demands of two categories, restricted ones among them."""
    leader = at("leader")
    for days in (9, 50):
        with clock.moved(NOW - timedelta(days=days)):
            town.order("assigned")
            town.demand("evaluated")
            town.assign(lead="traffic", assists=["water"])
            town.accept(category="noise")
            town.secret()
    with clock.moved(NOW - timedelta(minutes=5)):
        town.assign()
        town.accept()
        town.secret()
    said = set()
    for page in (COCKPIT, "/console/wall"):
        leader.get(page)
        said |= numbers(leader.response.content.decode())
    counts = {(address, int(number)) for address, number in said if number.isdecimal()}
    assert len(counts) > 10  # the others are rates
    for address, number in counts:
        assert listed(leader, address) == number, address


def test_the_cases_of_a_rate_are_told_apart(town, at):
    with clock.moved(NOW - timedelta(days=20)):
        town.order("completed")
        town.order("assigned")  # due within the month, and nothing was done
    leader = at("leader")
    cases = "/console/indicators/on_time_completion_rate/cases?period=2026-02-01..2026-03-09"
    assert "50.00%" in leader.get(cases).text
    assert [listed(leader, f"{cases}&of={part}") for part in ("", "numerator", "rest")] == [
        2,
        1,
        1,
    ]
    assert listed(leader, f"{cases}&unit=交通局") == 0
    assert "承办单位：住房局" in leader.get(f"{cases}&unit=住房局").text
    leader.get("/console/indicators/connect_rate/cases", 404)
    leader.get(f"{cases}&of=rest&after=x&unit=%00")
    leader.get("/console/indicators/due_count/cases?period=soon", 422)
    leader.get("/console/indicators/due_count/cases?channel_id=1&agent=7", 422)


def test_cases_are_turned_page_by_page(town, at, monkeypatch):
    live_through(town, [NOW - timedelta(hours=n) for n in range(1, 6)])
    monkeypatch.setattr(counted, "ROWS", 2)
    leader = at("leader")

    def turn(address: str, way: str) -> str:
        page = leader.get(address)
        return next((link["href"] for link in page.links if link.get("rel") == way), "")

    cases = "/console/indicators/accepted_count/cases"
    ways, address = [], cases
    while address:
        ways.append(listed(leader, address))
        query, last = turn(address, "next"), address
        address = query and cases + query
    assert ways == [2, 2, 1]
    back = turn(last, "prev")
    assert listed(leader, cases + back) == 2
    first = turn(cases + back, "prev")
    assert listed(leader, cases + first) == 2
    assert not turn(cases + first, "prev")


def test_a_rate_is_drawn_in_percent(town, at):
    town.demand("evaluated")
    page = at("leader").get("/console/indicators/satisfaction_rate")
    (drawn,) = [
        json.loads(given["data-chart"]) for _tag, given in page.tags if "data-chart" in given
    ]
    assert drawn["percent"]


def test_what_the_period_shows_is_what_the_indicator_says(town, at):
    live_through(town, [NOW - timedelta(days=days) for days in (1, 2, 2, 40)])
    town.demand("evaluated")  # of today, and so in no period
    page = at("leader").get(COCKPIT)
    (row,) = compute(["accepted_count"], period="2026-02-08..2026-03-09")
    assert row.values["accepted_count"].value == 3
    assert tile(page, "受理量") == "3"
    assert "共受理3件" in page.text


def test_small_samples_are_shown_but_not_ranked():
    def line(name: str, due: int, rate: float) -> UnitLine:
        return UnitLine(name, name, None, due, f"{rate:.0%}", rate, 0, 0, "—")

    few = MINIMUM_SAMPLE - 1
    group = overview._ranked(
        [
            line("乙", 200, 0.5),
            line("小", few, 0.0),
            line("甲", 100, 0.9),
            line("微", few, 1.0),
            line("丙", 300, 0.9),
        ]
    )
    assert [(one.name, one.place) for one in group.ranked] == [("丙", 1), ("甲", 1), ("乙", 3)]
    assert [(one.name, one.place) for one in group.rest] == [("小", None), ("微", None)]


def test_hot_topics_grew_beyond_chance(town, at):
    before = [NOW - timedelta(days=40, hours=n) for n in range(4)]
    now = [NOW - timedelta(days=3, hours=n) for n in range(12)]
    live_through(town, [*before, *now])
    for moment in now[:6]:  # too few to be a topic
        with clock.moved(moment):
            town.accept(category="noise")
    page = at("leader").get(COCKPIT)
    topics = page.text.split("热点：比上期明显增多")[1].split("诉求类别")[0]
    assert "房屋漏水 4 12" in topics
    assert "噪声扰民" not in topics
    assert "上升最明显" in page.text


def test_against_nothing_nothing_has_grown(town, at):
    """The first month of a city: no category rose from 0."""
    live_through(town, [NOW - timedelta(days=3, hours=n) for n in range(12)])
    for address in (COCKPIT, "/console/wall"):
        page = at("leader").get(address)
        assert "上期没有数据" in page.text
        assert "上升最明显" not in page.text
        assert "新增" not in page.text


def test_the_wall_shows_the_same_without_names_of_cases(town, at):
    town.order("assigned")
    page = at("leader").get("/console/wall")
    assert "在办工单" in page.text
    assert any(given.get("data-fixed-theme") == "dark" for _tag, given in page.tags)


def test_restricted_demands_are_in_no_number(town, at):
    with clock.moved(NOW - timedelta(hours=1)):
        town.secret()
    page = at("leader").get(COCKPIT)
    assert tile(page, "今日受理") == "0"


@pytest.mark.parametrize("path", ["cockpit", "wall", "map", "indicators", "map/points"])
@pytest.mark.parametrize("role", ["clerk", "unit_leader", "collector", "admin"])
def test_units_and_administrators_do_not_look_over_everybody(town, at, path, role):
    assert not scopes(Role(role), "demand.count")
    at(role).get(f"/console/{path}", 403)
