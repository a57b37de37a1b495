"""The portal on the narrowest phone: without scripts from the form to the evaluation."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Supplement
from minsheng.foundation import clock
from support.deeds import picture
from support.looking import NARROW, WIDE, barriers, faint, overflow
from support.solving import answer_to
from support.town import NOW

PHONE_SCREEN = {"width": 360, "height": 640}


def solve(page: Page) -> None:
    """Types what the picture shows, as somebody who can read it."""
    page.get_by_label("验证码").fill(answer_to(page.locator("[name=proof]").input_value()))


def enter(page: Page, demand: Demand) -> None:
    page.get_by_label("诉求号").fill(demand.number or "")
    page.get_by_label("查询码").fill(demand.query_code)
    page.get_by_role("button", name="查询").click()


def test_without_scripts_from_the_form_to_the_evaluation(people, living_town):
    page = people.at("", "/portal/", viewport=PHONE_SCREEN, java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="提交诉求").click()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("alert").get_by_role("link", name="用一句话说明是什么事").click()
    page.get_by_label("用一句话说明是什么事").fill("路灯不亮")
    page.get_by_label("详细情况").fill("幸福里三号楼前的路灯坏了半个月。")
    page.get_by_role("button", name="换成文字题").click()
    expect(page.get_by_role("main")).to_contain_text("等于多少")
    solve(page)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("路灯不亮")
    demand = Demand.objects.get()
    page.get_by_role("button", name="离开").click()

    demands.answer(living_town.actor("agent"), demand.pk, answer="路灯已修好。", knowledge="fund")
    page.get_by_role("navigation").get_by_role("link", name="查询进度").click()
    enter(page, demand)
    expect(page.get_by_role("main")).to_contain_text("路灯已修好。")
    page.get_by_role("link", name="评价办理结果").click()
    page.get_by_label("已解决").check()
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="评价办理结果").click()
    expect(page.get_by_role("main")).to_contain_text("您已评价：非常满意")


def test_guesses_come_while_one_types_and_the_map_takes_the_place(people, living_town):
    page = people.at("", "/portal/submit", viewport=PHONE_SCREEN)
    page.get_by_label("用一句话说明是什么事").fill("路灯不亮")
    page.get_by_label("详细情况").fill("三天了。")
    page.get_by_label("道路交通 / 路灯不亮").check()
    page.get_by_role("button", name="换成文字题").click()
    expect(page.locator("#challenge")).to_contain_text("等于多少")
    solve(page)
    page.get_by_role("button", name="标在地图正中").click()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("路灯不亮")
    demand = Demand.objects.get()
    assert demand.category.code == "road.lamp"
    assert (demand.lon, demand.lat) == pytest.approx((119.2, 34.6), abs=0.01)


def test_a_dead_network_loses_nothing_and_a_second_try_doubles_nothing(people, living_town):
    page = people.at("", "/portal/submit", viewport=PHONE_SCREEN)
    page.get_by_label("用一句话说明是什么事").fill("路灯不亮")
    page.get_by_label("详细情况").fill("写了很久的情况。")
    solve(page)
    dead_once(page, "提交")
    expect(page.get_by_label("详细情况")).to_have_value("写了很久的情况。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("路灯不亮")

    # The answer is lost on its way: the server has it, and the petitioner presses once more.
    page.goto("/portal/mine/supplement")
    page.get_by_label("要补充的情况").fill("昨晚又不亮")
    page.route("**/mine/supplement", lambda route: (route.fetch(max_redirects=0), route.abort()))
    page.get_by_role("button", name="补充情况").click()
    expect(page.locator("[data-failure]")).to_contain_text("没有送达")
    assert Supplement.objects.count() == 1
    page.unroute_all()
    page.get_by_role("button", name="补充情况").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("路灯不亮")
    assert Supplement.objects.get().text == "昨晚又不亮"
    assert Demand.objects.count() == 1
    people.complaints.clear()  # the browser said that the network was dead, and was right


def dead_once(page: Page, button: str) -> None:
    """Presses a button while the network is dead, and sees that the page says so."""
    page.context.set_offline(True)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("[data-failure]")).to_contain_text("没有送达")
    page.context.set_offline(False)


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [(WIDE, "light"), (NARROW, "dark"), (PHONE_SCREEN, "light")],
    ids=["wide-light", "narrow-dark", "phone"],
)
def test_every_page_fits_and_can_be_read(people, living_town, monkeypatch, screen, scheme):
    demand = living_town.demand("completed")
    demands.attach(living_town.petitioner(demand), demand.pk, file=picture(), public=True)
    for _time in range(6):
        living_town.accept()
    later = NOW.replace(month=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    cache.clear()
    look = {"viewport": screen, "color_scheme": scheme}
    page = people.at("", "/portal/query", **look)
    enter(page, demand)
    expect(page.get_by_role("heading", level=1)).to_have_text(demand.title)
    wrong = []
    paths = ("", "?q=维修", "submit", "enterprise", "enterprise/ask", "query", "figures", "mine")
    for path in (*paths, "mine/evaluate"):
        page.goto(f"/portal/{path}")
        if path == "submit":  # with all that can be wrong
            page.get_by_role("button", name="提交", exact=True).click()
            expect(page.get_by_role("alert")).to_be_focused()
        if more := overflow(page):
            wrong.append((path, f"{more} px too wide"))
        wrong += [(path, words) for words in faint(page)]
        if screen != PHONE_SCREEN:  # there it is the same page, narrower
            wrong += [(path, words) for words in barriers(page)]
    assert not wrong
