"""督办, each process walked by its people from the first page to its end, with what is refused."""

from typing import Any

from playwright.sync_api import Page, expect

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.doors import tasks
from minsheng.foundation import clock
from minsheng.orders.models import Assignment
from minsheng.supervision.models import Clue, Decision, FieldCheck, Joint, Meeting, Promise
from support.deeds import picture
from support.walking import Walk

HOME = "/console/supervision"


def section(walk: Walk, who: str, name: str) -> Page:
    """Goes from the first page of 督办 to a process by the list at the side."""
    page = walk.open(who, HOME)
    page.locator(".side nav").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page


def state(page: Page, text: str) -> None:
    expect(page.locator(".demand-head")).to_contain_text(text)


def test_what_is_closed_is_looked_at_again(people: Any, living_town: Any, tmp_path: Any) -> None:
    """回头看, then 现场核查 by a collector with a picture."""
    town, walk = living_town, Walk(people)
    today = clock.now().date().isoformat()
    order = town.order("completed")
    page = section(walk, "supervisor", "回头看")
    walk.follow(page, "抽取回头看")
    days = {"since": today, "until": today, "size": "5", "seed": "现场摇号 6"}
    walk.refused(page, "抽取回头看", "没有已归档的办结件", **days)
    demands.archive(town.actor("supervisor"), order.demand_id)
    walk.press(page, "抽取回头看", "从1件中抽取了1件")
    walk.follow(page, order.demand.title)
    walk.refused(page, "办理属实", "请填写", finding="")
    walk.press(page, "重新受理", "已重新受理。", finding="楼顶仍在漏水")
    assert Demand.objects.get(pk=order.demand_id).state == "accepted"

    page = section(walk, "supervisor", "现场核查")
    walk.follow(page, "安排现场核查")
    walk.refused(page, "安排现场核查", "没有", demand="SQ0000", reason="看是否修好")
    number = order.demand.number
    walk.press(page, "安排现场核查", "已安排。", demand=number, assignee="collector")
    check = FieldCheck.objects.get()
    walk.closed("clerk", f"{HOME}/joints/new", "没有权限")
    page = section(walk, "collector", "现场核查")
    walk.follow(page, "看是否修好")
    text, photo = tmp_path / "说明.txt", tmp_path / "现场.png"
    text.write_text("没有照片")
    photo.write_bytes(picture().read())
    told = {"verdict": "unsettled", "finding": "未修", "place": "幸福里3号楼"}
    walk.refused(page, "上报核查结果", "图片", file=text, **told)
    walk.press(page, "上报核查结果", "已上报。", file=photo, **told)
    state(page, "已核查")
    check.refresh_from_db()
    assert len(check.evidence) == 1


def test_units_are_called_together(people: Any, living_town: Any) -> None:
    """联合督查 with a verdict per site, then 会办 and its decision tracked to the end."""
    walk = Walk(people)
    today = clock.now().date().isoformat()
    page = section(walk, "supervisor", "联合督查")
    walk.follow(page, "安排联合督查")
    plan = {"title": "汛前排水联合督查", "on": today, "units": ["housing", "water"]}
    sites = "幸福里下穿道，交通局\n码头泵站，月球局"
    walk.refused(page, "安排联合督查", "没有叫“月球局”的在用单位", sites=sites, **plan)
    walk.press(page, "安排联合督查", "已安排。", sites=sites.replace("月球局", "供水公司"))
    joint = Joint.objects.get()
    first, second = joint.sites.order_by("pk")
    walk.press(
        page, "认定点位", "已认定。", site_id=str(first.pk), verdict="passed", finding="畅通"
    )
    expect(page.locator("main")).to_contain_text("合格")
    walk.refused(page, "结束", "还有1个点位没有结论", reason="全部看过")
    page.goto(f"{people.address}{HOME}/joints/{joint.pk}")
    walk.press(
        page, "认定点位", "已认定。", site_id=str(second.pk), verdict="failed", finding="积水"
    )
    walk.press(page, "结束", "已结束。", reason="一处合格，一处限期整改")
    state(page, "已结束")

    page = section(walk, "supervisor", "会办")
    walk.follow(page, "召集会办")
    call = {"title": "码头泵站排水会办", "at": f"{today}T15:00", "units": ["housing", "water"]}
    walk.refused(page, "召集会办", "SQ0000", demands="SQ0000", **call)
    walk.press(page, "召集会办", "已召集。", demands="")
    walk.refused(page, "记录会办", "请填写", minutes="", decisions="供水公司，更换水泵，3wd")
    walk.press(page, "记录会办", "已记录。", minutes="由供水公司更换水泵。")
    state(page, "议定事项办理中")
    walk.closed("clerk", f"{HOME}/decisions/{Decision.objects.get().pk}", "没有找到")

    page = section(walk, "clerk.water", "议定事项")
    walk.follow(page, "更换水泵")
    walk.press(page, "上报落实情况", "已上报。", report="已更换一台")
    page = section(walk, "supervisor", "议定事项")
    walk.follow(page, "更换水泵")
    walk.press(page, "退回继续落实", "已退回。", reason="另一台也要换")
    page = section(walk, "clerk.water", "议定事项")
    walk.follow(page, "更换水泵")
    walk.press(page, "上报落实情况", "已上报。", report="两台都已更换")
    page = section(walk, "supervisor", "议定事项")
    walk.follow(page, "更换水泵")
    walk.press(page, "确认落实", "已办理。")
    assert Meeting.objects.get().state == "closed"


