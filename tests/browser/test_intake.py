"""The intake desk by keyboard alone: how many keys a demand takes, and what is never lost."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from minsheng.calls import actions as calls
from minsheng.demands.models import Demand
from minsheng.doors.models import IntakeDraft
from minsheng.orders.models import Assignment
from support.town import PHONE
from support.waiting import until
from support.walking import arrived

TEXT = "三单元门口的路灯不亮，晚上看不见台阶。"

# Keys that are pressed, but for those that write text.
_COUNT = """() => {
  window.pressed = [];
  addEventListener("keydown", (event) => {
    if (!["Alt", "Shift", "Control"].includes(event.key)) window.pressed.push(event.key);
  }, true);
}"""


def ring(town: Any) -> None:
    calls.offer(town.actor("system"), call_no="c1", agent="agent", phone=PHONE, line="12345")


def take(page: Page) -> None:
    """Takes the call that rings, by its key."""
    page.keyboard.press("Alt+C")
    expect(page.get_by_label("来电号码")).to_have_value(PHONE)
    expect(page.get_by_label("内容", exact=True)).to_be_focused()


def test_a_call_becomes_an_order_by_keyboard_alone(people, living_town):
    ring(living_town)
    page = people.at("agent", "/console/intake")
    take(page)
    expect(page.locator("#caller")).to_contain_text("第一次来电")
    page.evaluate(_COUNT)
    page.keyboard.insert_text(TEXT)
    expect(page.locator("#suggestions")).to_contain_text("路灯不亮")
    page.keyboard.press("F9")
    expect(page.get_by_role("combobox", name="诉求类别")).to_have_value("道路交通 / 路灯不亮")
    page.evaluate("sessionStorage.pressed = window.pressed.length + 2")  # Alt+C, and F8 to come
    page.keyboard.press("F8")
    expect(page.locator("#messages")).to_contain_text("已受理，诉求号 SQ")
    assert int(page.evaluate("sessionStorage.pressed")) <= MOST_KEYS
    demand = Demand.objects.get()
    assert (demand.title, demand.call_no) == ("三单元门口的路灯不亮，晚上看不见台阶", "c1")
    assert str(demand.category) == "路灯不亮"
    assert not IntakeDraft.objects.exists()

    page = people.at("dispatcher", "/console/dispatch")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    arrived(page, re.compile("/console/dispatch/assign/"))
    expect(page.get_by_role("combobox", name="主办单位")).to_have_value("交通局")
    page.keyboard.press("F8")
    expect(page.locator("#messages")).to_contain_text("已派单。")
    assert Assignment.objects.get().unit.code == "traffic"


MOST_KEYS = 3  # beside the words themselves: take the call, take the suggestions, send on


def another(people: Any) -> Page:
    """Opens a second tab, so that the first can be closed and the window stays."""
    page: Page = people.watched(people.windows["agent []"])
    return page


def test_a_draft_survives_a_closed_tab(people, living_town):
    ring(living_town)
    page = people.at("agent", "/console/intake")
    take(page)
    page.keyboard.insert_text(TEXT)
    expect(page.locator("#kept")).to_have_text("已自动保存")
    page.keyboard.insert_text("已经三天了。")
    later = another(people)
    page.close()  # before the next save was due: the last words are sent as it closes
    said = TEXT + "已经三天了。"
    until("all is kept", lambda: IntakeDraft.objects.get().typed["text"] == said)
    page = later
    page.goto("/console/intake")
    page.keyboard.press("Alt+R")
    expect(page.get_by_label("内容", exact=True)).to_have_value(said)
    page.keyboard.press("F8")
    expect(page.locator("#messages")).to_contain_text("已受理")
    assert Demand.objects.count() == 1
    assert not IntakeDraft.objects.exists()


def test_a_draft_survives_a_dead_network(people, living_town):
    page = people.at("agent", "/console/intake")
    page.get_by_label("来电号码").fill(PHONE)
    expect(page.locator("#kept")).to_have_text("已自动保存")
    page.context.set_offline(True)
    page.get_by_label("内容", exact=True).fill(TEXT)
    expect(page.locator("#kept")).to_contain_text("网络不通")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "intake:" in kept
    assert PHONE not in kept
    assert "路灯" not in kept
    later = another(people)
    page.close()  # nothing can be sent any more
    page = later
    page.context.set_offline(False)
    people.complaints.clear()  # the browser said that the network was dead, and was right
    page.goto("/console/intake")
    expect(page.locator("#drafts")).to_contain_text("继续没登记完的")
    expect(page.locator("#drafts li")).to_have_count(1)
    expect(page.locator("#drafts li").first).to_contain_text("路灯不亮")
    page.keyboard.press("Alt+R")
    expect(page.get_by_label("内容", exact=True)).to_have_value(TEXT)
    expect(page.get_by_label("来电号码")).to_have_value(PHONE)
    assert (
        page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('intake:')).length")
        == 0
    )
    assert IntakeDraft.objects.count() == 1


def test_marking_an_abusive_caller_leaves_the_form_as_it_is(people, living_town):
    living_town.accept()
    page = people.at("agent", "/console/intake")
    page.get_by_label("内容", exact=True).fill(TEXT)
    page.get_by_label("来电号码").fill(PHONE)
    page.get_by_label("姓名").focus()
    expect(page.locator("#caller")).to_contain_text("30天内已反映1次")
    page.locator("#caller").get_by_role("button", name="标记").click()
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("骚扰来电").check()
    sheet.get_by_label("理由").fill("反复辱骂")
    sheet.get_by_role("button", name="标记来电人").click()
    expect(sheet).to_be_hidden()
    expect(page.locator("#caller")).to_contain_text("骚扰来电")
    expect(page.get_by_label("内容", exact=True)).to_have_value(TEXT)
