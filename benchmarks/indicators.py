"""The half-year bulletin's aggregations over many order facts, beside pandas and PostgreSQL.

    python -m benchmarks.indicators --rows 20000000

Facts of two years are made straight as Parquet, the same for a seed: orders with their units
(`--rows` of them), and the demands behind. The bulletin asks for some forty figures of the last
half-year, by unit, category, channel, month and so on, partly beside the year before. DuckDB reads
the files; pandas has the columns that it needs in memory, and PostgreSQL in tables: loading them is
told, but not counted. All three must give the same figures. `--refresh HOME` instead measures a
refresh after 1,000 changed orders in the data folder HOME, whose history was imported before.
"""

import argparse
import calendar
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import django
import duckdb
import ibis
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from minsheng.indicators.schema import (
    ALL_TABLES,
    ASSIGNMENTS,
    DEMANDS,
    FLAG,
    MOMENT,
    NUMBER,
    SMALL,
    FactTable,
)
from minsheng.indicators.store import COMPRESSION

CORES = 4
PERIOD, BEFORE = "2018H1", "2017H1"
UNITS, CATEGORIES, DISTRICTS, CHANNELS, KINDS = 100, 300, 15, 12, 6
MONTHS = [f"{year}-{month:02}" for year in (2017, 2018) for month in range(1, 13)]

Tables = dict[str, ibis.Table]
#: The figures of one engine: of each part of the bulletin, by key, the value of each indicator.
Figures = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]

# What the bulletin asks for: indicators, by what, narrowed to what, compared with the year before?
PARTS: dict[str, tuple[str, list[str], dict[str, list[Any]], bool]] = {
    "accepted": (
        "accepted_count public_accepted_count collector_reported_count direct_answer_rate"
        " carried_over provincial_received_count",
        [],
        {},
        True,
    ),
    "by channel": ("accepted_count", ["channel"], {}, True),
    "by kind": ("accepted_count", ["kind"], {}, True),
    "by element": ("accepted_count", ["element"], {}, True),
    "hot topics": ("accepted_count", ["category"], {"is_public": [1]}, True),
    "by month": ("accepted_count", ["month"], {}, True),
    "orders": (
        "assigned_count work_order_count sign_in_time_rate avg_sign_hours",
        [],
        {},
        True,
    ),
    "units": (
        "due_count handled_count completed_late overdue_open on_time_completion_rate rework_rate",
        ["unit"],
        {},
        True,
    ),
    "answers": (
        "completed_count avg_completion_time sampled_count evaluated_count dissatisfied_count"
        " satisfaction_rate",
        ["unit"],
        {},
        False,
    ),
    "provincial": (
        "due_count overdue_open on_time_completion_rate",
        ["unit"],
        {"origin": ["province"]},
        False,
    ),
    "overdue": ("overdue_open", ["unit", "accepted_month"], {}, False),
    "overdue topics": ("overdue_open", ["category"], {}, False),
}


# Facts out of nothing


def _chance(of: str, key: int) -> str:
    """Returns SQL of a number in [0, 1) that depends on the row, the seed and `key` alone."""
    return f"((hash({of} * 64 + {key} + seed * 1000003) % 1000003) / 1000003.0)"


