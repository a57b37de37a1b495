"""A worker stands still for a night: in the morning each thing that fell due is done, and once.

In the evening every job has run, then the worker is stopped. In the night the city goes on: demands
come in, orders are completed, limits and days end, holds run out, a settings' day begins. In the
morning a worker is started, which puts every job into its queue once.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from procrastinate.contrib.django.models import ProcrastinateJob

from minsheng.catalogue import actions as settings_of
from minsheng.catalogue.models import Change, City
from minsheng.demands.actions import PersonIn
from minsheng.demands.models import Attachment, Demand
from minsheng.directory.access import SYSTEM
from minsheng.doors import tasks
from minsheng.doors.models import KeptAnswer
from minsheng.evaluation import actions as evaluation
from minsheng.evaluation.models import Evaluation
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.followups import accounting, sampling
from minsheng.followups.models import FollowUp, Sample
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from minsheng.indicators import facts
from minsheng.insight.learning import actions as learning
from minsheng.insight.models import HotIssue
from minsheng.supervision.models import Alert, AlertRule, Measure
from support.fairly import exclude
from support.history import row, text_of
from support.telling import PIPE, raise_all, told
from support.town import Town

#: In this night the year that the calendar does not know comes near enough to be warned of.
EVENING = datetime(2026, 10, 30, 18, tzinfo=clock.ZONE)
MORNING = datetime(2026, 10, 31, 8, 30, tzinfo=clock.ZONE)
#: What the first run of each job does in the morning. Folding and facts are not counted by things.
DUE = {
    "fold-tallies": 0,
    "plan-follow-ups": 1,
    "warn": 1,
    "press": 1,
    "train": 1,
    "take-in": 6,
    "sweep": 40,
    "places": 1,
    "hot-issues": 1,
    "sample-follow-ups": 1,
    "archive": 1,
    "revise": 1,
    "changes": 1,
    "facts": 0,
    "forget": 1,
    "orphans": 1,
    "calendar": 1,
}


def night(hours: float) -> datetime:
    """Returns the moment so many hours after the worker was stopped; below 0 before it."""
    return EVENING + timedelta(hours=hours)


@pytest.fixture
def city(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The town in the evening, with what will fall due in the night begun."""
    monkeypatch.setattr(sampling, "secrets", SimpleNamespace(token_hex=lambda length: "seed"))
    City.objects.update(follow_up_share=0.5, archive_after_days=8)
    AlertRule.objects.create(
        code="overdue", name="超期督办", kind="overdue", step="supervise", issues=True,
        effective_from=EVENING.date(),
    )  # fmt: skip
    recent.forget()
    history = tmp_path / "history.csv"
    history.write_text(text_of([row(1), row(2, due_at="2025-03-05 17:30:00")]))
    import_orders(SYSTEM, open_history(history)[0], rejects=tmp_path / "rejects.csv")
    evaluation.publish(SYSTEM, evaluation.evaluate(SYSTEM, "yueyang", "2025Q1").pk)
    with clock.moved(night(4 - 8 * 24)):
        over = town.demand("answered")
    with clock.moved(night(4 - 24)):
        late = town.assign(town.accept(urgent=True))
    with clock.moved(EVENING):
        handled = [town.assign() for _time in range(3)]
        Demand.objects.filter(pk=handled[0].demand_id).update(urgent=True)
    KeptAnswer.objects.create(actor="agent", key="k", fingerprint=b"f", at=night(5 - 7 * 24))
    storage = Attachment._meta.get_field("file").storage
    orphan = storage.save("2026/10/1-0123456789abcdef.png", ContentFile(b"left"))
    os.utime(storage.path(orphan), (night(3 - 48).timestamp(),) * 2)
    yield SimpleNamespace(town=town, over=over, late=late, handled=handled, orphan=orphan)
    storage.delete(orphan)


def live_through(city: SimpleNamespace) -> None:
    """The night, as the city lives it."""
    town = city.town
    with clock.moved(night(1)):
        exclude(town, "S2")
        learning.request_training(town.actor("analyst"))
        settings_of.change(
            town.actor("admin"), "unit", "water", {"name": "水务集团"},
            effective_from=MORNING.date(), reason="机构改革",
        )  # fmt: skip
    with clock.moved(night(-20 * 24)):
        raise_all(town, told(40))  # brought in by an import
    with clock.moved(night(2)):
        for order in city.handled:
            town.order("completed", order)
    for n, (title, text) in enumerate(PIPE):
        with clock.moved(MORNING - timedelta(minutes=50 - n)):
            person = PersonIn(name=f"诉求人{n}", phone=f"1390000{n:04}")
            town.accept(title=title, text=text, place="盐河路", petitioner=person)


def test_in_the_morning_each_thing_is_done_once(city: SimpleNamespace) -> None:
    with clock.moved(EVENING):
        for name in tasks.JOBS:
            tasks.run(name)
    drawn = {*Sample.objects.values_list("first", flat=True)}
    live_through(city)
    with clock.moved(MORNING):
        tasks.catch_up()
        queued = ProcrastinateJob.objects.filter(status="todo").order_by("pk")
        names = list(queued.values_list("task_name", flat=True))
        assert names == list(tasks.JOBS)
        assert {name: tasks.run(name) for name in names} == DUE
        written = JournalEntry.objects.count()
        assert [tasks.run(name) for name in names] == [0] * len(names)
        assert JournalEntry.objects.count() == written
        assert facts.check() == []
    # Of what stands in no journal, such as imports, the accounts say nothing.
    assert [fault for fault in accounting.faults() if fault.ref[0] != "T"] == []
    done = Counter(JournalEntry.objects.filter(at=MORNING).values_list("action", flat=True))
    for action in ("alert.watch", "measure.issue", "demand.archive", "settings.apply", "warn"):
        assert done[action] == 1, action

    # What fell due keeps its own time; what was done about it has the morning's.
    alert, measure = Alert.objects.get(), Measure.objects.get()
    assert (alert.since, alert.raised_at) == (city.late.due_at, MORNING)
    assert night(0) < alert.since < MORNING
    assert (measure.assignment_id, measure.opened_at) == (city.late.pk, MORNING)
    assert measure.due_at > MORNING
    # What was drawn, then what is always asked.
    asked = FollowUp.objects.filter(planned_at__gt=EVENING).order_by("sample")
    sample = Sample.objects.exclude(first__in=drawn).get()
    assert (sample.first, sample.last, sample.at) == (EVENING.date(), EVENING.date(), MORNING)
    assert list(asked.values_list("sample", "planned_at")) == [
        (sample.pk, MORNING),
        (None, MORNING),
    ]
    assert asked[1].demand_id == city.handled[0].demand_id
    city.over.refresh_from_db()
    assert (city.over.state_at, city.over.completed_at) == (MORNING, night(4 - 8 * 24))
    change = Change.objects.get()
    assert (change.state, change.effective_from) == ("applied", MORNING.date())
    assert Evaluation.objects.get(revision=2).computed_at == MORNING
    assert {one.at for one in HotIssue.objects.all()} == {MORNING}
    assert not KeptAnswer.objects.exists()
