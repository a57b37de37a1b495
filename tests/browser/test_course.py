"""One demand on its way through everybody's hands, as they do it: with mouse and keyboard."""

import re

from playwright.sync_api import Page, expect

from minsheng.demands.models import Demand
from minsheng.foundation.models import JournalEntry
from support.walking import arrived


def press(page: Page, name: str) -> None:
    """Presses a button of the page and, where a form opens, leaves it open."""
    page.get_by_role("button", name=name, exact=True).first.click()


def fill(page: Page, name: str, **fields: str) -> None:
    """Opens the form of an action, fills it in and sends it."""
    press(page, name)
    sheet = page.locator("dialog[open]")
    expect(sheet).to_be_visible()
    for field, value in fields.items():
        control = sheet.locator(f"[name={field}]").first
        if control.get_attribute("type") == "radio":
            sheet.locator(f'[name={field}][value="{value}"]').check()
        else:
            control.fill(value)
    sheet.get_by_role("button", name=name, exact=True).click()
    expect(sheet).to_be_hidden()


def pick(page: Page, label: str, typed: str, line: str) -> None:
    """Finds a line of a long list by a few characters, as one does with the keyboard."""
    field = page.get_by_role("combobox", name=label, exact=True)
    field.fill(typed)
    expect(page.get_by_role("option", name=line, exact=True)).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value(line)


def open_first(page: Page) -> None:
    page.locator("table.work a.title").first.click()
    arrived(page, re.compile("/console/demands/"))


