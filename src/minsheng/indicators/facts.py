"""Facts: what happened, drawn from the database into columnar files that indicators rest on.

The database notes what changed (`migrations/0001_stale.py`), and a refresh draws only that anew:
the changed demands within their months, or whole months after a bulk write. All that a refresh
reads comes from one snapshot of the database, the watermark. A refresh that is killed loses
nothing: until the new manifest stands, the old one holds, and what changed since is still noted.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from minsheng.foundation import clock
from minsheng.indicators import drawing, engines, store
from minsheng.indicators.schema import (
    FACT_TABLES,
    FAMILIES,
    NAME_TABLES,
    OF_CALLS,
    OF_DEMANDS,
    OF_PROCEEDINGS,
    SHAPE,
    FactTable,
    Family,
)
from minsheng.indicators.store import Manifest, Part

#: Lines about changes are kept so long; facts older than that are drawn whole.
KEEP_DAYS = 7
#: From this share of a month's demands on, the month is drawn whole.
MANY = 0.25
#: From so many demands on, all of their months are.
MOST = 20_000
#: So many differences are told for each table and month.
TOLD = 20


#: Files by table, then by month, while they are being put together.
Drawn = dict[str, dict[str, Part]]


class Progress(Protocol):
    """Is told of each month that is done."""

    def __call__(self, steps: int = 1) -> None: ...


@dataclass(frozen=True)
class Watermark:
    """Up to where the facts go, and what they hold.

    `at` is the moment of the snapshot by the database's clock, `rows` counts by table, and `drawn`
    is how many monthly files were written.
    """

    at: datetime
    snapshot: str
    rows: Mapping[str, int]
    drawn: int = 0


@dataclass
class _Stale:
    """What changed since a snapshot.

    `months` are to be drawn whole, by family; `former` are months that held one of the demands.
    """

    everything: bool = False
    names: bool = False
    demand_ids: set[int] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    months: dict[str, set[str]] = field(
        default_factory=lambda: {family.rows: set() for family in FAMILIES}
    )

    def __bool__(self) -> bool:
        return bool(self.everything or self.names or self.demand_ids or any(self.months.values()))


def refresh(progress: Progress | None = None) -> Watermark:
    """Brings the facts up to the present state of the database; cheap where nothing changed.

    Several processes may call it at once: one draws, the others wait for it. `progress` is called
    after each month that was drawn whole.
    """
    return _refresh(progress)


def rebuild(progress: Progress | None = None) -> Watermark:
    """Draws all facts anew. Until they are complete, the old ones hold."""
    return _refresh(progress, anew=True)


def _refresh(progress: Progress | None, *, anew: bool = False) -> Watermark:
    with store.locked():
        with _snapshot() as now:
            before = None if anew else _usable(store.read(), now)
            stale = _changes(before) if before else _Stale(everything=True)
            if before and not stale:
                return _watermark(before)
            if before and not stale.everything:
                parts, drawn = _redraw(before, stale, progress)
            else:
                parts, drawn = _draw_all(progress)
            manifest = replace(now, parts=parts)
            store.publish(manifest)
        store.sweep(manifest)
        if not connection.in_atomic_block:
            _forget_old_lines()
    return _watermark(manifest, drawn)


def tables(engine: str | None = None) -> dict[str, ibis.Table]:
    """Returns the facts, as last drawn, as tables of an engine (`engines.chosen`)."""
    manifest = store.read()
    if manifest is None or manifest.shape != SHAPE:
        refresh()
        manifest = store.read()
        assert manifest is not None
    return engines.tables(manifest, engine)


def status() -> dict[str, Any]:
    """Returns what the facts hold and how far behind the database they are.

    `drawn_at` is None where there are none, or none that can be brought up to date.
    """
    with _snapshot() as now:
        manifest = _usable(store.read(), now)
        stale = _changes(manifest) if manifest else _Stale(everything=True)
    files = [part for months in (manifest or now).parts.values() for part in months.values()]
    return {
        "drawn_at": _watermark(manifest).at if manifest else None,
        "rows": {name: manifest.rows(name) for name in FACT_TABLES} if manifest else {},
        "files": len(files),
        "bytes": sum(part.size for part in files),
        "all_changed": stale.everything,
        "changed_demands": len(stale.demand_ids),
        "changed_months": sorted(set().union(*stale.months.values())),
    }


def check() -> list[str]:
    """Compares every row of the facts with the database; returns the differences in words.

    What changed after the watermark is left out: there the two may differ. Facts that were never
    drawn, or that another database or version drew, are themselves a difference.
    """
    with store.locked(), _snapshot() as now:
        manifest = _usable(store.read(), now)
        if manifest is None:
            return ["there are no facts of this database: run `minsheng facts rebuild`"]
        stale = _changes(manifest)
        if stale.everything:
            return []
        found: list[str] = []
        changed = drawing.with_neighbours(stale.demand_ids)
        for family in FAMILIES:
            present = set(drawing.months(family))
            for table in family.tables:
                parts = manifest.parts[table.name]
                for month in sorted({*present, *parts} - stale.months[family.rows] - {""}):
                    drawn = store.load(parts[month]) if month in parts else _none(table)
                    wanted = drawing.of_month(family, table, month)
                    found += _differences(table, month, drawn, wanted, changed)
        if not stale.names:
            for name, table in NAME_TABLES.items():
                drawn = store.load(manifest.parts[name][""])
                found += _differences(table, "", drawn, drawing.whole(table), ())
        return found


# A database is known by its cluster, its timeline (which a recovery to an earlier moment changes),
# and by oids, which change when it or the table of changes is made anew: then its transactions are
# others than those that a manifest speaks of.
_NOW = """
SELECT concat_ws('/', system_identifier, timeline_id,
                 (SELECT oid FROM pg_database WHERE datname = current_database()),
                 'indicators_stale'::regclass::oid),
       pg_current_snapshot()::text, now(), pg_current_xact_id_if_assigned()::text
