"""What indicators come to, for courses that people would recognise."""

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from minsheng.demands import actions as demands
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.indicators import facts
from minsheng.indicators.compute import compare, compute
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.fairly import exclude
from support.town import NOW

MARCH = "2026-03"


def values(*codes, period=MARCH, at=NOW + timedelta(days=90), **options):
    """Returns the values of indicators without a split, computed some time after the period."""
    with clock.moved(at):
        (row,) = compute(codes, period=period, **options)
    found = [row.values[code].value for code in codes]
    return found[0] if len(codes) == 1 else tuple(found)


def test_due_handled_late_and_open_are_kept_apart(town):
    in_time, late, never = (town.assign() for _ in range(3))
    for order, at in ((in_time, NOW), (late, in_time.due_at + timedelta(days=2))):
        with clock.moved(at):
            town.order("completed", order)
    codes = ("due_count", "handled_count", "completed_late", "overdue_open")
    assert values(*codes) == (3, 2, 1, 1)
    rates = ("completion_rate", "on_time_completion_rate", "overdue_rate")
    assert values(*rates) == (2 / 3, 1 / 3, 2 / 3)
    # At the very moment of the limit nothing is late yet, and nothing overdue.
    assert values(*codes, as_of=never.due_at) == (3, 1, 0, 0)
    assert values(*codes, as_of=never.due_at + timedelta(seconds=1)) == (3, 1, 0, 2)


def test_what_is_handed_in_at_the_last_moment_is_in_time(town):
    order = town.assign()
    with clock.moved(order.due_at):
        town.order("replied", order)
    assert values("handled_count", "completed_late") == (1, 0)
    Assignment.objects.update(handled_at=order.due_at + timedelta(microseconds=1))
    assert values("handled_count", "completed_late") == (1, 1)


def test_a_period_has_its_first_moment_and_not_the_one_after_its_last(town):
    town.assign()
    for due_at, counted in {"04-01": 0, "03-01": 1}.items():
        Assignment.objects.update(due_at=datetime.fromisoformat(f"2026-{due_at}T00:00+08:00"))
        assert values("due_count") == counted
        assert values("due_count", period="2026") == 1


def test_the_limit_stops_with_the_reply_not_with_the_audit(town):
    order = town.order("replied")
    with clock.moved(order.due_at + timedelta(days=3)):
        orders.pass_audit(town.actor("dispatcher"), order.pk)
    assert values("on_time_completion_rate", "completed_late", "completed_count") == (1, 0, 1)


def test_assisting_units_count_as_pairs_but_are_not_assessed(town):
    lead = town.assign(assists=["traffic"])
    town.order("completed", lead)
    assert values("assigned_count", "work_order_count", "due_count") == (2, 1, 1)
    both = {"part": ["lead", "assist"]}
    # Even then: what lapsed with its lead is neither due nor late.
    assert values("due_count", where=both) == 1


def test_a_split_by_part_counts_assisting_units_too(town):
    town.assign(assists=["traffic"])
    with clock.moved(NOW):
        rows = compute(["due_count"], by=["part"], period=MARCH)
    assert {row.keys["part"]: row.values["due_count"].value for row in rows} == {
        "lead": 1,
        "assist": 1,
    }


def test_a_returned_order_is_an_assignment_but_owed_by_nobody(town):
    town.order("returned")
    town.order("reassigned")
    # returned; reassigned away; the new order of the second
    assert values("assigned_count", "returned_count", "due_count") == (3, 1, 1)
    assert values("return_rate", "assignment_accuracy") == (1 / 3, 1 / 3)


def test_what_rests_on_the_ledger_is_not_due(town):
    town.order("suspended")
    assert values("due_count", "overdue_open", "overdue_backlog", "open_count") == (0, 0, 0, 1)


