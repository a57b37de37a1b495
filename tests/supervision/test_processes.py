"""权属认定、会办、线索移交, through the API, with what is refused."""

from datetime import date

import pytest

from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import journal
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from minsheng.supervision import actions
from minsheng.supervision.actions.meetings import DecisionIn
from minsheng.supervision.models import Clue, Decision, DutyUnit, Meeting, Ownership
from support.calling import taken_back
from support.town import NOW, Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]


# Ownership


def test_the_course_of_an_ownership_case_through_the_api(call, duty: Town):
    demand = duty.accept(title="井盖破损无人管")
    dispatcher = call("dispatcher")
    body = {"demand": demand.number, "object": "manhole", "reason": "三家都说不是"}
    case = dispatcher.post("/supervision/ownership", body)
    assert (case["unit"], case["state"]) == ("traffic", "opened")
    path = f"/supervision/ownership/{case['id']}"
    (mine,) = call("clerk.traffic").get("/supervision/ownership")["items"]
    assert mine["number"] == case["number"]
    found = {"finding": "井盖铸有供水字样", "suggested": "water"}
    call("clerk").post(f"{path}/visit", found, 404)
    seen = call("clerk.traffic").post(f"{path}/visit", found)
    assert (seen["state"], seen["suggested"]) == ("visited", "water")
    owner = {"owner": "water", "reason": "供水井，由供水公司管养"}
    decided = dispatcher.post(f"{path}/decide", owner)
    assert (decided["state"], decided["owner"]) == ("decided", "water")
    order = Assignment.objects.get(demand=demand)
    assert (order.unit.code, order.basis) == ("water", "designated")
    assert dispatcher.post(f"{path}/decide", owner, 409)["code"] == "wrong_state"
    trail = [line.action for line in journal.timeline("demand", demand.pk)]
    assert trail[-4:] == ["ownership.open", "ownership.visit", "demand.assign", "ownership.decide"]


def test_an_order_in_other_hands_is_taken_from_there(duty: Town):
    order = duty.assign()
    dispatcher = duty.actor("dispatcher")
    case = actions.open_case(dispatcher, demand_id=order.demand_id, object="cable")
    actions.decide(dispatcher, case.pk, owner="water", reason="供水公司自用线缆")
    order.refresh_from_db()
    assert order.state == "reassigned"
    assert Assignment.objects.get(demand=order.demand_id, state="assigned").unit.code == "water"


def test_whose_it_is_already_keeps_it(duty: Town):
    order = duty.assign()
    case = actions.open_case(duty.actor("dispatcher"), demand_id=order.demand_id, object="pole")
    actions.decide(duty.actor("dispatcher"), case.pk, owner="housing", reason="本就属住房局")
    order.refresh_from_db()
    assert order.state == "assigned"


def test_what_cannot_be_decided_now_is_on_the_backlog(call, duty: Town):
    case = actions.open_case(duty.actor("dispatcher"), demand_id=duty.accept().pk, object="other")
    path = f"/supervision/ownership/{case.pk}"
    later = {"review_on": "2026-04-01", "reason": "权属单位已注销，待查档"}
    supervisor = call("supervisor")
    past = {**later, "review_on": "2026-03-10"}
    assert supervisor.post(f"{path}/put_off", past, 422)["code"] == "review_past"
    supervisor.post(f"{path}/put_off", later)
    (row,) = supervisor.get("/supervision/ownership", state="backlog")["items"]
    assert (row["number"], row["review_on"]) == (case.number, "2026-04-01")
    call("clerk.traffic").post(f"{path}/visit", {"finding": "查到移交协议"})
    assert supervisor.get("/supervision/ownership", state="backlog")["items"] == []


