"""`minsheng up`: everything on one machine, from an empty folder to a city that works.

It prepares the database and the pages, then watches over its children, `minsheng web`, `minsheng
worker` and `minsheng live`, and over the embedded database, until Ctrl-C. What dies is started
again. The children end with their parent, so that nothing outlives a `kill -9`.
"""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from minsheng.cli.runtime import say
from minsheng.cli.serve import GRACE
from minsheng.foundation.errors import Conflict

# Only the invented city lives a life of its own before the first person looks.
DEMO_CITY = "binhai"
DEMO_DAYS = 30
DEMO_DEMANDS = 3000
DEMO_SEED = 12345

LOOK_EVERY = 0.5  # seconds between two looks at the children
DATABASE_EVERY = 2  # seconds between two looks at the embedded database
FIRST_ANSWER_LIMIT = 60  # seconds for the first page
LONGEST_PAUSE = 30  # seconds before a child that keeps dying is started once more


def up(
    port: Annotated[int, typer.Option(help="Port of the web pages and the API.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    demo: Annotated[
        bool, typer.Option(help="Let the demo city live through a month on the first start.")
    ] = True,
) -> None:
    """Start everything and keep it running until Ctrl-C."""
    from minsheng.cli.runtime import check_keys, ready
    from minsheng.foundation import home

    folder = home.folder()
    address = f"http://{'127.0.0.1' if host in ('', '0.0.0.0') else host}:{port}/"  # noqa: S104
    held = _only_one(folder, address)
    _check_port(host, port)
    ready()
    check_keys()
    if demo:
        _live_a_month()
    _collect_pages()

    live_port = _port_beside(host, port)
    # Pages tell browsers where the live counts are: on another port of the name they came by.
    os.environ.setdefault("MINSHENG_LIVE", f":{live_port}")
    children = [
        Child("web", ["web", "--host", host, "--port", str(port)]),
        Child("worker", ["worker"]),
        Child("live", ["live", "--host", host, "--port", str(live_port)]),
    ]
    stop = Stop(children)
    try:
        for child in children:
            child.start()
        if _wait_for_answer(host, port, children, stop):
            accounts = _accounts()
            say(f"\nMinsheng runs: {address}  (Ctrl-C stops it)")
            _introduce(accounts)
            _watch(folder, children, stop)
    finally:
        _end(children)
        os.close(held)


# Before anything slow


def _only_one(folder: Path, address: str) -> int:
    """Takes the folder for this process and notes its address there. Returns the lock.

    Raises Conflict where another `minsheng up` has it.
    """
    lock = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = os.read(lock, 1000).decode(errors="replace")
        os.close(lock)
        raise Conflict(
            "already_up", f"Minsheng runs on {folder} already, see {where}: stop that one first."
        ) from None
    os.truncate(lock, 0)
    os.write(lock, address.encode())
    return lock


def _bound(host: str, port: int) -> int:
    """Returns a port that can be had: this one, or any where it is 0. Raises OSError."""
    family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(where)
        return int(probe.getsockname()[1])


def _port_beside(host: str, port: int) -> int:
    """Returns the next port, or any other where that one is taken."""
    try:
        return _bound(host, port + 1)
    except (OSError, OverflowError):
        return _bound(host, 0)


def _check_port(host: str, port: int) -> None:
    try:
        _bound(host, port)
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had ({error})"
        raise Conflict(
            "port_taken", f"Port {port} {reason}: choose another, as in `make up PORT=8123`."
        ) from None


# Once


def _live_a_month() -> None:
    """Fills an empty demo city with the life of the last month, so that no page is empty."""
    from django.conf import settings

    from minsheng.demands.models import Demand

    if settings.CITY != DEMO_CITY or Demand.objects.exists():
        return
    say(f"The demo city lives through its last {DEMO_DAYS} days, this once …")
    life = subprocess.run(  # noqa: S603
        [
            *_minsheng("simulate", "--last", str(DEMO_DAYS)),
            *("--demands", str(DEMO_DEMANDS), "--seed", str(DEMO_SEED)),
        ],
        stdout=subprocess.DEVNULL,  # its summary is for whoever asks for a life
        check=False,
    )
    if life.returncode != 0:
        say(f"Its life broke off ({_reason(life.returncode)}), see above; everything else starts.")
    else:
        _ask_for_a_model()


def _ask_for_a_model() -> None:
    """Asks in the analyst's name for a model that suggests; the worker trains it meanwhile."""
    from minsheng.directory.access import of_post
    from minsheng.directory.actions import post_of
    from minsheng.insight.learning.actions import request_training

    request_training(of_post(post_of("analyst")))


def _collect_pages() -> None:
    """Gathers the files of the pages in the data folder, where they have changed since."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    state = sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            found = Path(storage.path(name)).stat()
            state.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".state"
    with suppress(FileNotFoundError):
        if stamp.read_text() == state.hexdigest():
            return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(state.hexdigest())


def _accounts() -> list[dict[str, str]]:
    """Returns one account for every role of the demo city; none where the database just died."""
    from django.conf import settings
    from django.db import DatabaseError, connections

    from minsheng.directory.models import Post
    from minsheng.directory.permissions import Role

    if settings.CITY != DEMO_CITY:
        return []
    posts = Post.objects.filter(until=None, staff__is_active=True).order_by("role", "id")
    try:
        first = {p.role: p for p in posts.distinct("role").select_related("staff", "unit")}
    except DatabaseError as error:  # it is started again like everything else
        say(f"The accounts could not be listed ({str(error).strip()}).")
        return []
    finally:
        connections.close_all()  # the database may be restarted under us
    return [
        {
            "account": post.staff.username,
            "role": f"{role.value} {role.label}",
            "name": post.staff.name,
            "unit": str(post.unit),
        }
        for role in Role
        if (post := first.get(role.value))
    ]


def _introduce(accounts: list[dict[str, str]]) -> None:
    from minsheng.cli.output import rows
    from minsheng.foundation import home

    if accounts:
        print()
        rows(accounts, ["account", "role", "name", "unit"])
        print(f"\nPassword of all of them: {home.demo_password()}\n", flush=True)


# The children


class Stop:
    """What Ctrl-C and its like do: the first asks everything to end, the next does not ask."""

    def __init__(self, children: list["Child"]) -> None:
        self.asked = False
        self.children = children
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            for child in self.children:
                child.kill()
        else:
            say("\nStopping …")
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Waits, for less than `seconds` once it is asked to stop. Returns whether it was."""
        # No threading.Event: a signal handler must not wait for the lock that its thread holds.
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        return self.asked


class Child:
    """One of our own commands, in a process group of its own, started again when it dies."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.arguments = arguments
        self.failures = 0
        self.start_at = 0.0  # monotonic
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            [*_minsheng(*self.arguments), "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; we stop it in order
        )

    def look(self) -> None:
        """Notes the child's death, and starts it again after a pause that grows."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
        elif (status := self.process.poll()) is not None:
            self.kill()  # what it may have left of its group
            self.process = None
            self.failures = self.failures + 1 if now - self.started_at < LONGEST_PAUSE else 1
            pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE)
            self.start_at = now + pause
            say(f"{self.name} ended ({_reason(status)}); it starts again in {pause:.0f} s.")

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def _minsheng(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "minsheng", *arguments]