def test_onward_orders_are_the_units_own_business(town):
    order = town.assign(lead="east-gov")
    orders.sign(town.actor("clerk.east"), order.pk)
    orders.assign_onward(town.actor("clerk.east"), order.pk, units=["quay"])
    assert values("assigned_count") == 1
    assert values("assigned_count", where={"onward": [0, 1]}) == 2
    with clock.moved(NOW):
        rows = compute(["assigned_count"], by=["level"], period=MARCH, where={"onward": [0, 1]})
    assert [(row.keys["level"], row.values["assigned_count"].value) for row in rows] == [
        (1, 1),
        (2, 1),
    ]


def test_an_excluded_order_leaves_the_rates_and_stays_in_the_volumes(town):
    order = town.order("completed")
    town.order("completed")
    exclude(town, order.demand.number)
    assert values("accepted_count", "assigned_count", "completed_count") == (2, 2, 2)
    assert values("due_count", "handled_count") == (1, 1)
    assert values("due_count", where={"excluded": [0, 1]}) == 2


def test_collectors_reports_are_not_public_demands(town):
    answered, _open = town.accept(), town.accept()
    demands.answer(town.actor("agent"), answered.pk, answer="可以申请。", knowledge="fund")
    town.accept("collector", channel="patrol")
    assert values("accepted_count", "public_accepted_count", "collector_reported_count") == (
        3,
        2,
        1,
    )
    assert values("direct_answered_count", "direct_answer_rate") == (1, 1 / 2)


def test_sampled_evaluated_and_satisfied_are_three_numbers(town):
    asked, silent, angry, unasked = (town.demand("completed") for _ in range(4))
    follow_ups.evaluate(town.actor("follow_up"), asked.pk, grade="satisfied", solved=True)
    follow_ups.attempt(town.actor("follow_up"), silent.pk)
    follow_ups.give_up(town.actor("follow_up"), silent.pk, reason="三次未接通")
    follow_ups.evaluate(
        town.petitioner(angry), angry.pk, grade="dissatisfied", solved=False, reason="没修好"
    )
    assert unasked.pk
    assert values("sampled_count", "evaluated_count", "dissatisfied_count") == (2, 2, 1)
    assert values("participation_rate", "satisfaction_rate", "resolution_rate") == (
        1 / 2,
        1 / 2,
        1 / 2,
    )
    assert values("follow_up_count", "unreached_rate") == (3, 1 / 3)


def test_no_data_is_no_data(town):
    town.assign()
    rates = ("satisfaction_rate", "avg_completion_time", "direct_satisfaction_rate", "connect_rate")
    assert values(*rates) == (None, None, None, None)
    assert values("evaluated_count", "longest_talk_time") == (0, None)
    assert values("completion_rate", "due_count", period="2012") == (None, 0)


def test_carried_over_is_what_was_open_when_the_period_began(town):
    with clock.moved(NOW - timedelta(days=30)):
        town.accept(channel="province", origin="province", external_no="P1")
        ended = town.accept()
        demands.answer(town.actor("agent"), ended.pk, answer="可以申请。", knowledge="fund")
    town.accept()
    assert values("carried_over", "accepted_count") == (1, 1)
    assert values("provincial_received_count") == 1
    assert values("provincial_received_count", period="2026-02") == 1


def test_means_are_of_what_was_completed(town):
    order = town.assign()
    with clock.moved(NOW + timedelta(hours=1)):
        orders.sign(town.actor("clerk"), order.pk)
    Assignment.objects.filter(pk=order.pk).update(
        state="completed",
        handled_at=NOW + timedelta(days=6),
        completed_at=NOW + timedelta(days=6),  # Monday after a weekend
    )
    assert values("avg_sign_hours", "avg_completion_time", "avg_completion_workdays") == (
        1.0,
        144.0,
        4.0,
    )


