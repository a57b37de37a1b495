"""统一事件库 and 热点预警 as people see them."""

from datetime import timedelta

import pytest

from minsheng.foundation import clock
from minsheng.insight.models import Event, HotIssue, Membership
from support.town import NOW, Town


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
    return HotIssue.objects.create(
        kind="topic",
        rule="topic-day",
        about="road",
        title="道路“爆管”9件，超出预期",
        explanation="近24小时9件；按前8周同一时段推算应有约1.2件。",
        observed=9,
        expected=1.2,
        odds=1e-5,
        heat=5.0,
        window_from=NOW - timedelta(days=1),
        window_to=NOW,
        demand_ids=list(event.memberships.values_list("demand_id", flat=True)),
        event=event,
        at=NOW,
    )


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


def test_an_agent_looks_and_changes_nothing(at, event: Event) -> None:
    page = at("agent")
    page.get(f"/console/events/{event.pk}")
    assert "确认为同一事件" not in page.response.content.decode()
    page.post(f"/console/events/{event.pk}/do/confirm", {"title": "x"}, 403)
    page.get("/console/events/999999", 404)


def test_a_hot_issue_is_explained_and_settled(at, issue: HotIssue) -> None:
    leader = at("leader")
    leader.get("/console/hot-issues")
    assert "超出预期" in leader.response.content.decode()
    leader.get(f"/console/hot-issues/{issue.pk}")
    assert "前8周同一时段" in leader.response.content.decode()
    leader.post(f"/console/hot-issues/{issue.pk}/settle", {"taken": "1", "reason": "x"}, 403)
    page = at("supervisor")
    page.post(f"/console/hot-issues/{issue.pk}/settle", {"taken": "1", "reason": ""}, 422)
    page.post(f"/console/hot-issues/{issue.pk}/settle", {"taken": "1", "reason": "已抢修"}, 302)
    page.get("/console/hot-issues?tab=settled")
    assert "已抢修" in page.response.content.decode()
    with clock.moved(NOW + timedelta(hours=1)):
        page.get("/console/hot-issues?tab=new")
