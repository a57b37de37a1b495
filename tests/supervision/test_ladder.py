"""催办 → 督办 → 通报 → 约谈: documents, answers, ends, and what is refused."""

from datetime import timedelta

import pytest

from minsheng.demands.models import Demand
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, journal, numbers
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from minsheng.supervision import actions, queries
from minsheng.supervision.models import Measure
from support.calling import taken_back
from support.town import Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
PRESS = {"step": "supervise", "reason": "请于时限内书面报告办理情况"}


def press(town: Town, order: Assignment, step: str = "supervise", **given) -> Measure:
    return actions.issue(
        town.actor("supervisor"), step=step, order_id=order.pk, reason="请速办", **given
    )


def test_the_whole_ladder_through_the_api(call, town: Town):
    order = town.order("handling")
    supervisor, clerk = call("supervisor"), call("clerk")
    made = supervisor.post("/supervision/measures", {**PRESS, "order": order.pk})
    assert numbers.check(made["number"])
    assert (made["number"][:2], made["state"], made["unit"]) == ("DB", "issued", "housing")
    assert (made["limit"], made["previous"]) == ("5wd", None)
    # The unit sees it at once: on its list and at the demand.
    (mine,) = clerk.get("/supervision/measures", state="issued")["items"]
    assert mine["number"] == made["number"]
    lines = clerk.get(f"/demands/{order.demand.number}")["timeline"]
    assert (lines[-1]["action"], lines[-1]["label"]) == ("measure.issue", "下发督办文书")
    assert lines[-1]["changes"]["note"]["document"] == made["number"]

    path = f"/supervision/measures/{made['id']}"
    said = clerk.post(f"{path}/answer", {"answer": "今日已进场施工。"})
    assert said["state"] == "answered"
    back = supervisor.post(f"{path}/send_back", {"reason": "没有写明完成日期"})
    assert (back["state"], back["answered_at"]) == ("issued", None)
    up = supervisor.post(f"{path}/escalate", {"level": "office", "reason": "多次未落实"})
    assert up["level"] == "office"
    assert "escalated" in clerk.get(f"/demands/{order.demand.number}")["marks"]
    clerk.post(f"{path}/answer", {"answer": "3月12日完成。"})
    done = supervisor.post(f"{path}/close", {"reason": "已落实"})
    assert (done["state"], done["closed_by"]) == ("closed", town.actor("supervisor").name)

    notice = supervisor.post(
        "/supervision/measures", {"step": "notice", "order": order.pk, "reason": "仍未解决"}
    )
    assert (notice["number"][:2], notice["previous"]) == ("TB", made["number"])
    talk = supervisor.post(
        "/supervision/measures", {"step": "interview", "unit": "traffic", "reason": "超期较多"}
    )
    assert (talk["order"], talk["unit"]) == (None, "traffic")
    assert not journal.verify().faults


def test_an_urge_counts_on_the_order(town: Town):
    order = town.order("signed")
    press(town, order, "urge")
    assert Assignment.objects.get(pk=order.pk).urge_count == 1


def test_the_limit_is_counted_in_working_time(town: Town):
    order = town.assign()
    assert press(town, order, limit="2wd").due_at.astimezone(clock.ZONE).day == 12
    urgent = town.assign(town.accept(urgent=True))
    assert str(press(town, urgent).limit) == "5wd"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"step": "notice"}, "step_skipped"),
        ({"step": "interview"}, "step_skipped"),
        ({"step": "beat"}, "unknown_value"),
        ({"level": "moon"}, "unknown_value"),
        ({"unit": "housing"}, "order_or_unit"),
        ({"order_id": None}, "order_or_unit"),
        ({"order_id": None, "unit": "housing"}, "order_missing"),
        ({"order_id": None, "unit": "nowhere", "step": "notice"}, "unknown_unit"),
        ({"order_id": None, "unit": "hotline", "step": "notice"}, "centre"),
        ({"reason": ""}, "missing"),
        ({"order_id": 999_999}, "not_found"),
        ({"limit": "soon"}, None),
    ],
)
def test_what_cannot_be_issued(town: Town, given: dict, code: str | None):
    order = town.assign()
    with town.refused(code):
        actions.issue(town.actor("supervisor"), **{**PRESS, "order_id": order.pk, **given})
    assert not Measure.objects.exists()


def test_a_step_runs_once_at_a_time(town: Town):
    order = town.assign()
    first = press(town, order)
    with town.refused("already_issued"):
        press(town, order)
    press(town, order, "urge")
    actions.close(town.actor("supervisor"), first.pk, reason="已报告")
    assert press(town, order).previous == first


def test_an_order_that_has_ended_is_not_pressed(town: Town):
    for state in ("completed", "reassigned", "recalled", "returned"):
        with town.refused("order_ended"):
            press(town, town.order(state))