def test_a_demand_goes_from_the_call_to_the_archive(people):
    # The agent takes it down while the caller talks.
    page = people.at("agent", "/console/intake")
    page.get_by_label("来电号码").fill("13812345678")
    page.get_by_label("姓名").fill("王丽华")
    page.get_by_label("标题").fill("单元门口路灯不亮")
    expect(page.locator("#caller")).to_contain_text("第一次来电")
    page.get_by_label("内容", exact=True).fill("晚上下楼看不见台阶，已经三天了。")
    page.get_by_label("投诉").check()
    pick(page, "诉求类别", "路灯", "道路交通 / 路灯不亮")
    pick(page, "区域", "码头", "东湾区 · 码头街道")
    page.get_by_label("地点").fill("幸福里3号楼")
    expect(page.locator("#suggestions")).to_contain_text("交通局")
    press(page, "受理送派")
    expect(page.locator("#messages")).to_contain_text("已受理，诉求号 SQ")
    demand = Demand.objects.get()

    # The dispatcher gives it to the unit that the catalogue names.
    page = people.at("dispatcher")
    open_first(page)
    press(page, "派单")
    sheet = page.locator("dialog[open]")
    expect(sheet.get_by_role("combobox", name="主办单位")).to_have_value("交通局")
    sheet.get_by_label("派单意见").fill("请今晚前到现场查看。")
    sheet.get_by_role("button", name="派单", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已派单。")

    # The unit signs, speaks with the caller and replies.
    page = people.at("clerk.traffic")
    expect(page.locator("table.work")).to_contain_text("单元门口路灯不亮")
    open_first(page)
    expect(page.locator(".prose").first).to_contain_text("晚上下楼看不见台阶")
    expect(page.locator("body")).not_to_contain_text("13812345678")
    press(page, "签收")
    expect(page.locator("#messages")).to_contain_text("已签收。")
    fill(page, "联系诉求人", outcome="电话联系，约定今晚七点到现场。")
    press(page, "答复")
    page.get_by_label("答复内容").fill("3月10日晚上已到单元门口更换灯泡，台阶照亮了。")
    page.get_by_label("已解决").check()
    expect(page.locator("#findings")).to_contain_text("没有提示")
    page.get_by_role("button", name="提交答复").click()
    expect(page.locator("#messages")).to_contain_text("答复已提交。")

    # Its leader signs off, the dispatcher looks it over.
    page = people.at("leader.traffic")
    open_first(page)
    fill(page, "签发")
    page = people.at("dispatcher", "/console/?tab=audit")
    open_first(page)
    fill(page, "审核通过", remark="答复完整。")

    # The caller is asked, and it is put away.
    page = people.at("follow_up", f"/console/demands/{demand.pk}")
    press(page, "查看真实信息")
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("查看理由").fill("电话回访")
    sheet.get_by_role("button", name="查看诉求人信息").click()
    expect(sheet).to_contain_text("13812345678")
    sheet.get_by_role("button", name="看完了").click()
    expect(page.locator("body")).not_to_contain_text("13812345678")
    fill(page, "评价", grade="very_satisfied", solved="1")
    expect(page.locator("#follow-ups")).to_contain_text("非常满意")
    page = people.at("supervisor", f"/console/demands/{demand.pk}")
    press(page, "归档")
    expect(page.locator(".demand-head")).to_contain_text("已归档")

    assert list(
        JournalEntry.objects.filter(subject_kind="demand")
        .order_by("seq")
        .values_list("action", "staff")
    ) == [
        ("demand.submit", "agent"),
        ("demand.assign", "dispatcher"),
        ("order.sign", "clerk.traffic"),
        ("order.contact", "clerk.traffic"),
        ("order.reply", "clerk.traffic"),
        ("order.sign_off", "leader.traffic"),
        ("order.pass_audit", "dispatcher"),
        ("identity.reveal", "follow_up"),
        ("follow_up.evaluate", "follow_up"),
        ("demand.archive", "supervisor"),
    ]
    timeline = page.locator(".timeline > li .act")
    expect(timeline).to_have_count(10)
    expect(timeline.last).to_have_text("受理")


def test_a_double_click_assigns_once(people, living_town):
    living_town.accept()
    page = people.at("dispatcher")
    open_first(page)
    press(page, "派单")
    page.locator("dialog[open]").get_by_role("button", name="派单", exact=True).dblclick()
    expect(page.locator("#messages")).to_contain_text(re.compile("已派单|已经提交成功"))
    assert JournalEntry.objects.filter(action="demand.assign").count() == 1


def test_a_dead_network_loses_nothing(people, living_town):
    living_town.order("signed")
    page = people.at("clerk", "/console/?tab=running")
    open_first(page)
    press(page, "联系诉求人")
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("联系情况").fill("写了很久的联系情况。")
    page.context.set_offline(True)
    sheet.get_by_role("button", name="联系诉求人", exact=True).click()
    expect(sheet).to_contain_text("没有送达")
    expect(sheet.get_by_label("联系情况")).to_have_value("写了很久的联系情况。")
    page.context.set_offline(False)
    people.complaints.clear()  # the browser said that the network was dead, and was right
    sheet.get_by_role("button", name="联系诉求人", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已记录联系情况。")


def test_a_refusal_is_said_in_the_sheet(people, living_town):
    order = living_town.order("assigned")
    page = people.at("clerk")
    open_first(page)
    press(page, "申请退单")
    sheet = page.locator("dialog[open]")
    sheet.get_by_label("退单原因").select_option("not_ours")
    sheet.get_by_label("说明").fill("属物业职责")
    living_town.order("return_requested", order)  # a colleague was quicker
    sheet.get_by_role("button", name="申请退单", exact=True).click()
    expect(sheet.get_by_role("alert")).to_contain_text("不能申请退单")
    expect(sheet.get_by_label("说明")).to_have_value("属物业职责")
    sheet.get_by_role("button", name="取消").click()
    expect(sheet).to_be_hidden()


def test_everything_works_without_scripts(people, living_town):
    living_town.accept()
    page = people.at("dispatcher", java_script_enabled=False)
    open_first(page)
    press(page, "派单")
    page.get_by_label("主办单位").select_option("housing")
    press(page, "派单")
    expect(page.locator("#messages")).to_contain_text("已派单。")
    page = people.at("clerk", java_script_enabled=False)
    open_first(page)
    press(page, "签收")
    expect(page.locator("#messages")).to_contain_text("已签收。")


def test_the_keyboard_is_enough(people, living_town):
    living_town.accept()
    page = people.at("dispatcher")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="编号")).to_be_focused()
    page.keyboard.type("漏水")
    page.keyboard.press("Enter")
    expect(page.locator("table.work")).to_contain_text("楼顶漏水")
    page.locator("table.work a.title").first.focus()
    page.keyboard.press("Enter")
    arrived(page, re.compile("/console/demands/"))
    page.get_by_role("button", name="派单", exact=True).focus()
    page.keyboard.press("Enter")
    sheet = page.locator("dialog[open]")
    expect(sheet.get_by_role("combobox", name="主办单位")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="派单", exact=True)).to_be_focused()
