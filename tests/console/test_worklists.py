"""Work lists: who finds what under which tab, how it is narrowed down, what it costs."""

import re
from datetime import timedelta
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minsheng.demands import actions as demands
from minsheng.directory.permissions import Role
from minsheng.doors.console import limit_badge, worklists
from minsheng.doors.console.tabs import WORK
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock, recent
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.town import NOW

TABS = [(role, tab) for role, tabs in WORK.items() for tab in tabs]


def numbers(page) -> list[str]:
    """Returns the numbers that a list shows, in its order."""
    return re.findall(r"\b(?:SQ|GD)\d{13}\b", page.text)


def count(page, label: str) -> int:
    found = re.search(rf"{label} (\d+)", page.text)
    assert found, label
    return int(found[1])


def number(order: Assignment) -> str:
    return order.work_order.number


def test_every_role_with_work_has_a_list():
    assert {*WORK} == {*Role} - {Role.CITIZEN, Role.SYSTEM, Role.ADMIN}


def test_agents_find_their_drafts_and_what_nobody_assigned_yet(town, at):
    demands.register(town.actor("agent"), town.intake(title="还没问清楚"))
    demands.register(town.actor("agent2"), town.intake(title="别人的草稿"))
    accepted, mine = town.accept("agent2"), town.accept("agent")
    town.assign(town.accept("agent2"))
    page = at("agent").get("/console/?tab=drafts")
    assert "还没问清楚" in page.text
    assert "别人的草稿" not in page.text
    assert count(page, "我的草稿") == 1
    assert numbers(at("agent").get("/console/?tab=accepted")) == [accepted.number, mine.number]
    assert numbers(at("agent").get("/console/?tab=mine")) == [mine.number]


def test_dispatchers_find_what_they_decide(town, at):
    waiting = town.accept()
    returned = town.order("return_requested")
    more_time = town.order("extension_requested")
    replied = town.order("replied")
    page = at("dispatcher").get("/console/")
    assert numbers(page) == [waiting.number]
    for label, tab, order in (
        ("退单待定", "returns", returned),
        ("延期待批", "extensions", more_time),
        ("待审核", "audit", replied),
    ):
        assert count(page, label) == 1
        assert numbers(at("dispatcher").get(f"/console/?tab={tab}")) == [number(order)]


def test_what_a_unit_assigned_onward_is_decided_by_that_unit(town, at):
    above = town.order("signed")
    below = orders.assign_onward(town.actor("clerk"), above.pk, units=["housing-repair"])[0]
    orders.sign(town.actor("clerk.repair"), below.pk)
    orders.reply(town.actor("clerk.repair"), below.pk, text="已修", solved=True)
    assert numbers(at("dispatcher").get("/console/?tab=audit")) == []
    assert numbers(at("clerk").get("/console/?tab=below")) == [number(below)]


def test_clerks_find_their_own_units_work_by_what_is_to_be_done(town, at):
    to_sign, signed = town.order("assigned"), town.order("signed")
    sent_back = town.order("replied")
    orders.fail_audit(town.actor("dispatcher"), sent_back.pk, reason="请附联系记录")
    refused = town.order("sign_off")
    orders.refuse_sign_off(town.actor("unit_leader"), refused.pk, reason="请写明日期")
    handed = town.order("sign_off")
    town.assign(lead="traffic")
    visitor = at("clerk")
    page = visitor.get("/console/")
    assert numbers(page) == [number(to_sign)]
    assert "签收剩" in page.text
    assert count(page, "在办") == 3
    assert {*numbers(visitor.get("/console/?tab=running"))} == {
        number(signed),
        number(sent_back),
        number(refused),
    }
    assert {*numbers(visitor.get("/console/?tab=rework"))} == {number(sent_back), number(refused)}
    assert numbers(visitor.get("/console/?tab=sign_off")) == [number(handed)]
    with clock.moved(signed.due_at - timedelta(hours=2)):
        assert number(signed) in numbers(visitor.get("/console/?tab=today"))
    with clock.moved(signed.due_at + timedelta(hours=2)):
        page = visitor.get("/console/?tab=overdue")
        assert number(signed) in numbers(page)
        assert "超期" in page.text


