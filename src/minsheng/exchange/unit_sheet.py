"""A unit's orders as a spreadsheet, and the same sheet back with what the unit did.

For units with a system of their own: each row is one order with empty columns for one action
(签收, 联系 or 答复). What comes back is read cell by cell and trusted in nothing: formulas, error
values and words in the wrong place are refused by row, a file that is no such sheet as a whole.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from minsheng.exchange import spreadsheet
from minsheng.exchange.spreadsheet import Wrong, head, new, opened, put, saved
from minsheng.foundation.errors import Invalid

MOST_ROWS = 500  # of a sheet, out and in

ORDERS, NOTES = "工单", "填写说明"
MARK = "批次号"
ACTIONS = {"签收": "order.sign", "联系": "order.contact", "答复": "order.reply"}
METHODS = {"电话": "phone", "上门": "visit", "信息": "message", "面谈": "meeting"}
_YES_NO = {"是": True, "否": False}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What the unit gets of one order.

    Moments are aware, `days_left` counts working days and is negative once the limit has passed;
    who asks is masked, or empty where not even that may show.
    """

    number: str
    unit_code: str
    unit: str
    part: str
    state: str
    demand: str
    title: str
    text: str
    kind: str
    category: str
    place: str
    urgent: str
    petitioner: str
    phone: str
    assigned_at: datetime
    sign_due_at: datetime | None
    contact_due_at: datetime | None
    due_at: datetime
    days_left: float | None
    rework_count: int
    extension_count: int
    urge_count: int


