"""Rows of several tables in one statement, where a page would otherwise need one for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from minsheng.foundation import statements
from minsheng.foundation.clock import ZONE


def gather(**queries: tuple[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows of each named query as dicts, in the order of their `id`.

    A query is SQL written in the code, with its parameters. Columns named `at` or `…_at` come as
    moments in the hotline's zone, all others as JSON says them.
    """
    parts = [
        f"SELECT '{name}', to_jsonb(t)::text FROM ({sql}) t"  # noqa: S608
        for name, (sql, _values) in queries.items()
    ]
    values = [value for _sql, given in queries.values() for value in given]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in queries}
    for name, text in statements.rows(" UNION ALL ".join(parts), values):
        row = orjson.loads(text)
        for column, value in row.items():
            if value and (column == "at" or column.endswith("_at")):
                row[column] = datetime.fromisoformat(value).astimezone(ZONE)
        found[name].append(row)
    for kind in found.values():
        kind.sort(key=lambda row: int(row["id"]))
    return found