def _columns(table: FactTable, rows: int) -> dict[str, str]:
    """Returns the SQL of each column over rows with `d` (a demand) and `assists` (0 or 1)."""

    def c(key: int) -> str:
        return _chance("d", key)

    def own(key: int) -> str:  # differs between the units of one demand
        return _chance("(d * 2 + assists)", key)

    accepted = f"first + to_microseconds(CAST({c(1)} * span AS BIGINT))"
    assigned = f"({accepted} + to_seconds(CAST(600 + 7200 * {c(2)} AS BIGINT)))"
    signed = f"({assigned} + to_seconds(CAST(8000 * pow({own(3)}, 2) AS BIGINT)))"
    taken = f"CAST(3600 * 140 * pow({own(4)}, 2) AS BIGINT)"
    handled = f"CASE WHEN {own(5)} < 0.985 THEN {signed} + to_seconds({taken}) END"
    done = f"({handled} + INTERVAL 1 HOUR)"
    sampled = f"({handled} IS NOT NULL AND {own(6)} < 0.2)"
    evaluated = f"({sampled} AND {own(7)} < 0.6)"
    flags = {
        "is_public": f"{c(8)} >= 0.3",
        "is_collector": f"{c(8)} < 0.3",
        "urgent": f"{c(9)} < 0.03",
        "enterprise": f"{c(10)} < 0.02",
        "excluded": f"{c(11)} < 0.005",
        "direct": f"{c(12)} < 0.4",
        "standing": "true",
        "sampled": sampled,
        "evaluated": evaluated,
        "valid": evaluated,
        "dissatisfied": f"({evaluated} AND {own(13)} < 0.08)",
    }
    columns = {
        "demand_id": "base + d",
        "assignment_id": f"base + d + assists * {2 * rows}",
        "work_order_id": "base + d",
        "accepted_at": accepted,
        "channel_id": f"CAST(1 + floor({CHANNELS} * pow({c(14)}, 3)) AS BIGINT)",
        "kind_id": f"CAST(1 + floor({KINDS} * pow({c(15)}, 2)) AS BIGINT)",
        "category_id": f"CAST(1 + floor({CATEGORIES} * pow({c(16)}, 2)) AS BIGINT)",
        "district_id": f"CAST(1 + floor({DISTRICTS} * {c(17)}) AS BIGINT)",
        "unit_id": f"CAST(1 + floor({UNITS} * pow({own(18)}, 2)) AS BIGINT)",
        "origin": f"CASE WHEN {c(19)} < 0.012 THEN 'province' ELSE 'city' END",
        "element": f"CASE WHEN {c(20)} < 0.87 THEN 'event' ELSE 'component' END",
        "part": "CASE WHEN assists = 0 THEN 'lead' ELSE 'assist' END",
        "ended_at": f"{accepted} + to_seconds(CAST(86400 * 12 * {c(21)} AS BIGINT))",
        "assigned_at": assigned,
        "sign_due_at": f"{assigned} + INTERVAL 2 HOUR",
        "signed_at": signed,
        "due_at": f"{assigned} + INTERVAL 5 DAY",
        "handled_at": handled,
        "completed_at": done,
        "closed_at": done,
        "sign_seconds": f"date_diff('second', {assigned}, {signed})",
        "completion_seconds": f"date_diff('second', {assigned}, {done})",
        "rework_count": f"CASE WHEN {own(22)} < 0.01 THEN 1 ELSE 0 END",
        "level": "1",
        "solved": f"CASE WHEN {evaluated} THEN 1 END",
        **{name: f"CASE WHEN {sql} THEN 1 ELSE 0 END" for name, sql in flags.items()},
    }
    types = {FLAG: "TINYINT", SMALL: "INTEGER", NUMBER: "BIGINT", MOMENT: "TIMESTAMP"}
    return {
        field.name: f"CAST({columns.get(field.name, '0' if field.type == FLAG else 'NULL')}"
        f" AS {types.get(field.type, 'VARCHAR')})"
        for field in table.schema
    }


def make(folder: Path, rows: int, seed: int = 1) -> dict[str, list[str]]:
    """Writes the facts; returns the files by table."""
    engine = duckdb.connect()
    engine.execute(f"SET threads = {CORES}")
    engine.execute(f"SET VARIABLE seed = {seed}")
    files: dict[str, list[str]] = {name: [] for name in ALL_TABLES}
    each = rows // len(MONTHS)
    demands = each * 7 // 8  # every seventh has an assisting unit
    for place, month in enumerate(MONTHS):
        first = date.fromisoformat(f"{month}-01")
        days = calendar.monthrange(first.year, first.month)[1]
        span = days * 86_400_000_000  # microseconds
        ranges = {
            DEMANDS: f"SELECT range AS d, 0 AS assists FROM range({demands})",
            ASSIGNMENTS: f"SELECT range AS d, 0 AS assists FROM range({demands})"
            f" UNION ALL SELECT range * 7, 1 FROM range({each - demands})",
        }
        for table, source in ranges.items():
            path = folder / table.name / f"month={month}" / "facts.parquet"
            path.parent.mkdir(parents=True)
            wanted = ", ".join(f"{sql} AS {name}" for name, sql in _columns(table, rows).items())
            engine.execute(
                f"COPY (SELECT {wanted} FROM (SELECT *, {place * demands} AS base,"
                f" TIMESTAMP '{first}' AS first, {span} AS span,"
                f" getvariable('seed') + {place} AS seed FROM ({source})))"
                f" TO '{path}' (FORMAT parquet, COMPRESSION {COMPRESSION})"
            )
            files[table.name].append(str(path))
    for name, table in ALL_TABLES.items():
        if not files[name]:
            path = folder / name / "names.parquet"
            path.parent.mkdir(parents=True)
            pq.write_table(_names(table), path)
            files[name] = [str(path)]
    return files


