"""Every job of the table, killed at its every step: nothing is lost, nothing is done twice.

Two copies of one town. In the one each job runs once and is left alone. In the other it is killed
at its first step, started again, killed at its second one, and so on until it comes to its end.
Then both databases hold the same, row by row, and so does what lies in files.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from minsheng.catalogue import actions as settings_of
from minsheng.catalogue.models import City
from minsheng.demands.actions import PersonIn
from minsheng.demands.models import Demand
from minsheng.directory.access import SYSTEM
from minsheng.doors import tasks
from minsheng.doors.models import KeptAnswer
from minsheng.evaluation import actions as evaluation
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.foundation import clock
from minsheng.insight.learning import actions as learning
from minsheng.supervision.models import AlertRule
from support.fairly import exclude
from support.history import row, text_of
from support.telling import PIPE, raise_all, told
from support.town import NOW, Town, inhabited

DAYS = 8  # after which the town archives
LATER = NOW + timedelta(days=DAYS, hours=3)
#: When a job is run, where there is nothing for it to do at `LATER`.
AT = {"calendar": NOW.replace(month=11, day=15)}
#: What jobs leave in files. Facts are compared with the database where they are drawn
#: (`support.dying`); of their files only the one of a fixed name counts.
_FILES = ("attachments/**/*", "models/**/*", "facts/manifest.json")
#: Tables that are no part of the city: the queue's own, and marks with numbers of transactions.
NOT_COMPARED = ("procrastinate_%", "django_%", "indicators_stale")


def busy(town: Town, tmp_path: Path) -> None:
    """Leaves something for every job to do at `LATER`."""
    City.objects.update(follow_up_share=0.5, archive_after_days=DAYS)
    AlertRule.objects.create(
        code="overdue", name="超期督办", kind="overdue", step="supervise", issues=True,
        effective_from=NOW.date(),
    )  # fmt: skip
    history = tmp_path / "history.csv"
    history.write_text(text_of([row(1), row(2, due_at="2025-03-05 17:30:00")]))
    import_orders(SYSTEM, open_history(history)[0], rejects=tmp_path / "rejects.csv")
    evaluation.publish(SYSTEM, evaluation.evaluate(SYSTEM, "yueyang", "2025Q1").pk)
    with clock.moved(NOW + timedelta(minutes=1)):
        exclude(town, "S2")
    for _time in range(4):
        town.demand("completed")
    for _time in range(2):
        urgent = town.demand("completed")
        Demand.objects.filter(pk=urgent.pk).update(urgent=True)
        town.demand("answered")
        town.assign()  # overdue by then
    raise_all(town, told(60))
    learning.request_training(town.actor("analyst"))
    settings_of.change(
        town.actor("admin"), "unit", "water", {"name": "水务集团"},
        effective_from=LATER.date(), reason="机构改革",
    )  # fmt: skip
    KeptAnswer.objects.create(actor="agent", key="k", fingerprint=b"f", at=NOW)
    for n, (title, text) in enumerate(PIPE):
        with clock.moved(LATER - timedelta(minutes=50 - n)):
            person = PersonIn(name=f"诉求人{n}", phone=f"1390000{n:04}")
            town.accept(title=title, text=text, place="盐河路", petitioner=person)


class World:
    """One copy of the town: a database, a data folder, and a process that runs jobs there."""

    def __init__(self, database: str, home: Path) -> None:
        self.database, self.home = database, home
        home.mkdir()
        (home / "keys").symlink_to(Path(os.environ["MINSHENG_HOME"]) / "keys")
        stored = home / "attachments/2026/03"
        stored.mkdir(parents=True)
        for n in range(2):
            orphan = stored / f"1-000000000000000{n}.png"
            orphan.write_bytes(b"left")
            os.utime(orphan, (NOW.timestamp(), NOW.timestamp()))
        at = connection.settings_dict
        self.url = f"postgresql://{at['USER']}:{quote(at['PASSWORD'])}@/{database}"
        self.url += f"?host={quote(at['HOST'], safe='')}"
        self.url += f"&port={at['PORT']}" if at["PORT"] else ""
        self.runs = subprocess.Popen(
            [sys.executable, "-m", "support.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]),
                "MINSHENG_HOME": str(home),
                "DATABASE_URL": self.url,
            },
        )

    def run(self, job: str, at: datetime, kill: int = 0) -> bool:
        """Runs a job in a process of its own; returns whether that came to its end."""
        self._count_from_the_highest()
        assert self.runs.stdin
        assert self.runs.stdout
        print(
            json.dumps({"job": job, "at": at.isoformat(), "kill": kill}),
            file=self.runs.stdin,
            flush=True,
        )
        ended = int(self.runs.stdout.readline())
        assert ended in (0, -9), (job, kill)
        return ended == 0

    def _count_from_the_highest(self) -> None:
        """Takes back the numbers that killed runs drew: gaps mean nothing (docs/adr/0003)."""
        with psycopg.connect(self.url, autocommit=True) as at:
            at.execute(_ALIGN_ROWS)
            at.execute(_ALIGN_TRACES)
            for prefix, table in (("DB", "supervision_measure"), ("SJ", "insight_event")):
                counted = sql.SQL(_ALIGN_DOCUMENTS).format(sql.Identifier(table))
                at.execute(counted, [prefix, LATER.date()])

    def holds(self) -> dict[str, str]:
        """Returns a digest of the rows of each table, and what lies in files."""
        with psycopg.connect(self.url, autocommit=True) as at:
            found = at.execute(_TABLES, [list(NOT_COMPARED)]).fetchall()
            each = [
                sql.SQL(
                    "SELECT {}, md5(string_agg(r, '' ORDER BY r))"
                    " FROM (SELECT (to_jsonb(t) - 'id')::text AS r FROM {} t) rows"
                ).format(sql.Literal(name), sql.Identifier(name))
                for (name,) in found
            ]
            held = dict(at.execute(sql.SQL(" UNION ALL ").join(each)).fetchall())
        files = (path for name in _FILES for path in self.home.glob(name))
        return held | {str(path.relative_to(self.home)): "" for path in files}

    def end(self) -> None:
        self.runs.stdin.close()  # type: ignore[union-attr]
        self.runs.wait()


_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND NOT table_name LIKE ANY (%s)
ORDER BY 1
"""
_ALIGN_ROWS = """
DO $$ DECLARE one record; BEGIN
  FOR one IN
    SELECT s.oid::regclass AS of, d.refobjid::regclass AS rows, a.attname AS name
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i')
  LOOP
    EXECUTE format(
      'SELECT setval(%L, coalesce((SELECT max(%I) FROM %s), 0) + 1, false)',
      one.of, one.name, one.rows
    );
  END LOOP;
END $$
"""
_ALIGN_TRACES = """
SELECT setval(
  'insight_trace_serial', 1 + (SELECT coalesce(max(serial), 0) FROM insight_trace), false
)
"""
_ALIGN_DOCUMENTS = """
SELECT setval(oid::regclass, 1 + (SELECT count(*) FROM {}), false)
FROM pg_class
WHERE relnamespace = 'numbers'::regnamespace AND relname = numbers.sequence_name(%s, %s)
"""


