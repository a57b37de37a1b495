"""Facts out of nothing: random rows of every table, with gaps wherever gaps may be."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from minsheng.indicators.proceedings import KINDS
from minsheng.indicators.schema import ALL_TABLES, FLAG, MOMENT, NAME_TABLES, TEXT, FactTable

FIRST, DAYS = datetime(2017, 10, 1), 400
WORDS = {
    "part": ["lead", "lead", "assist"],
    "origin": ["city", "city", "province", "state"],
    "direction": ["in", "out"],
    "element": ["event", "component", None],
    "grade": ["satisfied", "dissatisfied", None],
    "proceeding": list(KINDS),
    "register": ["suggestion", "media", None],
    "outcome": [
        *("escalated", "reopened", "settled", "passed", "kept", "rework", "adopted", "declined"),
        *("answered", "answered", "granted", "granted", "refused", None),
    ],
}
FLAGS: dict[str, tuple[int | None, ...]] = {
    "solved": (0, 1, None),
    **dict.fromkeys(("onward", "excluded", "suspended", "is_collector"), (0, 0, 0, 1)),
}
NEVER_EMPTY = {
    *("accepted_at", "assigned_at", "due_at", "offered_at", "planned_at", "since"),
    "opened_at",
}
IDS = {"channel_id": 3, "kind_id": 4, "category_id": 9, "district_id": 5, "unit_id": 7}


def made_rows(table: FactTable, count: int, seed: int) -> pa.Table:
    """Returns random rows; names come in full, one row for each id."""
    chance = random.Random(f"{table.name} {seed}")
    is_names = table.name in NAME_TABLES
    columns = []
    for field in table.schema:
        values = []
        for row in range(1, count + 1):
            if field.name == table.key:
                values.append(row)
            elif field.type == FLAG:
                values.append(chance.choice(FLAGS.get(field.name, (0, 1, 1))))
            elif field.type == MOMENT:
                at = FIRST + timedelta(seconds=chance.randrange(DAYS * 86400))
                empty = field.name not in NEVER_EMPTY and chance.random() < 0.3
                values.append(None if empty else at)
            elif field.name in WORDS:
                values.append(chance.choice(WORDS[field.name]))
            elif field.type == TEXT:
                # Two things may share a name, and some have none.
                values.append(f"{field.name}{row % 6}" if is_names or row % 5 else None)
            elif field.name in IDS:
                empty = field.name != "channel_id" and chance.random() < 0.1
                values.append(None if empty else chance.randint(1, IDS[field.name]))
            elif field.name in ("completion_workdays", "completion_seconds", "sign_seconds"):
                values.append(chance.choice((None, chance.randrange(400_000))))
            elif field.name == "population":
                values.append(812_345)
            else:
                values.append(chance.randrange(4))
        columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=table.schema)


def made_files(folder: Path, count: int, seed: int = 1) -> dict[str, list[str]]:
    """Writes random rows of all tables; returns the files by table, two for each of the facts."""
    files = {}
    for name, table in ALL_TABLES.items():
        many = count * 4 if name == "proceedings" else count  # of each of its kinds enough
        rows = made_rows(table, max(IDS.values()) if name in NAME_TABLES else many, seed)
        cut = rows.num_rows if name in NAME_TABLES else many // 3
        files[name] = []
        for place, part in enumerate([rows.slice(0, cut), rows.slice(cut)]):
            path = folder / name / f"month=2018-0{place + 1}" / "x.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, path)
            files[name].append(str(path))
    return files
