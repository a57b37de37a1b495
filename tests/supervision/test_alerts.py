"""预警: each kind is raised when it becomes true, stays once, and goes when it is true no more."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.foundation import clock, journal
from minsheng.foundation.calendar import WorkingCalendar
from minsheng.foundation.errors import Conflict, Forbidden, Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from minsheng.supervision import actions, jobs, queries
from minsheng.supervision.models import Alert, AlertRule, Measure
from minsheng.supervision.rules import AlertKind, cut_off
from support.town import NOW, Town


def held() -> set[tuple[str, int]]:
    """Returns the warnings that hold: rule and order."""
    return set(Alert.objects.filter(cleared_at=None).values_list("code", "assignment"))


def codes(order: Assignment) -> set[str]:
    return {code for code, pk in held() if pk == order.pk}


def later(**span: float):
    return clock.moved(clock.now() + timedelta(**span))


def test_a_kind_has_a_rule_and_a_test(ruled: Town):
    assert set(AlertRule.objects.values_list("kind", flat=True)) == set(AlertKind)


def test_unsigned_until_it_is_signed(ruled: Town):
    order = ruled.assign()
    jobs.watch()
    assert held() == set()
    with later(hours=5):
        jobs.watch()
        assert codes(order) == {"unsigned"}
        alert = Alert.objects.get()
        assert (alert.since, alert.step) == (order.sign_due_at, "urge")
        orders.sign(ruled.actor("clerk"), order.pk)
        jobs.watch()
        assert held() == set()
        assert Alert.objects.get().cleared_at == clock.now()


def test_silent_after_working_days_not_over_a_weekend(ruled: Town):
    with clock.moved(datetime(2026, 3, 13, 10, tzinfo=clock.ZONE)):  # a Friday
        order = ruled.order("signed")
    with clock.moved(datetime(2026, 3, 16, 11, tzinfo=clock.ZONE)):  # Monday
        jobs.watch()
        assert "silent" not in codes(order)
    with clock.moved(datetime(2026, 3, 17, 11, tzinfo=clock.ZONE)):
        jobs.watch()
        assert "silent" in codes(order)
        orders.contact(ruled.actor("clerk"), order.pk, method="phone", outcome="已约定")
        jobs.watch()
        assert "silent" not in codes(order)


def test_near_then_overdue_then_handed_in(ruled: Town):
    order = ruled.order("handling")
    with clock.moved(order.due_at - timedelta(hours=1)):
        jobs.watch()
        assert codes(order) == {"near", "silent"}
    with clock.moved(order.due_at + timedelta(hours=1)):
        jobs.watch()
        assert codes(order) == {"overdue", "silent"}
        orders.reply(ruled.actor("clerk"), order.pk, text="已补漏。", solved=True)
        orders.sign_off(ruled.actor("unit_leader"), order.pk)
        jobs.watch()
        assert codes(order) == set()


def test_an_extension_asked_for_on_the_last_day(ruled: Town):
    early, late = ruled.order("signed"), ruled.order("signed")
    ask = {"limit": "1wd", "reason": "等待材料"}
    orders.request_extension(ruled.actor("clerk"), early.pk, **ask)
    with clock.moved(late.due_at - timedelta(hours=2)):
        orders.request_extension(ruled.actor("clerk"), late.pk, **ask)
        jobs.watch()
    assert "late_extension" in codes(late)
    assert "late_extension" not in codes(early)


def test_a_reply_without_contact(ruled: Town):
    order, spoken = ruled.order("replied"), ruled.order("handling")
    orders.reply(ruled.actor("clerk"), spoken.pk, text="已补漏。", solved=True)
    jobs.watch()
    assert held() == {("no_contact", order.pk)}
    orders.pass_audit(ruled.actor("dispatcher"), order.pk)
    jobs.watch()
    assert held() == set()


def test_returned_twice(ruled: Town):
    first = ruled.order("return_requested")
    second = orders.accept_return(ruled.actor("dispatcher"), first.pk, unit="traffic")
    jobs.watch()
    assert held() == set()
    orders.request_return(
        ruled.actor("clerk.traffic"), second.pk, reason_code="not_ours", reason="也不是"
    )
    jobs.watch()
    assert held() == {("returned", second.pk)}


def test_taken_up_again(ruled: Town):
    demand = ruled.demand("archived")
    demands.reopen(ruled.actor("supervisor"), demand.pk, reason="回头看")
    order = ruled.assign(demand)
    jobs.watch()
    assert held() == {("reopened", order.pk)}


def test_the_same_place_again(ruled: Town):
    places = ["东湾路8号", "东湾路8号", "东湾路8号", "东湾路9号"]
    made = [ruled.assign(ruled.accept(place=place)) for place in places]
    made.append(ruled.assign(ruled.accept(place="东湾路8号", category="road.lamp")))
    jobs.watch()
    assert held() == {("recurring", order.pk) for order in made[:3]}
    with later(days=31):
        again = ruled.assign(ruled.accept(place="东湾路8号"))
        jobs.watch()
        assert "recurring" not in codes(again)


def test_restricted_demands_are_never_warned_of(ruled: Town):
    order = orders.assign(ruled.actor("discipline"), ruled.secret().pk, lead="traffic")[0]
    with clock.moved(order.due_at + timedelta(days=20)):
        jobs.watch()
    assert codes(order) == set()


def test_a_run_more_changes_and_writes_nothing(ruled: Town):
    ruled.assign()
    with later(days=30):
        assert jobs.watch() > 0
        list(jobs.press())
        list(jobs.press())
        before = (JournalEntry.objects.count(), held(), Measure.objects.count())
        assert jobs.watch() == 0
        assert list(jobs.press()) == []
        assert (JournalEntry.objects.count(), held(), Measure.objects.count()) == before
    assert not journal.verify().faults


def test_what_a_rule_takes_by_itself(ruled: Town):
    order = ruled.assign()
    with clock.moved(order.due_at + timedelta(days=7)):
        jobs.watch()
        (measure,) = jobs.press()
    assert (measure.step, measure.unit.code, measure.opened_by_id) == ("supervise", "housing", None)
    assert Alert.objects.get(code="overdue3").measure == measure
    assert Alert.objects.get(code="overdue").measure == measure  # a milder step is settled by it


def test_what_is_running_already_settles_the_warning(ruled: Town):
    order = ruled.assign()
    mine = actions.issue(
        ruled.actor("supervisor"), step="supervise", order_id=order.pk, reason="请速办"
    )
    with clock.moved(order.due_at + timedelta(days=7)):
        jobs.watch()
        assert list(jobs.press()) == []
    assert Alert.objects.get(code="overdue3").measure == mine


def test_a_measure_left_unanswered_proposes_the_next(ruled: Town):
    order = ruled.assign()
    measure = actions.issue(
        ruled.actor("supervisor"), step="supervise", order_id=order.pk, reason="请速办"
    )
    with clock.moved(measure.due_at + timedelta(minutes=1)):
        jobs.watch()
        assert "unanswered" in codes(order)
        actions.answer(ruled.actor("clerk"), measure.pk, answer="明日完成。")
        jobs.watch()
        assert "unanswered" not in codes(order)


def test_dismissed_until_it_begins_anew(ruled: Town):
    order = ruled.assign()
    with later(hours=5):
        jobs.watch()
        alert = Alert.objects.get()
        with ruled.refused("missing"):
            actions.dismiss(ruled.actor("supervisor"), alert.pk, reason=" ")
        with pytest.raises(Forbidden), connection.cursor():
            actions.dismiss(ruled.actor("clerk"), alert.pk, reason="不急")
        actions.dismiss(ruled.actor("supervisor"), alert.pk, reason="单位停电")
        with ruled.refused("settled"):
            actions.dismiss(ruled.actor("supervisor"), alert.pk, reason="再次")
        jobs.watch()
        assert Alert.objects.count() == 1
        assert queries.alerts(ruled.actor("supervisor"), proposed=True).items == []
    assert codes(order) == {"unsigned"}


def test_a_rule_holds_from_its_day_and_ends_the_one_before(ruled: Town):
    order = ruled.assign()
    today = NOW.date()
    rule = {"code": "unsigned", "name": "签收提醒", "kind": "unsigned"}
    with pytest.raises(Forbidden):
        actions.set_rule(ruled.actor("supervisor"), **rule, effective_from=today)
    admin = ruled.actor("admin")
    with later(hours=5):
        jobs.watch()
        assert codes(order) == {"unsigned"}
        actions.set_rule(admin, **rule, days=5, effective_from=today)
        jobs.watch()
        assert codes(order) == set()
        with ruled.refused("later_rule"):
            actions.set_rule(admin, **rule, effective_from=today)
    old, new = AlertRule.objects.filter(code="unsigned").order_by("effective_from")
    assert (old.effective_to, new.effective_to) == (today - timedelta(days=1), None)
    assert queries.rule_names()["unsigned"] == "签收提醒"


def test_a_warning_says_its_kind_and_figures_in_english(ruled: Town):
    assert queries.rule_names()["overdue3"] == "规则overdue3"
    with translation.override("en"):
        said = queries.rule_names()
    assert said["overdue3"] == "Overdue · 3 working days"
    assert said["recurring"] == "Same place again · 30d · 3×"
    assert said["unanswered"] == "Unanswered past the limit · Supervise"


def test_what_no_rule_warns_of_any_more_is_cleared(ruled: Town):
    ruled.assign()
    with later(hours=5):
        jobs.watch()
        AlertRule.objects.update(effective_to=date(2026, 1, 1))
        assert jobs.watch() == 1
        assert held() == set()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"kind": "rumour"}, Invalid),
        ({"step": "beat"}, Invalid),
        ({"days": 999}, Invalid),
        ({"code": " "}, Invalid),
        ({"limit": "3 moons"}, Invalid),
        ({"issues": True}, Invalid),
        ({"effective_to": date(2026, 1, 1)}, Invalid),
        ({"code": "near", "effective_from": date(2019, 1, 1)}, Conflict),
    ],
)
def test_rules_that_make_no_sense(ruled: Town, changed: dict, error: type[Exception]):
    rule = {"code": "x", "name": "新", "kind": "near", "effective_from": date(2026, 4, 1)}
    with ruled.refused() as seen:
        actions.set_rule(ruled.actor("admin"), **{**rule, **changed})
    assert isinstance(seen.value, error)


@given(
    st.datetimes(datetime(2024, 2, 1), datetime(2026, 11, 30)),
    st.integers(0, 15),
    st.integers(0, 15),
)
def test_the_cut_off_lies_so_many_working_days_back(moment: datetime, days: int, more: int):
    calendar = WorkingCalendar()
    now = moment.replace(tzinfo=clock.ZONE)
    cut = cut_off(calendar, now, days)
    # Further back the more days; and just so many working days begin between the two.
    assert cut_off(calendar, now, days + more) <= cut <= now
    assert cut.timetz() == now.timetz()
    passed = sum(
        calendar.is_workday((cut + timedelta(days=n)).date())
        for n in range(1, (now - cut).days + 1)
    )
    assert passed == days


def test_lists_show_each_unit_its_own(ruled: Town):
    mine = ruled.assign()
    other = ruled.assign(lead="traffic")
    with later(hours=5):
        jobs.watch()
        clerk = queries.alerts(ruled.actor("clerk"))
        assert [row.order for row in clerk.items] == [mine.pk]
        everyone = queries.alerts(ruled.actor("supervisor"))
        assert {row.order for row in everyone.items} == {mine.pk, other.pk}
        narrowed = queries.alerts(ruled.actor("leader"), units=["traffic"])
        assert [row.order for row in narrowed.items] == [other.pk]
        with pytest.raises(Forbidden):
            queries.alerts(ruled.actor("agent"))
        by_unit = queries.alerts_by_unit(ruled.actor("supervisor"))
        assert {one.unit.code: one.total for one in by_unit} == {"housing": 1, "traffic": 1}


def test_pages_of_warnings_show_each_once(ruled: Town):
    for _ in range(5):
        ruled.assign()
    with later(hours=5):
        jobs.watch()
        seen, cursor = [], ""
        while True:
            page = queries.alerts(
                ruled.actor("supervisor"), codes=["unsigned"], cursor=cursor, limit=2
            )
            seen += [row.id for row in page.items]
            if page.next is None:
                break
            cursor = page.next
    assert len(seen) == len(set(seen)) == 5


def test_an_alert_names_a_demand_that_is_there(ruled: Town):
    order = ruled.assign()
    with later(hours=5):
        jobs.watch()
        found = queries.of_demand(order.demand_id)
    assert [row["code"] for row in found["alerts"]] == ["unsigned"]
    assert Demand.objects.get(pk=Alert.objects.get().demand_id) == order.demand
