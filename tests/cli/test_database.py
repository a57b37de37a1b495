import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from minsheng.foundation import embedded


def minsheng(home: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "minsheng", "database", *arguments],
        env=environment | {"MINSHENG_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A data folder whose database holds one row."""
    home = tmp_path / "full"
    home.mkdir()
    socket_folder = embedded.use(home, durable=False)
    with psycopg.connect(host=socket_folder, user=embedded.USER, dbname="minsheng") as connection:
        connection.execute("CREATE TABLE kept AS SELECT '诉求' AS text")
    embedded.release(home)
    return home


def test_a_dump_fills_an_empty_database_and_no_other(full: Path, tmp_path: Path) -> None:
    file = tmp_path / "city.dump"
    assert minsheng(full, "dump", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    fresh = tmp_path / "fresh"
    assert minsheng(fresh, "restore", str(file)).returncode == 0
    again = minsheng(fresh, "restore", str(file))
    assert again.returncode == 2
    assert "not empty" in again.stderr
    socket_folder = embedded.use(fresh, durable=False)
    try:
        with psycopg.connect(host=socket_folder, user=embedded.USER, dbname="minsheng") as reader:
            assert reader.execute("SELECT text FROM kept").fetchall() == [("诉求",)]
    finally:
        embedded.release(fresh)


def test_a_dump_that_fails_leaves_the_file_of_yesterday(tmp_path: Path) -> None:
    yesterday = tmp_path / "city.dump"
    yesterday.write_text("yesterday's")
    away = {"DATABASE_URL": "postgresql://someone:secret@127.0.0.1:1/minsheng"}
    failed = minsheng(tmp_path / "home", "dump", str(yesterday), **away)
    assert failed.returncode == 2
    assert "secret" not in failed.stderr
    assert yesterday.read_text() == "yesterday's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.dump", "home"]