def test_what_is_no_case(duty: Town):
    act, demand = duty.actor("dispatcher"), duty.accept()
    with duty.refused("unknown_object"):
        actions.open_case(act, demand_id=demand.pk, object="tree")
    with duty.refused("demand_over"):
        actions.open_case(act, demand_id=duty.demand("answered").pk, object="pole")
    with duty.refused("not_found"):
        actions.open_case(act, demand_id=duty.secret().pk, object="pole")
    actions.open_case(act, demand_id=demand.pk, object="pole")
    with duty.refused("already_open"):
        actions.open_case(act, demand_id=demand.pk, object="pole")
    DutyUnit.objects.all().delete()
    with duty.refused("nobody_on_duty"):
        actions.open_case(act, demand_id=duty.accept().pk, object="pole")


def test_a_decision_that_cannot_be_carried_out_is_none(duty: Town):
    order = duty.order("replied")
    case = actions.open_case(duty.actor("dispatcher"), demand_id=order.demand_id, object="pole")
    with duty.refused("wrong_state"):
        actions.decide(duty.actor("dispatcher"), case.pk, owner="water", reason="供水")
    assert Ownership.objects.get().state == "opened"


def test_a_demand_that_ends_first_leaves_a_decision_for_the_next_time(call, duty: Town):
    demand = duty.accept()
    case = actions.open_case(duty.actor("dispatcher"), demand_id=demand.pk, object="cable")
    orders.withdraw(duty.actor("agent"), demand.pk, reason="线缆已有人扶起")
    path = f"/supervision/ownership/{case.pk}/decide"
    call("dispatcher").post(path, {"owner": "water", "reason": "档案载明"})
    case.refresh_from_db()
    assert (case.state, case.owner.code) == ("decided", "water")
    assert not demand.assignments.exists()


def test_the_roster_of_a_month(call, duty: Town):
    supervisor = call("supervisor")
    supervisor.post(
        "/supervision/roster", {"month": "2026-03-15", "unit": "water", "object": "cable"}
    )
    supervisor.post("/supervision/roster", {"month": "2026-03-15", "unit": "housing"})
    rows = {
        (row["month"], row["object"]): row["unit"]
        for row in call("clerk").get("/supervision/roster")
    }
    assert rows == {("2026-03-01", ""): "housing", ("2026-03-01", "cable"): "water"}
    case = actions.open_case(duty.actor("dispatcher"), demand_id=duty.accept().pk, object="cable")
    assert case.unit.code == "water"
    supervisor.post("/supervision/roster", {"month": "2026-03-15", "unit": "nowhere"}, 422)


# Meetings

CALL = {
    "title": "老旧小区排水会办",
    "at": "2026-03-11T09:00:00+08:00",
    "units": ["housing", "water"],
}
HOLD = {
    "minutes": "两家到会，议定如下。",
    "present": ["housing"],
    "decisions": [
        {"unit": "housing", "text": "疏通小区支管", "limit": "3wd"},
        {"unit": "water", "text": "更换泵站闸门", "limit": "10wd"},
    ],
}