def test_restricted_demands_exist_for_no_supervisor(town: Town):
    order = orders.assign(town.actor("discipline"), town.secret().pk, lead="housing")[0]
    with town.refused("not_found"):
        press(town, order)


def test_a_late_answer_stays_late(town: Town):
    measure = press(town, town.assign())
    with clock.moved(measure.due_at + timedelta(minutes=1)):
        assert queries.measures(town.actor("clerk"), late=True).items[0].late
        actions.answer(town.actor("clerk"), measure.pk, answer="已办。")
        assert queries.measures(town.actor("clerk")).items[0].late
        assert not queries.measures(town.actor("clerk"), late=True).items


def test_only_higher_is_an_escalation(town: Town):
    measure = press(town, town.assign(), level="office")
    for level in ("centre", "office", "moon"):
        with town.refused("not_higher"):
            actions.escalate(town.actor("supervisor"), measure.pk, level=level, reason="仍未落实")
    actions.escalate(town.actor("supervisor"), measure.pk, level="leader", reason="仍未落实")
    assert Demand.objects.get(pk=measure.demand_id).escalated


def test_a_unit_answers_for_itself_only(call, town: Town):
    measure = press(town, town.assign())
    path = f"/supervision/measures/{measure.pk}"
    body = {"answer": "不是我们的"}
    assert call("clerk.traffic").post(f"{path}/answer", body, 404)["code"] == "not_found"
    call("clerk.traffic").get(path, 404)
    # The unit above sees it and may not answer.
    below = press(town, town.assign(lead="housing-repair"))
    call("clerk").get(f"/supervision/measures/{below.pk}")
    said = call("clerk").post(f"/supervision/measures/{below.pk}/answer", body, 403)
    assert said["code"] == "out_of_scope"


def test_what_the_lifecycle_refuses(call, town: Town):
    measure = press(town, town.assign())
    path = f"/supervision/measures/{measure.pk}"
    supervisor = call("supervisor")
    assert (
        supervisor.post(f"{path}/send_back", {"reason": "没有答复"}, 409)["code"] == "wrong_state"
    )
    supervisor.post(f"{path}/close", {"reason": "误发"})
    call("clerk").post(f"{path}/answer", {"answer": "晚了"}, 409)
    supervisor.post(f"{path}/close", {"reason": "再次"}, 409)
    supervisor.post(f"{path}/escalate", {"level": "leader", "reason": "再次"}, 409)
    supervisor.post("/supervision/measures/999999/close", {"reason": "没有"}, 404)


def test_a_key_issues_once(call, town: Town):
    body = {**PRESS, "order": town.assign().pk}
    supervisor = call("supervisor")
    first = supervisor.post("/supervision/measures", body, Idempotency_Key="k1")
    again = supervisor.post("/supervision/measures", body, Idempotency_Key="k1")
    assert first == again
    assert Measure.objects.count() == 1


def test_who_is_pressed_most(town: Town):
    press(town, town.assign())
    press(town, town.assign(), "urge")
    press(town, town.assign(lead="traffic"))
    found = queries.ladder_by_unit(town.actor("leader"))
    assert [(one.unit.code, dict(one.counts)) for one in found] == [
        ("housing", {"supervise": 1, "urge": 1}),
        ("traffic", {"supervise": 1}),
    ]


def test_the_permission_table_walked_through_the_api(call, town: Town):
    for role in ROLES:
        with taken_back():
            _walk(call, town, role)


def _walk(call, town: Town, role: Role) -> None:
    unit = town.posts[role].unit.code
    order = town.assign(lead=unit if unit != "hotline" else "housing")
    measure = press(town, order)
    path = f"/supervision/measures/{measure.pk}"
    caller = call(role)
    asked = {
        "supervision.view": lambda: caller.get("/supervision/measures", None),
        "measure.answer": lambda: caller.post(f"{path}/answer", {"answer": "已办"}, None),
        "measure.send_back": lambda: caller.post(f"{path}/send_back", {"reason": "不全"}, None),
        "measure.escalate": lambda: caller.post(
            f"{path}/escalate", {"level": "leader", "reason": "拖延"}, None
        ),
        "measure.issue": lambda: caller.post(
            "/supervision/measures", {**PRESS, "order": order.pk}, None
        ),
        "measure.close": lambda: caller.post(f"{path}/close", {"reason": "办结"}, None),
        "alert.dismiss": lambda: caller.post(
            "/supervision/alerts/999999/dismiss", {"reason": "无"}, None
        ),
    }
    for action, ask in asked.items():
        refused = ask().status_code == 403
        assert refused == (not scopes(role, action)), (role, action, ask().content.decode())
