"""History files for the tests of the import: rows as a former system writes them."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from minsheng.exchange.history.columns import NAMES

ROW = {
    "order_no": "G1",
    "demand_no": "S1",
    "accepted_at": "2025-03-03 09:00:00",
    "channel": "电话",
    "kind": "投诉",
    "category": "噪声扰民",
    "element": "",
    "title": "夜间施工噪声",
    "text": "工地连续三晚施工到零点，影响休息。",
    "district": "东湾区",
    "origin": "city",
    "petitioner_type": "person",
    "unit": "住房局",
    "role": "lead",
    "urgent": "0",
    "assigned_at": "2025-03-03 09:30:00",
    "sign_due_at": "2025-03-03 11:30:00",
    "signed_at": "2025-03-03 10:00:00",
    "due_at": "2025-03-10 17:30:00",
    "completed_at": "2025-03-06 16:00:00",
    "rework_count": "0",
    "sampled": "1",
    "evaluated": "1",
    "satisfaction": "satisfied",
    "solved": "1",
}
assert tuple(ROW) == NAMES


def row(number: int, **changed: str) -> dict[str, str]:
    """Returns the row of order G`number` of demand S`number`, changed as told."""
    return {**ROW, "order_no": f"G{number}", "demand_no": f"S{number}", **changed}


def text_of(
    rows: Iterable[Mapping[str, str]], columns: Iterable[str] = NAMES, delimiter: str = ","
) -> str:
    """Returns rows as CSV with a header."""
    columns = list(columns)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return out.getvalue()


def rejected(path: Path) -> dict[int, str]:
    """Returns the reasons in a rejects file by line; none where there is no file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(line["line"]): line["reason"] for line in csv.DictReader(file)}
