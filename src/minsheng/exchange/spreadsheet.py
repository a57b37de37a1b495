"""Spreadsheets (.xlsx) as they go out and come back; what comes in is trusted in nothing.

Formulas, error values and files that unpack to something huge are refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_BYTES = 5_000_000  # of a file that comes in
_MOST_UNPACKED = 60_000_000
_MOST_TAGS = 1_000_000  # of all parts: a cell of four bytes takes hundreds once it is read
MOST_LINES = 10_000  # of a sheet that comes in, empty ones among them
_MOST_COLUMNS = 100  # of those what stands further right is not read
_CELL = 32_767  # characters that a cell may hold
_WIDTH = 16


# Out


def new(title: str) -> tuple[Workbook, Worksheet]:
    """Returns a new book and its one sheet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    return book, sheet


def head(
    sheet: Worksheet,
    names: Sequence[str],
    *,
    asked: Sequence[str] = (),
    widths: Mapping[str, int] | None = None,
) -> None:
    """Writes the first row; columns to be filled in (`asked`) have another colour."""
    for column, name in enumerate(names, 1):
        cell = sheet.cell(1, column, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFF2CC" if name in asked else "E8EEF5")
        width = (widths or {}).get(name, _WIDTH)
        sheet.column_dimensions[get_column_letter(column)].width = width


def put(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """Writes one cell. Numbers are numbers, times are times, and words stay words."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        # What a caller says may begin with "=".
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_CELL]
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
        cell.alignment = Alignment(vertical="top", wrap_text=len(value) > 20)
    elif isinstance(value, datetime):
        cell.value = value.astimezone(ZONE).replace(tzinfo=None)
        cell.number_format = "yyyy-mm-dd hh:mm"
    else:
        cell.value = value
        if isinstance(value, float):
            cell.number_format = "0.0"


def saved(book: Workbook) -> bytes:
    """Returns the file."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def table(
    title: str,
    names: Sequence[str],
    rows: Iterable[Iterable[Any]],
    *,
    widths: Mapping[str, int] | None = None,
) -> bytes:
    """Returns a file of one sheet: a head, and the rows below it."""
    book, sheet = new(title)
    head(sheet, names, widths=widths)
    for row, cells in enumerate(rows, 2):
        for column, value in enumerate(cells, 1):
            put(sheet, row, column, value)
    sheet.freeze_panes = "B2"
    return saved(book)


# In


class Wrong(Exception):
    """A cell that cannot be read; says why."""


def opened(data: bytes) -> Any:
    """Returns the book of a file. Raises Invalid for what is no spreadsheet, or too large."""
    if len(data) > MOST_BYTES:
        raise Invalid("too_large", _("文件超过%dMB；请分成几份导入。") % (MOST_BYTES // 1_000_000))
    with _readable(), ZipFile(BytesIO(data)) as packed:
        large = sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED
        tags = 0
        for part in () if large else packed.infolist():
            content = packed.read(part)
            if _declares(content):
                raise ValueError("declarations")
            tags += content.count(b"<")
        if large or tags > _MOST_TAGS:
            raise Invalid("too_large", _("文件展开后太大；请分成几份导入。"))
        return load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)


@contextmanager
def _readable() -> Iterator[None]:
    """Says of whatever is broken in a file that it cannot be read; sheets are read row by row."""
    try:
        yield
    except Invalid:
        raise
    except Exception as error:  # zipfile, openpyxl and the parsers raise what they like
        raise Invalid(
            "no_spreadsheet", _("这不是能读的 .xlsx 表格；请用导出的表格填写后再导入。")
        ) from error


# Whatever a part is called, the book may lead to it as a sheet; what begins otherwise is no XML.
_BEGUN = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\0?\s)*\0?<")
_ENCODED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)", re.I)
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


def _declares(part: bytes) -> bool:
    """Tells whether a part could name entities, which make a small file large.

    No spreadsheet has them. They could not be found in another encoding than UTF-8, in which all
    spreadsheets are; and what has zeros or begins with the mark of another cannot be that.
    """
    if not _BEGUN.match(part):
        return False
    encoding = _ENCODED.match(part)
    return bool(
        b"\0" in part
        or part.startswith((b"\xff\xfe", b"\xfe\xff"))
        or (encoding and encoding[1].lower() != b"utf-8")
        or _DECLARED.search(part)
    )


def lines(book: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """Yields the rows of a sheet (or of the first one), those that it leaves out among them.

    Raises Invalid where there are too many; for that, one with a high number is enough. And where
    one cannot be read: only now is it.
    """
    with _readable():
        sheet = book[name] if name in book.sheetnames else book.worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_LINES + 1, max_col=_MOST_COLUMNS)
        for number, row in enumerate(rows, 1):
            if number > MOST_LINES:
                raise Invalid(
                    "too_many_rows",
                    _("表格超过%d行，空行也算在内；请删去多余的行，或分成几份导入。") % MOST_LINES,
                )
            yield row


def words(cell: Any) -> str:
    """Returns what a cell says as words. Raises Wrong for a formula or an error value."""
    value = cell.value
    if cell.data_type == "f" or (isinstance(value, str) and value.startswith("=")):
        raise Wrong(_("单元格%s是公式；请粘贴为文字或数值。") % cell.coordinate)
    if cell.data_type == "e":
        raise Wrong(_("单元格%s是错误值；请改正后再导入。") % cell.coordinate)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"[ \t\u3000]+", " ", ILLEGAL_CHARACTERS_RE.sub("", str(value))).strip()


def rows(data: bytes, *, sheet: str) -> tuple[list[str], list[tuple[int, dict[str, str], str]]]:
    """Returns the heads of a sheet (or of the first one), and its rows that say something.

    Each row is its number, its cells by head, and "" or why it cannot be read. Raises Invalid for
    what is no spreadsheet, or has too many rows.
    """
    found = lines(opened(data), sheet)
    heads = [str(cell.value or "").strip() for cell in next(found, ())]
    return heads, list(_said(heads, found))


def _said(
    heads: Sequence[str], found: Iterator[Sequence[Any]]
) -> Iterator[tuple[int, dict[str, str], str]]:
    for number, row in enumerate(found, 2):
        cells, fault = {}, ""
        for name, cell in zip(heads, row, strict=False):
            try:
                cells[name] = words(cell)
            except Wrong as wrong:
                cells[name], fault = "", fault or str(wrong)
        if fault or any(cells.values()):
            yield number, cells, fault
