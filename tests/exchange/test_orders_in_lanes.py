"""Several processes import one file, are killed, or meet each other; the outcome is always one."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.models import Count, Sum

from minsheng.demands.models import Demand, ImportBatch, Tally
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import Unit
from minsheng.exchange.history.run import Summary, import_orders, open_history
from minsheng.followups.models import FollowUp
from minsheng.foundation import journal
from minsheng.foundation.errors import Unavailable
from minsheng.foundation.unavailable import unavailable
from minsheng.orders.models import Assignment, WorkOrder
from support.history import rejected, row, text_of
from support.town import NOW, inhabited
from support.troubled import full_disk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    with inhabited():
        yield


def history(demands: int, seed: int = 1) -> list[dict[str, str]]:
    """Returns a history in which demands and orders have several rows, far apart and near."""
    chance = random.Random(seed)
    rows = []
    for n in range(1, demands + 1):
        rows.append(row(n, unit=chance.choice(["住房局", "交通局", f"外来单位{n % 7}"])))
        if chance.random() < 0.3:
            rows.append(row(n, unit="供水公司", role="assist", completed_at="", evaluated="",
                            satisfaction="", solved="", sampled=""))  # fmt: skip
        if chance.random() < 0.2:
            later = {"assigned_at": "2025-06-02", "sign_due_at": "", "signed_at": "",
                     "due_at": "2025-06-09", "completed_at": "2025-06-05"}  # fmt: skip
            rows.insert(chance.randrange(len(rows)), row(n, order_no=f"H{n}", **later))
        if chance.random() < 0.05:
            rows.append(row(n, order_no=f"K{n}", due_at="?"))
    return rows


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text(text_of(rows), encoding="utf-8")
    return path


def take(path: Path, **how: int) -> Summary:
    source, _ignored = open_history(path)
    return import_orders(SYSTEM, source, rejects=path.with_suffix(".rejects"), **how)


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Returns all that was imported, without keys and random codes."""
    return {
        "demands": sorted(
            Demand.objects.values_list(
                "number", "state", "state_at", "completed_at", "archived_at", "title", "words",
                "channel__code", "due_at",
            ),
            key=str,
        ),
        "units": sorted((d.number, sorted(_codes(d.unit_ids))) for d in Demand.objects.all()),
        "orders": sorted(WorkOrder.objects.values_list("number", "demand__number", "closed_at")),
        "pairs": sorted(
            Assignment.objects.values_list(
                "work_order__number", "unit__code", "part", "state", "due_at", "closed_at",
            ),
            key=str,
        ),
        "follow_ups": sorted(
            FollowUp.objects.values_list("assignment__work_order__number", "state", "grade"),
            key=str,
        ),
    }  # fmt: skip


def _codes(ids: list[int]) -> list[str]:
    return list(Unit.objects.filter(pk__in=ids).values_list("code", flat=True))


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE demands_demand, orders_workorder, orders_assignment, followups_followup,"
            " demands_tally, orders_tally CASCADE"
        )


def counts_are_right() -> bool:
    told = dict(Tally.objects.values_list("state").annotate(Sum("n")))
    found = dict(Demand.objects.values_list("state").annotate(Count("pk")))
    return {state: n for state, n in told.items() if n} == found


def test_lanes_land_what_one_process_lands(tmp_path: Path) -> None:
    rows = history(120)
    one = take(write(tmp_path / "one.csv", rows), lanes=1)
    expected = contents()
    empty()
    many = take(write(tmp_path / "many.csv", rows), lanes=3, batch=11)
    assert contents() == expected
    assert many.counts == one.counts
    assert one.counts["rejected"]
    assert rejected(tmp_path / "many.rejects") == rejected(tmp_path / "one.rejects")
    assert counts_are_right()
    assert journal.verify().faults == []
    again = take(tmp_path / "many.csv", lanes=3, batch=13)
    assert again.counts["landed"] == 0
    assert again.counts["known"] == many.counts["landed"]
    assert contents() == expected


@pytest.mark.parametrize("batch", [10, 5])
def test_an_order_that_two_demands_claim_goes_to_the_first_in_the_file(
    tmp_path: Path, batch: int
) -> None:
    """Whichever lane is quicker: different ones have the rows, in one chunk or in two."""
    rows = [row(n) for n in range(1, 41)]
    rows[35] = row(36, order_no="G2", unit="交通局")
    summary = take(write(tmp_path / "h.csv", rows), lanes=4, batch=batch)
    assert (summary.counts["landed"], summary.counts["rejected"]) == (39, 1)
    assert rejected(tmp_path / "h.rejects") == {37: "工单号已属于另一件诉求（S2）。"}


def test_new_names_are_made_once(tmp_path: Path) -> None:
    rows = [row(n, unit=f"新单位{n % 5}", category=f"新类{n % 3}/甲") for n in range(60)]
    summary = take(write(tmp_path / "h.csv", rows), lanes=4, batch=5)
    assert summary.made["unit"] == [f"新单位{n}" for n in range(5)]
    assert Unit.objects.filter(name__startswith="新单位").count() == 5


