"""What the worker does by the clock: enough, once, and never too early."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from minsheng.catalogue.models import City
from minsheng.demands.models import Attachment, Demand
from minsheng.doors import tasks
from minsheng.doors.models import KeptAnswer
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, recent
from minsheng.foundation.calendar import OFFICIAL_YEARS
from minsheng.foundation.errors import NotFound
from minsheng.foundation.models import JournalEntry

PROJECT = Path(__file__).resolve().parents[2]


def share(value: float) -> None:
    City.objects.update(follow_up_share=value)
    recent.forget()


def later(**span: float):
    return clock.moved(clock.now() + timedelta(**span))


def test_the_document_lists_the_jobs():
    text = (PROJECT / "docs" / "operations.md").read_text()
    section = text.split("## What the worker does by the clock")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    assert rows == [[f"`{j.name}`", f"`{j.cron}`", j.does] for j in tasks.JOBS.values()]


def test_every_job_runs_twice_without_doing_anything_twice(town):
    share(1.0)
    town.demand("completed")
    town.demand("answered")
    with later(days=1):
        for name in tasks.JOBS:
            tasks.run(name)
        written = JournalEntry.objects.count()
        assert [tasks.run(name) for name in tasks.JOBS] == [0] * len(tasks.JOBS)
        assert JournalEntry.objects.count() == written


def test_an_unknown_job_is_refused(db):
    with pytest.raises(NotFound):
        tasks.run("tidy-up")


def test_what_ended_is_archived_after_its_days_and_not_before(town):
    demand = town.demand("answered")
    days = City.objects.get().archive_after_days
    with later(days=days - 0.1):
        assert tasks.run("archive") == 0
    with later(days=days):
        assert tasks.run("archive") == 1
    assert Demand.objects.get(pk=demand.pk).state == "archived"


def test_what_waits_for_a_follow_up_is_not_archived(town):
    demand = town.demand("completed")
    follow_ups.plan(town.actor("follow_up"), demand.pk)
    with later(days=60):
        assert tasks.run("archive") == 0
        follow_ups.evaluate(town.actor("follow_up"), demand.pk, grade="satisfied", solved=True)
    with later(days=120):
        assert tasks.run("archive") == 1


def test_urgent_and_provincial_demands_are_always_asked_about(town):
    share(0.0)
    usual, urgent, provincial = (town.demand("completed") for _ in range(3))
    Demand.objects.filter(pk=urgent.pk).update(urgent=True)
    Demand.objects.filter(pk=provincial.pk).update(origin="province")
    assert tasks.run("plan-follow-ups") == 2
    planned = set(FollowUp.objects.values_list("demand", flat=True))
    assert planned == {urgent.pk, provincial.pk}
    assert usual.pk not in planned


@pytest.mark.parametrize(
    "changed", [{"excluded": True}, {"restricted": True}, {"petitioner": None}]
)
def test_some_are_never_asked(town, changed):
    share(1.0)
    demand = town.demand("completed")
    Demand.objects.filter(pk=demand.pk).update(urgent=True, **changed)
    assert tasks.run("plan-follow-ups") == 0


def test_who_was_not_reached_is_not_planned_again(town):
    share(1.0)
    demand = town.demand("following_up")
    follow_ups.give_up(town.actor("follow_up"), demand.pk, reason="三次无人接听")
    assert tasks.run("plan-follow-ups") == 0


def test_files_of_no_demand_go_and_others_stay(town):
    demand = town.accept()
    storage = Attachment._meta.get_field("file").storage
    with clock.moved(datetime.now(clock.ZONE) + timedelta(days=3)):
        tasks.run("orphans")  # what the demands of other tests, rolled back since, have left
    orphan = storage.save(f"2026/03/{demand.pk}-0123456789abcdef.png", ContentFile(b"left"))
    kept = storage.save(f"2026/03/{demand.pk}-fedcba9876543210.png", ContentFile(b"kept"))
    Attachment.objects.create(
        demand=demand, name="x.png", content_type="image/png", size=4, sha256="0", by="agent",
        at=clock.now(), file=kept,
    )  # fmt: skip
    written = storage.get_modified_time(orphan)  # by the world's clock, not the moved one
    try:
        with clock.moved(written + timedelta(days=1)):
            assert tasks.run("orphans") == 0
        with clock.moved(written + timedelta(days=3)):
            assert tasks.run("orphans") == 1
        assert storage.exists(kept)
        assert not storage.exists(orphan)
    finally:
        storage.delete(kept)


def test_kept_answers_are_forgotten_after_seven_days(town):
    KeptAnswer.objects.create(actor="agent", key="k", fingerprint=b"f", at=clock.now())
    with later(days=6.9):
        assert tasks.run("forget") == 0
    with later(days=7.1):
        assert tasks.run("forget") == 1


def test_failed_and_killed_runs_are_forgotten_after_a_month(town):
    def runs() -> list[tuple[str, str]]:
        rows = ProcrastinateJob.objects.order_by("task_name")
        return list(rows.values_list("task_name", "status"))

    tasks.catch_up()
    with connection.cursor() as cursor:
        for name, status in (("archive", "failed"), ("warn", "doing"), ("press", "failed")):
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status"
                " WHERE task_name = %s",
                [status, name],
            )
        cursor.execute("UPDATE procrastinate_events SET at = %s", [clock.now()])
        cursor.execute(
            "UPDATE procrastinate_events SET at = %s WHERE job_id IN"
            " (SELECT id FROM procrastinate_jobs WHERE task_name = 'press')",
            [clock.now() + timedelta(days=2)],
        )
    waiting = {(name, "todo") for name in tasks.JOBS} - {
        (name, "todo") for name in ("archive", "warn", "press")
    }
    with later(days=31):
        assert tasks.run("forget") == 2
        assert {*runs()} == {*waiting, ("press", "failed")}


def test_a_year_that_the_calendar_does_not_know_is_told_once(town):
    last = max(OFFICIAL_YEARS)
    with clock.moved(clock.now().replace(year=last, month=10, day=1)):
        assert tasks.run("calendar") == 0
    with clock.moved(clock.now().replace(year=last, month=11, day=15)):
        assert [tasks.run("calendar"), tasks.run("calendar")] == [1, 0]
    entry = JournalEntry.objects.get(subject_kind="calendar", action="warn")
    assert entry.subject_id == last + 1
