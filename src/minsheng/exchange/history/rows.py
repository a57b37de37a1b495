"""The lines of a history file: read, checked by themselves, and put into the forms that are kept.

A batch is read column by column: each check looks at a whole column at once, and at single cells
only where it found something.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from minsheng.exchange.csvfile import Record, Source, need
from minsheng.exchange.history import columns
from minsheng.exchange.history.columns import COLUMNS, HEADS, LABELS, NAMES
from minsheng.exchange.history.moments import moment, moments
from minsheng.exchange.rejects import Reject
from minsheng.foundation import text as texts
from minsheng.foundation.errors import Invalid

MOST_REWORK = 999
_STEP = re.compile(r"\s*[/／>＞]\s*")

_REQUIRED = tuple(column.name for column in COLUMNS if column.required)
_SIZES = tuple((column.name, column.most) for column in COLUMNS if column.most)
#: The columns that hold a moment, and whether a day alone means its end.
_MOMENTS = (
    ("accepted_at", False),
    ("assigned_at", False),
    ("sign_due_at", True),
    ("signed_at", False),
    ("due_at", True),
    ("completed_at", False),
)
#: The columns that hold one of a few words, with what these stand for; and what an empty cell does.
_WORDS: tuple[tuple[str, Mapping[str, Any], Any], ...] = (
    ("element", columns.ELEMENTS, ""),
    ("origin", columns.ORIGINS, ""),
    ("petitioner_type", columns.PETITIONERS, ""),
    ("role", columns.PARTS, ""),
    ("satisfaction", columns.GRADES, ""),
    ("urgent", columns.TRUTHS, None),
    ("sampled", columns.TRUTHS, None),
    ("evaluated", columns.TRUTHS, None),
    ("solved", columns.SOLUTIONS, None),
)
#: What cannot be earlier than what. An empty moment sorts before all others.
_ORDER = (
    ("assigned_at", "accepted_at"),
    ("sign_due_at", "assigned_at"),
    ("signed_at", "assigned_at"),
    ("due_at", "assigned_at"),
    ("completed_at", "assigned_at"),
    ("completed_at", "signed_at"),
)
_PAST = ("accepted_at", "assigned_at", "signed_at", "completed_at")
_NAMES = ("order_no", "demand_no", "channel", "kind", "category", "district", "unit")

#: The cells of some rows by column: moments in the form of `moments`, units, channels and the like
#: still by name; "" and None stand for empty ones.
Cells = dict[str, list[Any]]


class Read(NamedTuple):
    """What was read of some lines: the `lines` that are right with their cells, and the others."""

    lines: list[int]
    cells: Cells
    rejects: list[Reject]


def read_header(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Returns where each known column stands, and the heads that are not known.

    Raises Invalid where a required column is missing or one stands there twice.
    """
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, head in enumerate(header):
        name = HEADS.get(head) or HEADS.get(head.lower())
        if name is None:
            unknown.append(head)
        elif name in places:
            raise Invalid("column_twice", _("表头里“%s”出现了两次；请删去一列。") % head)
        else:
            places[name] = place
    need(_REQUIRED, places, LABELS)
    return places, unknown


class Reader:
    """Reads the rows of one file. `now` (in the form of `moments`) ends the past."""

    def __init__(self, source: Source, now: str) -> None:
        self._source = source
        self._places, _unknown = read_header(source.header)
        self._now = now

    def read(self, records: Sequence[Record]) -> Read:
        """Returns the rows that are right by themselves, and all that is wrong with the others."""
        width = len(self._source.header)
        rejects: list[Reject] = []
        whole: list[Record] = []
        rows: list[list[str]] = []
        for record in records:
            cells = [] if record.fault else self._source.cells(record.text)
            if len(cells) == width:
                whole.append(record)
                rows.append(cells)
                continue
            reason = record.fault or _("应有%(due)d列，实有%(found)d列；请检查分隔符和引号。") % {
                "due": width,
                "found": len(cells),
            }
            rejects.append(Reject(record.line, reason, record.text))
        table = list(zip(*rows, strict=True))
        found: Cells = {
            name: list(map(str.strip, table[self._places[name]]))
            if rows and name in self._places
            else [""] * len(rows)
            for name in NAMES
        }
        faults = _Check(found, self._now).faults
        rejects += [
            Reject(whole[place].line, _("%s。") % "；".join(sentences), whole[place].text)
            for place, sentences in faults.items()
        ]
        lines = [record.line for record in whole]
        return Read(
            kept(lines, faults),
            {name: kept(column, faults) for name, column in found.items()},
            rejects,
        )