def _names(table: FactTable) -> pa.Table:
    """Returns a row for each id that the facts have; nobody's seats are counted here."""
    count = {
        "units": UNITS,
        "categories": CATEGORIES,
        "districts": DISTRICTS,
        "channels": CHANNELS,
        "kinds": KINDS,
    }.get(table.name, 0)
    return pa.Table.from_pydict(
        {
            field.name: [n if field.type == NUMBER else f"{field.name}{n}" for n in ids]
            for field in table.schema
            for ids in [range(1, count + 1)]
        },
        schema=table.schema,
    )


# The bulletin, in our words


def bulletin(tables: Tables, told: dict[str, float] | None = None) -> Figures:
    """Computes all parts; `told` gets the seconds of each."""
    from minsheng.indicators.compute import compare, compute

    figures: Figures = {}
    for name, (wanted, by, where, compared) in PARTS.items():
        codes = wanted.split()
        begun = time.perf_counter()
        options: dict[str, Any] = {"by": by, "where": where, "tables": tables}
        if compared:
            figures[name] = {
                tuple(row.keys.values()): tuple(
                    part
                    for change in row.changes.values()
                    for part in (*_sums(change.now), *_sums(change.before))
                )
                for row in compare(codes, against="last_year", period=PERIOD, **options)
            }
        else:
            figures[name] = {
                tuple(row.keys.values()): tuple(
                    part for value in row.values.values() for part in _sums(value)
                )
                for row in compute(codes, period=PERIOD, **options)
            }
        if told is not None:
            told[name] = time.perf_counter() - begun
    return figures


def _sums(value: Any) -> tuple[int, ...]:
    pair = (value.numerator, value.denominator)
    return tuple(int(part) for part in pair if part is not None)


# The same in pandas, by somebody who knows it well

NEEDED = {
    "demands": "demand_id accepted_at ended_at channel_id kind_id category_id origin element"
    " is_public is_collector direct",
    "assignments": "assignment_id work_order_id accepted_at assigned_at sign_due_at signed_at"
    " due_at handled_at completed_at category_id unit_id origin part onward excluded standing"
    " suspended sampled evaluated dissatisfied rework_count sign_seconds completion_seconds",
}


def frames(files: dict[str, list[str]]) -> dict[str, pd.DataFrame]:
    """Loads the columns that are needed, texts as categories, and names in the place of ids."""
    loaded = {}
    for table, columns in NEEDED.items():
        arrow = pa.concat_tables(
            pq.read_table(path, columns=columns.split(), partitioning=None) for path in files[table]
        )
        texts = [field.name for field in arrow.schema if field.type == pa.string()]
        frame = loaded[table] = arrow.to_pandas(categories=texts)
        for column, name in {
            "unit_id": "unit",
            "category_id": "category",
            "channel_id": "channel",
            "kind_id": "kind",
        }.items():
            if column in frame:
                ids = frame.pop(column)
                frame[name] = pd.Categorical.from_codes(
                    ids - 1, [f"{name}{n}" for n in range(1, ids.max() + 1)]
                )
    return loaded


