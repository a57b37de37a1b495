"""回访, fairness and knowledge: each process walked from its first page to its end."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import F
from playwright.sync_api import expect

from minsheng.demands.actions import PersonIn
from minsheng.demands.models import Demand
from minsheng.directory.access import SYSTEM
from minsheng.doors import tasks
from minsheng.evaluation.models import Exclusion
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.followups import links
from minsheng.followups.models import Campaign, CampaignCall, Review
from minsheng.foundation import clock
from minsheng.orders.models import Assignment
from support.history import row, text_of
from support.looking import NARROW
from support.walking import Walk


def test_who_is_asked_and_what_comes_of_it(people: Any, living_town: Any) -> None:
    """双随机抽检, a link on a phone, 研判."""
    town, walk = living_town, Walk(people)
    completed = [town.demand("completed") for _time in range(3)]
    Demand.objects.update(completed_at=clock.now() - timedelta(days=1))
    day = (clock.now() - timedelta(days=1)).date().isoformat()
    today = clock.now().date().isoformat()

    page = walk.open("supervisor", "/console/samples")
    walk.refused(page, "抽取", "日期须已过去", first=day, last=today, share="1")
    walk.press(page, "抽取", "已抽取", last=day, seed="现场摇号 6")
    expect(page.locator("main")).to_contain_text("名单一致")
    tasks.run("sample-follow-ups")
    walk.closed("clerk", "/console/samples", "没有权限")

    page = walk.open("follow_up", f"/console/demands/{completed[0].pk}/do/follow_up.send_link")
    walk.press(page, "发送评价链接", "已放入发件箱", channel="sms")
    token = links.token(completed[0].follow_ups.get().links.get())
    phone = people.at("", f"/portal/evaluate/{token}", viewport=NARROW)
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.get_by_label("不满意", exact=True).check()
    phone.get_by_label("未解决").check()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("alert")).to_contain_text("原因")
    phone.locator("[name=reason]").fill("屋顶还在漏")
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("status")).to_contain_text("谢谢您的评价")
    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("评价过")

    page = walk.open("supervisor", "/console/reviews")
    expect(page.locator("main")).to_contain_text("屋顶还在漏")
    walk.refused(page, "记录结论", "请填写", decision="rework", note="")
    walk.press(page, "记录结论", "已记录研判结论。", decision="rework", note="未到现场")
    assert Review.objects.get().decision == "rework"


def test_an_institute_judges_what_it_knows_by_code_only(
    people: Any, living_town: Any, tmp_path: Path
) -> None:
    """第三方评估: drawn, taken out without names, its scores brought back, all or none."""
    town, walk = living_town, Walk(people)
    demand = town.demand("completed")
    moments = ("assigned_at", "signed_at", "completed_at")
    Assignment.objects.update(**{name: F(name) - timedelta(days=1) for name in moments})
    day = (clock.now() - timedelta(days=1)).date().isoformat()
    page = walk.open("analyst", "/console/commissions")
    asked = {"institute": "某评估院", "first": day, "size": "5"}
    walk.refused(page, "抽取", "日期", last="2030-01-01", **asked)
    walk.press(page, "抽取", "已抽取，可以导出。", last=day)
    with page.expect_download() as download:
        page.get_by_role("link", name="导出评估件").click()
    (item,) = csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines())
    assert demand.number not in str(item)
    scores = tmp_path / "scores.csv"
    scores.write_text("code,score,remark\nNOSUCH,80,\n")
    walk.refused(page, "导入", "NOSUCH", file=scores)
    scores.write_text(f"code,score,remark\n{item['code']},88.5,详实\n")
    walk.press(page, "导入", "已导入1件评分。", file=scores)
    expect(page.locator("main table")).to_contain_text("88.50")
    walk.closed("clerk", "/console/commissions", "没有权限")


def test_a_survey_is_made_by_two_at_once(people: Any, living_town: Any) -> None:
    """外呼调查: two callers never have the same person, and a dead line counts once."""
    town, walk = living_town, Walk(people)
    for n in range(3):
        town.accept(petitioner=PersonIn(name=f"某{n}", phone=f"139000020{n:02}"))
    today = clock.now().date().isoformat()
    page = walk.open("supervisor", "/console/campaigns")
    asked = {"title": "春季联合调查", "first": today, "last": today, "size": "5"}
    walk.refused(page, "建立", "没有写题型", questions="您满意吗", **asked)
    walk.press(
        page, "建立", "调查已建立", questions="是非 问题解决了吗\n打分 热线打几分\n文字 建议"
    )
    one = f"/console/campaigns/{Campaign.objects.get().pk}"
    page.get_by_role("button", name="抽取名单，开始访问").click()
    expect(page.locator("#messages")).to_contain_text("名单已抽取")

    first, second = walk.open("follow_up", one), walk.open("supervisor2", one)
    for caller in (first, second):  # to open the page claims nobody
        caller.get_by_role("button", name="访问下一位").click()
        expect(caller.get_by_role("button", name="记录，下一位")).to_be_visible()
    names = [p.locator(".card-head .number").first.inner_text() for p in (first, second)]
    assert names[0] != names[1]
    walk.refused(first, "记录，下一位", "没有任何回答", outcome="answered")
    walk.press(first, "记录，下一位", "已记录", outcome="answered", q0="yes", q1="4", q2="多装路灯")
    walk.press(second, "记录，下一位", "已记录", outcome="unreached")
    states = sorted(CampaignCall.objects.values_list("state", "tries"))
    assert states == [("answered", 1), ("waiting", 0), ("waiting", 1)]
    page.reload()
    expect(page.locator("main")).to_contain_text("多装路灯")
    page.get_by_role("button", name="结束调查").click()
    expect(page.locator("#messages")).to_contain_text("调查已结束")
    walk.closed("clerk", one, "没有权限")


def test_what_is_unfair_is_put_right(people: Any, living_town: Any, tmp_path: Path) -> None:
    """剔除 by two persons, and 申诉 against a published result."""
    town, walk = living_town, Walk(people)
    history = tmp_path / "history.csv"
    history.write_text(
        text_of([row(1), row(2, due_at="2025-03-05 17:30:00"), row(3, unit="交通局")])
    )
    import_orders(SYSTEM, open_history(history)[0], rejects=tmp_path / "rejects.csv")
    demand = town.demand("completed")

    page = walk.open("clerk", f"/console/demands/{demand.pk}")
    page.get_by_role("link", name="申请剔除").first.click()
    walk.refused(page, "提交申请", "须附证据", reason_code="unreasonable")
    walk.press(page, "提交申请", "由中心两人审批", evidence="诉求人要求赔偿天价")
    one = f"/console/exclusions/{Exclusion.objects.get().pk}"
    page = walk.open("supervisor", "/console/exclusions")
    walk.follow(page, demand.number)
    page = walk.open("supervisor", one)
    walk.press(page, "初审同意", "等待另一位复核", reason="属实")
    expect(page.get_by_role("button", name="复核同意")).to_have_count(0)
    page = walk.open("supervisor2", one)
    walk.refused(page, "不同意", "请填写", reason="")
    page = walk.open("supervisor2", one)
    walk.press(page, "复核同意", "考核结果会重新计算", reason="")
    walk.closed("clerk.traffic", one, "没有找到")

    page = walk.open("supervisor", "/console/evaluations")
    walk.refused(page, "评价", "周期", scheme="yueyang", period="去年")
    walk.press(page, "评价", "存为草稿", period="2025Q1")
    address = page.url
    page.get_by_role("button", name="发布").click()
    expect(page.locator("#messages")).to_contain_text("已发布")
    leader = walk.open("unit_leader", "/console/evaluations")
    leader.goto(address)
    expect(leader.locator("main")).not_to_contain_text("交通局")
    walk.follow(leader, "对结果有异议，提出申诉")
    walk.refused(leader, "提交申诉", "没有承办过", reason="道路封闭", demands="S3")
    walk.press(leader, "提交申诉", "申诉已提交。", demands="S2")
    page = walk.open("supervisor", "/console/appeals")
    walk.follow(page, "住房局")
    walk.refused(page, "申诉成立", "怎样更正", answer="同意", exclude="")
    walk.press(page, "申诉成立", "考核结果会重新计算", answer="系统停机", exclude="", overdue="-1")
    expect(page.locator("main")).to_contain_text("超期办理 -1")


def test_an_answer_is_written_approved_used_and_mended(people: Any, living_town: Any) -> None:
    """知识: a unit writes, the centre approves, an agent finds it by a misspelling and remarks."""
    walk = Walk(people)
    page = walk.open("clerk", "/console/knowledge")
    page.get_by_role("link", name="新增知识").click()
    item = {
        "title": "电梯困人怎么办",
        "answer": "先打救援电话96333，不要扒门。",
        "keywords": "电梯 困人",
    }
    walk.refused(page, "提交审核", "须写明起止日期", kind="notice", **item)
    walk.press(page, "提交审核", "审核通过后生效", kind="answer", question="电梯里出不来了")
    agent = walk.open("agent", "/console/knowledge?query=电梯困人")
    expect(agent.locator("main")).to_contain_text("没有找到")
    page = walk.open("dispatcher", "/console/knowledge/keeping")
    walk.follow(page, "电梯困人怎么办")
    walk.refused(page, "退回", "请填写", reason="")
    walk.press(page, "发布", "已发布。")
    page = walk.open("analyst", "/console/knowledge")
    walk.follow(page, "使用情况")
    walk.follow(page, "没有用过的")
    expect(page.locator("main table")).to_contain_text("电梯困人怎么办")
    agent = walk.open("agent", "/console/knowledge?query=电提困人")
    expect(agent.locator("main")).to_contain_text("96333")
    walk.follow(agent, "详情与反馈")
    walk.refused(agent, "提交反馈", "请写明哪里不对", kind="outdated", said="")
    walk.press(agent, "提交反馈", "已反馈给责任单位。", said="电话改了")
    page = walk.open("clerk", "/console/knowledge/keeping")
    walk.press(page, "已处理", "已处理。", settlement="已改电话")
    page = walk.open("supervisor", "/console/knowledge?query=电梯困人")
    walk.follow(page, "详情与反馈")
    walk.press(page, "停用", "已停用。", reason="另有新版")
    agent = walk.open("agent", "/console/knowledge?query=电梯困人")
    expect(agent.locator("main")).to_contain_text("没有找到")