def _reason(status: int) -> str:
    return f"exit code {status}" if status >= 0 else signal.Signals(-status).name


def _wait_for_answer(host: str, port: int, children: list[Child], stop: Stop) -> bool:
    """Returns whether the pages answered before somebody stopped us.

    Raises Conflict where they do not answer at all.
    """
    deadline = time.monotonic() + FIRST_ANSWER_LIMIT
    while not stop.wait(0.1):
        if _answers(host, port):
            return True
        for child in children:
            child.look()
        if time.monotonic() > deadline:
            raise Conflict("no_answer", "The pages do not answer; what went wrong stands above.")
    return False


def _answers(host: str, port: int) -> bool:
    to = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = HTTPConnection(to, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _watch(folder: Path, children: list[Child], stop: Stop) -> None:
    from minsheng.foundation import embedded

    database_at = time.monotonic()
    while not stop.wait(LOOK_EVERY):
        if not os.environ.get("DATABASE_URL") and time.monotonic() >= database_at:
            try:
                embedded.use(folder, say=say)
            except embedded.DatabaseUnavailable as error:
                say(str(error))
            database_at = time.monotonic() + DATABASE_EVERY
        for child in children:
            child.look()


def _end(children: list[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    for child in children:
        child.kill()
    for process in running:
        process.wait()