_TOLD = (
    *("工单号", "单位编码", "承办单位", "主协办", "状态", "诉求号", "标题", "内容", "诉求类型"),
    *("诉求类别", "地点", "紧急", "诉求人", "电话", "派单时间", "签收时限", "联系时限", "办结时限"),
    *("剩余工作日", "返工次数", "延期次数", "催办次数"),
)
_ASKED = ("操作", "联系方式", "是否联系上", "联系情况", "答复内容", "是否解决", "是否公开")
_WIDTHS = {"标题": 30, "内容": 50, "诉求类别": 24, "地点": 24, "联系情况": 30, "答复内容": 50}
_CHOICES: Mapping[str, Mapping[str, Any]] = {
    "操作": ACTIONS,
    "联系方式": METHODS,
    "是否联系上": _YES_NO,
    "是否解决": _YES_NO,
    "是否公开": _YES_NO,
}
_HOW = (
    "每行一张工单，每次填一个操作；不办的行留空。",
    "签收：只填“操作”。",
    "联系：填“联系方式”“联系情况”；没联系上的，“是否联系上”填“否”。",
    "答复：填“答复内容”“是否解决”；“是否公开”不填就是公开。",
    "不要改动工单号、单位编码和本页的批次号；不要填公式。",
    "同一份表格导入两次，第二次不会重复办理。",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A row as the unit filled it in: the order, and one action with what it takes."""

    row: int
    number: str
    unit_code: str
    action: str
    given: Mapping[str, Any]

    def digest(self, mark: str, unit_code: str) -> bytes:
        """Returns what tells this row from all others: equal for the same row of the same sheet."""
        said = [mark, unit_code, self.number, self.unit_code, self.action, dict(self.given)]
        return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, slots=True)
class Faulty:
    """A row that cannot be read, and why."""

    row: int
    number: str
    why: str


# Out


def write(lines: Sequence[OrderLine]) -> bytes:
    """Returns the sheet (.xlsx), a row for each order. Numbers are numbers, times are times."""
    book, sheet = new(ORDERS)
    head(sheet, (*_TOLD, *_ASKED), asked=_ASKED, widths=_WIDTHS)
    for row, line in enumerate(lines, 2):
        for column, field in enumerate(fields(OrderLine), 1):
            put(sheet, row, column, getattr(line, field.name))
    for place, name in enumerate((*_TOLD, *_ASKED), 1):
        if name not in _CHOICES:
            continue
        letter = get_column_letter(place)
        listed = DataValidation(
            "list", formula1='"' + ",".join(_CHOICES[name]) + '"', allow_blank=True
        )
        sheet.add_data_validation(listed)
        listed.add(f"{letter}2:{letter}{max(len(lines) + 1, 2)}")
    sheet.freeze_panes = "B2"
    notes = book.create_sheet(NOTES)
    put(notes, 1, 1, MARK)
    put(notes, 1, 2, uuid4().hex)
    for row, said in enumerate(_HOW, 3):
        put(notes, row, 1, said)
    notes.column_dimensions["A"].width = 60
    notes.column_dimensions["B"].width = 36
    return saved(book)


def results(lines: Iterable[Mapping[str, str]]) -> bytes:
    """Returns a sheet of results: `ref`, `title`, `what`, `label` and `said` of each line."""
    book, sheet = new("结果")
    head(sheet, ("工单号", "标题", "操作", "结果", "说明"))
    for row, line in enumerate(lines, 2):
        for column, name in enumerate(("ref", "title", "what", "label", "said"), 1):
            put(sheet, row, column, line[name])
    for letter, width in (("B", 34), ("E", 70)):
        sheet.column_dimensions[letter].width = width
    return saved(book)


# In


def read(data: bytes) -> tuple[str, list[Filled | Faulty]]:
    """Returns the sheet's mark and its rows that say something, in their order.

    Raises Invalid for a file that is no such sheet: another format, too large, a column missing.
    """
    book = opened(data)
    rows = spreadsheet.lines(book, ORDERS)
    names = [str(cell.value or "").strip() for cell in next(rows, ())]
    missing = [name for name in ("工单号", "单位编码", *_ASKED) if name not in names]
    if missing:
        raise Invalid(
            "no_such_sheet",
            _("表格里没有“%s”列；请用导出的表格填写，不要改动第一行。") % "、".join(missing),
        )
    places = {name: names.index(name) for name in ("工单号", "单位编码", *_ASKED)}
    found: list[Filled | Faulty] = []
    for number, row in enumerate(rows, 2):
        cells = {name: row[place] for name, place in places.items() if place < len(row)}
        if one := _row(number, cells):
            found.append(one)
        if len(found) > MOST_ROWS:
            raise Invalid("too_many_rows", _("一次最多导入%d行；请分成几份。") % MOST_ROWS)
    return _mark(book), found


def _mark(book: Any) -> str:
    first = next(spreadsheet.lines(book, NOTES), ()) if NOTES in book.sheetnames else ()
    match [cell.value for cell in first[:2]]:
        case [told, str(mark)] if told == MARK:
            return mark[:64]
    return ""


def _row(row: int, cells: Mapping[str, Any]) -> Filled | Faulty | None:
    number = str(getattr(cells.get("工单号"), "value", "") or "").strip()
    try:
        words = {name: spreadsheet.words(cell) for name, cell in cells.items()}
        asked = [words.get(name, "") for name in _ASKED]
        if not any(asked):
            return None
        if not words["工单号"]:
            raise Wrong(_("没有工单号；请用导出的表格填写。"))
        action = _chosen(words, "操作", ACTIONS)
        if action is None:
            raise Wrong(_("填了内容但没有选“操作”；请选签收、联系或答复。"))
        return Filled(row, words["工单号"], words["单位编码"], action, dict(_given(words, action)))
    except Wrong as wrong:
        return Faulty(row, number[:32], str(wrong))


def _given(words: Mapping[str, str], action: str) -> Iterator[tuple[str, Any]]:
    if action == "order.contact":
        method = _chosen(words, "联系方式", METHODS)
        if method is None:
            raise Wrong(_("“联系”须填“联系方式”。"))
        if not words["联系情况"]:
            raise Wrong(_("“联系”须填“联系情况”。"))
        reached = _chosen(words, "是否联系上", _YES_NO)
        yield "method", method
        yield "outcome", words["联系情况"]
        yield "reached", reached is not False
    elif action == "order.reply":
        solved = _chosen(words, "是否解决", _YES_NO)
        if not words["答复内容"] or solved is None:
            raise Wrong(_("“答复”须填“答复内容”和“是否解决”。"))
        public = _chosen(words, "是否公开", _YES_NO)
        yield "text", words["答复内容"]
        yield "solved", solved
        yield "public", public is not False


def _chosen(words: Mapping[str, str], name: str, known: Mapping[str, Any]) -> Any:
    """Returns what a word of a list stands for, or None for an empty cell."""
    said = words.get(name, "")
    if not said:
        return None
    if said not in known:
        raise Wrong(
            _("“%(name)s”填的是“%(said)s”；只能填%(known)s。")
            % {"name": name, "said": said[:20], "known": "、".join(known)}
        )
    return known[said]