def test_whose_it_is_and_who_looks_away(people: Any, living_town: Any) -> None:
    """权属认定 of a manhole from the roster to the order, and a clue out of others' sight."""
    town, walk = living_town, Walk(people)
    demand = town.accept(title="路口井盖破损", text="井盖裂开，没有单位标识。")
    page = section(walk, "dispatcher", "权属认定")
    walk.follow(page, "提请权属认定")
    case = {"demand": demand.number, "object": "manhole", "reason": "三家都说不是自己的"}
    walk.refused(page, "提请权属认定", "值班", **case)
    page = section(walk, "supervisor", "权属值班表")
    month = clock.now().date().isoformat()
    walk.press(page, "设定", "值班已设定。", month=month, unit="traffic")
    page = section(walk, "dispatcher", "权属认定")
    walk.follow(page, "提请权属认定")
    walk.press(page, "提请权属认定", "已提请。", **case)
    page = section(walk, "clerk.traffic", "权属认定")
    walk.follow(page, "路口井盖破损")
    walk.press(page, "上报勘查", "已上报。", finding="井内是供水阀门", suggested="water")
    page = section(walk, "dispatcher", "权属认定")
    walk.follow(page, "路口井盖破损")
    walk.refused(page, "列入积存", "须晚于今天", review_on=month, reason="再议")
    walk.press(page, "列入积存", "已列入积存。", review_on="2026-06-01")
    walk.press(page, "认定权属", "工单已派给权属单位", owner="water", reason="供水阀门井")
    state(page, "已认定")
    assert demand.assignments.get().unit.code == "water"

    page = section(walk, "supervisor", "线索移交")
    walk.follow(page, "移交线索")
    clue = {"kind": "untrue", "unit": "housing", "text_": "称已修复，照片系旧图。"}
    walk.refused(page, "移交线索", "SQ0000", demand="SQ0000", **clue)
    walk.press(page, "移交线索", "已移交。", demand="")
    one = f"{HOME}/clues/{Clue.objects.get().pk}"
    walk.closed("supervisor2", one, "没有找到")
    walk.closed("clerk", one, "没有权限")
    page = walk.open("discipline", f"{HOME}/clues")
    walk.follow(page, "照片系旧图")
    walk.press(page, "接收", "已接收。", receipt="纪受8号")
    walk.press(page, "办结", "已办结。", result="已提醒谈话")
    page = section(walk, "supervisor", "线索移交")
    walk.follow(page, "全部")
    walk.follow(page, "照片系旧图")
    expect(page.locator("main")).to_contain_text("纪受8号")
    expect(page.locator("main")).to_contain_text("已提醒谈话")


