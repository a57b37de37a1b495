"""`make bench`: what the platform does a second, on a data folder of its own that is thrown away.

    python -m benchmarks --rows 1000000 --demands 100000 --seconds 10

First a history of `--demands` rows for the rates of the REST interface, then, in another folder,
one of `--rows` rows for the import and for refreshing the facts; then the aggregations of a
bulletin over `--facts` order facts; the index of duplicates over `--open` open demands; at last the
life of a city to which `--life` demands are told over `--life-days`.
Prints tables; `--json FILE` keeps the figures.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from minsheng.foundation.machine import processors

MINSHENG = [sys.executable, "-m", "minsheng"]


def history(folder: Path, rows: int) -> Path:
    path = folder / f"history-{rows}.csv"
    script = Path(__file__).with_name("history.py")
    command = [sys.executable, str(script), str(path), "--rows", str(rows), "--seed", "1"]
    subprocess.run(command, check=True)
    return path


def imported(path: Path, home: Path) -> float:
    """Imports a history into a data folder and returns the seconds, the city's loading left out."""
    environment = {**os.environ, "MINSHENG_HOME": str(home)}
    # Any command that needs the city loads it where there is none.
    jobs = [*MINSHENG, "jobs", "list"]
    subprocess.run(jobs, check=True, env=environment, stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    subprocess.run([*MINSHENG, "import", "orders", str(path)], check=True, env=environment)
    return time.monotonic() - begun


def pages(folder: Path, home: Path) -> object:
    """Runs `benchmarks.pages` on the data folder of the rates and returns its figures."""
    kept = folder / "pages.json"
    environment = {**os.environ, "MINSHENG_HOME": str(home)}
    command = [sys.executable, "-m", "benchmarks.pages", "--json", str(kept)]
    subprocess.run(command, check=True, env=environment)
    return json.loads(kept.read_text(encoding="utf-8"))


def facts(folder: Path, *arguments: str) -> object:
    """Runs `benchmarks.indicators` and returns its figures."""
    kept = folder / "facts.json"
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.indicators", *arguments]
    subprocess.run([*command, "--json", str(kept)], check=True)
    return json.loads(kept.read_text(encoding="utf-8"))


def duplicates(folder: Path, rows: int) -> object:
    """Runs `benchmarks.duplicates` on a data folder of its own and returns its figures."""
    kept = folder / "duplicates.json"
    environment = {
        **os.environ,
        "MINSHENG_HOME": str(folder / "duplicates"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "benchmarks.duplicates", "--rows", str(rows)]
    subprocess.run([*command, "--json", str(kept)], check=True, env=environment)
    return json.loads(kept.read_text(encoding="utf-8"))


def classifier(folder: Path, texts: int) -> object:
    """Runs `benchmarks.classifier` and returns its figures."""
    kept = folder / "classifier.json"
    environment = {**os.environ, "MINSHENG_HOME": str(folder / "classifier")}
    command = [sys.executable, "-m", "benchmarks.classifier", "--texts", str(texts)]
    subprocess.run([*command, "--json", str(kept)], check=True, env=environment)
    return json.loads(kept.read_text(encoding="utf-8"))


def life(folder: Path, demands: int, days: int) -> object:
    """Runs `benchmarks.life` on a data folder of its own and returns its figures."""
    kept = folder / "life.json"
    environment = {**os.environ, "MINSHENG_HOME": str(folder / "life")}
    command = [sys.executable, "-m", "benchmarks.life", "--demands", str(demands)]
    command += ["--days", str(days), "--json", str(kept)]
    subprocess.run(command, check=True, env=environment)
    return json.loads(kept.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the import (0: none)")
    parser.add_argument(
        "--demands", type=int, default=100_000, help="rows behind the rates (0: none)"
    )
    parser.add_argument(
        "--facts", type=int, default=2_000_000, help="order facts behind the bulletin (0: none)"
    )
    parser.add_argument(
        "--open", type=int, default=1_000_000, help="demands in the index of duplicates (0: none)"
    )
    parser.add_argument(
        "--texts", type=int, default=10_000, help="texts that are classified (0: none)"
    )
    parser.add_argument("--life", type=int, default=6000, help="demands of a city's life (0: none)")
    parser.add_argument("--life-days", type=int, default=30, help="days of that life")
    parser.add_argument("--seconds", type=float, default=10, help="seconds for each call")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    figures: dict[str, object] = {"cores": processors()}
    folder = Path(tempfile.mkdtemp(prefix="minsheng-bench-"))
    try:
        if given.demands:
            home = folder / "rates"
            imported(history(folder, given.demands), home)
            os.environ["MINSHENG_HOME"] = str(home)
            from benchmarks import rates

            results = rates.run(rates.free_port(), given.seconds)
            print(f"\n{'call':24} {'rate':>9} {'p50':>9} {'p95':>9} {'stmts':>6}  "
                  f"{'target':22} Signalen 2.50.12")  # fmt: skip
            for row in results:
                note = f"  {row.failed} FAILED" if row.failed else ""
                print(
                    f"{row.name:24} {row.rate:>7,.0f}/s {row.p50:>6.1f} ms {row.p95:>6.1f} ms "
                    f"{row.statements:>6}  {row.target:22} {row.rival}{note}"
                )
            figures["rates"] = [row._asdict() for row in results]
            figures["pages"] = pages(folder, home)
        if given.rows:
            seconds = imported(history(folder, given.rows), folder / "import")
            rate = given.rows / seconds
            print(f"\nimport orders: {given.rows:,} rows in {seconds:.1f} s = {rate:,.0f} rows/s "
                  "(target ≥ 20,000)")  # fmt: skip
            figures["import"] = {"rows": given.rows, "seconds": seconds, "rate": rate}
            # In a process of its own: this one has begun to work with another data folder.
            figures["refresh"] = facts(folder, "--refresh", str(folder / "import"))
        if given.facts:
            figures["bulletin"] = facts(folder, "--rows", str(given.facts))
        if given.texts:
            print("\nclassifying on one core (target: 2,000 texts/s, 3 ms for one)")
            figures["classifier"] = classifier(folder, given.texts)
        if given.open:
            print("\nduplicates among open demands (target: query p99 < 20 ms, insertion < 5 ms)")
            figures["duplicates"] = duplicates(folder, given.open)
        if given.life:
            print("\na city's life through the real actions")
            figures["life"] = life(folder, given.life, given.life_days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=2), encoding="utf-8")


main()
