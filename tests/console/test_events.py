"""统一事件库 and 热点预警 as people see them."""

import json
from datetime import timedelta

import pytest

from minsheng.directory.access import SYSTEM
from minsheng.foundation import clock, journal
from minsheng.foundation.models import JournalEntry
from minsheng.insight.models import Event, HotIssue, Membership
from support.town import NOW, Town
from support.warning import raised


@pytest.fixture
def event(town: Town) -> Event:
    made = Event.objects.create(
        number="SJ2603100000011",
        title="盐河路爆管",
        size=3,
        first_at=NOW,
        last_at=NOW,
        made_at=NOW,
    )
    for n in range(3):
        demand = town.accept(title=f"盐河路爆管{n}", place="盐河路")
        Membership.objects.create(event=made, demand=demand, chance=0.8, at=NOW)
    return made


@pytest.fixture
def issue(event: Event) -> HotIssue:
    ids = list(event.memberships.values_list("demand_id", flat=True))
    return raised(event=event, demand_ids=ids)


def test_a_dispatcher_confirms_splits_and_merges(at, event: Event) -> None:
    page = at("dispatcher")
    page.get("/console/events")
    assert "盐河路爆管" in page.response.content.decode()
    page.get(f"/console/events/{event.pk}")
    shown = page.response.content.decode()
    assert "80%" in shown
    assert "并单" not in shown
    page.post(f"/console/events/{event.pk}/do/confirm", {"title": "盐河路自来水爆管"}, 302)
    last = Membership.objects.order_by("pk")[2].demand.number
    page.post(f"/console/events/{event.pk}/do/split", {"numbers": [last]}, 302)
    page.get(f"/console/events/{event.pk}")
    assert "并单：2件待派" in page.response.content.decode()
    page.post(f"/console/events/{event.pk}/do/merge", {}, 302)
    page.post(f"/console/events/{event.pk}/do/close", {"reason": ""}, 422)
    page.post(f"/console/events/{event.pk}/do/close", {"reason": "已修复"}, 302)
    event.refresh_from_db()
    assert (event.title, event.state, event.size) == ("盐河路自来水爆管", "closed", 2)
    page.post(f"/console/events/{event.pk}/do/fly", {}, 422)


def test_the_dispatcher_is_led_from_a_demand_to_its_event(at, event: Event) -> None:
    demand = event.memberships.first().demand_id
    page = at("dispatcher").get(f"/console/dispatch/assign/{demand}")
    (link,) = (one for one in page.links if one.get("data-key") == "e")
    assert link["href"] == f"/console/events/{event.pk}"


def test_an_agent_looks_and_changes_nothing(at, event: Event) -> None:
    page = at("agent")
    page.get(f"/console/events/{event.pk}")
    assert "确认为同一事件" not in page.response.content.decode()
    page.post(f"/console/events/{event.pk}/do/confirm", {"title": "x"}, 403)
    page.get("/console/events/999999", 404)


def test_a_hot_issue_is_told_in_the_readers_language(at, issue: HotIssue) -> None:
    tell_of(issue)
    leader = at("leader")
    pages = ["cockpit", "wall", "hot-issues", "notices", f"hot-issues/{issue.pk}"]
    for language, said in {
        "en": "道路: 9 × “爆管”, more than expected",
        "zh-hans": "道路“爆管”9件，超出预期",
    }.items():
        leader.post("/language", {"language": language, "next": "/console/"}, 302)
        for page in pages:
            assert said in leader.get(f"/console/{page}").text
    settled = at("supervisor")
    settled.post("/language", {"language": "en", "next": "/console/"}, 302)
    settled.post(f"/console/hot-issues/{issue.pk}/settle", {"do": "take"}, 302)
    entry = JournalEntry.objects.get(action="hot_issue.settle")
    assert json.loads(entry.body)["changes"]["note"]["title"] == issue.title


def tell_of(issue: HotIssue) -> None:
    """Writes into the journal what the job writes when it raises an issue."""
    journal.write(
        subject_kind="hot_issue",
        subject_id=issue.pk,
        ref=issue.ref,
        action="hot_issue.raise",
        by=SYSTEM.signature,
        at=issue.at,
        changes={"note": {"title": issue.title}},
    )


def test_a_hot_issue_is_explained_and_settled(at, issue: HotIssue) -> None:
    leader = at("leader")
    leader.get("/console/hot-issues")
    assert "超出预期" in leader.response.content.decode()
    leader.get(f"/console/hot-issues/{issue.pk}")
    assert "前8周同一时段" in leader.response.content.decode()
    leader.post(f"/console/hot-issues/{issue.pk}/settle", {"do": "take", "reason": "x"}, 403)
    page = at("supervisor")
    page.post(f"/console/hot-issues/{issue.pk}/settle", {"do": "dismiss", "reason": ""}, 422)
    page.post(f"/console/hot-issues/{issue.pk}/settle", {"do": "take", "reason": "已抢修"}, 302)
    page.get("/console/hot-issues?tab=settled")
    assert "已抢修" in page.response.content.decode()
    with clock.moved(NOW + timedelta(hours=1)):
        page.get("/console/hot-issues?tab=new")
