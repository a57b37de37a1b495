"""The desks: one item after another, never the same for two, decided in one step."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minsheng.demands.models import Demand
from minsheng.doors.console import claims, desks
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import Attempt, FollowUp, Sample
from minsheng.foundation import clock, recent
from minsheng.insight.models import Suggestion
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.town import NOW


def replied(town, minutes: int) -> Assignment:
    with clock.moved(NOW + timedelta(minutes=minutes)):
        return town.order("replied")


def opened(visitor, desk: str, after: str = "") -> int:
    """Returns the item that somebody gets next."""
    visitor.get(after or f"/console/desks/{desk}", 302)
    found = visitor.led_to
    visitor.follow()
    return int(found.rstrip("/").split("/")[-1])


def test_two_auditors_never_get_the_same_item(town, at):
    first, second, third = (replied(town, minutes) for minutes in (0, 5, 10))
    one, two = at("dispatcher"), at("dispatcher2")
    assert opened(one, "audit") == first.pk
    assert opened(two, "audit") == second.pk
    assert opened(one, "audit") == first.pk  # still theirs
    page = two.get(f"/console/desks/audit/{first.pk}")
    assert "正在办理这一件" in page.text
    with clock.moved(NOW + claims.HELD_FOR + timedelta(minutes=1)):
        assert opened(two, "audit") == first.pk
        assert opened(one, "audit") == second.pk
        assert opened(at("dispatcher"), "audit") == second.pk
    assert third.state == "replied"


def test_a_claim_is_one_persons_whoever_comes_first(town):
    mine, other = (town.posts[name].staff_id for name in ("dispatcher", "dispatcher2"))
    assert claims.take("audit", 7, mine)
    assert not claims.take("audit", 7, other)
    assert claims.take("audit", 7, mine)
    assert claims.take("call", 7, other)  # another desk's item 7
    claims.release("audit", 7, other)  # not theirs to give back
    assert not claims.take("audit", 7, other)
    claims.release("audit", 7, mine)
    assert claims.take("audit", 7, other)


def test_an_item_is_passed_and_the_next_one_comes(town, at):
    first, second = replied(town, 0), replied(town, 5)
    visitor = at("dispatcher")
    assert opened(visitor, "audit") == first.pk
    page = visitor.get(f"/console/desks/audit/{first.pk}")
    assert "已派人补漏" in page.text
    assert "没有联系诉求人的记录" in page.text  # what the check says, beside the reply
    form = page.form("do/order.pass_audit")
    visitor.post(form["action"], form["fields"])
    assert Assignment.objects.get(pk=first.pk).state == "completed"
    assert opened(visitor, "audit", visitor.led_to) == second.pk
    visitor.post(form["action"], form["fields"])  # pressed twice
    assert Assignment.objects.get(pk=first.pk).state == "completed"


def test_an_item_is_sent_back_for_a_reason_of_the_list(town, at):
    order, visitor = replied(town, 0), at("dispatcher")
    page = visitor.get(f"/console/desks/audit/{order.pk}")
    form = page.form("do/order.fail_audit")
    page = visitor.post(form["action"], form["fields"], 422)
    assert "请选择原因，或在下面写明" in page.text
    visitor.post(form["action"], {**form["fields"], "reason_code": "no_contact", "reason": "请补"})
    assert Assignment.objects.get(pk=order.pk).state == "handling"
    assert order.replies.get().remark == "未联系诉求人：请补"
    visitor.follow()
    assert "没有待审核的答复了" in visitor.get("/console/desks/audit").text


def test_what_the_check_points_out_is_taken_over_into_the_refusal(town, at):
    order, visitor = replied(town, 0), at("dispatcher")
    page = visitor.get(f"/console/desks/audit/{order.pk}")
    buttons = [given for _tag, given in page.tags if given.get("data-accept") == "reason"]
    (said,) = (one["data-words"] for one in buttons if one["data-taken"] == "audit:no_contact")
    form = page.form("do/order.fail_audit")
    given = {**form["fields"], "reason": said, "taken": "audit:no_contact"}
    visitor.post(form["action"], given)
    row = Suggestion.objects.get(what="audit")
    assert (row.chosen, row.rank) == ("no_contact", 1)  # one of three
    shown = at("analyst").get("/console/insight/acceptance").text
    assert "没有联系记录 0 0 0 — 1 1 100.0%" in shown


def test_what_is_skipped_comes_again_after_the_others(town, at):
    first, second = replied(town, 0), replied(town, 5)
    visitor = at("dispatcher")
    assert opened(visitor, "audit") == first.pk
    visitor.post(f"/console/desks/audit/{first.pk}/skip", {})
    after = visitor.led_to
    assert opened(visitor, "audit", after) == second.pk
    assert opened(at("dispatcher2"), "audit") == first.pk  # given back
    claims.release("audit", first.pk, town.posts["dispatcher2"].staff_id)
    visitor.post(f"/console/desks/audit/{second.pk}/skip", {})
    assert opened(visitor, "audit", visitor.led_to) == first.pk


def test_who_comes_too_late_is_told_and_led_on(town, at):
    order = replied(town, 0)
    late = at("dispatcher")
    form = late.get(f"/console/desks/audit/{order.pk}").form("do/order.pass_audit")
    with clock.moved(NOW + claims.HELD_FOR + timedelta(minutes=1)):
        assert opened(at("dispatcher2"), "audit") == order.pk
        page = late.post(form["action"], form["fields"], 409)
        assert "正在办理这一件；请跳过" in page.text
    assert Assignment.objects.get(pk=order.pk).state == "replied"
    orders.pass_audit(town.actor("dispatcher2"), order.pk)
    late.get(f"/console/desks/audit/{order.pk}", 302)


def test_a_leader_signs_off_one_after_another(town, at):
    order, alien = town.order("sign_off"), town.order("sign_off", town.assign(lead="traffic"))
    visitor = at("unit_leader")
    assert opened(visitor, "sign-off") == order.pk
    form = visitor.get(f"/console/desks/sign-off/{order.pk}").form("do/order.sign_off")
    visitor.post(form["action"], form["fields"])
    assert Assignment.objects.get(pk=order.pk).state == "replied"
    assert "没有待签发的答复了" in visitor.follow().text
    assert Assignment.objects.get(pk=alien.pk).state == "sign_off"


def test_a_unit_audits_what_those_below_handed_in(town, at):
    above = town.order("signed")
    below = orders.assign_onward(town.actor("clerk"), above.pk, units=["housing-repair"])[0]
    orders.sign(town.actor("clerk.repair"), below.pk)
    orders.reply(town.actor("clerk.repair"), below.pk, text="已修", solved=True)
    assert opened(at("clerk"), "audit") == below.pk
    assert "没有待审核" in at("dispatcher").get("/console/desks/audit").text


@pytest.fixture
def call(town) -> FollowUp:
    demand = town.demand("completed")
    return follow_ups.plan(town.actor("follow_up"), demand.pk)


def test_a_call_has_its_script_and_no_number_without_a_reason(town, at, call):
    visitor = at("follow_up")
    page = visitor.get(f"/console/desks/call/{call.pk}")
    assert "您好，这里是小城12345。您反映的“楼顶漏水无人维修（1）”办结了吗？" in page.text
    assert "13900001234" not in page.text
    assert "钱小满" not in page.text
    link = next(one["href"] for one in page.links if "petitioner?" in one["href"])
    page = visitor.get(link)
    visitor.post(link.split("?")[0], {"reason": ""}, 422)
    assert "13900001234" in visitor.post(link.split("?")[0], {"reason": "回访"}, 200).text


def test_an_answer_is_taken_down_and_sent_back_in_one_step(town, at, call):
    visitor = at("follow_up")
    form = visitor.get(f"/console/desks/call/{call.pk}").form("do/follow_up.evaluate")
    said = {"grade": "dissatisfied", "solved": "0", "reason_code": "unsolved", "rework": "on"}
    visitor.post(form["action"], {**form["fields"], **said})
    call.refresh_from_db()
    assert (call.state, call.grade, call.solved) == ("evaluated", "dissatisfied", False)
    order = Assignment.objects.get(pk=call.assignment_id)
    assert (order.state, order.rework_count) == ("handling", 1)
    assert Demand.objects.get(pk=call.demand_id).state == "assigned"
    assert "现在没有要回访" in visitor.follow().text


def test_nobody_content_is_sent_back(town, at, call):
    visitor = at("follow_up")
    form = visitor.get(f"/console/desks/call/{call.pk}").form("do/follow_up.evaluate")
    said = {"grade": "satisfied", "solved": "1", "rework": "on"}
    page = visitor.post(form["action"], {**form["fields"], **said}, 422)
    assert "不必退回重办" in page.text
    call.refresh_from_db()
    assert call.state == "planned"


def test_who_was_not_reached_is_offered_again_later(town, at, call):
    visitor = at("follow_up")
    page = visitor.get(f"/console/desks/call/{call.pk}")
    form = page.form("do/follow_up.attempt")
    visitor.post(form["action"], {**form["fields"], "outcome": "no_answer", "remark": "响铃一分钟"})
    assert Attempt.objects.get().remark == "无人接听：响铃一分钟"
    assert "现在没有要回访" in visitor.follow().text
    with clock.moved(NOW + desks.TRY_AGAIN_AFTER + timedelta(minutes=1)):
        assert opened(visitor, "call") == call.pk
        page = visitor.get(f"/console/desks/call/{call.pk}")
        assert "已拨打1次" in page.text
        assert "无人接听：响铃一分钟" in page.text


def test_a_desk_is_for_those_whose_work_it_is(town, at, call):
    order = town.order("replied")
    for who, desk, item in (
        ("clerk", "sign-off", order.pk),
        ("agent", "audit", order.pk),
        ("dispatcher", "call", call.pk),
        ("leader", "audit", order.pk),
    ):
        at(who).get(f"/console/desks/{desk}", 403)
        at(who).get(f"/console/desks/{desk}/{item}", 403)
        at(who).post(f"/console/desks/{desk}/{item}/skip", {}, 403)
        action = desks.DESKS[desk].action
        at(who).post(f"/console/desks/{desk}/{item}/do/{action}", {}, 403)
    at("dispatcher").get("/console/desks/nowhere", 404)
    at("dispatcher").post(f"/console/desks/audit/{order.pk}/do/order.recall", {}, 404)


#: With names and the calendar already read: session, person, post, is it there, the claim, counts,
#: the order with its belongings, the demand with its own, and the earlier replies compared.
MOST_STATEMENTS = 18


@pytest.mark.parametrize("desk", ["audit", "call"])
def test_an_item_costs_few_statements(town, at, desk, monkeypatch, call):
    monkeypatch.setattr(recent, "SECONDS", 3600)
    item = town.order("replied").pk if desk == "audit" else call.pk
    visitor = at("dispatcher" if desk == "audit" else "follow_up")
    visitor.get(f"/console/desks/{desk}/{item}")
    with CaptureQueriesContext(connection) as seen:
        visitor.get(f"/console/desks/{desk}/{item}")
    statements = [one["sql"] for one in seen if "SAVEPOINT" not in one["sql"]]
    assert len(statements) <= MOST_STATEMENTS, statements


def test_the_list_of_one_draw_is_worked_through_alone(town, at, call):
    drawn = follow_ups.plan(town.actor("follow_up"), town.demand("completed").pk)
    day = NOW.date()
    sample = Sample.objects.create(
        first=day, last=day, seed="七", groups=[], size=1, by="follow_up", at=NOW
    )
    FollowUp.objects.filter(pk=drawn.pk).update(sample=sample)
    visitor = at("follow_up")
    assert opened(visitor, "call", f"/console/desks/call?sample={sample.pk}") == drawn.pk
    page = visitor.get(f"/console/desks/call/{drawn.pk}")
    assert "待办1件" in page.text
    assert "只回访这份抽检名单里的" in page.text
    visitor.post(f"/console/desks/call/{drawn.pk}/skip", {})
    assert opened(visitor, "call", visitor.led_to) == drawn.pk  # no other comes
    assert opened(visitor, "call", "/console/desks/call?sample=0") == call.pk
    assert "sample=" in "".join(
        link["href"] for link in at("follow_up").get(f"/console/samples/{sample.pk}").links
    )
