"""The whole course of a demand through the actions, with all that can happen on the way."""

from datetime import timedelta

import pytest

from minsheng.catalogue.models import Category, Channel
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock, journal, recent
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.town import NOW


def state(demand: Demand) -> str:
    return Demand.objects.get(pk=demand.pk).state


def test_from_the_call_to_the_archive_and_back(town):
    act = town.actor
    demand = town.accept(urgent=False)
    assert demand.number
    assert demand.query_code
    lead, assist = orders.assign(
        act("dispatcher"), demand.pk, lead="housing", assists=["east-gov"], basis="catalogue"
    )
    assert state(demand) == "assigned"
    orders.sign(act("clerk"), lead.pk)
    orders.contact(act("clerk"), lead.pk, method="phone", outcome="已联系，约定明天上门")
    below = orders.assign_onward(act("clerk"), lead.pk, units=["housing-repair"])[0]
    orders.sign(act("clerk.repair"), below.pk)
    orders.reply(act("clerk.repair"), below.pk, text="楼顶已补漏。", solved=True)
    orders.pass_audit(act("clerk"), below.pk)
    orders.urge(act("dispatcher"), lead.pk, reason="雨季将至")
    orders.reply(act("clerk"), lead.pk, text="已完成补漏。", solved=True)
    orders.refuse_sign_off(act("unit_leader"), lead.pk, reason="请写明日期")
    orders.reply(act("clerk"), lead.pk, text="3月10日已完成补漏。", solved=True)
    orders.sign_off(act("unit_leader"), lead.pk)
    orders.fail_audit(act("dispatcher"), lead.pk, reason="请附联系记录")
    orders.reply(act("clerk"), lead.pk, text="3月10日已完成补漏，居民在场。", solved=True)
    orders.sign_off(act("unit_leader"), lead.pk)
    orders.pass_audit(act("dispatcher"), lead.pk)
    assert state(demand) == "completed"
    assert Assignment.objects.get(pk=assist.pk).state == "lapsed"

    follow_ups.plan(act("follow_up"), demand.pk)
    follow_ups.attempt(act("follow_up"), demand.pk, remark="无人接听")
    assert state(demand) == "following_up"
    follow_ups.evaluate(
        act("follow_up"), demand.pk, grade="dissatisfied", solved=False, reason_code="unsolved"
    )
    follow_ups.rework(act("follow_up"), demand.pk, reason="仍在渗水")
    assert state(demand) == "assigned"
    again = Assignment.objects.get(pk=lead.pk)
    assert (again.state, again.rework_count) == ("handling", 2)
    orders.reply(act("clerk"), lead.pk, text="已重新做防水。", solved=True)
    orders.sign_off(act("unit_leader"), lead.pk)
    orders.pass_audit(act("dispatcher"), lead.pk)
    follow_ups.evaluate(
        town.petitioner(demand), demand.pk, grade="very_satisfied", solved=True, source="portal"
    )
    demands.archive(act("supervisor"), demand.pk)
    demands.reopen(act("supervisor"), demand.pk, reason="回头看")
    assert state(demand) == "accepted"
    second = town.assign(demand)
    assert second.work_order.number != lead.work_order.number
    assert demand.follow_ups.count() == 2
    assert not journal.verify().faults


def test_a_returned_order_goes_to_another_unit_under_its_number(town):
    order = town.order("return_requested")
    given = orders.accept_return(town.actor("dispatcher"), order.pk, unit="traffic")
    assert given.work_order_id == order.work_order_id
    assert state(order.demand) == "assigned"
    assert sorted(
        Assignment.objects.filter(demand=order.demand).values_list("unit__code", "state")
    ) == [("housing", "returned"), ("traffic", "assigned")]


def test_an_overruled_return_forbids_the_next_one(town):
    order = town.order("return_requested")
    orders.overrule_return(town.actor("dispatcher"), order.pk, reason="按目录属你单位")
    order.refresh_from_db()
    assert (order.state, order.return_forbidden) == ("assigned", True)
    with town.refused("return_forbidden"):
        orders.request_return(
            town.actor("clerk"), order.pk, reason_code="not_ours", reason="仍不属我单位"
        )


def test_extensions_move_the_limit_and_the_second_needs_a_supervisor(town):
    order = town.order("extension_requested")
    before = order.due_at
    orders.approve_extension(town.actor("dispatcher"), order.pk)
    order.refresh_from_db()
    assert order.due_at > before
    assert order.first_due_at == before
    assert Demand.objects.get(pk=order.demand_id).due_at == order.due_at
    orders.request_extension(town.actor("clerk"), order.pk, limit="3wd", reason="等待配件")
    with town.refused("second_extension"):
        orders.approve_extension(town.actor("dispatcher"), order.pk)
    orders.approve_extension(town.actor("supervisor"), order.pk)
    with town.refused("extended_twice"):
        orders.request_extension(town.actor("clerk"), order.pk, limit="1wd", reason="还要等")


def test_all_extensions_together_last_at_most_as_long_as_the_limit(town):
    order = town.order("extension_requested")
    orders.approve_extension(town.actor("dispatcher"), order.pk)
    with town.refused("extension_too_long"):
        orders.request_extension(town.actor("clerk"), order.pk, limit="4wd", reason="等待配件")