def in_pandas(loaded: dict[str, pd.DataFrame]) -> Figures:
    """Computes all parts of the bulletin."""
    now, before = ((pd.Timestamp(f"{y}-01-01"), pd.Timestamp(f"{y}-07-01")) for y in (2018, 2017))
    figures: Figures = {}
    for name, (codes, by, _where, compared) in PARTS.items():
        table, moment, measures = _PANDAS[name]
        sums = [_grouped(loaded[table], moment, measures, by, *span) for span in (now, before)]
        if not compared:
            figures[name] = sums[0]
            continue
        none = (0,) * len(next(iter(sums[0].values())))
        shapes = [
            2 if code.endswith("rate") or code.startswith("avg") else 1 for code in codes.split()
        ]
        figures[name] = {
            key: tuple(
                part
                for place, shape in enumerate(shapes)
                for values in (found, sums[1].get(_year_before(key, by), none))
                for part in values[sum(shapes[:place]) : sum(shapes[: place + 1])]
            )
            for key, found in sums[0].items()
        }
    return figures


def _year_before(key: tuple[Any, ...], by: list[str]) -> tuple[Any, ...]:
    return tuple(part.replace("2018", "2017") if name == "month" else part
                 for name, part in zip(by, key, strict=True))  # fmt: skip


Measures = Callable[[pd.DataFrame, Any, Any], dict[str, Any]]


