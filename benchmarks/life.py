"""A city's life through the real actions: its pace, its memory, and what it leaves in the database.

    MINSHENG_HOME=… python -m benchmarks.life --demands 6000 --days 30 --json life.json

The first sixth of the days is lived by itself, and then the rest: a long life must not slow down,
nor take more memory, nor make a list slower. Needs a data folder without demands.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

MINSHENG = [sys.executable, "-m", "minsheng"]
FIRST_DAY = date(2026, 1, 1)
PART = 6  # of the days are lived first
LOOK = 0.5  # seconds between two looks at the memory
SEED = 12345


def lived(first: date, days: int, demands: int) -> dict[str, Any]:
    """Lets the city live through some days and returns what that came to, with `peak_bytes`.

    Those are the most that our processes held at once, what they share counted once; not those of
    the database.
    """
    last = first + timedelta(days=days - 1)
    command = [*MINSHENG, "simulate", "--from", str(first), "--to", str(last), "--format", "json"]
    command += ["--demands", str(demands), "--seed", str(SEED)]
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(command, stdout=said)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory(process))
            time.sleep(LOOK)
        if process.returncode:
            raise SystemExit(f"the life broke off ({process.returncode})")
        said.seek(0)
        return {**json.load(said), "days": days, "peak_bytes": peak}


def memory(process: psutil.Process) -> int:
    held = 0
    try:
        for one in (process, *process.children(recursive=True)):
            if "postgres" not in one.name():
                held += one.memory_full_info().pss
    except psutil.Error:  # one of them just ended
        return 0
    return held


def database() -> tuple[int, int]:
    """Returns the size of the database in bytes, and the number of demands in it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum will have done by itself a little later
        cursor.execute(
            "SELECT pg_database_size(current_database()), (SELECT count(*) FROM demands_demand)"
        )
        size, demands = cursor.fetchone()
    return int(size), int(demands)


def medians() -> dict[str, float]:
    """Returns the median milliseconds of each list of the console; see `benchmarks.pages`."""
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        command = [sys.executable, "-m", "benchmarks.pages", "--json", kept.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        pages = json.loads(Path(kept.name).read_text(encoding="utf-8"))["pages"]
    return {f"{page['role']} {page['path']}": page["median_ms"] for page in pages}


def show(name: str, part: dict[str, Any]) -> None:
    seconds = part["seconds"]
    print(
        f"{name:10} {part['days']:>4} days {part['accepted']:>8,} demands {part['actions']:>10,} "
        f"actions {seconds:>8,.0f} s {part['actions'] / seconds:>6,.0f} actions/s "
        f"{part['accepted'] / seconds:>6,.1f} demands/s {part['peak_bytes'] / 2**20:>6,.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.life", description=__doc__)
    parser.add_argument("--demands", type=int, default=6000, help="demands that come in")
    parser.add_argument("--days", type=int, default=30, help="days over which they do")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")
    from minsheng.cli.runtime import ready

    ready()
    days = max(1, given.days // PART)
    demands = given.demands * days // given.days
    empty, _none = database()
    begin = lived(FIRST_DAY, days, demands)
    before = medians()
    rest = lived(FIRST_DAY + timedelta(days=days), given.days - days, given.demands - demands)
    after = medians()
    size, count = database()
    begun = time.monotonic()
    subprocess.run([*MINSHENG, "journal", "verify"], check=True, stdout=subprocess.DEVNULL)
    verified = time.monotonic() - begun
    print()
    show("begin", begin)
    show("rest", rest)
    print(
        f"database {size / 2**20:,.0f} MB, {(size - empty) / count:,.0f} bytes for each of "
        f"{count:,} demands; {rest['journal_entries']:,} lines of journal verified in "
        f"{verified:.1f} s"
    )
    print(f"\n{'list':60} {'begin ms':>10} {'end ms':>10}")
    for page in sorted(after, key=lambda page: -after[page]):
        print(f"{page:60} {before[page]:>10.0f} {after[page]:>10.0f}")
    figures = {
        "parts": [begin, rest],
        "database_bytes": size,
        "bytes_per_demand": (size - empty) / count,
        "verify_seconds": verified,
        "lists": {page: [before[page], after[page]] for page in after},
    }
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
