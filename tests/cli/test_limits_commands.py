"""`minsheng limits` and `minsheng calendar`, run as people run them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

MINSHENG = Path(sys.executable).with_name("minsheng")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The address of a database of its own, with nothing but tables, on this test run's server."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"commands_{os.getpid()}"
    with psycopg.connect(url.geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        address = url._replace(path=f"/{name}").geturl()
        assert run(tmp_path, "calendar", "show", "2026", database=address).returncode == 0
        yield address
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(home: Path, *words: str, database: str = "") -> subprocess.CompletedProcess[str]:
    env = os.environ | {"MINSHENG_HOME": str(home), "DATABASE_URL": database}
    return subprocess.run([MINSHENG, *words], env=env, capture_output=True, text=True, check=False)


def due(home: Path, start: str, limit: str, *words: str, database: str = "") -> list[str]:
    done = run(home, "limits", "due", "--from", start, "--limit", limit, *words, database=database)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_moment_comes_first_and_then_what_was_skipped(tmp_path):
    assert due(tmp_path, "2026-09-30T10:00", "5wd") == [
        "2026-10-13T17:30:00+08:00",
        "2026-10-01 国庆节",
        "2026-10-02 国庆节",
        "2026-10-03 国庆节",
        "2026-10-04 周日",
        "2026-10-05 国庆节（补假）",
        "2026-10-06 国庆节调休（9月20日补班）",
        "2026-10-07 国庆节调休（10月10日补班）",
        "2026-10-11 周日",
    ]
    assert list(tmp_path.iterdir()) == []  # neither a database nor keys were made for it


def test_hours_and_other_zones(tmp_path):
    assert due(tmp_path, "2026-09-30T02:00Z", "2wh") == ["2026-09-30T12:00:00+08:00"]
    assert due(tmp_path, "2026-09-30T10:00", "24h") == ["2026-10-01T10:00:00+08:00"]


def test_rows_say_what_each_moment_is(tmp_path):
    found = json.loads("".join(due(tmp_path, "2026-10-09T10:00", "2wd", "--format", "json")))
    assert found == [
        {"what": "due", "at": "2026-10-12T17:30:00+08:00", "reason": None},
        {"what": "skipped", "at": "2026-10-11", "reason": "周日"},
        {"what": "adjusted", "at": "2026-10-10", "reason": "国庆节调休上班"},
    ]
    lines = due(tmp_path, "2026-10-09T10:00", "2wd", "--format", "csv")
    assert lines[:2] == ["what,at,reason", "due,2026-10-12T17:30:00+08:00,"]


@pytest.mark.parametrize(
    ("start", "limit", "says"),
    [
        ("2026-12-30T10:00", "5wd", "2027年"),
        ("2003-12-30T10:00", "5wd", "2003年"),
        ("2026-12-30T10:00", "5days", "5days"),
        ("yesterday", "5wd", "yesterday"),
        ("9999-12-31T23:00", "24h", "9999-12-31"),
    ],
)
def test_refusals_are_one_line_and_exit_with_2(tmp_path, start, limit, says):
    done = run(tmp_path, "limits", "due", "--from", start, "--limit", limit)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_a_year_is_listed_by_its_unusual_days(tmp_path):
    done = run(tmp_path, "calendar", "show", "2026", "--format", "csv")
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "date,weekday,day,name",
        "2026-01-01,Thu,off,元旦",
        "2026-01-02,Fri,off,元旦调休（1月4日补班）",
    ]
    assert len(lines) == 29
    assert "248 working days" in done.stderr
    assert run(tmp_path, "calendar", "show", "2027").returncode == 2


def test_what_an_administrator_enters_counts(tmp_path, database):
    file = tmp_path / "2027.csv"
    file.write_text("date,day,name\n2027-01-01,off,元旦\n2027-01-02,work,元旦调休上班\n")
    for words in (
        ["enter", "2027", str(file), "--source", "通知"],
        ["override", "2026-11-23", "off", "台风"],
        ["hours", "2026-11-25", "9:00-12:00 14:00-18:00"],
    ):
        done = run(tmp_path, "calendar", *words, database=database)
        assert done.returncode == 0, done.stderr
    assert due(tmp_path, "2026-11-20T10:00", "1wd", database=database) == [
        "2026-11-24T17:30:00+08:00",
        "2026-11-21 周六",
        "2026-11-22 周日",
        "2026-11-23 台风",
    ]
    assert due(tmp_path, "2026-12-31T10:00", "1wd", database=database) == [
        "2027-01-02T18:00:00+08:00",
        "2027-01-01 元旦",
    ]
    done = run(tmp_path, "calendar", "override", "2026-11-23", "official", database=database)
    assert done.returncode == 0
    assert due(tmp_path, "2026-11-20T10:00", "1wd", database=database)[0].startswith("2026-11-23")


def test_what_cannot_be_entered_is_refused_in_one_line(tmp_path, database):
    file = tmp_path / "2027.csv"
    file.write_text("date,day,name\n2027-01-01,free,元旦\n")
    for words in (
        ["enter", "2027", str(file), "--source", "通知"],
        ["override", "2026-02-30", "off", "台风"],
        ["override", "2026-11-23", "off"],
        ["hours", "2026-11-23", "9-17"],
    ):
        done = run(tmp_path, "calendar", *words, database=database)
        assert done.returncode == 2, done
        assert done.stderr.count("\n") == 1, done.stderr
