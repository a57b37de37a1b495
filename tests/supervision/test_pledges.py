"""领导批示、民生承诺, through the API, with what is refused."""

from datetime import date, timedelta

import pytest

from minsheng.demands.models import Demand
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, journal
from minsheng.orders.models import Assignment
from minsheng.supervision import actions
from minsheng.supervision.models import Promise
from support.calling import taken_back
from support.town import NOW, Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
GIVE = {"text": "请住房局限期解决并报结果。", "unit": "housing"}
MADE = {
    "hearing": "2026年第一场民生拷问",
    "held_on": "2026-03-09",
    "unit": "housing",
    "text": "6月底前完成老旧小区屋面修缮20处",
    "due_on": "2026-06-30",
}


def test_the_course_of_an_instruction_through_the_api(call, town: Town):
    demand = town.order("handling").demand
    leader = call("leader")
    made = leader.post("/supervision/instructions", {**GIVE, "demand": demand.number})
    assert made["leader"] == town.actor("leader").name
    assert made["due_at"][:10] == "2026-03-17"
    lines = call("clerk").get(f"/demands/{demand.number}")["timeline"]
    assert (lines[-1]["action"], lines[-1]["label"]) == ("instruction.give", "作出批示")
    path = f"/supervision/instructions/{made['id']}"
    assert leader.post(f"{path}/close", {}, 409)["code"] == "wrong_state"
    done = {"feedback": "已完成修缮，附验收单。"}
    call("clerk.traffic").post(f"{path}/report", done, 404)
    call("clerk").post(f"{path}/report", done)
    leader.post(f"{path}/send_back", {"reason": "请说明费用来源"})
    call("clerk").post(f"{path}/report", done)
    closed = call("supervisor").post(f"{path}/close", {"reason": "同意"})
    assert closed["state"] == "closed"
    call("clerk").post(f"{path}/report", done, 409)
    assert not journal.verify().faults


def test_an_instruction_about_no_demand_becomes_an_order(call, town: Town):
    supervisor, dispatcher = call("supervisor"), call("dispatcher")
    assert supervisor.post("/supervision/instructions", GIVE, 422)["code"] == "missing"
    made = supervisor.post("/supervision/instructions", {**GIVE, "leader": "王市长"})
    path = f"/supervision/instructions/{made['id']}"
    body = {"channel": "phone", "title": "落实屋面修缮批示", "category": "build.home.leak"}
    assert dispatcher.post(f"{path}/order", {**body, "channel": "moon"}, 422)
    became = dispatcher.post(f"{path}/order", body)
    demand = Demand.objects.get(number=became["demand"])
    assert "王市长批示" in demand.text
    assert Assignment.objects.get(demand=demand).unit.code == "housing"
    assert dispatcher.post(f"{path}/order", body, 409)["code"] == "has_demand"
    call("clerk").post(f"{path}/report", {"feedback": "正在办"})


def test_what_is_no_instruction(call, town: Town):
    leader = call("leader")
    for changed, status in (
        ({"unit": "moon"}, 422),
        ({"demand": "SQ0"}, 404),
        ({"demand": town.secret().number}, 404),
        ({"limit": "soon"}, 422),
    ):
        leader.post("/supervision/instructions", {**GIVE, **changed}, status)


def test_the_course_of_a_promise_through_the_api(call, town: Town):
    supervisor, clerk = call("supervisor"), call("clerk")
    made = supervisor.post("/supervision/promises", MADE)
    path = f"/supervision/promises/{made['id']}"
    assert len(clerk.get("/supervision/promises")["items"]) == 1
    assert call("clerk.traffic").get("/supervision/promises")["items"] == []
    later = {"due_on": "2026-07-31", "reason": "汛期停工"}
    assert supervisor.post(f"{path}/postpone", later)["first_due_on"] == "2026-06-30"
    assert supervisor.post(f"{path}/postpone", later, 422)["code"] == "not_later"
    kept = {"verdict": "kept", "reason": "抽查属实"}
    assert supervisor.post(f"{path}/judge", kept, 422)["code"] == "not_reported"
    broken = {"verdict": "broken", "reason": "没有动静"}
    assert supervisor.post(f"{path}/judge", broken, 422)["code"] == "not_due"
    clerk.post(f"{path}/report", {"report": "已完成20处"})
    assert supervisor.post(f"{path}/judge", kept)["verdict"] == "kept"
    assert supervisor.post(f"{path}/judge", broken, 409)["code"] == "wrong_state"


def test_a_promise_without_a_word_is_broken_once_its_day_has_passed(town: Town):
    act = town.actor("supervisor")
    one = actions.promise(
        act, hearing="第一场", held_on=NOW.date(), unit="water", text_="换表", due_on=NOW.date()
    )
    with clock.moved(NOW + timedelta(days=1)):
        actions.judge_promise(act, one.pk, verdict="broken", reason="到期未报")
    assert Promise.objects.get().state == "judged"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"due_on": "2026-03-01"}, "dates_crossed"),
        ({"held_on": "2026-04-01"}, "held_later"),
        ({"unit": "moon"}, "unknown_unit"),
        ({"text": " "}, "missing"),
    ],
)
def test_what_is_no_promise(call, town: Town, changed: dict, code: str):
    said = call("supervisor").post("/supervision/promises", {**MADE, **changed}, 422)
    assert said["code"] == code


def test_the_permission_table_walked_through_the_api(call, town: Town):
    for role in ROLES:
        with taken_back():
            _walk(call, town, role)


def _walk(call, town: Town, role: Role) -> None:
    unit = town.posts[role].unit.code
    mine = unit if unit != "hotline" else "water"
    leader, supervisor = town.actor("leader"), town.actor("supervisor")
    one = actions.instruct(leader, text_="请办", unit=mine)
    pledge = actions.promise(
        supervisor,
        hearing="第一场",
        held_on=NOW.date(),
        unit=mine,
        text_="修路",
        due_on=date(2026, 5, 1),
    )
    caller = call(role)
    instruction = f"/supervision/instructions/{one.pk}"
    promise = f"/supervision/promises/{pledge.pk}"
    order = {"channel": "phone", "title": "落实批示"}
    asked = {
        "instruction.give": lambda: caller.post(
            "/supervision/instructions", {**GIVE, "leader": "王市长"}, None
        ),
        "instruction.order": lambda: caller.post(f"{instruction}/order", order, None),
        "instruction.report": lambda: caller.post(
            f"{instruction}/report", {"feedback": "办了"}, None
        ),
        "instruction.send_back": lambda: caller.post(
            f"{instruction}/send_back", {"reason": "不全"}, None
        ),
        "instruction.close": lambda: caller.post(f"{instruction}/close", {}, None),
        "promise.record": lambda: caller.post("/supervision/promises", MADE, None),
        "promise.report": lambda: caller.post(f"{promise}/report", {"report": "修了"}, None),
        "promise.postpone": lambda: caller.post(
            f"{promise}/postpone", {"due_on": "2026-06-01", "reason": "雨"}, None
        ),
        "promise.judge": lambda: caller.post(
            f"{promise}/judge", {"verdict": "kept", "reason": "好"}, None
        ),
    }
    for action, ask in asked.items():
        refused = ask().status_code == 403
        assert refused == (not scopes(role, action)), (role, action)
