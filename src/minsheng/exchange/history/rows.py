"""One line of a history file: read, checked by itself, and put into the forms that are kept."""

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from minsheng.exchange.history import columns
from minsheng.exchange.history.columns import COLUMNS, HEADS, LABELS, NAMES
from minsheng.exchange.history.moments import moment
from minsheng.foundation import text as texts
from minsheng.foundation.errors import Invalid

MOST_REWORK = 999
_STEP = re.compile(r"\s*[/／>＞]\s*")

_REQUIRED = tuple(place for place, column in enumerate(COLUMNS) if column.required)
_SIZES = tuple((place, c.most) for place, c in enumerate(COLUMNS) if c.most)
_PLACES = {name: place for place, name in enumerate(NAMES)}
#: The columns that hold a moment, and whether a day alone means its end.
_MOMENTS = tuple(
    (_PLACES[name], name, until)
    for name, until in (
        ("accepted_at", False),
        ("assigned_at", False),
        ("sign_due_at", True),
        ("signed_at", False),
        ("due_at", True),
        ("completed_at", False),
    )
)
#: The columns that hold one of a few words.
_WORDS = tuple(
    (_PLACES[name], name, words)
    for name, words in (
        ("element", columns.ELEMENTS),
        ("origin", columns.ORIGINS),
        ("petitioner_type", columns.PETITIONERS),
        ("role", columns.PARTS),
        ("satisfaction", columns.GRADES),
    )
)
_TRUTHS = tuple(
    (_PLACES[name], name, words)
    for name, words in (
        ("urgent", columns.TRUTHS),
        ("sampled", columns.TRUTHS),
        ("evaluated", columns.TRUTHS),
        ("solved", columns.SOLUTIONS),
    )
)
#: What cannot be earlier than what. An empty moment sorts before all others.
_ORDER = tuple(
    (_PLACES[later], _PLACES[earlier])
    for later, earlier in (
        ("assigned_at", "accepted_at"),
        ("sign_due_at", "assigned_at"),
        ("signed_at", "assigned_at"),
        ("due_at", "assigned_at"),
        ("completed_at", "assigned_at"),
        ("completed_at", "signed_at"),
    )
)
_PAST = tuple(_PLACES[name] for name in ("accepted_at", "assigned_at", "signed_at", "completed_at"))
_NAMES = tuple(
    _PLACES[name]
    for name in ("order_no", "demand_no", "channel", "kind", "category", "district", "unit")
)
_CATEGORY = _PLACES["category"]
_DISTRICT = _PLACES["district"]
_REWORK = _PLACES["rework_count"]
_EVALUATED = _PLACES["evaluated"]
_SATISFACTION = _PLACES["satisfaction"]


class Row(NamedTuple):
    """An order with a unit as the former system tells it; "" and None stand for empty cells.

    Moments are in the form of `moments`; units, channels and the like are still by name.
    """

    line: int
    order_no: str
    demand_no: str
    accepted_at: str
    channel: str
    kind: str
    category: str
    element: str
    title: str
    text: str
    district: str
    origin: str
    petitioner_type: str
    unit: str
    role: str
    urgent: bool | None
    assigned_at: str
    sign_due_at: str
    signed_at: str
    due_at: str
    completed_at: str
    rework_count: int
    sampled: bool | None
    evaluated: bool | None
    satisfaction: str
    solved: bool | None


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
    if missing := [NAMES[place] for place in _REQUIRED if NAMES[place] not in places]:
        raise Invalid(
            "columns_missing",
            _("文件缺少必需的列：%s；请补齐后重新导出。")
            % "、".join(f"{name}（{LABELS[name]}）" for name in missing),
        )
    return places, unknown


class Reader:
    """Reads the rows of one file by its header. `now` (in the form of `moments`) ends the past."""

    def __init__(self, header: Sequence[str], now: str) -> None:
        places, _unknown = read_header(header)
        self.width = len(header)
        self.now = now
        # What the file lacks is read from an empty cell put behind the others.
        self._pick = itemgetter(*(places.get(name, self.width) for name in NAMES))

    def read(self, line: int, cells: list[str]) -> Row | str:
        """Returns the row, or a sentence that says all that is wrong with it."""
        if len(cells) != self.width:
            return _("应有%(due)d列，实有%(found)d列；请检查分隔符和引号。") % {
                "due": self.width,
                "found": len(cells),
            }
        cells.append("")
        cell: list[Any] = [value.strip() for value in self._pick(cells)]
        cell[_CATEGORY] = path(cell[_CATEGORY])
        cell[_DISTRICT] = path(cell[_DISTRICT])
        for place in _NAMES:
            if not cell[place].isprintable():
                cell[place] = texts.line(cell[place])
        faults = [
            _("%(column)s超过%(most)d个字") % {"column": COLUMNS[place].label, "most": most}
            for place, most in _SIZES
            if len(cell[place]) > most
        ]
        faults += [_("缺少%s") % LABELS[NAMES[place]] for place in _REQUIRED if not cell[place]]
        if ("/" in cell[_CATEGORY] or len(cell[_CATEGORY]) > 64) and not _is_path(cell[_CATEGORY]):
            faults.append(_unknown("category", cell[_CATEGORY]))
        for place, name, until in _MOMENTS:
            if value := cell[place]:
                try:
                    cell[place] = moment(value, until=until)
                except ValueError:
                    cell[place] = ""
                    faults.append(
                        _("%(column)s“%(value)s”不是有效的时间")
                        % {"column": LABELS[name], "value": value[:30]}
                    )
        for place, name, words in _WORDS:
            if value := cell[place]:
                cell[place] = words.get(value) or words.get(value.lower(), "")
                if not cell[place]:
                    faults.append(_unknown(name, value))
        for place, name, truths in _TRUTHS:
            value = cell[place]
            cell[place] = truths.get(value.lower()) if value else None
            if value and cell[place] is None:
                faults.append(_unknown(name, value))
        if value := cell[_REWORK]:
            if not (value.isdecimal() and value.isascii() and int(value) <= MOST_REWORK):
                faults.append(_unknown("rework_count", value))
            else:
                cell[_REWORK] = int(value)
        else:
            cell[_REWORK] = 0
        faults += [
            _("%(later)s早于%(earlier)s")
            % {"later": COLUMNS[later].label, "earlier": COLUMNS[earlier].label}
            for later, earlier in _ORDER
            if cell[later] and cell[later] < cell[earlier]
        ]
        faults += [
            _("%s在将来") % COLUMNS[place].label for place in _PAST if cell[place] > self.now
        ]
        if cell[_SATISFACTION] and cell[_EVALUATED] is False:
            faults.append(_("标为未评价，却有满意度"))
        if faults:
            return _("%s。") % "；".join(faults)
        return Row(line, *cell)


def path(name: str) -> str:
    """Returns a name or path with its steps divided by `/` alone: `城建 > 道路` is `城建/道路`."""
    return name if name.isalnum() else _STEP.sub("/", name)


def _is_path(name: str) -> bool:
    """Tells whether the path is of at most four steps, none empty and none longer than a name."""
    steps = name.split("/")
    return len(steps) <= 4 and all(0 < len(step) <= 64 for step in steps)


def _unknown(name: str, value: str) -> str:
    return _("%(column)s“%(value)s”不是可用的值") % {"column": LABELS[name], "value": value[:30]}
