"""Asking the petitioner: who is asked, what counts as an answer, what comes of it."""

import pytest

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.orders.models import Assignment


def test_nobody_is_called_who_does_not_want_it(town):
    demand = town.accept(
        petitioner=demands.PersonIn(name="钱小满", phone="13900004321", do_not_call=True)
    )
    demands.answer(town.actor("agent"), demand.pk, answer="可以。", knowledge="fund")
    with town.refused("do_not_call"):
        follow_ups.plan(town.actor("follow_up"), demand.pk)


def test_nobody_is_called_who_gave_no_name(town):
    demand = town.accept(petitioner=demands.PersonIn())
    demands.answer(town.actor("agent"), demand.pk, answer="可以。", knowledge="fund")
    with town.refused("do_not_call"):
        follow_ups.plan(town.actor("follow_up"), demand.pk)


def test_a_demand_is_planned_once(town):
    demand = town.demand("completed")
    follow_ups.plan(town.actor("follow_up"), demand.pk)
    with town.refused("already_planned"):
        follow_ups.plan(town.actor("follow_up"), demand.pk)


def test_nobody_reached_is_no_evaluation(town):
    demand = town.demand("following_up")
    follow_ups.give_up(town.actor("follow_up"), demand.pk, reason="三次无人接听")
    row = FollowUp.objects.get()
    assert (row.state, row.grade, row.solved, row.evaluated_at) == ("unreached", "", None, None)
    assert Demand.objects.get(pk=demand.pk).state == "completed"


def test_attempts_are_counted_within_a_round(town):
    demand = town.demand("following_up")
    follow_ups.attempt(town.actor("follow_up"), demand.pk)
    follow_ups.evaluate(town.actor("follow_up"), demand.pk, grade="satisfied", solved=True)
    (row,) = demand.follow_ups.all()
    assert row.attempt_count == 3
    assert [one.reached for one in row.attempts.order_by("pk")] == [False, False, True]


@pytest.mark.parametrize("grade", ["dissatisfied", "very_dissatisfied"])
def test_who_is_dissatisfied_is_asked_why(town, grade):
    demand = town.demand("completed")
    act = town.actor("follow_up")
    with town.refused("reason_missing"):
        follow_ups.evaluate(act, demand.pk, grade=grade, solved=False)
    with town.refused("unknown_reason"):
        follow_ups.evaluate(act, demand.pk, grade=grade, solved=False, reason_code="weather")
    row = follow_ups.evaluate(act, demand.pk, grade=grade, solved=False, reason_code="attitude")
    assert row.reason_code == "attitude"


def test_rework_starts_a_new_round_under_a_new_limit(town):
    demand = town.demand("evaluated")
    before = Assignment.objects.get(demand=demand)
    order = follow_ups.rework(town.actor("follow_up"), demand.pk, reason="仍在渗水")
    assert (order.pk, order.state, order.rework_count) == (before.pk, "handling", 1)
    assert order.first_due_at == before.first_due_at
    assert order.handled_at is order.completed_at is order.closed_at is None
    assert Demand.objects.get(pk=demand.pk).due_at == order.due_at


def test_what_no_unit_handled_is_not_reworked(town):
    demand = town.demand("answered")
    follow_ups.evaluate(town.actor("follow_up"), demand.pk, grade="satisfied", solved=False)
    with town.refused("no_order"):
        follow_ups.rework(town.actor("follow_up"), demand.pk, reason="没有解决")


def test_the_petitioner_evaluates_unasked(town):
    demand = town.demand("completed")
    row = follow_ups.evaluate(
        town.petitioner(demand), demand.pk, grade="satisfied", solved=True, source="portal"
    )
    assert (row.sampled, row.attempt_count) == (False, 0)


def test_an_evaluation_that_is_not_valid_stays_on_record(town):
    demand = town.demand("evaluated")
    with town.refused("forbidden"):
        follow_ups.invalidate(town.actor("follow_up"), demand.pk, reason="非本人")
    with town.refused("missing"):
        follow_ups.invalidate(town.actor("supervisor"), demand.pk, reason="")
    row = follow_ups.invalidate(town.actor("supervisor"), demand.pk, reason="接听人不是诉求人")
    assert (row.state, row.grade, row.valid) == ("evaluated", "satisfied", False)
    with town.refused("invalid_already"):
        follow_ups.invalidate(town.actor("supervisor"), demand.pk, reason="再来一次")