FROM pg_control_system(), pg_control_checkpoint()
"""


@contextmanager
def _snapshot() -> Iterator[Manifest]:
    """Reads all that follows from one snapshot of the database; yields a manifest that names it.

    Inside somebody's transaction it is that transaction's view, taken statement by statement.
    """
    joined = connection.in_atomic_block
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if not joined:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(_NOW)
        source, snapshot, at, writing = cursor.fetchone()
        yield Manifest(source, snapshot, at.isoformat(), writing, SHAPE)


def _usable(manifest: Manifest | None, now: Manifest) -> Manifest | None:
    """Returns the manifest if facts can be brought up to date from it."""
    if manifest is None or (manifest.source, manifest.shape) != (now.source, now.shape):
        return None
    drawn_at, at = (datetime.fromisoformat(one.drawn_at) for one in (manifest, now))
    recent = drawn_at > at - timedelta(KEEP_DAYS) and _xmax(manifest) <= _xmax(now)
    if recent and manifest.transaction not in (None, now.transaction):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_xact_status(%s::xid8)", [manifest.transaction])
            recent = cursor.fetchone()[0] == "committed"
    return manifest if recent else None


def _xmax(manifest: Manifest) -> int:
    """Returns the first transaction that had not begun at the snapshot (`xmin:xmax:running`)."""
    return int(manifest.snapshot.split(":")[1])


def _changes(manifest: Manifest) -> _Stale:
    """Returns what changed since the snapshot of a manifest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT what, demand_id, month FROM indicators_stale"
            " WHERE txid >= pg_snapshot_xmin(%s::pg_snapshot)"
            # A snapshot taken in the midst of a transaction shows what that had done until then,
            # and says nothing of what it did afterwards.
            " AND (NOT pg_visible_in_snapshot(txid, %s::pg_snapshot) OR txid = %s::xid8)",
            [manifest.snapshot, manifest.snapshot, manifest.transaction],
        )
        lines: list[tuple[str, int | None, date | None]] = cursor.fetchall()
    stale = _Stale()
    for what, demand_id, first in lines:
        month = f"{first:%Y-%m}" if first else ""
        if what == "demand" and demand_id is not None:
            stale.demand_ids.add(demand_id)
            stale.former |= {month} - {""}
        elif what == "month":
            stale.months[OF_DEMANDS.rows].add(month)
        elif what == "calls":
            stale.months[OF_CALLS.rows].add(month)
        elif what == "proceedings":
            stale.months[OF_PROCEEDINGS.rows].add(month)
        elif what == "names":
            stale.names = True
        else:
            stale.everything = True
    return stale


def _draw_all(progress: Progress | None) -> tuple[Drawn, int]:
    """Draws everything; returns the files and how many of them are months."""
    parts: Drawn = {name: {"": _write(table)} for name, table in NAME_TABLES.items()}
    drawn = 0
    for family in FAMILIES:
        for table in family.tables:  # so that a table without rows has its columns
            parts[table.name] = {"": store.write(table.name, "", _none(table))}
        drawn += _draw_months(family, drawing.months(family), parts, progress)
    return parts, drawn


def _redraw(before: Manifest, stale: _Stale, progress: Progress | None) -> tuple[Drawn, int]:
    """Draws what changed; returns the files, old and new, and how many of them are new months."""
    parts: Drawn = {name: dict(months) for name, months in before.parts.items()}
    if stale.names:
        parts |= {name: {"": _write(table)} for name, table in NAME_TABLES.items()}
    drawn = 0
    if stale.demand_ids:
        demand_ids = drawing.with_neighbours(stale.demand_ids)
        months = stale.former | drawing.months_of(demand_ids)
        if len(demand_ids) > MOST:
            stale.months[OF_DEMANDS.rows] |= months
        else:
            fresh = {table.name: _by_month(table, demand_ids) for table in OF_DEMANDS.tables}
            for month, rows in fresh["demands"].items():
                size = parts["demands"][month].rows if month in parts["demands"] else 0
                if rows.num_rows > MANY * size:
                    stale.months[OF_DEMANDS.rows].add(month)
            months -= stale.months[OF_DEMANDS.rows]
            drawn += _patch_months(sorted(months), fresh, demand_ids, parts)
    for family in FAMILIES:
        drawn += _draw_months(family, sorted(stale.months[family.rows]), parts, progress)
    return parts, drawn


