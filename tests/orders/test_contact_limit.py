"""联系时限: a unit owes a word to the petitioner where there is one whom it can reach."""

from datetime import timedelta

import pytest

from minsheng.demands import actions as demands
from minsheng.foundation import clock
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from minsheng.indicators.periods import Period
from minsheng.orders.models import Assignment
from support.town import NOW

SUN = demands.PersonIn(name="孙小雨", phone="13900001234")


@pytest.mark.parametrize(
    ("petitioner", "confidential", "owed"),
    [(SUN, False, True), (SUN, True, False), (demands.PersonIn(), False, False)],
)
def test_only_who_can_be_reached_is_to_be_contacted(town, petitioner, confidential, owed):
    demand = town.accept(petitioner=petitioner, confidential=confidential)
    town.assign(demand)
    order = Assignment.objects.get(demand=demand)
    assert (order.contact_due_at is not None) == owed
    assert order.sign_due_at is not None


def test_a_unit_loses_nothing_by_orders_in_which_nobody_can_be_contacted(town):
    town.assign(town.accept(petitioner=demands.PersonIn()))
    town.order("handling")  # its petitioner was contacted
    day = NOW.date()
    with clock.moved(NOW + timedelta(days=7)):
        facts.refresh()
        (row,) = compute(["response_rate"], period=Period(day, day), tables=facts.tables())
    rate = row.values["response_rate"]
    assert (rate.numerator, rate.denominator) == (1, 1)
