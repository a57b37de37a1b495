"""The lists of the console: milliseconds on the server and SQL statements, over a data folder.

    MINSHENG_HOME=… python -m benchmarks.pages --json pages.json

Each page of a list is asked for through the whole application, signed in as somebody of the role,
one request after another. The time is that of the server alone: no browser, no network. The time of
the processor (Python's and PostgreSQL's) is what a page costs however busy the machine is.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

TIMES = 15  # requests of each page; the two before them are left out
MOST_STATEMENTS, MOST_MS = 12, 150


class Result(NamedTuple):
    role: str
    path: str
    statements: int
    median_ms: float
    p95_ms: float
    cpu_ms: float  # of one request, on average; PostgreSQL's only where it runs here


def pages() -> list[tuple[str, str]]:
    """Returns every list of every role: who looks, and where."""
    from minsheng.directory.permissions import Role
    from minsheng.doors.console.dispatch import DECISIONS
    from minsheng.doors.console.tabs import WORK

    lists = [(str(role), f"/console/?tab={tab.code}") for role in WORK for tab in WORK[role]]
    desk = [(Role.DISPATCHER.value, f"/console/dispatch?tab={tab}") for tab in DECISIONS]
    more = [
        (Role.DISPATCHER.value, "/console/?tab=all&text=路灯"),
        (Role.DISPATCHER.value, "/console/?tab=orders&limit=overdue"),
        (Role.DISPATCHER.value, "/console/search?q=路灯"),
    ]
    looked_over = [
        (Role.LEADER.value, f"/console/{path}")
        for path in (
            *("cockpit", "wall", "map", "map?level=street", "figures", "indicators"),
            *("indicators/satisfaction_rate", "indicators/satisfaction_rate/cases"),
            "map/points?box=-180,-90,180,90&zoom=9",
        )
    ]
    settings = [
        (Role.ADMIN.value, f"/console/settings/{name}")
        for name in ("units", "staff", "categories", "catalogue", "limits", "changes")
    ]
    told = (Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR)
    notices = [(role.value, "/console/notices") for role in told]
    return [*lists, *desk, *more, *looked_over, *settings, *notices]


def cpu_seconds(backend: int) -> float:
    """Returns how long this process and a backend of PostgreSQL kept a processor busy so far."""
    used = time.process_time()
    try:
        fields = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return used
    return used + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(role: str, path: str) -> Result:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from minsheng.directory.models import Post
    from minsheng.foundation import recent

    post = Post.objects.filter(role=role, until=None).select_related("staff").order_by("pk")[0]
    client = Client()
    client.force_login(post.staff, "django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["post"] = post.pk
    session.save()

    def ask() -> float:
        begun = time.perf_counter()
        response = client.get(path)
        took = time.perf_counter() - begun
        if response.status_code != 200:
            raise SystemExit(f"{role} {path}: {response.status_code}")
        return took * 1000

    ask()
    recent.forget()  # the most that a page can cost: nothing is kept from before
    with CaptureQueriesContext(connection) as captured:
        ask()
    statements = len(captured)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    before = cpu_seconds(backend)
    took = sorted(ask() for _time in range(TIMES))
    cpu = (cpu_seconds(backend) - before) / TIMES * 1000
    p95 = took[int(len(took) * 0.95)]
    return Result(role, path, statements, statistics.median(took), p95, cpu)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")
    from minsheng.cli.runtime import ready

    ready()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from minsheng.demands.models import Demand

    settings.STATIC_ROOT.mkdir(exist_ok=True)
    setup_test_environment()
    results = [measure(*page) for page in pages()]
    figures: dict[str, Any] = {
        "demands": Demand.objects.count(),
        "pages": [one._asdict() for one in results],
    }
    print(f"\nLists over {figures['demands']:,} demands, one request after another")
    print(
        f"{'role':12} {'list':40} {'statements':>10} {'median ms':>10} {'p95 ms':>8} {'CPU ms':>7}"
    )
    for one in sorted(results, key=lambda one: -one.median_ms):
        over = one.statements > MOST_STATEMENTS or one.median_ms > MOST_MS
        print(
            f"{one.role:12} {one.path:40} {one.statements:>10} {one.median_ms:>10.0f}"
            f" {one.p95_ms:>8.0f} {one.cpu_ms:>7.0f}{'  OVER' if over else ''}"
        )
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