def _draw_months(
    family: Family, months: Sequence[str], parts: Drawn, progress: Progress | None
) -> int:
    """Draws whole months, and enters their files into `parts`; returns how many it wrote."""
    written = 0
    for month in months:
        for table in family.tables:
            rows = drawing.of_month(family, table, month)
            written += _enter(parts, table, month, rows)
        if progress:
            progress()
    return written


def _patch_months(
    months: Sequence[str],
    fresh: Mapping[str, Mapping[str, pa.Table]],
    demand_ids: Collection[int],
    parts: Drawn,
) -> int:
    """Puts these demands' fresh rows in the place of their old ones, month by month.

    Returns how many files it wrote.
    """
    ids = pa.array(demand_ids, pa.int64())

    def patch(job: tuple[FactTable, str]) -> bool:
        table, month = job
        part = parts[table.name].get(month)
        rows = store.load(part) if part else _none(table)
        added = fresh[table.name].get(month, _none(table))
        theirs = pc.is_in(rows["demand_id"], ids)
        # What changed about a demand seldom shows in every table, and writing is what takes long.
        if rows.filter(theirs).sort_by(table.key).equals(added.sort_by(table.key)):
            return False
        kept = rows.filter(pc.invert(theirs))
        return _enter(parts, table, month, pa.concat_tables([kept, added]).sort_by(table.key))

    with ThreadPoolExecutor() as pool:
        return sum(
            pool.map(patch, [(table, month) for table in OF_DEMANDS.tables for month in months])
        )


def _enter(parts: Drawn, table: FactTable, month: str, rows: pa.Table) -> bool:
    """Writes a month's rows, if there are any, in the place of what `parts` had for it."""
    if rows.num_rows:
        parts[table.name][month] = store.write(table.name, month, rows)
    else:
        parts[table.name].pop(month, None)
    return bool(rows.num_rows)


def _by_month(table: FactTable, demand_ids: Collection[int]) -> dict[str, pa.Table]:
    """Draws the rows of these demands, by the month of acceptance."""
    rows = drawing.of_demands(table, demand_ids)
    months = pc.strftime(rows["accepted_at"], "%Y-%m")
    return {month: rows.filter(pc.equal(months, month)) for month in pc.unique(months).to_pylist()}


def _write(table: FactTable) -> Part:
    return store.write(table.name, "", drawing.whole(table))


def _none(table: FactTable) -> pa.Table:
    return table.schema.empty_table()


def _watermark(manifest: Manifest, drawn: int = 0) -> Watermark:
    return Watermark(
        datetime.fromisoformat(manifest.drawn_at).astimezone(clock.ZONE),
        manifest.snapshot,
        {name: manifest.rows(name) for name in FACT_TABLES},
        drawn,
    )


def _forget_old_lines() -> None:
    """Removes lines that every reader has read, or is too far behind to need."""
    with connection.cursor() as cursor:
        days = f"{KEEP_DAYS} days"
        cursor.execute("DELETE FROM indicators_stale WHERE at < now() - %s::interval", [days])


def _differences(
    table: FactTable, month: str, drawn: pa.Table, wanted: pa.Table, changed: Collection[int]
) -> Iterator[str]:
    """Returns how the rows that were drawn differ from those that the database has."""
    if changed and "demand_id" in table.schema.names:
        skip = pa.array(changed, pa.int64())
        drawn, wanted = (
            rows.filter(pc.invert(pc.is_in(rows["demand_id"], skip))) for rows in (drawn, wanted)
        )
    if drawn.equals(wanted):
        return
    where = f"{table.name} {month}".strip()
    left, right = ({row[table.key]: row for row in rows.to_pylist()} for rows in (drawn, wanted))
    told = 0
    for key in sorted({*left, *right}):
        if left.get(key) == right.get(key):
            continue
        told += 1
        if told > TOLD:
            yield f"{where}: and more"
            return
        if key not in left:
            yield f"{where}: {table.key} {key} is missing from the facts"
        elif key not in right:
            yield f"{where}: {table.key} {key} is not in the database"
        else:
            for name in table.schema.names:
                if left[key][name] != right[key][name]:
                    yield (
                        f"{where}: {table.key} {key}: {name} is {left[key][name]} in the facts,"
                        f" {right[key][name]} in the database"
                    )
    if not told:  # the same rows, not in order or twice
        yield f"{where}: rows stand twice or out of order"