def test_the_course_of_a_meeting_through_the_api(call, town: Town):
    demand = town.accept()
    supervisor = call("supervisor")
    meeting = supervisor.post("/supervision/meetings", {**CALL, "demands": [demand.number]})
    assert (meeting["state"], meeting["demands"]) == ("called", [demand.number])
    assert len(call("clerk.water").get("/supervision/meetings")["items"]) == 1
    assert call("clerk.traffic").get("/supervision/meetings")["items"] == []
    held = supervisor.post(f"/supervision/meetings/{meeting['id']}/hold", HOLD)
    assert (held["state"], held["present"]) == ("held", ["housing"])
    first, second = held["decisions"]
    assert first["due_at"][:10] == "2026-03-13"

    done = {"report": "已疏通"}
    for who, one in (("clerk", first), ("clerk.water", second)):
        path = f"/supervision/decisions/{one['id']}"
        call("clerk.traffic").post(f"{path}/report", done, 404)
        assert supervisor.post(f"{path}/settle", {}, 409)["code"] == "wrong_state"
        call(who).post(f"{path}/report", done)
        supervisor.post(f"{path}/send_back", {"reason": "请附照片"})
        call(who).post(f"{path}/report", done)
        assert Meeting.objects.get().state == "held"
        supervisor.post(f"{path}/settle", {})
    assert Meeting.objects.get().state == "closed"
    assert supervisor.post(f"/supervision/meetings/{meeting['id']}/hold", HOLD, 409)
    assert not journal.verify().faults


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("", {**CALL, "units": []}, "invalid"),
        ("", {**CALL, "units": ["nowhere"]}, "unknown_unit"),
        ("", {**CALL, "demands": ["SQ0"]}, "unknown_demand"),
        ("", {**CALL, "title": " "}, "missing"),
        ("/hold", {**HOLD, "decisions": []}, "invalid"),
        ("/hold", {**HOLD, "minutes": " "}, "missing"),
        ("/hold", {**HOLD, "decisions": [{"unit": "water", "text": " "}]}, "missing"),
        ("/hold", {**HOLD, "decisions": [{"unit": "moon", "text": "x"}]}, "unknown_unit"),
        ("/hold", {**HOLD, "decisions": [{"unit": "water", "text": "x", "limit": "??"}]}, None),
    ],
)
def test_what_is_no_meeting(call, town: Town, path: str, body: dict, code: str | None):
    made = call("supervisor").post("/supervision/meetings", CALL)
    where = f"/supervision/meetings/{made['id']}{path}" if path else "/supervision/meetings"
    said = call("supervisor").post(where, body, 422)
    assert code in (None, said["code"])


# Clues

CLUE = {"kind": "untrue", "unit": "housing", "text": "称已修复，现场仍漏水，照片系旧图。"}


def test_the_course_of_a_clue_through_the_api(call, town: Town):
    demand = town.order("replied").demand
    made = call("supervisor").post("/supervision/clues", {**CLUE, "demand": demand.number})
    path = f"/supervision/clues/{made['id']}"
    (seen,) = call("discipline").get("/supervision/clues")["items"]
    assert seen["text"] == CLUE["text"]
    assert (
        call("discipline").post(f"{path}/conclude", {"result": "x"}, 409)["code"] == "wrong_state"
    )
    receipt = call("discipline").post(f"{path}/receive", {"receipt": "纪线〔2026〕8号"})
    assert (receipt["state"], receipt["receipt"]) == ("received", "纪线〔2026〕8号")
    call("discipline").post(f"{path}/receive", {}, 409)
    call("discipline").post(f"{path}/conclude", {"result": "已约谈提醒"})
    (mine,) = call("supervisor").get("/supervision/clues")["items"]
    assert (mine["receipt"], mine["result"]) == ("纪线〔2026〕8号", "已约谈提醒")


def test_a_clue_is_nobody_elses_business(call, town: Town):
    demand = town.order("replied").demand
    clue = call("supervisor").post("/supervision/clues", {**CLUE, "demand": demand.number})
    # Another supervisor sees nothing of it.
    other = town.posts["agent2"]
    other.role = Role.SUPERVISOR
    other.save()
    assert call("agent2").get("/supervision/clues")["items"] == []
    for role in ROLES:
        got = call(role).get("/supervision/clues", None)
        if role in (Role.SUPERVISOR, Role.DISCIPLINE):
            assert len(got.json()["items"]) == 1
        else:
            assert got.status_code == 403
        page = call(role).get(f"/demands/{demand.number}", None).content.decode()
        assert CLUE["text"] not in page
        assert clue["number"] not in page
    said = "".join(JournalEntry.objects.values_list("body", flat=True))
    assert CLUE["text"] not in said
    assert journal.timeline("clue", clue["id"]).count() == 1
    assert not journal.timeline("demand", demand.pk).filter(action__startswith="clue").exists()


