"""Where facts lie: Parquet files by month under `<home>/facts/`, and one manifest that names them.

A file never changes once it is written. Whoever draws facts writes new files beside the old ones
and then puts a new manifest in the place of the old one, in one step. A reader opens the manifest
first and so sees either all of it or nothing; files that no manifest names any more stay for an
hour, for readers who opened an earlier one.
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from minsheng.indicators.schema import MOMENT, NUMBER

GRACE = 3600  # seconds that a file stays after the last manifest that named it
MANIFEST = "manifest.json"
COMPRESSION = "snappy"  # a fifth larger than the smallest, and twice as quick to write


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its path within the store, and how many rows and bytes it has."""

    file: str
    rows: int
    size: int


#: By table, then by month (`YYYY-MM`; "" for a table that is kept whole).
Parts = Mapping[str, Mapping[str, Part]]


@dataclass(frozen=True)
class Manifest:
    """What the facts consist of, and up to where in the database they go.

    `snapshot` is PostgreSQL's snapshot that they were drawn in, at the moment `drawn_at` (ISO 8601)
    by the database's clock; `source` the database. `transaction` is set where they were drawn in
    the midst of a transaction that had changed something: they hold only if it was committed.
    `shape` tells whether the code still expects the same columns, `version` is this manifest's own.
    """

    source: str
    snapshot: str
    drawn_at: str
    transaction: str | None
    shape: str
    parts: Parts = field(default_factory=dict)
    version: str = field(default_factory=lambda: secrets.token_hex(8))

    def rows(self, table: str) -> int:
        return sum(part.rows for part in self.parts.get(table, {}).values())


def folder() -> Path:
    """Returns the folder of the facts, made if missing."""
    path: Path = settings.HOME / "facts"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def read() -> Manifest | None:
    """Returns the present manifest, or None where facts were never drawn (or not to the end)."""
    try:
        data: dict[str, Any] = json.loads((folder() / MANIFEST).read_text())
        parts = {
            table: {month: Part(**part) for month, part in months.items()}
            for table, months in data.pop("parts").items()
        }
        return Manifest(**data, parts=parts)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # None, or one of another version: what it says cannot be relied on.
        return None


def publish(manifest: Manifest) -> None:
    """Makes this the manifest that readers see from now on."""
    before = read()
    for name in _named(before) - _named(manifest) if before else ():
        (folder() / name).touch()  # its last hour begins
    path = folder() / f"{MANIFEST}.{secrets.token_hex(4)}"
    with path.open("w") as file:
        json.dump(asdict(manifest), file)
        file.flush()
        os.fsync(file.fileno())
    path.replace(folder() / MANIFEST)
    _sync(folder())


def write(table: str, month: str, rows: pa.Table) -> Part:
    """Writes rows into a new file of their own."""
    place = Path(table) / f"month={month}" if month else Path(table)
    (folder() / place).mkdir(parents=True, exist_ok=True)
    name = place / f"{secrets.token_hex(8)}.parquet"
    path = folder() / name
    with path.open("wb") as file:
        pq.write_table(rows, file, compression=COMPRESSION, use_dictionary=_repeating(rows.schema))
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)
    return Part(str(name), rows.num_rows, path.stat().st_size)


def _repeating(schema: pa.Schema) -> list[str]:
    """Returns the columns of few values; for the others a dictionary costs time and saves nothing.

    Those are texts, flags and small numbers; not moments and keys.
    """
    return [field.name for field in schema if field.type not in (MOMENT, NUMBER)]


def load(part: Part) -> pa.Table:
    """Returns the rows of a file."""
    # Not pq.read_table: that looks for a whole set of files, which takes three times as long.
    return pq.ParquetFile(folder() / part.file).read()


def sweep(manifest: Manifest) -> None:
    """Removes the files that nobody can be reading any more."""
    named = _named(manifest)
    old = time.time() - GRACE
    for path in folder().rglob("*"):
        name = str(path.relative_to(folder()))
        if path.suffix != ".parquet" and not name.startswith(f"{MANIFEST}."):
            continue
        if name not in named and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)


@contextmanager
def locked() -> Iterator[None]:
    """Lets one process at a time draw facts; the others wait."""
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _named(manifest: Manifest) -> set[str]:
    return {part.file for months in manifest.parts.values() for part in months.values()}


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
