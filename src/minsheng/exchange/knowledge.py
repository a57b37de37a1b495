"""The knowledge base as a table, out and in: CSV for machines, a spreadsheet for people.

Both have the columns of a city's `knowledge.csv`; a spreadsheet has them in Chinese. What was taken
out can be brought back, here or elsewhere, and changes nothing where nothing was changed.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.exchange import csvfile, spreadsheet
from minsheng.exchange.rejects import Reject, RejectsFile
from minsheng.foundation.errors import Invalid, Refused
from minsheng.knowledge.actions import Saying
from minsheng.knowledge.bulk import Landed, take_over
from minsheng.knowledge.models import Item

#: The columns and their heads in a spreadsheet. Units, categories and districts go by code.
COLUMNS: Mapping[str, str] = {
    "code": "编码",
    "kind": "类型",
    "title": "标题",
    "question": "问题",
    "answer": "答案",
    "basis": "依据",
    "unit": "责任单位",
    "category": "诉求类别",
    "audience": "对象",
    "district": "适用区域",
    "valid_from": "有效期起",
    "valid_to": "有效期止",
    "review_on": "复核日期",
    "keywords": "关键词",
    "public": "对外公开",
}
_NEEDED = ("title", "answer")
_WIDTHS = {"标题": 30, "问题": 34, "答案": 60, "依据": 30, "关键词": 24}
_SHEET = "知识"
_FORMULA = ("=", "+", "-", "@")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {str(label): code for code, label in Item.Kind.choices},
    "audience": {str(label): code for code, label in Item.Audience.choices},
    "public": {"是": "true", "否": "false"},
}


class Line(NamedTuple):
    """One row of a table: where it stands, what it says, and "" or why it cannot be read."""

    number: int
    cells: Mapping[str, str]
    fault: str = ""


# Out


def written(items: Iterable[Item], *, sheet: bool) -> bytes:
    """Returns items as a spreadsheet (.xlsx), or as CSV in UTF-8."""
    if sheet:
        return spreadsheet.table(
            _SHEET,
            list(COLUMNS.values()),
            ([_spoken(*cell) for cell in _cells(item).items()] for item in items),
            widths=_WIDTHS,
        )
    file = StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(item) for item in items)
    return file.getvalue().encode()


def _cells(item: Item) -> dict[str, str]:
    days = (item.valid_from, item.valid_to, item.review_on)
    valid_from, valid_to, review_on = (day.isoformat() if day else "" for day in days)
    cells = {
        "code": item.code,
        "kind": item.kind,
        "title": item.title,
        "question": item.question,
        "answer": item.answer,
        "basis": item.basis,
        "unit": item.unit.code,
        "category": item.category.code if item.category else "",
        "audience": item.audience,
        "district": item.district.code if item.district else "",
        "valid_from": valid_from,
        "valid_to": valid_to,
        "review_on": review_on,
        "keywords": ";".join(item.keywords),
        "public": "true" if item.public else "false",
    }
    # No spreadsheet is to take a text for a formula; `saying` takes the mark off.
    return {name: f"'{cell}" if cell.startswith(_FORMULA) else cell for name, cell in cells.items()}


def _spoken(name: str, cell: str) -> str:
    return next((word for word, code in _WORDS.get(name, {}).items() if code == cell), cell)


# In


def lines(path: Path) -> Iterator[Line]:
    """Yields the rows of a CSV file or a spreadsheet, in their order.

    Raises Invalid for a file that is neither, or that lacks the columns for title and answer.
    """
    heads: Sequence[str]
    read: Iterator[Line]
    if path.suffix.lower() == ".xlsx":
        heads, rows = spreadsheet.rows(path.read_bytes(), sheet=_SHEET)
        read = (Line(number, cells, fault) for number, cells, fault in rows)
    else:
        source = csvfile.examine(path, [*COLUMNS, *COLUMNS.values()])
        heads, read = source.header, _records(source)
    names = {head: name for name, label in COLUMNS.items() for head in (name, label)}
    if missing := [COLUMNS[name] for name in _NEEDED if not {name, COLUMNS[name]} & {*heads}]:
        raise Invalid("missing_column", _("文件缺少列：%s；请补上后再导入。") % "、".join(missing))
    for line in read:
        known = {names[head]: cell for head, cell in line.cells.items() if head in names}
        yield line._replace(cells=known)


def _records(source: csvfile.Source) -> Iterator[Line]:
    for record in source.records():
        cells = [] if record.fault else source.cells(record.text)
        if len(cells) == len(source.header):
            yield Line(record.line, dict(zip(source.header, cells, strict=True)))
        else:
            why = record.fault or _("单元格的个数与表头不符；请检查引号和分隔符。")
            yield Line(record.line, {"title": record.text}, why)


def saying(cells: Mapping[str, str]) -> Saying:
    """Returns what a row says. Raises Invalid for a day or a choice that cannot be read."""
    given: dict[str, Any] = {}
    for name, cell in cells.items():
        if cell := cell.strip():
            if cell[0] == "'" and cell[1:].startswith(_FORMULA):
                cell = cell[1:]
            given[name] = _WORDS.get(name, {}).get(cell, cell)
    for name in ("valid_from", "valid_to", "review_on"):
        if name in given:
            given[name] = _day(name, given[name])
    if "public" in given:
        if given["public"] not in ("true", "false"):
            raise Invalid("unknown_value", _("“对外公开”只能填是或否；请修改。"), field="public")
        given["public"] = given["public"] == "true"
    if "keywords" in given:
        given["keywords"] = tuple(given["keywords"].replace("；", ";").split(";"))
    return Saying(**{"title": "", "answer": "", **given})


def _day(name: str, said: str) -> date:
    try:
        year, month, day = (int(part) for part in said[:10].replace("/", "-").split("-"))
        return date(year, month, day)
    except ValueError:
        raise Invalid(
            "no_day",
            _("“%(name)s”填的是“%(said)s”，不是日期；请写成2026-01-31的样子。")
            % {"name": COLUMNS[name], "said": said[:20]},
            field=name,
        ) from None


def land(actor: Actor, line: Line, *, publish: bool) -> Landed:
    """Takes over one row, wholly or not at all. Raises Refused, which says why not."""
    if line.fault:
        raise Invalid("unreadable_row", line.fault)
    with transaction.atomic():
        return take_over(actor, saying(line.cells), publish=publish)[1]


def import_items(
    actor: Actor,
    path: Path,
    *,
    publish: bool,
    rejects: Path,
    advance: Callable[[int], object] = lambda count: None,
) -> Counter[str]:
    """Takes over a file's items and counts them: read, new, changed, known, rejected.

    A row that cannot be taken goes to the rejects file with its line and the reason; the others
    land. Raises Forbidden when `actor` may not import (or, with `publish`, approve).
    """
    for action in ("knowledge.import", *(["knowledge.approve"] if publish else [])):
        require(actor, action)
    counts: Counter[str] = Counter()
    with RejectsFile(rejects) as faulty:
        for line in lines(path):
            counts["read"] += 1
            try:
                counts[land(actor, line, publish=publish)] += 1
            except Refused as refused:
                faulty.add([Reject(line.number, str(refused), _as_csv(line.cells))])
            advance(1)
        counts["rejected"] = faulty.count
    return counts


def _as_csv(cells: Mapping[str, str]) -> str:
    file = StringIO()
    csv.writer(file, lineterminator="").writerow(cells.get(name, "") for name in COLUMNS)
    return file.getvalue()
