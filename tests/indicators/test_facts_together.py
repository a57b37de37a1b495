"""Facts while others write and read: real threads, real transactions, real files."""

import os
import threading
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction

from minsheng.foundation import clock
from minsheng.indicators import facts, store
from support.town import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def drawn(table="demands"):
    return facts.tables()[table].count().to_pyarrow().as_py()


def test_what_commits_later_is_drawn_later_and_never_lost(town):
    """The order of writing is not that of committing; only a snapshot tells what was seen."""
    written, go_on = threading.Event(), threading.Event()

    def slow_writer():
        with clock.moved(NOW), transaction.atomic():
            town.accept()
            written.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    assert written.wait(20)
    town.accept()  # begun after the slow one, committed before it
    facts.refresh()
    assert drawn() == 1
    go_on.set()
    thread.join()
    facts.refresh()
    assert drawn() == 2
    assert facts.check() == []
    assert facts.refresh().drawn == 0


def test_readers_see_whole_facts_while_they_change(town):
    """Every demand here has exactly one order: a reader must never count one without the other."""
    for days in (0, 30, 60):
        with clock.moved(NOW - timedelta(days=days)):
            town.assign()
    facts.refresh()
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def reader():
        while not stop.is_set():
            manifest = store.read()
            assert manifest is not None
            demands, assignments = (
                sum(
                    pq.read_table(store.folder() / part.file, partitioning=None).num_rows
                    for part in manifest.parts[table].values()
                )
                for table in ("demands", "assignments")
            )
            seen.append((demands, assignments))

    thread = threading.Thread(target=reader)
    thread.start()
    try:
        for round in range(15):
            with clock.moved(NOW - timedelta(days=30 * (round % 3))):
                town.assign()
            facts.refresh()
    finally:
        stop.set()
        thread.join()
    assert {demands - assignments for demands, assignments in seen} == {0}
    assert len({demands for demands, _ in seen}) > 3


def test_a_refresh_that_is_killed_loses_nothing(town):
    town.assign()
    facts.refresh()
    before = (store.folder() / store.MANIFEST).read_bytes()
    town.assign()
    connection.close()  # a child must not share it
    child = os.fork()
    if child == 0:
        store.publish = lambda manifest: os.kill(os.getpid(), 9)
        facts.refresh()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert (store.folder() / store.MANIFEST).read_bytes() == before
    assert drawn() == 1
    facts.refresh()
    assert drawn() == 2
    assert facts.check() == []


def test_two_processes_refresh_one_after_the_other(town):
    for _ in range(3):
        town.assign()
    results: list[int] = []

    def refresh():
        results.append(facts.refresh().drawn)
        connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[:3] == [0, 0, 0]
    assert facts.check() == []


def test_files_go_once_nobody_can_be_reading_them(town, monkeypatch):
    town.assign()
    facts.refresh()
    (old,) = [part.file for month, part in store.read().parts["demands"].items() if month]
    town.assign()
    facts.refresh()
    assert (store.folder() / old).exists()
    monkeypatch.setattr(store, "GRACE", -1)
    town.assign()
    facts.refresh()
    assert not (store.folder() / old).exists()
    assert facts.check() == []
    present = {str(p.relative_to(store.folder())) for p in store.folder().rglob("*.parquet")}
    named = {part.file for months in store.read().parts.values() for part in months.values()}
    assert present == named
