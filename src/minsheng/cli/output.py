"""How commands write rows and show progress, the same way in all of them.

Rows go to stdout, for people or for machines; progress goes to stderr, for people alone.
"""

import csv
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol

import typer

from minsheng.foundation.clock import ZONE

QUIET_STEP = 5.0  # seconds between lines of progress where nobody watches a terminal


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[
    Format, typer.Option("--format", help="How rows are written.", show_default=True)
]


def rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    format: Format = Format.TABLE,
) -> None:
    """Writes `rows` to stdout: `columns` are the keys to write, in this order.

    Times are ISO 8601 in the hotline's zone; a missing value is empty (`null` in JSON).
    """
    if format is Format.JSON:
        items = [{column: _plain(row.get(column)) for column in columns} for row in rows]
        print(json.dumps(items, ensure_ascii=False, indent=2))
    elif format is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row.get(column)) for column in columns] for row in rows)
    else:
        _table(rows, columns)


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_text(row.get(column))) for column in columns))
    # Into a pipe or a file, lines are as long as they need to be.
    Console(width=None if sys.stdout.isatty() else 10_000).print(table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return str(value)


def _text(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


class Advance(Protocol):
    def __call__(self, steps: int = 1, note: str = "") -> None: ...


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Advance]:
    """Shows on stderr how far long work is; the block calls what it gets after each step done.

    A bar on a terminal, otherwise a line every few seconds. `total` is the number of steps where it
    is known; a `note` given with a step is shown beside `what`.
    """
    if sys.stderr.isatty():
        with _bar(what, total) as advance:
            yield advance
    else:
        yield _Lines(what, total)


@contextmanager
def _bar(what: str, total: int | None) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task(what, total=total)

        def advance(steps: int = 1, note: str = "") -> None:
            bar.update(task, advance=steps, description=f"{what} {note}".strip())

        yield advance


class _Lines:
    def __init__(self, what: str, total: int | None) -> None:
        self.what = what
        self.total = total
        self.done = 0
        self.said_at = time.monotonic()

    def __call__(self, steps: int = 1, note: str = "") -> None:
        self.done += steps
        if time.monotonic() - self.said_at >= QUIET_STEP:
            self.said_at = time.monotonic()
            of = "" if self.total is None else f" of {self.total}"
            what = f"{self.what} {note}".strip()
            print(f"{what}: {self.done}{of}", file=sys.stderr, flush=True)
