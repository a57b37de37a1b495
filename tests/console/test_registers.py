"""Registers as people keep them: found, entered, taken a step on, amended, taken out."""

from datetime import date
from uuid import uuid4

from minsheng.foundation.models import JournalEntry
from minsheng.registers import actions
from minsheng.registers.models import Entry

SUGGESTION = {"title": "海棠路加装路灯", "text": "夜里太黑。", "source": "来电"}
TYPED = {f"value-{code}": value for code, value in SUGGESTION.items()}


def test_all_registers_stand_in_the_catalogue(at, town):
    actions.add(town.actor("supervisor"), "suggestion", SUGGESTION)
    page = at("supervisor").get("/console/registers")
    for name in ("人民建议", "案例库", "便民服务商", "培训记录", "现场督导检查"):
        assert name in page.text
    assert "海棠路加装路灯" in at("analyst").get("/console/registers/suggestion").text
    assert "海棠路" not in at("analyst").get("/console/registers/suggestion?query=学院路").text
    at("analyst").get("/console/registers/nothing", 404)


def test_an_entry_is_made_once_however_often_the_button_is_pressed(at):
    agent = at("agent")
    form = agent.get("/console/registers/suggestion/add").form()["fields"]
    sent = {**form, **TYPED}
    agent.post("/console/registers/suggestion/add", sent, 302)
    agent.post("/console/registers/suggestion/add", sent, 302)
    entry = Entry.objects.get()
    assert entry.fields == SUGGESTION
    page = agent.get(f"/console/registers/entries/{entry.number}")
    assert "夜里太黑。" in page.text
    assert "待研究" in page.text


def test_what_is_missing_stands_at_its_field_and_nothing_is_lost(at):
    agent = at("agent")
    form = agent.get("/console/registers/suggestion/add").form()["fields"]
    page = agent.post("/console/registers/suggestion/add", {**form, **TYPED, "value-text": ""}, 422)
    assert "请填写“内容”。" in page.text
    assert "海棠路加装路灯" in str(page.tags)
    page = agent.post(
        "/console/registers/suggestion/add",
        {**form, **TYPED, "value-demand": "SQ2601010000010"},
        422,
    )
    assert "没有找到这件诉求" in page.text
    assert not Entry.objects.exists()


def test_only_who_takes_a_step_sees_its_button(at, town):
    entry = actions.add(town.actor("agent"), "suggestion", SUGGESTION)
    address = f"/console/registers/entries/{entry.number}"
    assert f"{address}/do/adopt" not in str(at("agent").get(address).tags)
    supervisor = at("supervisor")
    assert f"{address}/do/adopt" in str(supervisor.get(address).tags)
    page = supervisor.post(f"{address}/do/adopt", {"value-ruling": ""}, 422)
    assert "请填写“研究意见”。" in page.text
    ruling = {"once": uuid4(), "value-ruling": "列入计划"}
    supervisor.post(f"{address}/do/adopt", ruling, 302)
    assert "已采纳" in supervisor.get(address).text
    again = supervisor.post(f"{address}/do/adopt", {**ruling, "once": uuid4()}, 422)
    assert "再来" not in again.text
    at("agent").post(f"{address}/do/decline", {"once": uuid4(), "value-why_not": "不行"}, 422)
    supervisor.post(f"{address}/do/adopt", ruling, 302)  # the same form once more
    assert "刚才已经提交成功" in supervisor.follow().text
    assert JournalEntry.objects.filter(action="register.step").count() == 1
    entry.refresh_from_db()
    assert entry.state == "adopted"


def test_an_amendment_needs_a_reason(at, town):
    entry = actions.add(town.actor("agent"), "suggestion", SUGGESTION)
    address = f"/console/registers/entries/{entry.number}/amend"
    changed = {**TYPED, "once": uuid4(), "value-title": "学院路加装路灯"}
    assert "请填写“更正原因”。" in at("agent").post(address, changed, 422).text
    at("agent").post(address, {**changed, "reason": "听错了"}, 302)
    entry.refresh_from_db()
    assert entry.title == "学院路加装路灯"


def test_a_register_is_taken_out_without_formulas(at, town):
    actions.add(town.actor("agent"), "suggestion", {**SUGGESTION, "title": "=1+1"})
    visitor = at("analyst")
    response = visitor.client.get("/console/registers/suggestion/export")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("编号,状态,责任单位")
    assert ",'=1+1," in lines[1]


def test_a_case_shows_its_story(at, town):
    order = town.order("completed")
    case = {"title": "一盏灯", "sort": "典型", "demand": order.demand.number}
    entry = actions.add(town.actor("analyst"), "case", case)
    page = at("analyst").get(f"/console/registers/entries/{entry.number}")
    assert f"{order.unit.name}签收" in page.text


def test_the_calendar_shows_what_is_planned_for_its_days(at, call, town):
    plan = {"title": "清明节值守预案", "starts": "2026-03-31", "ends": "2026-04-06", "plan": "增派"}
    actions.add(town.actor("dispatcher"), "plan", plan)
    campaign = {"title": "噪声专项行动", "starts": "2026-04-20", "checklist": "摸排"}
    due_on = date(2026, 5, 1)
    actions.add(town.actor("supervisor"), "campaign", campaign, due_on=due_on)
    march, april, june = (
        at("supervisor").get(f"/console/registers/calendar?month=2026-{month}").text
        for month in ("03", "04", "06")
    )
    assert (march.count("清明节值守预案"), march.count("噪声专项行动")) == (1, 0)
    assert (april.count("清明节值守预案"), april.count("噪声专项行动")) == (6, 11)
    assert "端午节" in june
    assert "清明节" not in june
    assert "2026-03" in at("supervisor").get("/console/registers/calendar?month=x").text
    days = {"since": "2026-05-01", "until": "2026-05-31"}
    (row,) = call("analyst").get("/register-calendar", **days)
    assert (row["title"], row["first"], row["last"]) == ("噪声专项行动", "2026-04-20", "2026-05-01")
    assert call("clerk").get("/register-calendar", **days) == []
    call("vendor").get("/register-calendar", 403, **days)