def test_two_imports_at_once_double_nothing(tmp_path: Path) -> None:
    rows = history(80)
    path = write(tmp_path / "h.csv", rows)
    other = write(tmp_path / "other.csv", rows[::-1])
    started = [_start(path, tmp_path, "1"), _start(other, tmp_path, "2")]
    for process in started:
        assert process.wait(120) == 0, process.stderr and process.stderr.read()
    assert Demand.objects.count() == 80
    assert counts_are_right()
    pairs = Assignment.objects.values_list("work_order", "unit")
    assert len(set(pairs)) == len(pairs) == Assignment.objects.count()


def test_an_import_that_is_killed_leaves_whole_batches(tmp_path: Path) -> None:
    rows = history(2500)
    path = write(tmp_path / "h.csv", rows)
    process = _start(path, tmp_path, "1", batch=50)
    deadline = time.monotonic() + 200
    while ImportBatch.objects.count() < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _wait_for_lanes_to_end()
    batches = list(ImportBatch.objects.all())
    assert 6 <= len(batches) < len(rows) // 50
    for batch in batches:
        # All rows of a batch or none: its own count says how many.
        note = journal.timeline("import", batch.pk).get().said["changes"]["note"]
        assert Demand.objects.filter(batch=batch).count() == note["demands"]
    assert sum(batch.rows for batch in batches) == Assignment.objects.count()
    assert counts_are_right()
    take(path, lanes=3, batch=50)
    assert Demand.objects.count() == 2500
    assert counts_are_right()
    assert journal.verify().faults == []
    got = contents()
    empty()
    take(path, lanes=1)
    assert contents() == got


def test_a_killed_lane_ends_the_import_with_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", history(3000))
    process = _start(path, tmp_path, "1", batch=50)
    while not ImportBatch.objects.count():
        time.sleep(0.01)
    (lane, *_others) = _children(process.pid)
    os.kill(lane, signal.SIGKILL)
    _out, error = process.communicate(timeout=200)
    assert process.returncode == 2
    assert b"run it again" in error
    take(path, lanes=2)
    assert Demand.objects.count() == 3000


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_full_disk_is_named_and_leaves_no_half_batch(tmp_path: Path, lanes: int) -> None:
    path = write(tmp_path / "h.csv", history(300))
    with full_disk(), pytest.raises((Unavailable, OperationalError)) as caught:
        take(path, lanes=lanes, batch=50)
    assert unavailable(caught.value).code == "disk_full"
    assert not Demand.objects.exists()
    assert not ImportBatch.objects.exists()
    take(path, lanes=lanes)
    assert Demand.objects.count() == 300


def test_a_row_that_the_database_refuses_does_not_spoil_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE demands_demand ADD CONSTRAINT unlucky CHECK (number <> 'S13')")
    try:
        summary = take(write(tmp_path / "h.csv", [row(n) for n in range(20)]), lanes=1)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE demands_demand DROP CONSTRAINT unlucky")
    assert (summary.counts["landed"], summary.counts["rejected"]) == (19, 1)
    assert list(rejected(tmp_path / "h.rejects")) == [15]


def test_somebody_else_takes_a_number_meanwhile(tmp_path: Path) -> None:
    """The batch waits for whoever was first, looks again, and finds the rows known."""
    path = write(tmp_path / "h.csv", [row(1)])
    take(path, lanes=1)
    empty()
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO demands_demand SELECT * FROM jsonb_populate_record("
                "NULL::demands_demand, %s::jsonb)",
                [_raw_demand()],
            )
            release = threading.Timer(0.5, lambda: cursor.execute("COMMIT"))
            release.start()
            summary = take(path, lanes=1)
            release.join()
    finally:
        own.close()
    assert (summary.counts["landed"], summary.counts["rejected"]) == (0, 1)
    assert Demand.objects.count() == 1


def _raw_demand() -> str:
    import json

    channel = Demand._meta.get_field("channel").related_model.objects.get(code="phone")
    marks = ("urgent", "confidential", "restricted", "enterprise", "excluded", "escalated")
    blank = ("query_code", "element", "text", "place", "petitioner_kind", "external_no", "call_no")
    return json.dumps(
        {
            "id": 10**9, "number": "S1", "state": "accepted", "state_at": str(NOW),
            "channel_id": channel.pk, "title": "占用的编号", "origin": "city", "disposal": "",
            "answer": "", "words": [], "unit_ids": [], "involved": [], "reopened_count": 0,
            "registered_at": str(NOW), "accepted_at": str(NOW), "difficult": False,
            **dict.fromkeys(marks, False), **dict.fromkeys(blank, ""),
        }
    )  # fmt: skip


_SCRIPT = """
import sys
from datetime import datetime
from pathlib import Path
from minsheng.cli import runtime
runtime.connect()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
path = Path(sys.argv[2])
with clock.moved(datetime.fromisoformat(sys.argv[4])):
    source, _ignored = open_history(path)
    try:
        import_orders(SYSTEM, source, rejects=path.with_suffix(".r"), lanes=3,
                      batch=int(sys.argv[3]))
    except Refused as refused:
        sys.stderr.write(str(refused))
        sys.exit(2)
"""


def _start(path: Path, home: Path, number: str, batch: int = 9) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable, "-c", _SCRIPT,
            connection.settings_dict["NAME"], str(path), str(batch), NOW.isoformat(),
        ],
        stderr=subprocess.PIPE,
    )  # fmt: skip


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children()]


def _wait_for_lanes_to_end() -> None:
    """Waits until no other connection but ours is in this database: lanes end with their leader."""
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the lanes outlive their leader")