def test_a_word_given_is_kept(people: Any, living_town: Any) -> None:
    """领导批示 with feedback and an order of its own, and the ledger of promises."""
    walk = Walk(people)
    page = section(walk, "leader", "领导批示")
    walk.follow(page, "登记批示")
    walk.refused(page, "登记批示", "请填写", unit="water", text_="")
    walk.press(page, "登记批示", "已登记。", text_="查明停水原因，限期通水。")
    page = section(walk, "dispatcher", "领导批示")
    walk.follow(page, "查明停水原因")
    walk.press(page, "转为指令工单", "已转为工单。", channel="phone", title="落实停水批示")
    page = section(walk, "clerk.water", "领导批示")
    walk.follow(page, "查明停水原因")
    walk.press(page, "反馈", "已反馈。", feedback="阀门损坏，已更换")
    page = section(walk, "leader", "领导批示")
    walk.follow(page, "查明停水原因")
    walk.press(page, "退回再办", "已退回。", reason="请附通水时间")
    page = section(walk, "clerk.water", "领导批示")
    walk.follow(page, "查明停水原因")
    walk.press(page, "反馈", "已反馈。", feedback="三月十日八时已通水")
    page = section(walk, "leader", "领导批示")
    walk.follow(page, "查明停水原因")
    walk.press(page, "办结", "已办结。", reason="同意")
    state(page, "已办结")

    today = clock.now().date().isoformat()
    page = section(walk, "supervisor", "民生承诺")
    walk.follow(page, "登记承诺")
    promise = {"hearing": "第一场听证会", "held_on": today, "unit": "housing", "text_": "修好屋面"}
    walk.refused(page, "登记承诺", "早于承诺日期", due_on="2026-01-01", **promise)
    walk.press(page, "登记承诺", "已登记。", due_on="2026-06-30")
    walk.refused(page, "评定", "还没有上报", verdict="kept", reason="好")
    one = f"{HOME}/promises/{Promise.objects.get().pk}"
    page = walk.open("supervisor", one)
    walk.press(page, "延后兑现", "已延后。", due_on="2026-07-31", reason="雨季不能施工")
    page = section(walk, "clerk", "民生承诺")
    walk.follow(page, "修好屋面")
    walk.press(page, "上报兑现", "已上报。", report="屋面已全部翻修")
    walk.closed("clerk.traffic", one, "没有找到")
    page = section(walk, "supervisor", "民生承诺")
    walk.follow(page, "修好屋面")
    walk.press(page, "评定", "已评定。", verdict="kept", reason="现场看过，属实")
    state(page, "已评定")


def test_who_does_not_act_is_pressed_harder(people: Any, living_town: Any) -> None:
    """The ladder beyond its first step: sent back, escalated, a notice, two at once."""
    town, walk = living_town, Walk(people)
    order = town.order("handling")
    new = f"{HOME}/measures/new?order_id={order.pk}"
    page = walk.open("supervisor", new)
    walk.refused(page, "下发督办文书", "还没有下过督办单", step="notice", reason="通报批评")
    other = walk.open("supervisor2", new)
    walk.press(page, "下发督办文书", "已下发。", step="supervise", reason="请书面报告")
    walk.refused(other, "下发督办文书", "正在办理", step="supervise", reason="也请报告")
    clerk = section(walk, "clerk", "督办文书")
    walk.follow(clerk, "请书面报告")
    walk.refused(clerk, "答复", "请填写", answer="")
    walk.press(clerk, "答复", "已答复。", answer="正在办")
    page.reload()
    walk.press(page, "退回重报", "已退回。", reason="没有写日期", limit="1wd")
    walk.refused(page, "提级督办", "更高一级", level="centre", reason="拖延")
    page.goto(f"{people.address}{HOME}/measures/{order.measures.get().pk}")
    walk.press(page, "提级督办", "已提级。", level="leader", reason="拖延")
    clerk.reload()
    walk.press(clerk, "答复", "已答复。", answer="三月二十日完成")
    page.reload()
    walk.press(page, "销号", "已销号。", reason="已落实")
    page = walk.open("supervisor", new)
    walk.press(page, "下发督办文书", "已下发。", step="notice", reason="全市通报")
    assert list(order.measures.order_by("pk").values_list("step", "state")) == [
        ("supervise", "closed"),
        ("notice", "issued"),
    ]


def test_a_rule_begins_to_warn_and_ends(people: Any, living_town: Any) -> None:
    """预警规则 from its first day on, the warning that it raises, and the rule after it."""
    town, walk = living_town, Walk(people)
    order = town.assign()
    Assignment.objects.filter(pk=order.pk).update(sign_due_at=order.assigned_at)
    today = clock.now().date().isoformat()
    rules = f"{HOME}/rules"
    page = walk.open("admin", rules)
    rule = {"code": "unsigned", "name": "逾时未签收", "kind": "unsigned", "effective_from": today}
    walk.refused(page, "设定", "自动下发须写明措施", issues="on", **rule)
    page = walk.open("admin", rules)
    walk.press(page, "设定", "规则已设定。", step="urge", **rule)
    walk.refused(page, "设定", "已有安排", **rule)
    tasks.run("warn")
    page = section(walk, "supervisor", "预警规则")
    expect(page.locator("main table")).to_contain_text("逾时未签收")
    expect(page.get_by_role("button", name="设定")).to_have_count(0)
    page = walk.open("supervisor", f"{HOME}/alerts")
    expect(page.locator("main")).to_contain_text(order.demand.title)
    walk.closed("vendor", rules, "没有权限")
