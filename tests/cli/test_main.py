"""What goes wrong is said in a line, and the exit code tells which kind it was."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def minsheng(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "minsheng", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    away = "postgresql://someone:secret@127.0.0.1:1/minsheng"
    result = minsheng("worker", DATABASE_URL=away)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "DATABASE_URL" in result.stderr
    assert "secret" not in result.stderr


def test_a_broken_command_hides_its_traceback_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder belongs")
    result = minsheng("worker", MINSHENG_HOME=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "MINSHENG_DEBUG=1" in result.stderr
    asked = minsheng("worker", MINSHENG_HOME=str(tmp_path), MINSHENG_DEBUG="1")
    assert asked.returncode == 1
    assert "Traceback" in asked.stderr


def test_a_wrong_option_is_a_refusal() -> None:
    result = minsheng("up", "--port", "many")
    assert result.returncode == 2
    assert "--port" in result.stderr


def test_a_terminated_command_stops_its_database(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    code = (
        "import sys, time\n"
        "from minsheng.cli import app, main\n"
        "from minsheng.cli.runtime import connect\n"
        "@app.command()\n"
        "def wait():\n"
        "    connect(); print('waiting', flush=True); time.sleep(60)\n"
        "sys.argv = ['minsheng', 'wait']\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment | {"MINSHENG_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "waiting\n"
        assert (tmp_path / "pg" / "postmaster.pid").exists()
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert not (tmp_path / "pg" / "postmaster.pid").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["limits", "--help"]])
def test_who_reads_no_further_hears_of_no_error(arguments: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "minsheng", *arguments]
    ended = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, check=False)
    os.close(writes)
    assert (ended.returncode, ended.stderr) == (0, b"")
