"""One demand through eight people's hands, from the portal to the archive, with what is refused."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from minsheng.demands.models import Demand
from minsheng.foundation.models import JournalEntry
from support.solving import answer_to
from support.walking import fill

PHONE_SCREEN = {"width": 360, "height": 640}


class Hands:
    """Everybody who has the demand in their hands, each at a screen of their own."""

    def __init__(self, people: Any) -> None:
        self.people = people
        self.demand = Demand()

    def citizen(self, path: str) -> Page:
        page: Page = self.people.at("", "/portal/", viewport=PHONE_SCREEN)
        page.goto(f"/portal/{path}")
        return page

    def look(self, who: str) -> Page:
        page: Page = self.people.at(who, f"/console/demands/{self.demand.pk}")
        page.reload()
        return page

    def order(self, unit: str) -> int:
        return self.demand.assignments.filter(unit__code=unit).latest("pk").pk

    def open(self, who: str, action: str, unit: str = "") -> Page:
        """Opens the page of an action on the demand, or on the order of a unit."""
        about = f"orders/{self.order(unit)}" if unit else f"demands/{self.demand.pk}"
        page: Page = self.people.at(who, "/console/")
        page.goto(f"/console/{about}/do/{action}")
        return page

    def do(self, who: str, action: str, unit: str = "", **fields: str) -> None:
        """Fills in the form of an action and sends it; the page of the demand comes next."""
        page = self.open(who, action, unit)
        fill(page.locator("main"), **fields)
        page.locator("main form", has=page.locator("[name=once]")).locator(".btn-primary").click()
        page.wait_for_url(f"**/console/demands/{self.demand.pk}*")

    def refused(self, who: str, action: str, unit: str = "") -> None:
        heading = self.open(who, action, unit).get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile("没有办成|没有权限|没有找到"))


def test_from_the_portal_to_the_archive(people, living_town):
    hands = Hands(people)

    # The petitioner raises it on a phone.
    page = hands.citizen("submit")
    page.get_by_label("用一句话说明是什么事").fill("单元门口路灯不亮")
    page.get_by_label("详细情况").fill("晚上下楼看不见台阶，已经三天了。")
    page.get_by_label("具体地点").fill("幸福里3号楼")
    page.get_by_label("姓名").fill("王丽华")
    page.get_by_label("联系电话").fill("13812345678")
    page.get_by_label("验证码").fill(answer_to(page.locator("[name=proof]").input_value()))
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("单元门口路灯不亮")
    hands.demand = Demand.objects.get()
    demand = hands.demand

    # A unit that has nothing to do with it does not learn that it exists.
    page = people.at("clerk.traffic", f"/console/demands/{demand.pk}")
    expect(page.locator("body")).to_contain_text("没有找到这件诉求")

    # The dispatcher gives it to the wrong unit, which asks to return it; it goes to the right one.
    hands.do("dispatcher", "demand.assign", lead="housing")
    hands.refused("clerk", "order.reply", "housing")  # not signed for yet
    hands.do(
        "clerk", "order.request_return", "housing", reason_code="not_ours", reason="属道路照明"
    )
    hands.refused("clerk", "order.accept_return", "housing")
    hands.do("dispatcher", "order.accept_return", "housing")
    hands.do("dispatcher", "demand.assign", lead="traffic")

    # The unit signs for it, speaks with the petitioner and replies; its leader sends it back once.
    page = hands.look("clerk.traffic")
    expect(page.locator("body")).not_to_contain_text("13812345678")
    page.get_by_role("button", name="签收", exact=True).first.click()
    expect(page.locator("#messages")).to_contain_text("已签收。")
    hands.do("clerk.traffic", "order.contact", "traffic", outcome="电话联系，约定今晚到现场。")
    reply = {"text": "今晚七点已更换灯泡，恢复照明，并电话告知。", "solved": "1", "anyway": "1"}
    hands.do("clerk.traffic", "order.reply", "traffic", **reply)
    hands.refused("clerk.traffic", "order.sign_off", "traffic")
    hands.do("leader.traffic", "order.refuse_sign_off", "traffic", reason="请写明查了线路")
    hands.do("clerk.traffic", "order.reply", "traffic", **reply)
    hands.do("leader.traffic", "order.sign_off", "traffic")

    # The auditor sends it back to be done again, then passes it.
    hands.do("dispatcher2", "order.fail_audit", "traffic", reason="请附联系记录")
    hands.do("clerk.traffic", "order.reply", "traffic", **reply)
    hands.do("leader.traffic", "order.sign_off", "traffic")
    hands.do("dispatcher2", "order.pass_audit", "traffic")

    # The petitioner finds it dark again; whoever calls has it done again.
    page = hands.citizen("mine")
    expect(page.get_by_role("main")).to_contain_text("已办结")
    expect(page.get_by_role("main")).not_to_contain_text("请附联系记录")
    page.get_by_role("link", name="没有解决，申请重办").click()
    page.get_by_label("哪里还没有解决").fill("昨晚又不亮了")
    page.get_by_role("button", name="没有解决，申请重办").click()
    expect(page.locator(".portal-state")).to_contain_text("回访中")
    hands.refused("supervisor", "demand.archive")
    hands.do("follow_up", "follow_up.evaluate", grade="dissatisfied", solved="0", reason="又不亮")
    hands.do("follow_up", "follow_up.rework", reason="线路接头松动")
    hands.do("clerk.traffic", "order.reply", "traffic", **reply)
    hands.do("leader.traffic", "order.sign_off", "traffic")
    hands.do("dispatcher2", "order.pass_audit", "traffic")

    # Now the petitioner is content, and it is put away.
    page = hands.citizen("mine/evaluate")
    page.get_by_label("已解决").check()
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="评价办理结果").click()
    expect(page.get_by_role("main")).to_contain_text("您已评价：非常满意")
    page = hands.look("supervisor")
    page.get_by_role("button", name="归档", exact=True).click()
    expect(page.locator(".demand-head")).to_contain_text("已归档")
    page = hands.citizen("mine")
    expect(page.get_by_role("main")).to_contain_text("诉求已归档")
    expect(page.get_by_role("link", name="补充情况")).to_have_count(0)

    acted = JournalEntry.objects.filter(subject_kind="demand").values_list("staff", flat=True)
    assert {*acted} == {
        "citizen", "dispatcher", "clerk", "clerk.traffic", "leader.traffic",
        "dispatcher2", "follow_up", "supervisor",
    }  # fmt: skip