def test_a_limit_has_its_colour(town, at):
    order = town.order("signed")
    visitor = at("clerk")

    def look(moment) -> set[str]:
        with clock.moved(moment):
            page = visitor.get("/console/?tab=running")
        return {given["class"] for _tag, given in page.tags if given.get("class") in LOOKS}

    LOOKS = {"limit normal", "limit near", "limit overdue"}
    assert look(NOW) == {"limit normal"}
    assert look(order.warn_at) == {"limit near"}
    assert look(order.due_at + timedelta(seconds=1)) == {"limit overdue"}


def test_unit_leaders_find_what_waits_for_their_signature(town, at):
    waiting = town.order("sign_off")
    town.order("signed")
    page = at("unit_leader").get("/console/")
    assert numbers(page) == [number(waiting)]
    assert count(page, "待签发") == 1
    assert numbers(at("leader.traffic").get("/console/")) == []


def test_follow_up_staff_find_whom_to_call_and_who_was_not_content(town, at):
    planned, open_one = town.demand("completed"), town.demand("completed")
    follow_ups.plan(town.actor("follow_up"), planned.pk)
    unhappy = town.demand("completed")
    follow_ups.evaluate(
        town.actor("follow_up"),
        unhappy.pk,
        grade="dissatisfied",
        solved=False,
        reason_code="unsolved",
    )
    visitor = at("follow_up")
    assert numbers(visitor.get("/console/")) == [planned.number]
    page = visitor.get("/console/?tab=unhappy")
    assert numbers(page) == [unhappy.number]
    assert "不满意" in page.text
    assert numbers(visitor.get("/console/?tab=unplanned")) == [open_one.number]
    assert numbers(visitor.get("/console/?tab=evaluated")) == [unhappy.number]


def test_supervisors_find_what_is_late_by_unit(town, at):
    late, traffic = town.order("signed"), town.assign(lead="traffic")
    town.order("suspended")
    second = town.order("extension_requested")
    orders.approve_extension(town.actor("dispatcher"), second.pk)
    orders.request_extension(town.actor("clerk"), second.pk, limit="2wd", reason="还差材料")
    visitor = at("supervisor")
    assert numbers(visitor.get("/console/?tab=second")) == [number(second)]
    assert len(numbers(visitor.get("/console/?tab=suspended"))) == 1
    with clock.moved(late.due_at + timedelta(hours=1)):
        page = visitor.get("/console/")
        assert {*numbers(page)} == {number(late), number(traffic)}
        assert "住房局 1" in page.text
        by_unit = visitor.get("/console/?tab=overdue&unit=traffic")
        assert numbers(by_unit) == [number(traffic)]


def test_restricted_demands_are_on_no_list_but_the_discipline_officers(town, at):
    secret = town.secret()
    order = orders.assign(town.actor("discipline"), secret.pk, lead="housing")[0]
    for role, tab in TABS:
        page = at(role).get(f"/console/?tab={tab.code}")
        shown = {secret.number, number(order)} & {*numbers(page)}
        assert bool(shown) == (role == Role.DISCIPLINE and tab.code == "all"), (role, tab.code)


