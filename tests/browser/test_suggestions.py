"""Suggestions are taken by one key, wherever they are shown."""

import re

from playwright.sync_api import expect

from minsheng.demands.models import Demand
from minsheng.insight import gazetteer
from minsheng.insight.models import Suggestion
from minsheng.orders.models import Reply
from support.walking import arrived
from support.warning import raised


def test_an_auditor_takes_a_finding_over_into_the_refusal(people, living_town):
    order = living_town.order("replied")
    page = people.at("dispatcher", f"/console/desks/audit/{order.pk}")
    finding = page.locator(".findings li", has_text="没有联系记录")
    expect(finding.get_by_role("button")).to_have_attribute("aria-keyshortcuts", "Alt+3")
    page.keyboard.press("Alt+3")
    expect(page.locator("#send-back [name=reason]")).to_have_value(
        re.compile("没有联系诉求人的记录")
    )
    expect(finding.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.locator("h1").click()  # letters are heard where nobody types
    page.keyboard.press("r")
    expect(page.locator("#messages")).to_contain_text("已退回重办")
    assert "没有联系诉求人的记录" in Reply.objects.get().remark
    row = Suggestion.objects.get(what="audit")
    assert (row.chosen, row.by.username) == ("no_contact", "dispatcher")


def test_a_dispatcher_marks_what_is_urgent_and_takes_a_unit(people, living_town):
    demand = living_town.accept(title="有人要跳楼", text="有人要跳楼", category="road.lamp")
    page = people.at("dispatcher", f"/console/dispatch/assign/{demand.pk}")
    expect(page.locator("#suggestions")).to_contain_text("危及生命")
    page.keyboard.press("Alt+1")
    expect(page.locator("#messages")).to_contain_text("已标为紧急")
    arrived(page, re.compile(f"/dispatch/assign/{demand.pk}$"))
    expect(page.locator("#suggestions")).not_to_contain_text("危及生命")
    expect(page.locator("#suggestions button")).to_have_text(re.compile("交通局"))
    page.keyboard.press("Alt+1")
    page.keyboard.press("F8")
    expect(page.locator("#messages")).to_contain_text("已派单。")
    found = Demand.objects.get(pk=demand.pk)
    assert (found.urgent, found.state) == (True, "assigned")
    assert {row.what: row.rank for row in Suggestion.objects.all()} == {"urgency": 0, "unit": 0}


def test_a_name_that_is_no_place_is_refused_by_its_key(people, living_town):
    for _time in range(3):
        living_town.accept(place="前面那条路口", district="east-quay")
    gazetteer.propose()
    page = people.at("dispatcher", "/console/places")
    page.keyboard.press("x")
    expect(page.locator("#messages")).to_contain_text("以后不再提示")


def test_a_supervisor_takes_a_warning_up(people, living_town):
    issue = raised()
    page = people.at("supervisor", f"/console/hot-issues/{issue.pk}")
    page.keyboard.press("y")
    expect(page.locator("#messages")).to_contain_text("已记录研判意见")
    issue.refresh_from_db()
    assert (issue.state, issue.settled_by) == ("taken", "supervisor")