def _grouped(
    frame: pd.DataFrame, moment: str, measures: Measures, by: list[str], start: Any, end: Any
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    if moment:
        frame = frame[(frame[moment] >= start) & (frame[moment] < end)]
    values = pd.DataFrame(measures(frame, start, end), copy=False)
    if not by:
        return {(): tuple(int(values[name].sum()) for name in values)}
    times = {"month": moment, "accepted_month": "accepted_at"}
    keys = [
        (frame[times[name]].dt.year * 100 + frame[times[name]].dt.month).rename(name)
        if name in times
        else frame[name]
        for name in by
    ]
    sums = values.groupby(keys, observed=True).sum()
    return {
        tuple(
            f"{part // 100}-{part % 100:02}" if name in times else part
            for name, part in zip(by, key if isinstance(key, tuple) else (key,), strict=True)
        ): tuple(int(part) for part in found)
        for key, found in zip(sums.index, sums.itertuples(index=False), strict=True)
        if any(found)
    }


def _accepted(d: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    within = (d.accepted_at >= start) & (d.accepted_at < end)
    public = within & (d.is_public == 1) & (d.is_collector == 0)
    carried = (d.accepted_at < start) & (d.ended_at.isna() | (d.ended_at >= start))
    return {
        "accepted": within,
        "public": public,
        "collector": within & (d.is_collector == 1),
        "direct": public & (d.direct == 1),
        "of": public,
        "carried": carried,
        "provincial": (within | carried) & (d.origin == "province"),
    }


def _orders(a: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    pairs = a.onward == 0
    assessed = pairs & (a.excluded == 0)
    signed = assessed & a.signed_at.notna()
    owed = assessed & a.sign_due_at.notna() & (a.signed_at.notna() | (a.standing == 1))
    return {
        "assigned": pairs,
        "orders": pairs & ~a.work_order_id.where(pairs).duplicated(),
        "signed in time": signed & (a.signed_at <= a.sign_due_at),
        "to sign": owed,
        "seconds": a.sign_seconds.where(signed, 0),
        "signed": signed,
    }


def _owed(a: pd.DataFrame) -> Any:
    lead = (a.part == "lead") & (a.onward == 0) & (a.excluded == 0)
    return lead & (a.standing == 1) & (a.suspended == 0)


def _units(a: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    owed = _owed(a)
    handled = owed & a.handled_at.notna()
    late = handled & (a.handled_at > a.due_at)
    reworked = owed & (a.rework_count > 0)
    return {
        "due": owed,
        "handled": handled,
        "late": late,
        "open": owed & a.handled_at.isna(),
        "in time": handled & ~late,
        "of": owed,
        "rework": reworked,
        "of all": owed,
    }


def _answers(a: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    lead = (a.part == "lead") & (a.onward == 0)
    assessed = lead & (a.excluded == 0)
    evaluated = assessed & (a.evaluated == 1)
    dissatisfied = assessed & (a.dissatisfied == 1)
    return {
        "completed": lead,
        "seconds": a.completion_seconds.where(assessed, 0),
        "of": assessed,
        "sampled": assessed & (a.sampled == 1),
        "evaluated": evaluated,
        "dissatisfied": dissatisfied,
        "satisfied": evaluated & ~dissatisfied,
        "of evaluated": evaluated,
    }


def _provincial(a: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    owed = _owed(a) & (a.origin == "province")
    handled = owed & a.handled_at.notna()
    in_time = handled & (a.handled_at <= a.due_at)
    return {"due": owed, "open": owed & a.handled_at.isna(), "in time": in_time, "of": owed}


def _overdue(a: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    return {"open": _owed(a) & a.handled_at.isna()}


def _every(d: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    return {"accepted": pd.Series(True, d.index)}


def _public(d: pd.DataFrame, start: Any, end: Any) -> dict[str, Any]:
    return {"accepted": d.is_public == 1}


_PANDAS: dict[str, tuple[str, str, Measures]] = {
    "accepted": ("demands", "", _accepted),
    **dict.fromkeys(
        ("by channel", "by kind", "by element", "by month"), ("demands", "accepted_at", _every)
    ),
    "hot topics": ("demands", "accepted_at", _public),
    "orders": ("assignments", "assigned_at", _orders),
    "units": ("assignments", "due_at", _units),
    "answers": ("assignments", "completed_at", _answers),
    "provincial": ("assignments", "due_at", _provincial),
    "overdue": ("assignments", "due_at", _overdue),
    "overdue topics": ("assignments", "due_at", _overdue),
}


# The same in PostgreSQL


def in_postgresql(files: dict[str, list[str]], folder: Path) -> tuple[Tables, Callable[[], None]]:
    """Loads the facts into an embedded server; returns its tables, and what stops it."""
    from minsheng.foundation import embedded

    socket = embedded.use(folder, durable=False)
    engine = duckdb.connect()
    with psycopg.connect(host=str(socket), user=embedded.USER, dbname=embedded.DATABASE) as server:
        server.autocommit = True
        server.execute(f"ALTER ROLE {embedded.USER} SET max_parallel_workers_per_gather = {CORES}")
        server.execute(f"ALTER ROLE {embedded.USER} SET work_mem = '256MB'")
        for table, paths in files.items():
            schema = ALL_TABLES[table].schema
            needed = NEEDED[table].split() if table in NEEDED else schema.names
            fields = [schema.field(name) for name in needed]
            types = {FLAG: "smallint", SMALL: "integer", NUMBER: "bigint", MOMENT: "timestamp"}
            columns = ", ".join(f"{f.name} {types.get(f.type, 'text')}" for f in fields)
            server.execute(f"CREATE UNLOGGED TABLE {table} ({columns})")
            for path in paths:
                rows = folder / "rows.csv"
                names = ", ".join(f.name for f in fields)
                engine.execute(
                    f"COPY (SELECT {names} FROM '{path}') TO '{rows}' (FORMAT csv, HEADER false)"
                )
                with (
                    rows.open("rb") as file,
                    server.cursor() as cursor,
                    cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy,
                ):
                    while block := file.read(1 << 20):
                        copy.write(block)
            server.execute(f"VACUUM ANALYZE {table}")
    backend = ibis.postgres.connect(
        host=str(socket), user=embedded.USER, database=embedded.DATABASE
    )

    def stop() -> None:
        backend.disconnect()
        embedded.release(folder)

    return {table: backend.table(table) for table in files}, stop


# Putting them side by side


def best(work: Callable[[], Figures], times: int) -> tuple[float, float, Figures]:
    """Returns the seconds of the first and of the best run, and what came out."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        figures = work()
        seconds.append(time.perf_counter() - begun)
    return seconds[0], min(seconds), figures


def _set_up(home: Path) -> None:
    """Lets our modules be imported; no database is started for that."""
    os.environ["MINSHENG_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "minsheng.foundation.settings"
    django.setup()


def run(rows: int, times: int = 3, *, rivals: bool = True) -> dict[str, Any]:
    """Measures all engines on the same facts, prints a table and returns the figures."""
    folder = Path(tempfile.mkdtemp(prefix="minsheng-facts-"))
    _set_up(folder)
    from minsheng.indicators import engines

    measured: dict[str, Any] = {"rows": rows}
    try:
        begun = time.perf_counter()
        files = make(folder / "facts", rows)
        size = sum(Path(path).stat().st_size for paths in files.values() for path in paths)
        print(
            f"\n{rows:,} order facts and {rows * 7 // 8:,} demands of two years:"
            f" {size / 1e9:.2f} GB of Parquet, made in {time.perf_counter() - begun:.0f} s"
        )
        ours = engines.in_duckdb(files)
        ours["demands"].get_backend().raw_sql(f"SET threads = {CORES}")
        parts: dict[str, float] = {}
        results = {"DuckDB on Parquet": best(lambda: bulletin(ours, parts), times)}
        if rivals:
            begun = time.perf_counter()
            loaded = frames(files)
            loading = time.perf_counter() - begun
            results[f"pandas (loading: {loading:.0f} s)"] = best(lambda: in_pandas(loaded), times)
            del loaded
            begun = time.perf_counter()
            theirs, stop = in_postgresql(files, folder)
            loading = time.perf_counter() - begun
            try:
                results[f"PostgreSQL (loading: {loading:.0f} s)"] = best(
                    lambda: bulletin(theirs), times
                )
            finally:
                stop()
        figures = results["DuckDB on Parquet"][2]
        count = sum(len(part) for found in figures.values() for part in found.values())
        print(
            f"the bulletin of {PERIOD}: {len(PARTS)} parts, {count:,} sums; {CORES} threads;"
            " target: DuckDB < 5 s for 20,000,000"
        )
        print(f"{'':32} {'first':>8} {'best':>8}")
        for name, (first, least, found) in results.items():
            same = "" if found == figures else "  DIFFERENT FIGURES"
            print(f"{name:32} {first:>6.2f} s {least:>6.2f} s{same}")
            measured[name] = {"first": first, "best": least, "same": found == figures}
        print("  ".join(f"{name} {seconds:.2f}" for name, seconds in parts.items()))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return measured


def refresh(home: Path, changed: int = 1000) -> dict[str, Any]:
    """Measures facts of a data folder: drawn whole, and after some orders changed.

    The orders change in one statement each, as actions change them, all over the years.
    """
    _set_up(home)
    from minsheng.cli import runtime

    runtime.ready()
    from django.db import connection, transaction

    from minsheng.indicators import facts

    def seconds(work: Callable[[], Any]) -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    whole = seconds(facts.rebuild)
    unchanged = seconds(facts.refresh)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders_assignment ORDER BY hashint8(id) LIMIT %s", [changed])
        ids = [pk for (pk,) in cursor.fetchall()]
        with transaction.atomic():
            for pk in ids:
                cursor.execute(
                    "UPDATE orders_assignment SET urge_count = urge_count + 1 WHERE id = %s", [pk]
                )
    after = seconds(facts.refresh)
    rows = facts.refresh().rows
    print(
        f"\nfacts of {rows['assignments']:,} orders ({rows['demands']:,} demands): drawn whole in"
        f" {whole:.1f} s; nothing changed: {unchanged * 1000:.0f} ms;"
        f" {changed:,} changed orders: {after:.2f} s (target < 3 s)"
    )
    differences = facts.check()
    print("facts equal the database" if not differences else f"DIFFERENCES: {differences[:3]}")
    return {"rebuild": whole, "unchanged": unchanged, "changed": after}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.indicators", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="order facts")
    parser.add_argument("--times", type=int, default=3, help="runs of each engine")
    parser.add_argument("--alone", action="store_true", help="leave out pandas and PostgreSQL")
    parser.add_argument("--refresh", metavar="HOME", type=Path, help="a data folder to refresh")
    parser.add_argument("--json", type=Path, help="where the figures go")
    given = parser.parse_args()
    if given.refresh:
        figures: dict[str, Any] = refresh(given.refresh)
    else:
        figures = run(given.rows, given.times, rivals=not given.alone)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
