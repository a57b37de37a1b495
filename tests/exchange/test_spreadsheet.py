"""Spreadsheets that were made to cost: small files that grow, far rows, much of nothing."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from minsheng.exchange import spreadsheet, unit_sheet
from minsheng.exchange.spreadsheet import MOST_LINES
from minsheng.foundation.errors import Invalid

SHEET = "xl/worksheets/sheet1.xml"
STYLES = "xl/styles.xml"
SPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADS = ("工单号", "单位编码", *unit_sheet._ASKED)
SIGNED = ("GD1", "housing", "签收")


def row(number: int, *said: str) -> bytes:
    cells = (f'<c t="inlineStr"><is><t>{one}</t></is></c>' for one in said)
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def sheet(*rows: bytes) -> bytes:
    """A sheet that does not say how large it is."""
    inside = b"".join([row(1, *HEADS), *rows])
    return b"<worksheet %s><sheetData>%s</sheetData></worksheet>" % (SPACE, inside)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A file whose parts are as usual but for those that are given."""
    usual, made = BytesIO(), BytesIO()
    book = Workbook()
    book.active.title = unit_sheet.ORDERS
    book.save(usual)
    with ZipFile(usual) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for name in {**dict.fromkeys(before.namelist()), **parts}:
            after.writestr(name, parts[name] if name in parts else before.read(name))
    return made.getvalue()


def refused(data: bytes) -> str:
    """Returns why neither reader takes a file."""
    with pytest.raises(Invalid) as one:
        unit_sheet.read(data)
    with pytest.raises(Invalid) as other:
        spreadsheet.rows(data, sheet=unit_sheet.ORDERS)
    assert str(one.value) == str(other.value)
    return str(one.value)


@pytest.mark.parametrize("number", [MOST_LINES + 1, 1_048_576])
def test_a_row_far_below_is_refused_without_going_there(number):
    assert f"超过{MOST_LINES}行" in refused(packed({SHEET: sheet(row(number, *SIGNED))}))


def test_the_last_row_that_may_be_there_is_read():
    data = packed({SHEET: sheet(row(MOST_LINES, *SIGNED))})
    _mark, (filled,) = unit_sheet.read(data)
    assert (filled.row, filled.number) == (MOST_LINES, "GD1")
    _heads, ((number, cells, fault),) = spreadsheet.rows(data, sheet=unit_sheet.ORDERS)
    assert (number, cells["操作"], fault) == (MOST_LINES, "签收", "")


def test_a_cell_far_to_the_right_widens_no_row():
    far = b'<row r="2"><c r="ZZZ2"><v>1</v></c></row>'
    data = packed({SHEET: sheet(far, row(3, *SIGNED))})
    widths = {len(cells) for cells in spreadsheet.lines(spreadsheet.opened(data), "工单")}
    assert max(widths) <= 100
    _mark, (filled,) = unit_sheet.read(data)
    assert filled.row == 3


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: sheet(b"<row/>" * 1_000_000)},
        {SHEET: sheet(b"<row>", b"<c/>" * 1_000_000, b"</row>")},
        {STYLES: b"<styleSheet %s><cellXfs>%s</cellXfs></styleSheet>" % (SPACE, b"<xf/>" * 10**6)},
    ],
    ids=["rows", "cells", "styles"],
)
def test_much_of_nothing_is_refused_before_it_is_read(parts, monkeypatch):
    monkeypatch.setattr(spreadsheet, "load_workbook", lambda *_, **__: pytest.fail("was read"))
    assert "展开后太大" in refused(packed(parts))
