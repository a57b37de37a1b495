"""Reads a stream of messages and judged pairs from CSV files."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid
from minsheng.insight.tables import read


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

    Raises Invalid as `tables.read`, and for a row whose time cannot be read.
    """
    found = []
    rows = read(path, ("id", "user", "title", "time", "body"))
    for number, row in enumerate(rows, start=2):
        try:
            at = _time(row["time"])
        except ValueError:
            raise Invalid(
                "bad_time",
                _("文件 %(path)s 第%(row)d行的时间“%(time)s”读不出来；请写成 2019-01-31 09:05。")
                % {"path": path.name, "row": number, "time": row["time"][:30]},
            ) from None
        found.append(Message(row["id"], row["user"], row["title"], row["body"], at))
    return sorted(found, key=lambda message: message.at)


def pairs(path: Path) -> list[tuple[str, str, str]]:
    """Reads columns qid, cid, label. Raises Invalid."""
    rows = read(path, ("qid", "cid", "label"))
    return [(row["qid"], row["cid"], row["label"]) for row in rows]


def _time(text: str) -> datetime:
    """Reads 2019-1-1 9:05:00 as well as 2019-01-01 and 2019/1/1 9:05."""
    day, _, hour = text.strip().replace("/", "-").partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    parts = [int(part) for part in hour.split(":")] if hour else []
    hours, minutes, seconds = (*parts, 0, 0, 0)[:3]
    return datetime(year, month, date, hours, minutes, seconds, tzinfo=ZONE)


def events(path: Path) -> dict[str, list[str]]:
    """Reads known events: a JSON object of ids by the event's name. Raises Invalid."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, list) for one in found.values()):
        raise Invalid(
            "no_events",
            _("文件 %s 须为 UTF-8 编码的 JSON：事件名称对应编号的列表。") % path.name,
        )
    return {str(name): [str(key) for key in keys] for name, keys in found.items()}
