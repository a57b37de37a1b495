"""Points in time as other systems write them, in one form: `2018-03-05 14:03:00+08`.

That form has a fixed width and a fixed zone, so that texts compare like the times they stand for,
and PostgreSQL reads it as it is: a million rows need no datetime object.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from minsheng.foundation.clock import ZONE

WIDTH = len("2018-03-05 14:03:00+08")
_FIRST = date(1980, 1, 1)  # no hotline has anything older; 1899 and 1970 are a machine's zero
_LAST = date(2199, 12, 31)

_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: *\+08(?::?00)?)?", re.ASCII)
# Any number of moments in the form that most files have, or none, each with a line break after it
# (`*+`, for there is never a second way to read them, and remembering where to try takes long).
_USUAL = re.compile(r"(?:(?:\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)?\n)*+", re.ASCII)
_OURS = ("+08:00", "+0800", "+08")
_ZONED = re.compile(r"(.+?)\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})", re.ASCII | re.IGNORECASE)

#: The text of a day → that day; of a time of day → that time. Filled with what was read before.
_days: dict[str, str] = {}
_clocks: dict[str, str] = {}
_START_OF_DAY = " 00:00:00+08"
_END_OF_DAY = " 23:59:59+08"


def moment(text: str, *, until: bool = False) -> str:
    """Returns a moment in the one form. Fractions of a second are left out.

    Reads `2018-03-05 14:03[:07]`, the same with `T`, with `/` or `.`, with single digits, with a
    zone (`Z`, `+08:00`), and a day alone. Without a zone it is Beijing time. A day alone means its
    beginning, and its end where it is a limit (`until`): what is due on a day is due by its end.

    Raises ValueError for anything else, and for days before 1980 or after 2199.
    """
    day, _, clock = text.partition(" ")
    try:
        return _days[day] + _clocks[clock]
    except KeyError:
        return _read(text.strip(), until)


def moments(column: Sequence[str], *, until: bool = False) -> list[str] | None:
    """Returns a column of moments, read as `moment` does, "" for none; None if any is wrong."""
    try:
        if _are_usual(column):  # looked at all together, it takes a third of the time
            return [text and text + "+08" for text in column]
        return [moment(text, until=until) if text else "" for text in column]
    except ValueError:
        return None


def _are_usual(column: Sequence[str]) -> bool:
    """Tells whether all are empty or `2018-03-05 14:03:00`. Raises ValueError for a wrong day."""
    together = "\n".join([*column, ""])
    # A cell may have line breaks of its own.
    if together.count("\n") != len(column) or not _USUAL.fullmatch(together):
        return False
    for day in {text[:10] for text in column if text}:
        _day(day)
    return True


def _read(text: str, until: bool) -> str:
    day, separator, clock = text.replace("T", " ", 1).partition(" ")
    if not separator:
        return _day(day) + (_END_OF_DAY if until else _START_OF_DAY)
    if clock not in _clocks and (zoned := _ZONED.fullmatch(clock)) and zoned[2] not in _OURS:
        at = datetime.fromisoformat(
            f"{_day(day)}T{_clock(zoned[1])[1:9]}{zoned[2].upper().replace('Z', '+00:00')}"
        )
        return form(at)
    return _day(day) + _clock(clock)


def _day(text: str) -> str:
    if text not in _days:
        found = _DAY.fullmatch(text)
        if not found:
            raise ValueError(text)
        day = date(int(found[1]), int(found[3]), int(found[4]))
        if not _FIRST <= day <= _LAST:
            raise ValueError(text)
        _days[text] = day.isoformat()
    return _days[text]


def _clock(text: str) -> str:
    if text not in _clocks:
        found = _CLOCK.fullmatch(text)
        if not found or not (int(found[1]) < 24 and int(found[2]) < 60 and int(found[3] or 0) < 60):
            raise ValueError(text)
        read = f" {int(found[1]):02}:{found[2]}:{found[3] or '00'}+08"
        if "." in text:  # too many to remember
            return read
        _clocks[text] = read
    return _clocks[text]


def form(at: datetime) -> str:
    """Returns an aware datetime in the one form."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}+08"


def parse(moment: str) -> datetime:
    """Returns a moment in the one form as an aware datetime."""
    return datetime.fromisoformat(moment).astimezone(ZONE)


def days_after(moment: str, days: int) -> str:
    """Returns the same time of day that many days later."""
    return _day_after(moment[:10], days) + moment[10:]


@cache
def _day_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
