"""Events that demands join by themselves and people settle; what is beyond expectation."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from minsheng.demands.actions import PersonIn
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.foundation import clock, recent
from minsheng.foundation.errors import Conflict, Forbidden, Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.insight import matters
from minsheng.insight.events import actions, queries
from minsheng.insight.hot_issues import actions as hot_actions
from minsheng.insight.hot_issues import queries as hot_queries
from minsheng.insight.hot_issues.expecting import expect, season
from minsheng.insight.hot_issues.rules import read
from minsheng.insight.models import Event, HotIssue, Membership
from support.telling import PIPE
from support.town import NOW, Town

OTHER = [
    ("滨江小学门口堵车", "滨江小学放学时门口堵车严重，请交警疏导。"),
    ("海棠雅苑电梯困人", "海棠雅苑二号楼电梯又困人，物业不修。"),
    ("咨询居住证怎么办理", "外地来工作，居住证在哪个窗口办理？"),
    ("青石路夜间施工", "青石路工地每晚施工到两点，噪音扰民。"),
    ("长青路井盖破损", "长青路井盖裂开了，车子压过去很响。"),
]


def tell(town: Town, told: list[tuple[str, str]], each: timedelta = timedelta(minutes=20)) -> None:
    for n, (title, text) in enumerate(told):
        with clock.moved(NOW + n * each):
            phone = f"1390000{n:04d}"
            town.accept(
                title=title,
                text=text,
                place="盐河路" if "盐河" in title else "",
                petitioner=PersonIn(name=f"诉求人{n}", phone=phone),
            )
            recent.forget()
            matters.take_in()


@pytest.fixture
def piped(town: Town) -> Event:
    tell(town, OTHER)
    tell(town, PIPE)
    return Event.objects.get()


def test_tellings_of_one_matter_make_one_event(piped: Event) -> None:
    assert piped.size >= 4
    assert piped.state == Event.State.SUGGESTED
    members = Demand.objects.filter(memberships__event=piped)
    assert all("盐河路" in one.title for one in members)
    assert matters.take_in() == 0  # running it twice finds nothing twice


def test_people_confirm_split_add_merge_and_close(town: Town, piped: Event) -> None:
    dispatcher = town.actor("dispatcher")
    told = queries.shown(town.actor("agent"), piped.pk)
    numbers = [one.demand.number or "" for one in told.members]
    with pytest.raises(Forbidden), transaction.atomic():
        actions.confirm(town.actor("agent"), piped.pk)
    with pytest.raises(Conflict), transaction.atomic():
        actions.merge(dispatcher, piped.pk)
    actions.confirm(dispatcher, piped.pk, title="盐河路爆管")
    with pytest.raises(Conflict), transaction.atomic():
        actions.confirm(dispatcher, piped.pk)
    assert actions.split(dispatcher, piped.pk, numbers_out=numbers[-1:]) is None
    with pytest.raises(Invalid), transaction.atomic():
        actions.split(dispatcher, piped.pk, numbers_out=numbers[:-1])
    actions.add(dispatcher, piped.pk, number=numbers[-1])
    with pytest.raises(Conflict), transaction.atomic():
        actions.add(dispatcher, piped.pk, number=numbers[-1])
    made = actions.split(dispatcher, piped.pk, numbers_out=numbers[-2:])
    assert made
    assert made.size == 2
    merged = actions.merge(dispatcher, piped.pk)
    assert merged.into == numbers[0]
    assert merged.merged == numbers[1:-2]
    assert Demand.objects.get(number=numbers[1]).state == DemandState.MERGED
    event = actions.close(dispatcher, piped.pk, reason="已修复")
    assert (event.title, event.state, event.size) == ("盐河路爆管", "closed", len(numbers) - 2)
    with pytest.raises(Conflict), transaction.atomic():
        actions.confirm(dispatcher, piped.pk)
    said = JournalEntry.objects.filter(subject_kind="event").values_list("action", flat=True)
    assert sorted(said) == [
        *("event.add", "event.close", "event.confirm", "event.confirm"),
        *("event.split", "event.split"),
    ]
    assert queries.course(dispatcher, event)[0].reason == "已修复"


def test_what_a_person_took_apart_stays_apart(town: Town, piped: Event) -> None:
    actions.dismiss(town.actor("supervisor"), piped.pk, reason="两处不同的水管")
    assert not Membership.objects.exclude(state=Membership.State.REMOVED).exists()
    tell(town, PIPE[:1])
    assert Event.objects.count() == 1


def test_an_event_told_by_many_becomes_a_hot_issue_once(town: Town, piped: Event) -> None:
    with clock.moved(NOW + timedelta(hours=3)):
        made = matters.watch()
        assert made == matters.watch() + made
        issue = HotIssue.objects.get(kind="growing")
        assert issue.event == piped
        assert len(issue.demand_ids) == issue.observed >= 5
        assert "名诉求人" in issue.explanation
        assert (issue.headline, issue.why) == (issue.title, issue.explanation)
        supervisor = town.actor("supervisor")
        assert issue in hot_queries.listed(town.actor("leader"), ["open"])
        assert len(hot_queries.evidence(supervisor, issue)) == issue.observed
        with pytest.raises(Invalid), transaction.atomic():
            hot_actions.settle(supervisor, issue.pk, taken=False, reason="")
        hot_actions.settle(supervisor, issue.pk, taken=True, reason="已派供水公司抢修")
        with pytest.raises(Conflict), transaction.atomic():
            hot_actions.settle(supervisor, issue.pk, taken=False, reason="重复")
        assert issue not in hot_queries.listed(supervisor, ["open"])


def test_what_resembles_nothing_is_listed_as_new(town: Town) -> None:
    tell(town, OTHER)
    with clock.moved(NOW + timedelta(hours=3)):
        new = hot_queries.first_seen(town.actor("analyst"))
    assert "滨江小学门口堵车" in [one.title for one in new]


def test_a_topic_beyond_expectation_is_found_with_its_reason(town: Town) -> None:
    for week in range(1, 9):
        with clock.moved(NOW - timedelta(weeks=week)):
            town.accept(title="楼道漏水", text="楼道漏水")
    for n in range(9):
        with clock.moved(NOW - timedelta(hours=n)):
            town.accept(
                title="楼道漏水", petitioner=PersonIn(name=f"人{n}", phone=f"1380000{n:04d}")
            )
    with clock.moved(NOW + timedelta(minutes=1)), translation.override("en"):
        matters.watch()
    issue = HotIssue.objects.get(rule="topic-day")
    raised = JournalEntry.objects.get(action="hot_issue.raise", subject_id=issue.pk)
    assert json.loads(raised.body)["changes"]["note"]["title"] == issue.title == issue.headline
    assert issue.explanation == issue.why
    assert issue.observed == 9
    assert issue.expected is not None
    assert issue.expected < 2
    assert "前8周同一时段" in issue.explanation
    assert issue.heat > 3


def words(kind: str, expected: float | None = None, **figures: object) -> list[str]:
    """Returns what an issue of nine demands in a day says in English."""
    day = {"window_from": NOW - timedelta(days=1), "window_to": NOW}
    issue = HotIssue(
        kind=kind, observed=9, expected=expected, odds=0.002, figures=figures, title="旧", **day
    )
    with translation.override("en"):
        return [issue.headline, issue.why]


def test_an_issue_speaks_the_readers_language() -> None:
    places = [["盐河路", 5], ["青石路", 2]]
    assert words("topic", 1.2, where="", what="爆管", season=1.5, places=places) == [
        "Whole city: 9 × “爆管”, more than expected",
        "9 in the last 24h; from the same window of the 8 weeks before, about 1.2 were expected."
        " This counts the season (a year ago: 1.5 times the usual)."
        " If nothing were the matter, the chance of so many would be 0.20%."
        " Places told of most: 盐河路 (5), 青石路 (2).",
    ]
    assert words("unit", 1.2, unit="市水务局", season=1.0, places=[])[0] == (
        "市水务局 got 9 new orders, more than expected"
    )
    assert words("growing", event="盐河路爆管", hours=5, size=9, people=8) == [
        "Told 9 times: 盐河路爆管",
        "One event, 9 demands in the 5 hours since it was first told of; the last 9 come from 8"
        " petitioners, in different words for one place and problem.",
    ]
    assert words("recurring", where="码头街道盐河路", what="爆管", done=3) == [
        "码头街道盐河路: “爆管” again and again, 9 times",
        "In 1 days 9 demands of one kind at 码头街道盐河路; 3 of them had been completed before the"
        " last was told.",
    ]
    assert words("recurring")[0] == "旧"  # raised before figures were kept


def test_expectation_follows_the_weeks_and_the_season() -> None:
    quiet, busy = expect([0] * 8), expect([20] * 8)
    assert quiet.mean < 1 < 15 < busy.mean < 20
    assert quiet.odds(6) < 1e-3 < busy.odds(22)
    assert expect([20] * 8, 2.0).mean == pytest.approx(2 * busy.mean)
    assert quiet.odds(0) == 1
    assert expect([]).odds(3) < 0.2  # nothing is known yet: hardly anything is odd
    assert season(200, [100] * 8) == pytest.approx(220 / 120)
    assert season(1, [0] * 8) < 1.1
    assert season(10_000, [1] * 8) == 3.0


def test_a_rule_that_cannot_be_used_is_named() -> None:
    with pytest.raises(Invalid, match="odd"):
        list(read({"rule": {"odd": {"kind": "weather", "hours": 3, "name": "", "least": 1}}}))
