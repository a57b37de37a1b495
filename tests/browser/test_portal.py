"""The portal on the narrowest phone: without scripts from the form to the evaluation."""

import pytest
from playwright.sync_api import expect

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from support.looking import NARROW, WIDE, faint, overflow

PHONE_SCREEN = {"width": 360, "height": 640}


def test_without_scripts_from_the_form_to_the_evaluation(people, living_town):
    page = people.at("", "/portal/", viewport=PHONE_SCREEN, java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="提交诉求").click()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("alert").get_by_role("link", name="用一句话说明是什么事").click()
    page.get_by_label("用一句话说明是什么事").fill("路灯不亮")
    page.get_by_label("详细情况").fill("幸福里三号楼前的路灯坏了半个月。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("路灯不亮")
    demand = Demand.objects.get()
    page.get_by_role("button", name="离开").click()

    demands.answer(living_town.actor("agent"), demand.pk, answer="路灯已修好。", knowledge="fund")
    page.get_by_role("navigation").get_by_role("link", name="查询进度").click()
    page.get_by_label("诉求号").fill(demand.number)
    page.get_by_label("查询码").fill(demand.query_code)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("main")).to_contain_text("路灯已修好。")
    page.get_by_role("link", name="评价办理结果").click()
    page.get_by_label("已解决").check()
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="评价办理结果").click()
    expect(page.get_by_role("main")).to_contain_text("您已评价：非常满意")


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [(WIDE, "light"), (NARROW, "dark"), (PHONE_SCREEN, "light")],
    ids=["wide-light", "narrow-dark", "phone"],
)
def test_every_page_fits_and_can_be_read(people, living_town, screen, scheme):
    demand = living_town.demand("completed")
    look = {"viewport": screen, "color_scheme": scheme}
    page = people.at("", "/portal/query", **look)
    page.get_by_label("诉求号").fill(demand.number)
    page.get_by_label("查询码").fill(demand.query_code)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(demand.title)
    wrong = []
    for path in ("mine", "mine/evaluate", "mine/supplement", "query", "submit", "?q=维修"):
        page.goto(f"/portal/{path}")
        if more := overflow(page):
            wrong.append((path, f"{more} px too wide"))
        wrong += [(path, words) for words in faint(page)]
    assert not wrong
