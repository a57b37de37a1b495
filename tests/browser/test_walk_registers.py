"""台账, each register walked by its people from the catalogue to the end of an entry."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from minsheng.foundation import clock
from support.walking import Walk


def shelf(walk: Walk, who: str, name: str) -> Page:
    """Goes from the catalogue of registers to one of them."""
    page = walk.open(who, "/console/registers")
    walk.follow(page, name)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page


def enter(walk: Walk, who: str, name: str, **fields: Any) -> Page:
    """Makes an entry, from the catalogue on; the form first says what is missing."""
    page = shelf(walk, who, name)
    walk.follow(page, "登记")
    walk.refused(page, "登记", "请")
    walk.press(page, "登记", "已登记。", **fields)
    return page


def v(**fields: Any) -> dict[str, Any]:
    return {f"value-{name}": value for name, value in fields.items()}


def test_suggestions_vendors_and_those_who_watch(people: Any, living_town: Any) -> None:
    walk = Walk(people)
    said = v(title="海棠路加装路灯", text="夜里太黑。", source="来电")
    page = enter(walk, "agent", "人民建议", **said)
    expect(page.get_by_role("button", name="采纳", exact=True)).to_have_count(0)
    page = shelf(walk, "supervisor", "人民建议")
    page.locator("table a").first.click()
    walk.refused(page, "采纳", "请填写“研究意见”", **v(ruling=""))
    walk.press(page, "采纳", "已办理。", **v(ruling="列入今年计划"))
    walk.press(page, "答复", "已办理。", **v(reply="已列入计划，七月安装。"))
    expect(page.locator(".demand-head")).to_contain_text("已答复")

    page = enter(walk, "agent", "便民服务商", **v(name="快修锁行", trade="开锁", phone="12345678"))
    number = page.locator(".demand-head .number").inner_text()
    page = shelf(walk, "agent", "便民服务转介")
    walk.follow(page, "登记")
    walk.refused(page, "登记", "没有编号", **v(service="门锁打不开", vendor="FW0000"))
    walk.press(page, "登记", "已登记。", **v(vendor=number))
    walk.press(page, "评分", "已办理。", **v(rating="5分", said="来得快"))
    page = walk.open("agent", f"/console/registers/entries/{number}")
    expect(page.locator("main")).to_contain_text("5分")
    page = walk.open("supervisor", f"/console/registers/entries/{number}")
    walk.press(page, "停用", "已办理。", **v(why="多收费"))

    overseer = {"name": "李大明", "from": "2026-01-01", "until": "2027-12-31"}
    page = enter(walk, "supervisor", "社会监督员", **v(**overseer))
    walk.press(page, "解聘", "已办理。", **v(why="本人申请"))
    walk.closed("collector", "/console/registers", "没有权限")


def test_campaigns_plans_and_inspections(people: Any, living_town: Any) -> None:
    walk = Walk(people)
    soon = (clock.now() + timedelta(days=20)).date().isoformat()
    march = {"starts": "2026-03-15"}
    campaign = v(title="噪声扰民专项行动", checklist="一、摸排工地；二、夜间巡查", **march)
    page = enter(walk, "supervisor", "专项行动", due_on=soon, **campaign)
    walk.press(page, "阶段评估", "已办理。", **v(stage="第一阶段：摸排工地12处"))
    walk.press(page, "阶段评估", "已办理。", **v(stage="第二阶段：夜查8次"))
    expect(page.locator("main")).to_contain_text("夜查8次")
    walk.refused(page, "结束", "请填写“总结”", **v(conclusion=""))
    walk.press(page, "结束", "已办理。", **v(conclusion="投诉下降"))
    expect(page.locator(".demand-head")).to_contain_text("已结束")

    plan = v(title="清明节值守预案", ends="2026-04-06", plan="增派座席，备好祭扫交通问答", **march)
    page = enter(walk, "dispatcher", "节假日和重大活动预案", **plan)
    walk.press(page, "启动", "已办理。")
    page = walk.open("supervisor", "/console/registers")
    walk.follow(page, "节假日和活动日历")
    walk.follow(page, "下个月")
    festival = page.locator("tr.off", has_text="04-05")
    expect(festival).to_contain_text("清明节值守预案")
    page = shelf(walk, "supervisor", "节假日和重大活动预案")
    page.locator("table a").first.click()
    walk.press(page, "复盘", "已办理。", **v(review="接通率98%，问答够用"))

    look = v(title="夜间值班", on="2026-03-01", checklist="有人接；有记录", findings="无人接听")
    page = shelf(walk, "supervisor", "现场督导检查")
    walk.follow(page, "登记")
    walk.refused(page, "登记", "期限已经过去", unit="housing", due_on="2020-01-01", **look)
    walk.press(page, "登记", "已登记。", due_on=soon)
    walk.closed("clerk.traffic", page.url, "没有")
    page = shelf(walk, "clerk", "现场督导检查")
    page.locator("table a").first.click()
    walk.press(page, "报告整改", "已办理。", **v(mended="已安排夜班"))
    page = shelf(walk, "supervisor", "现场督导检查")
    page.locator("table a").first.click()
    walk.press(page, "复验通过", "已办理。", **v(verdict="抽查有人接听"))


def test_cases_media_training_rules_and_lines(people: Any, living_town: Any) -> None:
    walk = Walk(people)
    demand = living_town.order("completed").demand
    case = v(
        title="一处漏水", sort="亮点", demand=demand.number, tags="房屋 漏水", lesson="先到现场"
    )
    page = enter(walk, "analyst", "案例库", **case)
    expect(page.locator("main")).to_contain_text("住房局签收")
    walk.refused(page, "更正", "请填写“更正原因”", **v(sort="典型"))
    walk.press(page, "更正", "已办理。", reason="改列典型")
    walk.press(page, "撤下", "已办理。")
    day = {"on": "2026-03-05"}
    enter(
        walk,
        "supervisor",
        "媒体联动",
        **v(title="民声直通", medium="电视", programme="直通", **day),
    )
    enter(walk, "supervisor", "培训记录", **v(topic="接听礼仪", people="30", **day))
    enter(walk, "supervisor", "制度与走访", **v(title="热线办法", sort="制度", **day))
    line = v(name="供水热线", number="96116", mode="双号并行", **day)
    enter(walk, "supervisor", "热线整合", unit="water", **line)
