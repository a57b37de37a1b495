"""Reads a stream of messages and judged pairs from CSV files."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from minsheng.foundation.clock import ZONE


@dataclass(frozen=True)
class Message:
    """What is compared of one demand. `petitioner` is any key that is equal for one person."""

    key: str
    petitioner: str
    title: str
    body: str
    at: datetime


def messages(path: Path) -> list[Message]:
    """Reads columns id, user, title, time, body, in the order of time, whatever that of the file.

    Raises `ValueError` naming a bad row.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        found = []
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                at = _time(row["time"])
                found.append(Message(row["id"], row["user"], row["title"], row["body"], at))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name} row {number}: {error!r}") from error
    return sorted(found, key=lambda message: message.at)


def pairs(path: Path) -> list[tuple[str, str, str]]:
    """Reads columns qid, cid, label."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [(row["qid"], row["cid"], row["label"]) for row in csv.DictReader(lines)]


def _time(text: str) -> datetime:
    """Reads 2019-1-1 9:05:00 as well as 2019-01-01 and 2019/1/1 9:05."""
    day, _, hour = text.strip().replace("/", "-").partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    parts = [int(part) for part in hour.split(":")] if hour else []
    hours, minutes, seconds = (*parts, 0, 0, 0)[:3]
    return datetime(year, month, date, hours, minutes, seconds, tzinfo=ZONE)


def events(path: Path) -> dict[str, list[str]]:
    """Reads known events: a JSON object of ids by the event's name. Raises `ValueError`."""
    found = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(found, dict) or not all(isinstance(one, list) for one in found.values()):
        raise ValueError(f"{path.name}: not an object of lists of ids by event")
    return {str(name): [str(key) for key in keys] for name, keys in found.items()}
