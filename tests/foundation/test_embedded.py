"""The embedded server under everything that happens to processes, with real ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from minsheng.foundation import embedded

# Uses the server until its standard input closes.
USER = """
import sys
from pathlib import Path
from minsheng.foundation import embedded
print(embedded.use(Path(sys.argv[1]), durable=False), flush=True)
sys.stdin.read()
"""

DURABLE_USER = USER.replace(", durable=False", "")

FORKING_USER = """
import os, sys
from pathlib import Path
from minsheng.foundation import embedded
socket_folder = embedded.use(Path(sys.argv[1]), durable=False)
if os.fork():
    sys.exit()
print(socket_folder, flush=True)
sys.stdin.read()
"""

Starter = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Starter]:
    started: list[subprocess.Popen[str]] = []

    def start(home: Path, script: str = USER) -> subprocess.Popen[str]:
        home.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.communicate(timeout=200)


def socket_folder(process: subprocess.Popen[str]) -> str:
    """Waits until the process uses the server."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, "the process ended instead"
    return line


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=200)


def servers(home: Path) -> list[psutil.Process]:
    """Returns the processes of PostgreSQL that work on this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == str(home / "pg"):
                found.append(process)
        except psutil.Error:
            continue
    return found


def postmaster(home: Path) -> int:
    return int((home / "pg" / "postmaster.pid").read_text().split()[0])


def execute(where: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=where, user=embedded.USER, dbname=embedded.DATABASE) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_runs_while_used_and_stops_with_its_last_user(tmp_path: Path, start: Starter) -> None:
    first = start(tmp_path)
    where = socket_folder(first)
    second = start(tmp_path)
    assert socket_folder(second) == where
    leave(first)
    assert execute(where, "SELECT 1") == [(1,)]
    leave(second)
    assert not servers(tmp_path)


def test_starters_at_the_same_moment_share_one_server(tmp_path: Path, start: Starter) -> None:
    processes = [start(tmp_path) for _ in range(4)]
    assert len({socket_folder(process) for process in processes}) == 1
    assert len([p for p in servers(tmp_path) if p.pid == postmaster(tmp_path)]) == 1
    for process in processes:
        leave(process)
    assert not servers(tmp_path)


def test_two_folders_never_meet(tmp_path: Path, start: Starter) -> None:
    here, there = start(tmp_path / "here"), start(tmp_path / "there")
    execute(socket_folder(here), "CREATE TABLE mine (id int)")
    assert execute(socket_folder(there), "SELECT to_regclass('mine')") == [(None,)]
    leave(here)
    assert not servers(tmp_path / "here")
    assert servers(tmp_path / "there")


@pytest.mark.parametrize("name", ["a" * 150, 'it\'s a "$HOME", `x` \\ 市'])
def test_any_folder_will_do(tmp_path: Path, start: Starter, name: str) -> None:
    process = start(tmp_path / name)
    where = socket_folder(process)
    assert execute(where, "SELECT 1") == [(1,)]
    leave(process)
    assert not servers(tmp_path / name)
    assert not Path(where).exists() or Path(where) == tmp_path / name / "pg"


def test_a_folder_has_many_names_and_one_server(tmp_path: Path, start: Starter) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to("home")
    here, there = start(tmp_path / "home"), start(tmp_path / "link")
    assert socket_folder(here) == socket_folder(there)
    leave(here)
    leave(there)
    assert not servers(tmp_path / "home")


def test_what_a_killed_user_left_running_is_taken_over(tmp_path: Path, start: Starter) -> None:
    killed = start(tmp_path)
    socket_folder(killed)
    before = postmaster(tmp_path)
    killed.kill()
    killed.wait()
    next_one = start(tmp_path)
    socket_folder(next_one)
    assert postmaster(tmp_path) == before
    leave(next_one)
    assert not servers(tmp_path)


def test_kill_of_everything_loses_no_row(tmp_path: Path, start: Starter) -> None:
    process = start(tmp_path, DURABLE_USER)
    execute(socket_folder(process), "CREATE TABLE kept AS SELECT 1 AS id")
    process.kill()
    for server in servers(tmp_path):
        with suppress(ProcessLookupError):  # it ended because another had
            os.kill(server.pid, signal.SIGKILL)
    assert execute(socket_folder(start(tmp_path)), "SELECT id FROM kept") == [(1,)]


def test_a_dead_server_is_restarted_under_its_user(tmp_path: Path) -> None:
    where = str(embedded.use(tmp_path, durable=False))
    try:
        with psycopg.connect(host=where, user=embedded.USER, dbname=embedded.DATABASE) as busy:
            # The backend is busy and does not notice that its parent dies.
            pid = busy.info.backend_pid
            os.kill(pid, signal.SIGSTOP)
            os.kill(postmaster(tmp_path), signal.SIGKILL)
            assert str(embedded.use(tmp_path, durable=False)) == where
            assert execute(where, "SELECT 1") == [(1,)]
            assert pid not in [server.pid for server in servers(tmp_path)]
    finally:
        embedded.release(tmp_path)
        for server in servers(tmp_path):
            server.kill()


@pytest.mark.parametrize("length", [None, 0], ids=["recycled number", "cut off"])
def test_a_lying_pid_file_is_seen_through(
    tmp_path: Path, start: Starter, length: int | None
) -> None:
    leave(start(tmp_path))
    cluster = tmp_path / "pg"
    owner = cluster.stat()
    # Somebody else of the same user, whom PostgreSQL would take for itself.
    other = subprocess.Popen(
        ["sleep", "60"], cwd="/", user=owner.st_uid if os.geteuid() == 0 else None
    )
    lies = f"{other.pid}\n{cluster}\n1700000000\n5432\n{cluster}\n\n  1234  5678\nready   \n"
    (cluster / "postmaster.pid").write_text(lies[:length])
    os.chown(cluster / "postmaster.pid", owner.st_uid, owner.st_gid)
    try:
        process = start(tmp_path)
        assert execute(socket_folder(process), "SELECT 1") == [(1,)]
        leave(process)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_server_that_somebody_is_still_starting_is_waited_for(
    tmp_path: Path, start: Starter
) -> None:
    killed = start(tmp_path)
    while not (tmp_path / "pg" / "postmaster.pid").exists():
        time.sleep(0.001)
    killed.kill()
    process = start(tmp_path)
    assert execute(socket_folder(process), "SELECT 1") == [(1,)]
    leave(process)
    assert not servers(tmp_path)


def test_half_made_cluster_is_thrown_away(tmp_path: Path, start: Starter) -> None:
    killed = start(tmp_path)
    while not list(tmp_path.glob("pg.new-*/PG_VERSION")):
        time.sleep(0.001)
    killed.kill()
    process = start(tmp_path)
    assert execute(socket_folder(process), "SELECT 1") == [(1,)]
    leave(process)
    assert not list(tmp_path.glob("pg.new-*"))


def test_a_forked_child_keeps_the_server_after_its_parent(tmp_path: Path, start: Starter) -> None:
    parent = start(tmp_path, FORKING_USER)
    where = socket_folder(parent)
    parent.wait()
    assert execute(where, "SELECT 1") == [(1,)]
    leave(parent)  # closes the child's standard input
    deadline = time.monotonic() + 200
    while servers(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_data_is_kept_safe_unless_it_is_for_tests(tmp_path: Path) -> None:
    where = str(embedded.use(tmp_path))
    try:
        assert execute(where, "SHOW fsync") == [("on",)]
        assert execute(where, "SHOW full_page_writes") == [("on",)]
        assert execute(where, "SHOW listen_addresses") == [("",)]
    finally:
        embedded.release(tmp_path)


def test_the_socket_is_private(tmp_path: Path, start: Starter) -> None:
    for home in (tmp_path, tmp_path / ("long" * 40)):
        process = start(home)
        assert Path(socket_folder(process)).stat().st_mode & 0o077 == 0
        leave(process)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_cluster_that_root_copied_back_is_given_to_its_user(
    tmp_path: Path, start: Starter
) -> None:
    leave(start(tmp_path))
    for path in (tmp_path / "pg", *(tmp_path / "pg").rglob("*")):
        os.chown(path, 0, 0)
    assert execute(socket_folder(start(tmp_path)), "SELECT 1") == [(1,)]


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, start: Starter) -> None:
    leave(start(tmp_path))
    with (tmp_path / "pg" / "postgresql.conf").open("a") as settings:
        settings.write("max_worker_processes = 'many'\n")
    with pytest.raises(embedded.DatabaseUnavailable) as caught:
        embedded.use(tmp_path, durable=False)
    assert "postgresql.conf" in str(caught.value)
    assert "\n" not in str(caught.value)