def test_a_suspended_order_gets_its_rest_back(town):
    order = town.order("suspended")
    assert Demand.objects.get(pk=order.demand_id).due_at is None
    due = order.due_at
    with clock.moved(NOW + timedelta(days=14)):
        orders.resume(town.actor("supervisor"), order.pk)
    order.refresh_from_db()
    assert order.state == "handling"
    assert order.due_at == due + timedelta(days=14)


def test_recalling_the_lead_recalls_all(town):
    demand = town.accept()
    lead, assist = orders.assign(
        town.actor("dispatcher"), demand.pk, lead="housing", assists=["traffic"]
    )
    orders.recall(town.actor("dispatcher"), lead.pk, reason="派错单位")
    assist.refresh_from_db()
    assert (state(demand), assist.state) == ("accepted", "recalled")
    assert town.assign(demand).work_order_id == lead.work_order_id


def test_recalling_an_assistant_leaves_the_lead(town):
    demand = town.accept()
    lead, assist = orders.assign(
        town.actor("dispatcher"), demand.pk, lead="housing", assists=["traffic"]
    )
    orders.recall(town.actor("dispatcher"), assist.pk, reason="无须协办")
    lead.refresh_from_db()
    assert (state(demand), lead.state) == ("assigned", "assigned")


def test_reassigning_takes_along_what_was_assigned_onward(town):
    order = town.order("signed")
    below = orders.assign_onward(town.actor("clerk"), order.pk, units=["housing-repair"])[0]
    given = orders.reassign(town.actor("dispatcher"), order.pk, unit="traffic", reason="职责调整")
    below.refresh_from_db()
    assert below.state == "reassigned"
    assert given.part == "lead"


def test_withdrawal_stops_the_units(town):
    order = town.order("signed")
    orders.withdraw(town.petitioner(order.demand), order.demand_id, reason="已经修好")
    order.refresh_from_db()
    assert (state(order.demand), order.state) == ("withdrawn", "recalled")


def test_what_was_replied_to_cannot_be_withdrawn(town):
    order = town.order("replied")
    with town.refused("replied"):
        orders.withdraw(town.petitioner(order.demand), order.demand_id, reason="算了")


def test_a_draft_becomes_a_demand(town):
    draft = town.demand("draft")
    assert draft.number is None
    demand = demands.submit(town.actor("agent"), draft.pk)
    assert demand.number
    with town.refused("wrong_state"):
        demands.submit(town.actor("agent"), draft.pk)


def test_a_draft_is_its_writers_alone(town):
    draft = town.demand("draft")
    with town.refused():
        demands.submit(town.actor("agent2"), draft.pk)


def test_merging_looks_back_only(town):
    first = town.accept()
    with clock.moved(NOW + timedelta(minutes=1)):
        second = town.accept()
    with town.refused("later_demand"):
        demands.merge(town.actor("dispatcher"), first.pk, into=second.number)
    demands.merge(town.actor("dispatcher"), second.pk, into=first.number)
    assert state(second) == "merged"


@pytest.mark.parametrize("given", [{}, {"knowledge": "fund", "transfer_line": "water"}])
def test_an_answer_rests_on_one_thing(town, given):
    demand = town.accept()
    with town.refused("basis_missing"):
        demands.answer(town.actor("agent"), demand.pk, answer="可以。", **given)


def test_an_answer_never_rests_on_what_has_expired(town):
    demand = town.accept()
    with town.refused("expired_knowledge"):
        demands.answer(town.actor("agent"), demand.pk, answer="停水。", knowledge="old")


def test_every_state_can_be_reached(town):
    from minsheng.demands.rules import DemandState
    from minsheng.orders.rules import OrderState

    for wanted in DemandState:
        assert town.demand(wanted).state == wanted
    for wanted in OrderState:
        assert town.order(wanted).state == wanted
    assert not journal.verify().faults


def test_a_demand_is_not_overdue_while_its_reply_waits_for_the_audit(town):
    order = town.order("replied")
    assert Demand.objects.get(pk=order.demand_id).due_at is None
    orders.fail_audit(town.actor("dispatcher"), order.pk, reason="答非所问")
    assert Demand.objects.get(pk=order.demand_id).due_at == order.due_at


def test_what_was_retired_since_stays_with_a_demand_that_is_corrected(town):
    demand = town.accept(category="noise")
    Category.objects.filter(code="noise").update(active=False)
    Channel.objects.filter(pk=demand.channel_id).update(active=False)
    recent.forget()
    with town.refused("unknown_code"):
        town.accept(category="noise")
    demands.edit(town.actor("dispatcher"), demand.pk, title="夜里施工", category="noise")
    demand.refresh_from_db()
    assert (demand.title, demand.category.code, demand.element) == ("夜里施工", "noise", "event")
    demands.edit(town.actor("dispatcher"), demand.pk, category="road.hole")
    demand.refresh_from_db()
    assert (demand.title, demand.category.code) == ("夜里施工", "road.hole")
