"""`minsheng journal` and `minsheng vault`, run as people run them."""

import csv
import io
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


class Installation:
    """A data folder and a database of its own."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.database = home, database

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"MINSHENG_HOME": str(self.home), "DATABASE_URL": self.database}
        return subprocess.run(
            [MINSHENG, *words], env=env, capture_output=True, text=True, check=False
        )

    def says(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"journal_commands_{os.getpid()}"
    with psycopg.connect(url.geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        address = url._replace(path=f"/{name}").geturl()
        made = Installation(tmp_path_factory.mktemp("home"), address)
        # Three lines about two subjects.
        made.says("calendar", "override", "2026-11-23", "off", "台风")
        made.says("vault", "rotate")
        made.says("vault", "rotate", "--finish")
        yield made
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_sound_journal_verifies(installation):
    assert installation.says("journal", "verify") == "3 lines, 2 subjects, 0 faults\n"


def test_the_digest_is_one_hash_and_stays(installation):
    digest = installation.says("journal", "digest")
    assert len(digest) == 65
    assert installation.says("journal", "digest") == digest


def test_a_timeline_is_shown_to_people_and_machines(installation):
    assert "vault.begin_rotation" in installation.says("journal", "show", "vault")
    lines = json.loads(installation.says("journal", "show", "vault", "--format", "json"))
    assert [(line["seq"], line["action"], line["changes"]) for line in lines] == [
        (1, "vault.begin_rotation", {"version": 2}),
        (2, "vault.retire_old_keys", {"version": 2}),
    ]
    table = installation.says("journal", "show", "2026", "--format", "csv")
    assert [line["staff"] for line in csv.DictReader(io.StringIO(table))] == ["system"]


def test_an_unknown_number_is_refused(installation):
    done = installation.run("journal", "show", "SQ2601020000346")
    assert done.returncode == 2
    assert "SQ2601020000346" in done.stderr


def test_every_fault_is_a_line_and_the_exit_code_tells(installation):
    with psycopg.connect(installation.database, autocommit=True) as connection:
        connection.execute("ALTER TABLE foundation_journalhead DISABLE TRIGGER USER")
        connection.execute("UPDATE foundation_journalhead SET seq = seq + 1 WHERE ref = 'vault'")
        done = installation.run("journal", "verify")
        connection.execute("UPDATE foundation_journalhead SET seq = seq - 1 WHERE ref = 'vault'")
        connection.execute("ALTER TABLE foundation_journalhead ENABLE TRIGGER USER")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "vault vault (key 1), head: the last 1 line(s) are missing, up to line 3",
        "3 lines, 2 subjects, 1 faults",
    ]


def test_the_key_is_changed_in_two_runs(installation):
    assert "fits" in installation.says("vault", "check")
    assert "nothing to finish" in installation.says("vault", "rotate", "--finish")
    keys = {path.name for path in (installation.home / "keys").iterdir()}
    assert {"vault", "vault2"} <= keys


def test_a_database_with_another_key_is_refused(installation, tmp_path):
    for command in (["vault", "check"], ["worker"]):
        done = Installation(tmp_path, installation.database).run(*command)
        assert done.returncode == 2
        assert "keys/vault2" in done.stderr