def test_what_is_no_clue(call, town: Town):
    supervisor = call("supervisor")
    for changed, code in (
        ({"kind": "rumour"}, "invalid"),
        ({"unit": "moon"}, "unknown_unit"),
        ({"text": " "}, "missing"),
        ({"demand": "SQ0"}, "unknown_demand"),
        ({"demand": town.secret().number}, "unknown_demand"),
    ):
        said = supervisor.post("/supervision/clues", {**CLUE, **changed}, 422)
        assert said["code"] == code
    assert not Clue.objects.exists()


def test_the_permission_table_walked_through_the_api(call, duty: Town):
    for role in ROLES:
        with taken_back():
            _walk(call, duty, role)


def _walk(call, duty: Town, role: Role) -> None:
    supervisor = duty.actor("supervisor")
    unit = duty.posts[role].unit.code
    mine = unit if unit != "hotline" else "water"
    actions.set_duty(supervisor, month=date(2026, 3, 1), unit=mine)
    case = actions.open_case(duty.actor("dispatcher"), demand_id=duty.accept().pk, object="pole")
    meeting = actions.call(supervisor, title="会办", at=NOW, units=[mine])
    another = actions.call(supervisor, title="会办二", at=NOW, units=[mine])
    actions.hold_meeting(
        supervisor, another.pk, minutes="纪要", present=[], decisions=[DecisionIn(mine, "办")]
    )
    decision = Decision.objects.get()
    clue = actions.submit(supervisor, kind="late", unit=mine, text_="拖延")
    caller = call(role)
    cases, decisions = f"/supervision/ownership/{case.pk}", f"/supervision/decisions/{decision.pk}"
    clues = f"/supervision/clues/{clue.pk}"
    one = {"decisions": [{"unit": "water", "text": "办"}], "minutes": "纪要"}
    asked = {
        "ownership.roster": lambda: caller.post(
            "/supervision/roster", {"month": "2026-05-01", "unit": "water"}, None
        ),
        "ownership.open": lambda: caller.post(
            "/supervision/ownership", {"demand": duty.accept().number, "object": "pole"}, None
        ),
        "ownership.visit": lambda: caller.post(f"{cases}/visit", {"finding": "看过"}, None),
        "ownership.put_off": lambda: caller.post(
            f"{cases}/put_off", {"review_on": "2026-05-01", "reason": "待查"}, None
        ),
        "ownership.decide": lambda: caller.post(
            f"{cases}/decide", {"owner": "traffic", "reason": "是"}, None
        ),
        "meeting.call": lambda: caller.post("/supervision/meetings", CALL, None),
        "meeting.hold": lambda: caller.post(f"/supervision/meetings/{meeting.pk}/hold", one, None),
        "decision.report": lambda: caller.post(f"{decisions}/report", {"report": "办了"}, None),
        "decision.send_back": lambda: caller.post(
            f"{decisions}/send_back", {"reason": "不全"}, None
        ),
        "decision.settle": lambda: caller.post(f"{decisions}/settle", {}, None),
        "clue.view": lambda: caller.get("/supervision/clues", None),
        "clue.submit": lambda: caller.post("/supervision/clues", CLUE, None),
        "clue.receive": lambda: caller.post(f"{clues}/receive", {}, None),
        "clue.conclude": lambda: caller.post(f"{clues}/conclude", {"result": "办结"}, None),
    }
    for action, ask in asked.items():
        refused = ask().status_code == 403
        assert refused == (not scopes(role, action)), (role, action)


def test_an_order_reassigned_meanwhile_is_still_found(duty: Town):
    order = duty.assign()
    case = actions.open_case(duty.actor("dispatcher"), demand_id=order.demand_id, object="pole")
    orders.reassign(duty.actor("dispatcher"), order.pk, unit="traffic", reason="职责不符")
    actions.decide(duty.actor("dispatcher"), case.pk, owner="water", reason="供水")
    assert Assignment.objects.get(demand=order.demand_id, state="assigned").unit.code == "water"
