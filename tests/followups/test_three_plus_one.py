"""3+1: three tries on different days, then another one by another person or by another way."""

from datetime import timedelta

import pytest

from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from support.town import NOW, Town


@pytest.fixture
def provincial(town: Town) -> Demand:
    demand = town.demand("completed")
    Demand.objects.filter(pk=demand.pk).update(origin="province")
    return demand


def on(day: int) -> object:
    return clock.moved(NOW + timedelta(days=day))


def tries(town: Town, demand: Demand, days: int) -> None:
    for day in range(days):
        with on(day):
            follow_ups.attempt(town.actor("follow_up"), demand.pk, remark="无人接听")


def test_three_days_and_then_another_person(town: Town, provincial: Demand) -> None:
    act = town.actor("follow_up")
    follow_ups.attempt(act, provincial.pk)
    with town.refused("tried_today"):
        follow_ups.attempt(act, provincial.pk)
    with town.refused("tries_left"):
        follow_ups.give_up(act, provincial.pk, reason="无人接听")
    for day in (1, 2):
        with on(day):
            follow_ups.attempt(act, provincial.pk)
    with on(2):
        with town.refused("other_needed"):
            follow_ups.attempt(act, provincial.pk)
        with town.refused("tries_left"):
            follow_ups.give_up(act, provincial.pk, reason="无人接听")
        follow_ups.attempt(town.actor("supervisor"), provincial.pk)  # the same day, by another
        with town.refused("tries_used_up"):
            follow_ups.attempt(town.actor("supervisor2"), provincial.pk)
        row = follow_ups.give_up(act, provincial.pk, reason="四次未接通")
    assert (row.state, row.grade, row.attempt_count) == ("unreached", "", 4)


def test_or_the_same_person_by_another_way(town: Town, provincial: Demand) -> None:
    tries(town, provincial, 3)
    with on(3):
        row = follow_ups.attempt(town.actor("follow_up"), provincial.pk, channel="wechat")
    assert [one.channel for one in row.attempts.order_by("pk")] == [*["phone"] * 3, "wechat"]


def test_whoever_calls_back_is_heard_on_any_day(town: Town, provincial: Demand) -> None:
    act = town.actor("follow_up")
    follow_ups.attempt(act, provincial.pk)
    row = follow_ups.evaluate(act, provincial.pk, grade="satisfied", solved=True)
    assert (row.state, row.rule.course) == ("evaluated", "three_plus_one")


def test_an_order_of_the_city_has_no_such_rule(town: Town) -> None:
    demand = town.demand("following_up")
    follow_ups.attempt(town.actor("follow_up"), demand.pk)
    follow_ups.give_up(town.actor("follow_up"), demand.pk, reason="两次未接通")
    assert FollowUp.objects.get().rule is None


def test_the_way_is_one_of_the_list(town: Town) -> None:
    with town.refused("unknown_channel"):
        follow_ups.attempt(town.actor("follow_up"), town.demand("completed").pk, channel="pigeon")
