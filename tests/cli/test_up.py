"""`minsheng up` as a person meets it: one process tree, real ports, real kills."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest

from minsheng.cli import up
from minsheng.insight.models import ModelVersion
from support.ports import free_port
from support.town import Town
from support.waiting import until

LIMIT = 240  # seconds that a busy machine may take for anything here
pytestmark = pytest.mark.timeout(4 * LIMIT)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all tests here: each finds what the one before it left."""
    return tmp_path_factory.mktemp("up")


def start(home: Path, port: int) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "minsheng", "up", "--no-demo", "--port", str(port)],
        env=environment | {"MINSHENG_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=(home / "up.log").open("w"),
        text=True,
    )


def said(home: Path) -> str:
    return (home / "up.log").read_text()


def wait_until(what: str, true: Callable[[], bool]) -> None:
    until(what, true, LIMIT)


def wait_until_all_ended(home: Path) -> None:
    wait_until("all ended", lambda: not alive(home))


@contextmanager
def running(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    process = start(home, port)
    try:
        wait_until("runs", lambda: "Minsheng runs" in said(home) or process.poll() is not None)
        assert process.poll() is None, said(home)
        yield process, port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT)
        wait_until_all_ended(home)


def answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        with suppress(OSError, HTTPException):
            connection.request("GET", "/healthz")
            return connection.getresponse().read() == b"ok"
        return False


def alive(home: Path) -> list[psutil.Process]:
    """Returns every process that works on the data folder: ours, and the database's."""
    return [*named(home)]


def named(home: Path) -> dict[psutil.Process, str]:
    """Returns the same processes with their names: one may end before it is asked for it."""
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = process.pid != os.getpid() and process.environ().get("MINSHENG_HOME")
            if ours == str(home) or process.cwd() == str(home / "pg"):
                found[process] = process.name()
    return found


def children(process: subprocess.Popen[str], command: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.Error):
            if command in child.cmdline():
                found.append(child)
    return found


def postmaster(home: Path) -> int:
    return int((home / "pg" / "postmaster.pid").read_text().split()[0])


def test_ctrl_c_leaves_nothing_running(home: Path) -> None:
    with running(home) as (process, port):
        assert answers(port)
        waiting = HTTPConnection("127.0.0.1", port)  # as a browser holds it
        waiting.request("GET", "/healthz")
        waiting.getresponse().read()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT)
        assert time.monotonic() - began < 60
        assert not alive(home)
        assert process.returncode == 0


def test_a_second_one_on_the_same_folder_says_where_the_first_is(home: Path) -> None:
    with running(home) as (_, port):
        (home / "up.log").rename(home / "first.log")
        second = start(home, free_port())
        assert second.wait(LIMIT) == 2
        assert said(home).count("\n") == 1
        assert f":{port}/" in said(home)
        assert answers(port)
        (home / "first.log").rename(home / "up.log")


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start(tmp_path, port).wait(LIMIT) == 2
    assert said(tmp_path).count("\n") == 1
    assert f"Port {port} is taken" in said(tmp_path)
    assert "make up PORT=" in said(tmp_path)
    assert not (tmp_path / "pg").exists()


def test_a_killed_database_comes_back(home: Path) -> None:
    with running(home) as (_, port):
        before = postmaster(home)
        os.kill(before, signal.SIGKILL)
        wait_until("answers again", lambda: answers(port) and postmaster(home) != before)
        wait_until("the worker is there again", lambda: "worker ended (exit code 2)" in said(home))
        assert said(home).count("The database went away.") == 1
        assert "Traceback" not in said(home)
        assert "pool" not in said(home)


@pytest.mark.parametrize("command", ["web", "worker", "live"])
def test_a_killed_child_comes_back(home: Path, command: str) -> None:
    with running(home) as (process, port):
        (child,) = children(process, command)
        child.kill()
        wait_until("starts again", lambda: children(process, command) not in ([], [child]))
        wait_until("answers", lambda: answers(port))
        assert f"{command} ended (SIGKILL)" in said(home)


def test_a_killed_parent_takes_everything_with_it(home: Path) -> None:
    with running(home) as (process, _):
        process.kill()
        process.wait()
        wait_until_all_ended(home)


def test_a_killed_parent_of_the_pages_frees_their_port(home: Path) -> None:
    """With both gone that would end them, the processes end by themselves."""
    port = free_port()
    process = start(home, port)
    wait_until("runs", lambda: "Minsheng runs" in said(home))
    (child,) = children(process, "web")
    process.kill()
    child.kill()
    process.wait()
    wait_until("ours ended", lambda: {*named(home).values()} <= {"postgres"})
    with running(home):  # takes the database over, and stops it
        pass


def test_a_kill_of_everything_is_survived(home: Path) -> None:
    with running(home) as (process, _):
        for victim in alive(home):
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        process.wait()
    with running(home) as (_, port):
        assert answers(port)


@pytest.mark.django_db
def test_the_demo_city_asks_for_a_model_that_suggests(town: Town) -> None:
    up._ask_for_a_model()
    assert ModelVersion.objects.get().requested_by == "analyst"
