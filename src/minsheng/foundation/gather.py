"""Rows of several tables in one statement, where a page would otherwise need one for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from minsheng.foundation import statements
from minsheng.foundation.clock import ZONE

Gathered = dict[str, list[dict[str, Any]]]


def gather(**queries: tuple[str, Sequence[Any]]) -> Gathered:
    """Returns the rows of each named query as dicts, in the order of their `id`.

    A query is SQL written in the code, with its parameters. Columns named `at` or `…_at` come as
    moments in the hotline's zone, all others as JSON says them.
    """
    sql = " UNION ALL ".join(
        f"SELECT '{name}', to_jsonb(part)::text FROM ({part}) part"  # noqa: S608
        for name, (part, _values) in queries.items()
    )
    values = [value for _part, given in queries.values() for value in given]
    found: Gathered = {name: [] for name in queries}
    for name, text in statements.rows(sql, values):
        row = orjson.loads(text)
        for column, value in row.items():
            if value and (column == "at" or column.endswith("_at")):
                row[column] = datetime.fromisoformat(value).astimezone(ZONE)
        found[name].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: int(row["id"]))
    return found


def gather_about(key: int, parts: Mapping[str, str]) -> Gathered:
    """Returns the same of queries that have one `%s` each, all of them for `key`."""
    return gather(**{name: (part, [key]) for name, part in parts.items()})
