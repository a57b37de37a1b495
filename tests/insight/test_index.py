"""The index of duplicates: fed from demands, folded, asked, corrected, built anew."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from minsheng.demands import actions as demands
from minsheng.directory.access import SYSTEM, Actor
from minsheng.foundation import clock, recent
from minsheng.insight.duplicates import (
    feeding,
    finding,
    folding,
    holding,
    index,
    learning,
    meaning,
)
from minsheng.insight.duplicates.comparing import Frequencies
from minsheng.insight.duplicates.deciding import Answer
from minsheng.insight.duplicates.tracing import pack, trace
from minsheng.insight.models import Folding, Posting, Trace
from minsheng.orders import actions as orders
from support.town import NOW, Town

LAMP = ("盐河路路灯不亮", "盐河路从桥头到学校的路灯都不亮，晚上走路危险。")
LAMP_AGAIN = ("盐河路桥头一排路灯坏了", "盐河路桥头到学校路灯坏了很多天，晚上漆黑，走路危险。")
ROADS = ["青石路", "滨江路", "长青路", "北苑街"]
PROBLEMS = [
    ("路灯不亮", "从桥头到学校的路灯都不亮，晚上走路危险。"),
    ("夜间施工吵", "东侧工地每晚施工到两点，噪音扰民。"),
    ("积水严重", "下雨积水，车子熄火，请疏通下水道。"),
    ("公交站牌倒了", "公交站牌被风吹倒，躺在人行道上。"),
    ("井盖破损", "井盖裂开了，车子压过去很响。"),
]
OTHERS = [(f"{road}{title}", f"{road}{text}") for road in ROADS for title, text in PROBLEMS]


@pytest.fixture
def told(town: Town) -> Town:
    """Gives the town demands that are told of once each, taken in and folded."""
    for title, text in (LAMP, *OTHERS):
        town.accept(title=title, text=text, place="")
    assert feeding.catch_up() == 21
    assert folding.fold(now=True)
    recent.forget()
    return town


def asked(
    title: str,
    text: str,
    *,
    by: Actor = SYSTEM,
    place: str = "",
    at: datetime = NOW + timedelta(hours=1),
) -> list[index.Candidate]:
    recent.forget()
    return index.candidates(by, text, place, at, title=title)


def test_the_same_matter_is_found_before_and_after_folding(town: Town) -> None:
    lamp = town.accept(title=LAMP[0], text=LAMP[1], place="")
    for title, text in OTHERS:
        town.accept(title=title, text=text, place="")
    feeding.catch_up()
    assert not Posting.objects.exists()
    unfolded = asked(*LAMP_AGAIN)
    assert folding.fold(now=True)
    assert Posting.objects.exists()
    folded = asked(*LAMP_AGAIN)
    for found in (unfolded, folded):
        assert found[0].demand == lamp.pk
    assert folded[0].answer == Answer.SAME
    assert "place" in folded[0].reasons
    assert folded[0].open


def test_another_place_or_another_problem_is_less_alike(told: Town) -> None:
    same = asked(*LAMP_AGAIN)[0].chance
    elsewhere = asked("石桥路路灯不亮", "石桥路从桥头到学校的路灯都不亮，晚上走路危险。")
    (lamp,) = [one for one in elsewhere if one.title == LAMP[0]]
    assert lamp.answer == Answer.PERHAPS
    assert lamp.chance < same / 2
    other = asked("盐河路积水", "盐河路下雨积水，车子熄火，请疏通下水道。")
    assert all(one.chance < same for one in other)


def test_a_query_costs_five_statements(told: Town, django_assert_num_queries) -> None:
    asked(*LAMP_AGAIN)
    with django_assert_num_queries(5):  # what is new, postings, traces, untaken; the demands found
        index.candidates(SYSTEM, LAMP_AGAIN[1], title=LAMP_AGAIN[0], at=NOW + timedelta(hours=1))


def test_what_is_restricted_withdrawn_or_later_is_not_found(told: Town) -> None:
    lamp = Trace.objects.order_by("pk").first()
    assert lamp
    assert not asked(*LAMP_AGAIN, at=NOW - timedelta(days=1))
    told.secret(title=LAMP[0], text=LAMP[1])
    assert feeding.catch_up(everything=True) == 0
    orders.withdraw(told.actor("agent"), lamp.demand_id, reason="误报")
    assert lamp.demand_id not in [one.demand for one in asked(*LAMP_AGAIN)]


def test_an_edited_demand_is_found_by_its_new_words(told: Town) -> None:
    lamp = Trace.objects.order_by("pk").first()
    assert lamp
    demands.edit(
        told.actor("dispatcher"), lamp.demand_id, title="凤凰山缆车停运", text="凤凰山缆车停运三天"
    )
    assert feeding.correct() == 1
    assert feeding.correct() == 0
    found = asked("凤凰山缆车为何停运", "凤凰山缆车停运三天没有公告")
    assert found[0].demand == lamp.demand_id


def test_old_demands_come_in_without_a_suggestion_and_go_when_closed(told: Town) -> None:
    with clock.moved(NOW + timedelta(days=100)):
        assert feeding.forget() == 0  # they are still open
        assert feeding.catch_up() == 0
        demand = Trace.objects.order_by("pk")[0].demand
        orders.withdraw(told.actor("agent"), demand.pk, reason="已解决")
        assert feeding.forget() == 1
        old = told.accept(title="旧诉求", text="很久以前的事")
    with clock.moved(NOW + timedelta(days=103)):
        assert feeding.catch_up(everything=True) == 1
    assert Trace.objects.get(demand=old).nearest is None
    assert Folding.objects.get().total == 22


def test_building_anew_finds_the_same(told: Town) -> None:
    before = asked(*LAMP_AGAIN)
    folding.rebuild()
    assert [one.demand for one in asked(*LAMP_AGAIN)] == [one.demand for one in before]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT part) FROM insight_posting")
        assert cursor.fetchone() == (1,)


def test_any_text_may_be_asked_about(told: Town) -> None:
    for text in ("", "灯", "灯" * 50_000, "😀", "a\tb\n1\t2", "路燈壞了", "\0"):
        assert isinstance(asked(text, text, place=text), list)


def test_what_was_accepted_a_moment_ago_is_found_before_any_job_took_it_in(told: Town) -> None:
    new = told.accept(title="凤凰山缆车停运", text="凤凰山缆车停运三天", place="")
    again = ("凤凰山缆车为何停运", "凤凰山缆车停运三天没有公告")
    assert asked(*again, at=NOW + timedelta(seconds=30))[0].demand == new.pk
    assert not asked(*again)  # an hour later no job has run: it is not searched for any more
    assert feeding.catch_up() == 1
    assert asked(*again)[0].demand == new.pk


def test_nobody_is_shown_what_they_may_not_see(told: Town) -> None:
    assert asked(*LAMP_AGAIN, by=told.actor("agent"))
    assert not asked(*LAMP_AGAIN, by=told.actor("discipline"))


def test_parts_stay_few_and_lose_nothing(town: Town) -> None:
    parts = []
    for title, text in (LAMP, *OTHERS):
        town.accept(title=title, text=text, place="")
        feeding.catch_up()
        folding.fold(now=True)
        parts.append(Folding.objects.get().sizes)
    assert parts[:6] == [[1], [2], [3], [3, 1], [5], [5, 1]]
    assert max(map(len, parts)) <= 4
    for title, text in (LAMP, *OTHERS):
        assert asked(title, text)[0].title == title
    in_parts = asked(*LAMP_AGAIN)
    folding.rebuild()
    assert Folding.objects.get().sizes == [21]
    assert asked(*LAMP_AGAIN) == in_parts


def test_a_folding_that_dies_midway_changes_nothing(
    told: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asked(*LAMP_AGAIN)
    with monkeypatch.context() as broken:
        broken.setattr(folding, "_write", lambda *_all: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            folding.rebuild()
    assert asked(*LAMP_AGAIN) == before
    assert Folding.objects.get().sizes == [21]


def test_all_words_decide_which_of_the_likely_are_compared() -> None:
    traces = [trace(title, text) for title, text in (*OTHERS, LAMP)]
    known, bodies = Frequencies.of(traces), [pack(one) for one in traces]
    assert finding.closest(trace(*LAMP_AGAIN), bodies, known, 1) == [len(OTHERS)]
    assert finding.closest(trace("", ""), bodies, known, 2) == [0, 1]


def test_what_words_mean_is_learned_once_a_day_and_taken_up_by_the_next_folding(
    told: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "_path", lambda: tmp_path / "meanings.npz")
    assert not learning.keep_up(), "too few demands"
    monkeypatch.setattr(meaning, "LEAST", 20)
    monkeypatch.setattr(meaning, "DIMENSIONS", 3)
    assert holding.held().known.meanings is None
    assert learning.keep_up()
    assert not learning.keep_up(), "learned a moment ago"
    assert holding.held().known.meanings is None
    told.accept(title=LAMP_AGAIN[0], text=LAMP_AGAIN[1], place="")
    feeding.catch_up()
    folding.fold(now=True)
    assert holding.held().known.meanings is not None
    found = asked(*LAMP_AGAIN)
    assert {one.title for one in found[:2]} == {LAMP[0], LAMP_AGAIN[0]}
