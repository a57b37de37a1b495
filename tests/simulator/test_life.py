"""A small town lives: the same from the same seed, within its lifecycles, with nothing lost."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Enquiry
from minsheng.demands.rules import DemandState
from minsheng.followups import accounting, courses
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.orders.models import Assignment
from minsheng.simulator import habits
from minsheng.simulator.lanes import Sum
from minsheng.simulator.simulate import Lived, last_days, period, simulate
from support.town import Town, inhabited

MAY = (date(2026, 5, 4), date(2026, 5, 22))


@pytest.fixture
def fresh_numbers() -> Iterator[None]:
    """Lets numbers begin anew, which a rolled-back transaction does not."""
    yield
    _forget_numbers()


def _forget_numbers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = "
            "'numbers'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE numbers."{name}" RESTART')


def _undone(number: int, seed: int) -> Lived:
    """Returns what was lived, after taking it back as if it were another database."""
    _forget_numbers()
    with transaction.atomic():
        lived = simulate(period(*MAY), number, seed)
        transaction.set_rollback(True)
    _forget_numbers()
    return lived


def faults() -> list[str]:
    report = journal.verify()
    return [str(fault) for fault in (*accounting.faults(), *courses.faults(), *report.faults)]


def test_the_same_seed_gives_the_same_journal_and_another_seed_another(
    town: Town, fresh_numbers: None
) -> None:
    one, same, other = _undone(40, 7), _undone(40, 7), _undone(40, 8)
    assert one.digest == same.digest
    assert (one.states, one.shares, one.entries) == (same.states, same.shares, same.entries)
    assert one.digest != other.digest


@pytest.mark.django_db(transaction=True)
def test_what_is_lived_does_not_depend_on_how_many_share_the_work(fresh_numbers: None) -> None:
    with inhabited():
        alone = _undone(60, 7)
        together = simulate(period(*MAY), 60, 7, lanes=3)
        assert together.digest == alone.digest
        assert (together.states, together.shares, together.actions) == (
            alone.states,
            alone.shares,
            alone.actions,
        )
        assert faults() == []
        accepted = Demand.objects.exclude(number=None).order_by("accepted_at", "number")
        numbers = [number for number in accepted.values_list("number", flat=True) if number]
        assert numbers == sorted(numbers, key=lambda number: number[:-1])


@pytest.mark.django_db(transaction=True)
def test_a_life_ends_when_one_of_those_who_share_it_is_killed(fresh_numbers: None) -> None:
    def kill(sum: Sum) -> None:
        victims = multiprocessing.active_children()
        os.kill(victims[0].pid or 0, signal.SIGKILL)

    with inhabited(), pytest.raises(Conflict, match="ended from outside"):
        simulate(period(*MAY), 400, 7, kill, lanes=2)
    assert not multiprocessing.active_children()


def test_nothing_is_refused_and_nothing_is_unaccounted_for(town: Town) -> None:
    lived = simulate(period(*MAY), 90, 1)
    assert lived.refused == {}
    assert lived.halted == 0
    assert faults() == []
    drafts = Demand.objects.filter(state=DemandState.DRAFT).count()
    assert lived.accepted + drafts == 90
    assert sum(lived.states.values()) == 90
    assert lived.actions == lived.entries == JournalEntry.objects.count()
    assert lived.digest == journal.digest()


def test_life_goes_all_the_ways(town: Town) -> None:
    simulate(period(*MAY), 150, 3)
    done = set(JournalEntry.objects.values_list("action", flat=True))
    assert done >= {
        *("demand.submit", "demand.assign", "demand.archive"),
        *("order.sign", "order.contact", "order.reply", "order.sign_off", "order.pass_audit"),
        *("order.request_return", "order.accept_return", "order.assign_onward"),
        *("follow_up.plan", "follow_up.evaluate"),
    }
    assert Assignment.objects.filter(level=2).exists()


def test_what_enterprises_raise_goes_to_specialists(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.moved(datetime(2026, 5, 6, 16, tzinfo=clock.ZONE)):
        enterprise = demands.PersonIn(name="青山机械厂", kind="enterprise")
        demand = town.accept(petitioner=enterprise, kind="consult")
        left_open = demands.ask(town.actor("agent"), demand.pk, unit="housing")
    monkeypatch.setattr(habits, "ENTERPRISE", 1.0)
    lived = simulate(period(date(2026, 5, 7), date(2026, 5, 15)), 60, 1)
    assert lived.refused == {}
    left_open.refresh_from_db()
    assert left_open.state in ("answered", "passed")
    passed = Enquiry.objects.filter(state=Enquiry.State.PASSED)
    assert passed.exclude(pk=left_open.pk).exists()
    assert faults() == []


def test_everything_happens_in_the_period_and_staff_keep_their_hours(town: Town) -> None:
    over = period(*MAY)
    simulate(over, 90, 1)
    for moment, action, role in JournalEntry.objects.values_list("at", "action", "role"):
        here = moment.astimezone(clock.ZONE)
        assert over.start <= here < over.end
        in_hours = (8, 30) <= (here.hour, here.minute) <= (17, 30) and here.weekday() < 5
        # 9 May 2026 is a Saturday that is worked for the holiday.
        if role == "dispatcher" and not _urgent_at_night(action, moment):
            assert in_hours or here.date() == date(2026, 5, 9), (here, action)


def _urgent_at_night(action: str, moment: datetime) -> bool:
    entry = JournalEntry.objects.filter(action=action, at=moment, subject_kind="demand")
    return Demand.objects.filter(pk__in=entry.values("subject_id"), urgent=True).exists()


def test_the_next_life_takes_up_what_was_left_open(town: Town) -> None:
    simulate(period(date(2026, 5, 4), date(2026, 5, 12)), 60, 1)
    left = set(
        Demand.objects.filter(state__in=["accepted", "assigned"], restricted=False).values_list(
            "pk", flat=True
        )
    )
    assert left
    lived = simulate(period(date(2026, 5, 13), date(2026, 6, 12)), 0, 1)
    assert lived.resumed >= len(left)
    assert (lived.accepted, lived.refused) == (0, {})
    still = Demand.objects.filter(pk__in=left, state__in=["accepted", "assigned"]).count()
    assert still <= len(left) * 0.1
    assert faults() == []


def test_an_earlier_life_leaves_later_demands_alone(town: Town) -> None:
    later = town.accept()  # in March, at the town's own time
    simulate(period(date(2026, 1, 5), date(2026, 1, 9)), 5, 1)
    later.refresh_from_db()
    assert later.state == DemandState.ACCEPTED


def test_a_period_with_the_present_in_it_ends_now(town: Town) -> None:
    now = clock.now()
    assert period(now.date() - timedelta(days=3), now.date()).end == now
    assert period(now.date() + timedelta(days=3), now.date() + timedelta(days=4)).end > now


def test_no_demand_comes_in_when_its_limits_would_leave_the_calendar(town: Town) -> None:
    over = period(date(2026, 12, 1), date(2026, 12, 31))
    assert over.arrivals_until < over.end
    lived = simulate(over, 30, 1)
    assert lived.accepted
    last = Demand.objects.latest("accepted_at").accepted_at
    assert last is not None
    assert last < over.arrivals_until
    assert faults() == []
    with pytest.raises(Invalid, match="calendar"):
        simulate(period(date(2027, 2, 1), date(2027, 2, 28)), 10, 1)


def test_the_last_days_are_those_that_the_calendar_knows(town: Town) -> None:
    with clock.moved(datetime(2027, 3, 1, 12, tzinfo=clock.ZONE)):
        over = last_days(30)
        assert over.arrivals_until == datetime(2027, 1, 1, tzinfo=clock.ZONE) - timedelta(
            days=habits.LONGEST_COURSE
        )
        assert over.arrivals_until - over.start >= timedelta(days=30)
        assert over.end <= clock.now()
    over = last_days(30)
    assert over.end == over.arrivals_until == clock.now()