class _Check:
    """Puts the cells of some rows into their forms; `faults` are sentences by the row's place."""

    def __init__(self, cells: Cells, now: str) -> None:
        self.cells = cells
        self.faults: dict[int, list[str]] = defaultdict(list)
        for name in ("category", "district"):
            self._each(name, path)
        for name in _NAMES:
            if not all(map(str.isprintable, cells[name])):
                self._each(name, _line)
        for name, most in _SIZES:
            if max(map(len, cells[name]), default=0) > most:
                long = _("%(column)s超过%(most)d个字") % {"column": LABELS[name], "most": most}
                self._blame(long, (len(value) > most for value in cells[name]))
        for name in _REQUIRED:
            self._blame(_("缺少%s") % LABELS[name], (not value for value in cells[name]))
        self._each("category", _category)
        for name, until in _MOMENTS:
            if (read := moments(cells[name], until=until)) is not None:
                cells[name] = read
            else:
                self._each(name, _moment(name, until))
        for name, words, empty in _WORDS:
            self._each(name, _word(name, words, empty))
        self._each("rework_count", _rework)
        for later, earlier in _ORDER:
            self._blame(
                _("%(later)s早于%(earlier)s")
                % {"later": LABELS[later], "earlier": LABELS[earlier]},
                (a and a < b for a, b in zip(cells[later], cells[earlier], strict=True)),
            )
        for name in _PAST:
            if max(cells[name], default="") > now:
                self._blame(_("%s在将来") % LABELS[name], (at > now for at in cells[name]))
        self._blame(
            _("标为未评价，却有满意度"),
            (
                grade and evaluated is False
                for grade, evaluated in zip(cells["satisfaction"], cells["evaluated"], strict=True)
            ),
        )

    def _each(self, name: str, read: Callable[[str], Any]) -> None:
        self.cells[name], faults = translated(self.cells[name], read)
        for place, sentence in faults.items():
            self.faults[place].append(sentence)

    def _blame(self, sentence: str, wrong: Iterable[object]) -> None:
        for place in [place for place, is_wrong in enumerate(wrong) if is_wrong]:
            self.faults[place].append(sentence)


def translated(
    column: Sequence[str], read: Callable[[str], Any]
) -> tuple[list[Any], dict[int, str]]:
    """Returns what `read` makes of each value, and by place what it had to say against some.

    It is asked once for equal values. Where it raises ValueError, "" stands for the value.
    """
    known: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for value in set(column):
        try:
            known[value] = read(value)
        except ValueError as error:
            known[value], wrong[value] = "", str(error)
    faults = {}
    if wrong:
        faults = {place: wrong[value] for place, value in enumerate(column) if value in wrong}
    return list(map(known.__getitem__, column)), faults


def kept(column: list[Any], faults: Container[int]) -> list[Any]:
    """Returns a column without the cells of faulty rows."""
    if not faults:
        return column
    return [value for place, value in enumerate(column) if place not in faults]


def path(name: str) -> str:
    """Returns a name or path with its steps divided by `/` alone: `城建 > 道路` is `城建/道路`."""
    return name if name.isalnum() else _STEP.sub("/", name)


# What a cell is read by: each returns what is kept, or raises ValueError with a sentence.


def _line(value: str) -> str:
    return value if value.isprintable() else texts.line(value)


def _category(name: str) -> str:
    if "/" in name or len(name) > 64:
        # A path: of at most four steps, none empty and none longer than a name.
        steps = name.split("/")
        if len(steps) > 4 or not all(0 < len(step) <= 64 for step in steps):
            raise ValueError(_unknown("category", name))
    return name


def _moment(name: str, until: bool) -> Callable[[str], str]:
    def read(value: str) -> str:
        try:
            return moment(value, until=until) if value else ""
        except ValueError:
            raise ValueError(
                _("%(column)s“%(value)s”不是有效的时间")
                % {"column": LABELS[name], "value": value[:30]}
            ) from None

    return read


def _word(name: str, words: Mapping[str, Any], empty: str | None) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        if not value:
            return empty
        found = words.get(value, words.get(value.lower()))
        if found is None:
            raise ValueError(_unknown(name, value))
        return found

    return read


def _rework(value: str) -> int:
    if not value:
        return 0
    if not (value.isdecimal() and value.isascii() and int(value) <= MOST_REWORK):
        raise ValueError(_unknown("rework_count", value))
    return int(value)


def _unknown(name: str, value: str) -> str:
    return _("%(column)s“%(value)s”不是可用的值") % {"column": LABELS[name], "value": value[:30]}
