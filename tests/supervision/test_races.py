"""Two people at once on the ladder; jobs that are killed half-way."""

from datetime import timedelta

import pytest
from django.db import connection

from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Refused
from minsheng.supervision import actions, jobs
from minsheng.supervision.actions import ladder
from minsheng.supervision.models import Alert, Measure
from support.meeting import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def one_of_two(results) -> Refused:
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 1, results
    assert isinstance(refused[0], Refused), repr(refused[0])
    assert not journal.verify().faults
    return refused[0]


def test_two_supervisors_issue_the_same_step(town):
    order = town.assign()
    numbers_of_the_month(town)

    def issue():
        return actions.issue(
            town.actor("supervisor"), step="supervise", order_id=order.pk, reason="请速办"
        )

    assert one_of_two(at_once(issue, issue)).code == "already_issued"
    assert Measure.objects.count() == 1


def numbers_of_the_month(town) -> None:
    """Has the day's sequence of supervision orders there, whose making waits for nobody."""
    from minsheng.foundation import numbers

    numbers.issue("DB", clock.now())


def test_a_unit_answers_while_the_supervisor_closes(town):
    measure = actions.issue(
        town.actor("supervisor"), step="supervise", order_id=town.assign().pk, reason="请速办"
    )
    answered, closed = at_once(
        lambda: actions.answer(town.actor("clerk"), measure.pk, answer="已办。"),
        lambda: actions.close(town.actor("supervisor"), measure.pk, reason="误发"),
    )
    # It may be closed after an answer; an answer after it was closed is refused.
    assert not isinstance(closed, Exception)
    assert not isinstance(answered, Exception) or answered.code == "wrong_state"
    assert Measure.objects.get().state == "closed"
    assert not journal.verify().faults


def test_two_runs_of_the_watch_at_once(ruled):
    order = ruled.assign()
    with clock.moved(order.sign_due_at + timedelta(minutes=1)):
        at_once(jobs.watch, jobs.watch, waiting=0)
    assert Alert.objects.filter(code="unsigned").count() == 1


class Killed(BaseException):
    """What no handler catches, as a kill is caught by none."""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_killed_run_is_finished_by_the_next_one(ruled, monkeypatch, after):
    made = [ruled.assign() for _ in range(3)]
    with clock.moved(made[-1].due_at + timedelta(days=10)):
        jobs.watch()
        issue, left = ladder.issue, iter([False] * after + [True])

        def killed(*args, **given):
            measure = issue(*args, **given)
            if next(left):  # inside of the document's transaction: it is taken back
                raise Killed
            return measure

        with monkeypatch.context() as patch:
            patch.setattr(ladder, "issue", killed)
            with pytest.raises(Killed):
                list(jobs.press())
        connection.close()
        assert Measure.objects.count() == after
        assert len(list(jobs.press())) == 3 - after
        assert list(jobs.press()) == []
        assert jobs.watch() == 0
    assert sorted(Measure.objects.values_list("assignment", flat=True)) == [o.pk for o in made]
    assert not journal.verify().faults


def test_a_run_killed_between_rules_leaves_whole_rules(ruled, monkeypatch):
    order = ruled.assign()
    with clock.moved(order.due_at + timedelta(days=10)):
        watch, seen = actions.watch, []

        def killed(actor, rule):
            if len(seen) == 6:
                raise Killed
            seen.append(rule.code)
            return watch(actor, rule)

        with monkeypatch.context() as patch:
            patch.setattr(actions, "watch", killed)
            with pytest.raises(Killed):
                jobs.watch()
        half = Alert.objects.count()
        assert jobs.watch() > 0
        assert Alert.objects.count() > half
        assert jobs.watch() == 0