def test_units_are_known_by_name_code_and_nothing_else(town):
    town.assign()
    town.assign(town.accept(category="road.hole"), lead="traffic")
    assert values("due_count", where={"unit": ["住房局"]}) == 1
    assert values("due_count", where={"unit": ["traffic", "housing"]}) == 2
    assert values("due_count", where={"unit": ["没有的单位"]}) == 0
    with clock.moved(NOW):
        rows = compute(["due_count", "accepted_count"], by=["unit", "category1"], period=MARCH)
    assert [(*row.keys.values(), row.values["accepted_count"].value) for row in rows] == [
        ("交通局", "道路交通", 1),
        ("住房局", "住房建设", 1),
    ]


def test_two_units_of_one_name_are_two_units(town):
    for code, above in (("fire-e", "east-gov"), ("fire-w", "west-gov")):
        unit = type(town.units["quay"]).objects.create(
            code=code, name="消防站", kind="section", parent=town.units[above], level=1
        )
        unit.lineage = [unit.pk]
        unit.save()
    town.assign(lead="fire-e")
    town.assign(lead="fire-w")
    with clock.moved(NOW):
        rows = compute(["due_count"], by=["unit"], period=MARCH)
    assert [row.keys["unit"] for row in rows] == ["消防站（东湾区政府）", "消防站（西岭县政府）"]


def test_counts_change_in_percent_and_rates_in_points(town):
    with clock.moved(NOW - timedelta(days=365)):
        first = town.order("completed")
        town.assign()
    for _ in range(3):
        town.order("completed")
    assert first.due_at.year == 2025
    with clock.moved(NOW + timedelta(days=90)):
        (row,) = compare(
            ["due_count", "completion_rate", "satisfaction_rate", "merged_count"],
            against="last_year",
            period=MARCH,
        )
    changes = {code: (change.change, change.unit) for code, change in row.changes.items()}
    assert changes == {
        "due_count": (50.0, "percent"),
        "completion_rate": (50.0, "percentage_points"),
        "satisfaction_rate": (None, "percentage_points"),
        "merged_count": (None, "percent"),  # there was nothing before
    }
    assert row.changes["due_count"].printed == "+50.00%"
    assert row.changes["completion_rate"].printed == "+50.00个百分点"
    with translation.override("en"):
        assert row.changes["completion_rate"].printed == "+50.00 pp"


def test_split_by_time_each_value_meets_the_one_before_it(town):
    for days, count in ((-40, 2), (0, 4)):  # January, March
        for _ in range(count):
            with clock.moved(NOW + timedelta(days=days)):
                town.accept()

    def changes(by, period):
        with clock.moved(NOW):
            rows = compare(["accepted_count"], against="previous", by=by, period=period)
        return [(*row.keys.values(), row.changes["accepted_count"].before.value) for row in rows]

    assert changes(["month"], "2026Q1") == [("2026-01", 0), ("2026-03", 0)]
    with clock.moved(NOW - timedelta(days=20)):  # February
        town.accept()
    assert changes(["month"], "2026Q1") == [("2026-01", 0), ("2026-02", 2), ("2026-03", 1)]
    # January is compared with the December of the year before.
    for _ in range(3):
        with clock.moved(NOW - timedelta(days=90)):
            town.accept()
    assert changes(["year", "month"], "2026Q1")[:2] == [
        ("2026", "2026-01", 3),
        ("2026", "2026-02", 2),
    ]
    assert changes([], "2026Q1") == [(3,)]


def test_what_cannot_be_computed_is_refused_in_one_line(town):
    facts.refresh()
    for code, arguments in {
        "unknown_indicator": (["due_coutn"], {"period": "2026"}),
        "unknown_dimension": (["due_count"], {"period": "2026", "by": ["color"]}),
        "unknown_period": (["due_count"], {"period": "2026H3"}),
        "dimension_not_here": (["connect_rate"], {"period": "2026", "by": ["unit"]}),
        "unknown_value": (["due_count"], {"period": "2026", "where": {"urgent": ["maybe"]}}),
    }.items():
        with pytest.raises(Invalid) as refused:
            compute(arguments[0], **arguments[1])
        assert refused.value.code == code
        assert "\n" not in str(refused.value)