def test_others_find_what_is_theirs(town, at):
    report = demands.accept(
        town.actor("collector"), town.intake(channel="patrol", petitioner=demands.PersonIn())
    )
    town.accept()
    assert numbers(at("collector").get("/console/?tab=mine")) == [report.number]
    order = town.assign(lead="water")
    assert numbers(at("vendor").get("/console/")) == [order.demand.number]
    of_unit = town.assign(lead="housing")
    assert numbers(at("specialist").get("/console/?tab=all")) == [of_unit.demand.number]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=电梯", ["lift"]),
        ("category=build", ["leak", "lift"]),
        ("category=build.home.lift", ["lift"]),
        ("district=east", ["leak", "lift"]),
        ("district=west-ford", ["noise"]),
        ("kind=consult", ["noise"]),
        ("channel=web", ["lift"]),
        ("state=accepted", ["leak", "lift", "noise"]),
        ("state=archived", []),
        ("unit=housing", []),
        ("since=2026-03-10&until=2026-03-10", ["leak", "lift", "noise"]),
        ("until=2026-03-09", []),
        ("category=build&channel=web", ["lift"]),
    ],
)
def test_a_list_is_narrowed_down(town, at, query, found):
    made = {
        "leak": town.accept(),
        "lift": town.accept(
            category="build.home.lift", district="east-hill", channel="web", title="电梯停运"
        ),
        "noise": town.accept(
            category="noise", district="west-ford", kind="consult", title="夜间施工"
        ),
    }
    page = at("dispatcher").get(f"/console/?tab=all&{query}")
    assert {*numbers(page)} == {made[name].number for name in found}
    if not found:
        assert "请放宽或清除筛选条件" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "since=soon",
        "unit=nowhere",
        "text=。。。",
        "after=broken",
        "before=%00",
        "limit=red",
        "tab=x",
    ],
)
def test_a_query_that_makes_no_sense_is_no_error_of_ours(town, at, query):
    town.accept()
    at("dispatcher").get(f"/console/?{query}")


def test_pages_lead_forward_and_back_without_losing_a_row(town, at, monkeypatch):
    monkeypatch.setattr(worklists, "ROWS", 3)
    made = [town.accept().number for _ in range(8)]
    visitor = at("dispatcher")

    def walk(page, rel: str) -> list[list[str]]:
        seen = [numbers(page)]
        while leads := [link["href"] for link in page.links if link.get("rel") == rel]:
            page = visitor.get(f"/console/{leads[0]}")
            seen.append(numbers(page))
        walk.last = page
        return seen

    forward = walk(visitor.get("/console/?tab=assign"), "next")
    assert forward == [made[:3], made[3:6], made[6:]]
    back = walk(walk.last, "prev")
    assert back == forward[::-1]
    latest = walk(visitor.get("/console/?tab=all"), "next")
    assert [*chain(*latest)] == made[::-1]


def test_the_other_demands_of_a_caller_are_one_step_away(town, at):
    mine, other = town.accept(), town.accept(petitioner=demands.PersonIn(name="旁人"))
    page = at("dispatcher").get(f"/console/demands/{mine.pk}")
    address = next(link["href"] for link in page.links if "petitioner=" in link["href"])
    page = at("dispatcher").get(address)
    assert mine.number in numbers(page)
    assert other.number not in numbers(page)
    at("clerk").get(address.replace("tab=all", "tab=orders"), 403)


#: Statements of a page with all that its rows show: three for the session, its person and post,
#: one for each kind of row that is counted, one or two for the rows themselves; and up to four for
#: the names of things and the calendar, read once in five seconds by whoever comes first.
MOST_STATEMENTS = 11


@pytest.mark.parametrize(("role", "tab"), TABS, ids=[f"{role}-{tab.code}" for role, tab in TABS])
def test_a_page_costs_few_statements_however_long_it_is(town, at, role, tab, monkeypatch):
    monkeypatch.setattr(recent, "SECONDS", 3600)
    for state in ("assigned", "signed", "replied", "extension_requested", "completed"):
        town.order(state)
    for state in ("accepted", "draft", "evaluated", "archived"):
        town.demand(state)
    visitor = at(role)

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            visitor.get(f"/console/?tab={tab.code}")
        # A savepoint of the test's own transaction is none of the page's statements.
        return sum("SAVEPOINT" not in one["sql"] for one in seen)

    recent.forget()
    assert cost() <= MOST_STATEMENTS
    short = cost()
    assert short <= MOST_STATEMENTS - 3
    for state in ("assigned", "signed", "replied"):
        town.order(state)
    town.demand("accepted")
    assert cost() == short


def test_what_is_over_with_no_working_time_since_has_no_minutes_to_show(town):
    friday = NOW.replace(day=13, hour=17, minute=30)
    with clock.moved(friday + timedelta(days=1)):
        assert limit_badge.badge(friday, None, "5wd").text == "刚超期"
    with clock.moved(friday + timedelta(days=3)):
        assert limit_badge.badge(friday, None, "5wd").text == "超期1个工作日"
