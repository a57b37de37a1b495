"""Tables of counts, as bulletins publish them, read for scoring."""

import csv
import io
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.utils.translation import gettext as _

from minsheng.evaluation.rules import HUNDRED, Counts
from minsheng.foundation.errors import Invalid

_REQUIRED = ("unit", "due", "handled", "overdue", "rework")
_RATES = ("completion_rate", "on_time_rate", "rework_rate", "satisfaction_rate")


def read(path: Path) -> list[Counts]:
    """Returns the rows of a CSV file (UTF-8, with or without BOM, or GB18030).

    Columns: unit, due, handled, overdue (completed late), rework, and either sampled and
    dissatisfied or satisfaction_rate; printed rates may stand beside the counts. A rate is written
    97.49% or 0.9749. Raises Invalid, naming the line and the cell, for anything else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(
            "unreadable", _("读不了文件%(file)s：%(why)s。") % {"file": path, "why": error.strerror}
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise Invalid(
                "encoding", _("文件%s既不是UTF-8也不是GB18030编码；请另存后再试。") % path.name
            ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = columns
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise Invalid("missing_column", _("文件缺少列：%s。") % "、".join(missing))
    if "satisfaction_rate" not in columns and not {"sampled", "dissatisfied"} <= set(columns):
        raise Invalid(
            "missing_column", _("文件须有列sampled和dissatisfied，或列satisfaction_rate。")
        )
    rows = [_row(reader.line_num, row) for row in reader]
    seen: set[str] = set()
    for counts in rows:
        if counts.unit in seen:
            raise Invalid("unit_twice", _("单位“%s”出现两次；请合并或改名。") % counts.unit)
        seen.add(counts.unit)
    if not rows:
        raise Invalid("empty", _("文件没有数据行。"))
    return rows


def _bad(line: int, column: str, value: str, what: str) -> Invalid:
    return Invalid(
        "bad_cell",
        _("第%(line)d行%(column)s列“%(value)s”%(what)s。")
        % {"line": line, "column": column, "value": value, "what": what},
    )


def _row(line: int, row: dict[str, str | None]) -> Counts:
    cells = {name: (value or "").strip() for name, value in row.items() if name is not None}
    if None in row:
        raise Invalid("too_many_cells", _("第%d行的单元格比表头多。") % line)

    def count(column: str) -> int:
        value = cells[column]
        if not re.fullmatch(r"[0-9]{1,12}", value):
            raise _bad(line, column, value, _("不是件数（非负整数）"))
        return int(value)

    def optional(column: str) -> int | None:
        return count(column) if cells.get(column) else None

    def rate(column: str) -> Decimal | None:
        value = cells.get(column, "")
        if not value:
            return None
        try:
            found = Decimal(value.rstrip("%"))
        except InvalidOperation:
            found = Decimal(-1)
        found = found if value.endswith("%") else found * HUNDRED
        if not Decimal(0) <= found <= HUNDRED:
            raise _bad(line, column, value, _("不是比率；请写成 97.49% 或 0.9749"))
        return found

    unit = cells["unit"]
    if not unit:
        raise _bad(line, "unit", "", _("为空"))
    due, handled, overdue, rework = (count(name) for name in _REQUIRED[1:])
    if handled > due:
        raise _bad(line, "handled", cells["handled"], _("多于应办理数%d") % due)
    if overdue > handled:
        raise _bad(line, "overdue", cells["overdue"], _("多于办理数%d") % handled)
    sampled, dissatisfied = optional("sampled"), optional("dissatisfied")
    if sampled is not None and dissatisfied is not None and dissatisfied > sampled:
        raise _bad(line, "dissatisfied", cells["dissatisfied"], _("多于抽查数%d") % sampled)
    printed = {name: value for name in _RATES if (value := rate(name)) is not None}
    from_counts = sampled is not None and dissatisfied is not None
    return Counts(
        unit=unit,
        due=due,
        handled=handled,
        overdue=overdue,
        rework=rework,
        sampled=sampled,
        dissatisfied=dissatisfied,
        satisfaction_rate=None if from_counts else printed.pop("satisfaction_rate", None),
        printed=printed,
    )