@pytest.fixture
def worlds(transactional_db: None, tmp_path: Path) -> Iterator[tuple[World, World]]:
    with inhabited() as town:
        busy(town, tmp_path)
    name = connection.settings_dict["NAME"]
    connection.close()
    left_alone, killed = (
        World(f"{name}_alone", tmp_path / "alone"),
        World(name, tmp_path / "killed"),
    )
    with psycopg.connect(killed.url.replace(f"/{name}?", "/postgres?"), autocommit=True) as at:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
            sql.Identifier(left_alone.database)
        )
        at.execute(drop)
        at.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(left_alone.database), sql.Identifier(name)
            )
        )
        yield left_alone, killed
        left_alone.end()
        killed.end()
        at.execute(drop)


@pytest.mark.timeout(900)  # a busy machine takes its time over some hundred processes
def test_killed_anywhere_a_job_does_as_much_as_one_left_alone(
    worlds: tuple[World, World],
) -> None:
    left_alone, killed = worlds
    wanted = left_alone.holds()
    for job in tasks.JOBS:
        at, before = AT.get(job, LATER), wanted
        assert left_alone.run(job, at)
        wanted = left_alone.holds()
        # Facts leave no trace here (`support.dying` compares them), the others do.
        assert wanted != before or job == "facts", f"{job} had nothing to do"
        kills = 0
        for step in _steps():
            if killed.run(job, at, step):
                break
            kills += 1
        assert kills > 2, job
        got = killed.holds()
        assert {name for name in {*got, *wanted} if got.get(name) != wanted.get(name)} == set(), job
    assert "models/M1/model.json" in wanted


def _steps() -> Iterator[int]:
    """Yields at which step to kill: 1, 3, 7, 15, 31 …; `MINSHENG_KILLS=all` at every one."""
    step = 0
    while True:
        step += 1 if os.environ.get("MINSHENG_KILLS") == "all" else 1 + step
        yield step
