"""What units, auditors and callers do all day, as they do it: with the keyboard where they can."""

from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import expect

from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.orders.models import Assignment, Reply
from support.walking import arrived

REPLY = "3月10日上午已到幸福里3号楼楼顶补漏，经查不再漏水，已电话告知。"


def test_a_clerk_signs_in_bulk_by_keyboard(people, living_town):
    first, second, third = (living_town.order("assigned") for _time in range(3))
    page = people.at("clerk")
    expect(page.get_by_role("button", name="签收所选")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-counted=order]")).to_have_text("2 / 3")
    living_town.order("signed", first)  # a colleague was quicker with one of them
    page.keyboard.press("s")
    expect(page.locator("main")).to_contain_text("办成 1")
    expect(page.locator("main")).to_contain_text("没有办成 1")
    expect(page.locator("tr.overdue")).to_contain_text("不能签收")
    states = [Assignment.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["signed", "assigned", "signed"]


def test_a_reply_is_checked_while_it_is_typed_and_a_dead_network_loses_nothing(people, living_town):
    order = living_town.order("signed")
    address = f"/console/orders/{order.pk}/do/order.reply"
    page = people.at("clerk", address)
    text = page.get_by_label("答复内容")
    text.press_sequentially("高度重视，尽快处理。", delay=5)
    findings = page.locator("#findings")
    expect(findings).to_contain_text("套话")
    expect(findings).to_contain_text("没有联系诉求人的记录")
    expect(findings).to_contain_text("草稿已保存")

    page.context.set_offline(True)
    text.fill(f"{REPLY}（断网时写的）")
    expect(findings).to_contain_text("暂存在本机")
    people.complaints.clear()  # the browser said that the network was dead, and was right
    page.close()  # and the tab was closed on top of it
    page.context.set_offline(False)
    page = page.context.new_page()
    page.goto(address)
    text = page.get_by_label("答复内容")
    expect(text).to_have_value(f"{REPLY}（断网时写的）")
    expect(page.locator("#findings")).to_contain_text("草稿已保存")

    text.fill(REPLY)
    expect(page.locator("#findings")).to_contain_text("答复检查：1条提示")
    page.get_by_label("已解决").check()
    expect(page.locator("#findings")).to_contain_text("答复检查：1条提示")
    text.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("请改好再提交，或勾选“有提示也提交”")
    expect(text).to_have_value(REPLY)
    page.get_by_label("有提示也提交").check()
    page.get_by_role("button", name="提交答复").click()
    expect(page.locator("#messages")).to_contain_text("答复已提交。")
    assert Reply.objects.get().findings == ["no_contact"]
    assert (
        page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []
    )


def test_a_sheet_goes_out_is_filled_and_comes_back(people, living_town, tmp_path: Path):
    living_town.order("assigned")
    living_town.order("assigned")
    page = people.at("clerk")
    page.get_by_role("link", name="表格办理").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="导出表格").click()
    file = tmp_path / taken.value.suggested_filename
    assert file.suffix == ".xlsx"
    taken.value.save_as(file)
    book = load_workbook(BytesIO(file.read_bytes()))
    sheet = book["工单"]
    asked = next(cell.column for cell in sheet[1] if cell.value == "操作")
    sheet.cell(2, asked).value = "签收"
    sheet.cell(3, asked).value = "办结"
    book.save(file)
    for told in ("办成 1", "无变化 1"):
        page.goto("/console/sheets")
        page.get_by_label("填好的表格", exact=True).set_input_files(file)
        page.get_by_role("button", name="导入", exact=True).click()
        expect(page.locator("main")).to_contain_text(told)
        expect(page.locator("tr.overdue")).to_contain_text("只能填签收、联系、答复")
    assert Assignment.objects.filter(state="signed").count() == 1


def test_an_auditor_takes_one_reply_after_another_by_keyboard(people, living_town):
    first, second, third = (living_town.order("replied") for _time in range(3))
    page = people.at("dispatcher", "/console/?tab=audit")
    page.keyboard.press("d")
    arrived(page, f"{people.address}/console/desks/audit/{first.pk}")
    other = people.at("dispatcher2", "/console/?tab=audit")
    other.keyboard.press("d")
    arrived(other, f"{people.address}/console/desks/audit/{second.pk}")
    expect(page.locator("main")).to_contain_text("已派人补漏")
    expect(page.locator(".findings")).to_contain_text("没有联系诉求人的记录")
    page.keyboard.press("1")  # the first reason of the list
    page.keyboard.press("r")
    arrived(page, f"{people.address}/console/desks/audit/{third.pk}")
    page.keyboard.press("p")
    expect(page.locator("main")).to_contain_text("还有1件正在别人手里")
    other.keyboard.press("n")
    arrived(other, f"{people.address}/console/desks/audit/{second.pk}")  # the only one
    states = [Assignment.objects.get(pk=one.pk).state for one in (first, second, third)]
    assert states == ["handling", "replied", "completed"]
    assert first.replies.get().remark in ("未联系诉求人", "答复空泛")


def test_a_caller_asks_one_after_another(people, living_town):
    staff = living_town.actor("follow_up")
    first, second = (
        follow_ups.plan(staff, living_town.demand("completed").pk) for _time in range(2)
    )
    page = people.at("follow_up")
    page.keyboard.press("d")
    arrived(page, f"{people.address}/console/desks/call/{first.pk}")
    expect(page.locator(".script").first).to_contain_text("您好，这里是小城12345")
    expect(page.locator("body")).not_to_contain_text("13900001234")
    page.keyboard.press("v")
    sheet = page.locator("dialog[open]")
    expect(sheet.get_by_label("查看理由")).to_be_visible()
    sheet.get_by_label("查看理由").fill("回访")
    sheet.get_by_role("button", name="查看诉求人信息").click()
    expect(sheet).to_contain_text("13900001234")
    sheet.get_by_role("button", name="看完了").click()
    expect(page.locator("body")).not_to_contain_text("13900001234")

    page.get_by_label("号码错误").check()
    page.keyboard.press("u")
    arrived(page, f"{people.address}/console/desks/call/{second.pk}")
    page.keyboard.press("4")  # 不满意
    page.keyboard.press("w")  # 未解决
    page.get_by_label("不满意的原因").select_option("unsolved")
    page.get_by_label("同时退回承办单位重办").check()
    page.keyboard.press("e")
    expect(page.locator("main")).to_contain_text("现在没有要回访的诉求了")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempt_count) == (FollowUp.State.PLANNED, 1)
    assert (second.state, second.grade) == (FollowUp.State.EVALUATED, "dissatisfied")
    assert Assignment.objects.get(pk=second.assignment_id).state == "handling"
