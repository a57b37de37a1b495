"""Rates and SQL statements of the calls that matter, authentication on, over real HTTP.

Eight persistent connections drive four web workers over 100,000 demands; each request carries a
token. The load is raw requests over sockets, so that measuring takes little of the machine that it
shares with what it measures.
"""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

CONNECTIONS = 8
WORKERS = 4
MINSHENG = [sys.executable, "-m", "minsheng"]


class Case(NamedTuple):
    """One call: what a rival was measured at, what ours must reach, how it is made."""

    name: str
    rival: str
    target: str
    role: str
    method: str
    path: Callable[[], str]
    body: Callable[[], dict[str, object]] | None = None


class Result(NamedTuple):
    name: str
    rival: str
    target: str
    rate: float  # requests/s
    p50: float  # milliseconds
    p95: float
    statements: int
    failed: int


def token(user: str) -> str:
    """Issues a token for a demo account and returns it."""
    told = subprocess.run(
        [*MINSHENG, "token", "issue", "--user", user, "--scope", "write", "--name", "benchmark"],
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.split()[-1]


@contextmanager
def server(port: int) -> Iterator[None]:
    """Serves the data folder on loopback for the time of the block."""
    web = subprocess.Popen([*MINSHENG, "web", "--port", str(port), "--workers", str(WORKERS)])
    try:
        for _attempt in range(150):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        web.terminate()
        web.wait(30)


class Line:
    """One persistent connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, request: bytes) -> tuple[int, bytes]:
        """Sends a request and returns status and body."""
        self._socket.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._received()
        head, _, body = got.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(
            int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")
        )
        while len(body) < length:
            body += self._received()
        return int(lines[0].split()[1]), body

    def _received(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        return data


def request(case: Case, tokens: dict[str, str]) -> bytes:
    body = b"" if case.body is None else json.dumps(case.body()).encode()
    return (
        f"{case.method} /api/v1{case.path()} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {tokens[case.role]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def measure(case: Case, tokens: dict[str, str], port: int, seconds: float) -> Result:
    """Drives one call over all connections and returns what it does."""
    took: list[float] = []
    failed = [0] * CONNECTIONS
    end = time.monotonic() + seconds

    def drive(place: int) -> None:
        line = Line(port)
        while time.monotonic() < end:
            asked = request(case, tokens)
            begun = time.perf_counter()
            status, _body = line.call(asked)
            took.append(time.perf_counter() - begun)
            failed[place] += status >= 400

    threads = [threading.Thread(target=drive, args=(place,)) for place in range(CONNECTIONS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took) / (time.monotonic() - begun)
    took.sort()
    return Result(
        case.name,
        case.rival,
        case.target,
        rate,
        took[len(took) // 2] * 1000,
        took[int(len(took) * 0.95)] * 1000,
        statements(case, tokens),
        sum(failed),
    )


def statements(case: Case, tokens: dict[str, str]) -> int:
    """Returns how many statements one call sends to the database, BEGIN and COMMIT included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Authorization": f"Bearer {tokens[case.role]}"})

    def call() -> None:
        content = b"" if case.body is None else json.dumps(case.body()).encode()
        path = f"/api/v1{case.path()}"
        client.generic(case.method, path, content, content_type="application/json")

    call()  # what is kept for a few seconds is read
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def cases(line: Line, tokens: dict[str, str], numbers: list[str]) -> list[Case]:
    """Returns the calls, with the deep page's cursor found by walking there."""
    chance = random.Random(1)

    def get(path: str) -> dict[str, object]:
        plain = Case("", "", "", "dispatcher", "GET", lambda: path)
        status, body = line.call(request(plain, tokens))
        if status != 200:
            raise SystemExit(f"{path}: {status} {body[:200]!r}")
        return json.loads(body)  # type: ignore[no-any-return]

    cursor = ""
    for _page in range(min(475, len(numbers) // 200 - 5)):  # 475 × 200 rows = page 1,900 of 50
        cursor = str(get(f"/demands?limit=200&cursor={cursor}")["next"])

    def demand() -> dict[str, object]:
        return {
            "channel": "phone",
            "title": "路灯损坏无人维修",
            "text": "门口的路灯坏了一个星期，晚上出行不便，希望尽快修好。" * 3,
            "place": "幸福路3号",
            "petitioner": {"name": "测试", "phone": f"1000{chance.randrange(10**7):07d}"},
        }

    def read(name: str, rival: str, target: str, path: Callable[[], str]) -> Case:
        return Case(name, rival, target, "dispatcher", "GET", path)

    return [
        Case(
            "create a demand", "21–33/s, 45 stmts", "≥ 250/s, ≤ 12 stmts",
            "agent", "POST", lambda: "/demands", demand,
        ),
        read(
            "list of 50", "6/s, 263 stmts", "≥ 300/s, ≤ 8 stmts", lambda: "/demands?limit=50"
        ),
        read(
            "detail with history", "32–38/s, 17 stmts", "≥ 300/s",
            lambda: f"/demands/{chance.choice(numbers)}",
        ),
        read("open count by category", "37–45/s", "≥ 1,000/s", lambda: "/counts/demands"),
        read(
            "overdue only", "4/s", "≥ 300/s", lambda: "/demands?limit_state=overdue&limit=50"
        ),
        read(
            "page 1,900", "0.66/s", "as page 1", lambda: f"/demands?limit=50&cursor={cursor}"
        ),
    ]  # fmt: skip


def run(port: int, seconds: float) -> list[Result]:
    """Measures all calls on the data folder that MINSHENG_HOME names."""
    from minsheng.cli import runtime

    runtime.ready()
    from minsheng.demands.models import Demand

    numbers = list(
        Demand.objects.filter(restricted=False)
        .order_by("pk")
        .values_list("number", flat=True)[:100_000]
    )
    tokens = {role: token(role) for role in ("agent", "dispatcher")}
    with server(port):
        calls = cases(Line(port), tokens, [str(number) for number in numbers])
        results = []
        for case in calls:
            results.append(measure(case, tokens, port, seconds))
            print(f"  {case.name}: {results[-1].rate:,.0f}/s", file=sys.stderr, flush=True)
    return results


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if not os.environ.get("MINSHENG_HOME"):
    raise SystemExit("benchmarks.rates runs on a folder of its own: start it by `make bench`.")
