"""A dead network at each save of a whole page: what was typed stays, and the page says so."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from minsheng.directory.models import Post
from minsheng.foundation import clock
from minsheng.knowledge.models import Item
from support.town import PASSWORD
from support.troubled import full_disk

#: Who saves, where, in which field they type, and which button they press.
SAVES = [
    ("clerk", "/console/password", "new", "修改密码"),
    ("specialist", "/console/knowledge/new", "answer", "提交审核"),
    ("dispatcher", "/console/demands/{demand}/do/demand.edit", "text", "修改"),
    ("clerk", "/console/demands/{demand}/exclusion", "evidence", "提交申请"),
    ("admin", "/console/settings/staff", "username", "添加"),
]


def dead(page: Page, field: str, button: str) -> None:
    """Types into a field and presses the button on a dead network."""
    control = page.locator(f"main [name={field}]").first
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
    control.fill("写了很久的内容")
    page.context.set_offline(True)
    form = page.locator("main form", has=page.locator(f"[name={field}]"))
    form.first.get_by_role("button", name=button).last.click()
    expect(page.locator("[data-failure]")).to_contain_text("没有送达")
    expect(control).to_have_value("写了很久的内容")
    page.context.set_offline(False)


def test_nothing_typed_is_lost_at_any_save(people, living_town):
    order = living_town.order("handling")
    where = {"order": order.pk, "demand": order.demand_id}
    for who, path, field, button in SAVES:
        page = people.at(who, path.format(**where))
        dead(page, field, button)
    people.complaints.clear()  # the browser said that the network was dead, and was right


def test_the_second_try_saves_once(people, living_town):
    page = people.at("specialist", "/console/knowledge/new")
    page.locator("[name=title]").fill("电梯坏了找谁")
    dead(page, "answer", "提交审核")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#messages")).to_contain_text("已提交")
    assert Item.objects.filter(title="电梯坏了找谁").count() == 1
    people.complaints.clear()


def test_a_full_disk_is_named_beside_the_form_and_the_second_try_saves(people, living_town):
    page = people.at("specialist", "/console/knowledge/new")
    page.locator("[name=title]").fill("电梯坏了找谁")
    page.locator("[name=answer]").fill("写了很久的内容")
    with full_disk():
        page.get_by_role("button", name="提交审核").click()
        expect(page.locator("[data-failure]")).to_contain_text("磁盘已满")
        expect(page.locator("[name=answer]")).to_have_value("写了很久的内容")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#messages")).to_contain_text("已提交")
    assert Item.objects.filter(title="电梯坏了找谁").count() == 1
    people.complaints.clear()  # the browser said what was answered


def test_a_full_disk_is_named_in_a_sheet(people, living_town):
    demand = living_town.accept()
    page = people.at("agent", f"/console/demands/{demand.pk}")
    page.get_by_role("button", name="补充", exact=True).click()
    sheet = page.locator("dialog[open]")
    sheet.locator("[name=text]").fill("写了很久的内容")
    with full_disk():
        sheet.get_by_role("button", name="补充", exact=True).click()
        expect(sheet.locator("[data-failure]")).to_contain_text("磁盘已满")
        expect(sheet.locator("[name=text]")).to_have_value("写了很久的内容")
    sheet.get_by_role("button", name="补充", exact=True).click()
    expect(sheet).to_be_hidden()
    assert demand.supplements.get().text == "写了很久的内容"
    people.complaints.clear()


def test_who_was_signed_out_meanwhile_signs_in_beside_the_form_and_sends_it(people, living_town):
    page = people.at("specialist", "/console/knowledge/new")
    page.locator("[name=title]").fill("电梯坏了找谁")
    page.locator("[name=answer]").fill("写了很久的内容")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("[data-failure]")).to_contain_text("登录已经过期")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="去登录").click()
    entrance = opened.value
    entrance.get_by_label("账号").fill("specialist")
    entrance.get_by_label("密码").fill(PASSWORD)
    entrance.get_by_role("button", name="登录").click()
    expect(entrance.get_by_role("heading", level=1)).not_to_have_text("登录")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#messages")).to_contain_text("已提交")
    assert Item.objects.get(title="电梯坏了找谁").answer == "写了很久的内容"


def test_a_page_of_another_post_sends_nothing_until_that_post_is_back(people, living_town):
    page = people.at("specialist", "/console/knowledge/new")
    page.locator("[name=title]").fill("电梯坏了找谁")
    page.locator("[name=answer]").fill("写了很久的内容")
    held = living_town.posts["specialist"]
    since = clock.now() - timedelta(hours=1)
    Post.objects.create(staff=held.staff, unit=held.unit, role="analyst", since=since)
    other = page.context.new_page()
    other.goto("/console/post")
    other.get_by_role("button", name="数据分析员").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("[data-failure]")).to_contain_text("现在是“数据分析员")
    assert not Item.objects.filter(title="电梯坏了找谁").exists()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="去换岗位").click()
    opened.value.get_by_role("button", name="政策专员").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#messages")).to_contain_text("已提交")
    people.complaints.clear()  # the browser noted the refusal
