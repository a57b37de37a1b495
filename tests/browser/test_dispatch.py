"""The dispatch desk by keyboard: two at the same demand, several at once, two side by side."""

import re

from playwright.sync_api import expect

from minsheng.demands.models import Demand
from minsheng.insight.duplicates.feeding import catch_up
from minsheng.orders.models import Assignment
from support.walking import arrived


def test_of_two_dispatchers_at_the_same_demand_one_is_told(people, living_town):
    demand = living_town.accept(category="road.lamp")
    address = f"/console/dispatch/assign/{demand.pk}"
    first = people.at("dispatcher", address)
    second = people.at("dispatcher2", address)
    expect(second.get_by_role("status").first).to_contain_text("dispatcher·hotline正在处理这一件")
    first.keyboard.press("F8")
    expect(first.locator("#messages")).to_contain_text("已派单。")
    second.keyboard.press("F8")
    expect(second.get_by_role("alert")).to_contain_text("诉求现在是“办理中”，不能派单")
    expect(second.locator(".overtaken")).to_contain_text("dispatcher·hotline 派单")
    assert Assignment.objects.count() == 1


def test_several_are_ticked_and_assigned_by_keyboard(people, living_town):
    for _time in range(3):
        living_town.accept(category="road.lamp")
    page = people.at("dispatcher", "/console/dispatch")
    for _time in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("[data-counted=demand]")).to_have_text("2 / 3")
    page.keyboard.press("F8")
    expect(page.locator("main")).to_contain_text("批量派单")
    expect(page.locator("main")).to_contain_text("已派给交通局")
    assert Demand.objects.filter(state="assigned").count() == 2


def test_a_likeness_is_compared_and_merged_by_keyboard(people, living_town):
    living_town.accept(text="三单元楼顶下雨就漏水。")
    later = living_town.accept(text="三单元楼顶又漏水了。")
    catch_up()
    page = people.at("dispatcher", f"/console/dispatch/assign/{later.pk}")
    page.keyboard.press("m")
    arrived(page, re.compile("/console/dispatch/compare/"))
    expect(page.locator("del").first).to_be_visible()
    page.keyboard.press("F8")
    expect(page.locator("#messages")).to_contain_text("已并入")
    later.refresh_from_db()
    assert later.state == "merged"


def test_every_key_of_a_page_is_listed(people, living_town):
    demand = living_town.accept()
    page = people.at("dispatcher", f"/console/dispatch/assign/{demand.pk}")
    page.keyboard.press("?")
    keys = page.locator("dialog#keys")
    expect(keys).to_be_visible()
    for key, words in (("F8", "派单，看下一件"), ("b", "待派单"), ("o", "诉求全貌")):
        expect(keys.locator("dl > div", has_text=words)).to_contain_text(key)
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
