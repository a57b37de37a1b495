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
    """A file whose parts are as usual but for those that are given; no bytes: there is none."""
    usual, made = BytesIO(), BytesIO()
    book = Workbook()
    book.active.title = unit_sheet.ORDERS
    book.save(usual)
    with ZipFile(usual) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for name in {**dict.fromkeys(before.namelist()), **parts}:
            if content := parts[name] if name in parts else before.read(name):
                after.writestr(name, content)
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


ENTITIES = '<!DOCTYPE a [<!ENTITY b "签收">]>'
SAYING = sheet(row(2, "GD1", "housing", "&b;")).decode()
ASCII = sheet(row(2, "GD1", "housing", "&b;")).decode().encode("ascii", "xmlcharrefreplace")


@pytest.mark.parametrize(
    "part",
    [
        f"{ENTITIES}{SAYING}".encode(),
        f"<?xml version='1.0' encoding='utf-8'?><!--{'x' * 9_000}-->{ENTITIES}{SAYING}".encode(),
        f"\ufeff{ENTITIES}{SAYING}".encode(),
        f"{ENTITIES}{SAYING}".encode("utf-16"),
        f"\ufeff{ENTITIES}{SAYING}".encode("utf-16-be"),
        f"<?xml version='1.0' encoding='UTF-16'?>{ENTITIES}{SAYING}".encode("utf-16-le"),
        f"\n <?xml version='1.0'?>{ENTITIES}{SAYING}".encode("utf-16-be"),
        SAYING.replace("&b;", "签收").encode("utf-16"),
        b"<?xml version='1.0' encoding='latin-1'?>" + ASCII.replace(b"&b;", b"&#31614;&#25910;"),
    ],
    ids=["plain", "late", "mark", "little", "big", "declared", "spaces", "no entity", "latin"],
)
@pytest.mark.parametrize("name", [SHEET, "xl/worksheets/sheet1.png"])
def test_nothing_is_read_that_could_name_entities(part, name, monkeypatch):
    """In whatever encoding, and however the part is called that the book leads to."""
    monkeypatch.setattr(spreadsheet, "load_workbook", lambda *_, **__: pytest.fail("was read"))
    assert "不是能读的" in refused(packed({SHEET: b"", name: part, **led_to(name)}))


def led_to(name: str) -> dict[str, bytes]:
    """The parts that say where the sheet is."""
    book = BytesIO()
    Workbook().save(book)
    with ZipFile(book) as parts:
        names = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
        return {one: parts.read(one).replace(SHEET.encode(), name.encode()) for one in names}


def test_what_spreadsheets_hold_besides_is_no_hindrance():
    """A sheet by another name, a remark in it, pictures."""
    said = b"<?xml version='1.0' encoding='UTF-8'?><!-- made by hand -->" + sheet(row(2, *SIGNED))
    pictures = {"xl/media/1.png": b"\x89PNG\0<!DOCTYPE", "xl/media/2.heic": bytes(3) + b"<ftypheic"}
    name = "xl/worksheets/another.xml"
    _mark, (filled,) = unit_sheet.read(packed({SHEET: b"", name: said, **led_to(name), **pictures}))
    assert filled.number == "GD1"


@pytest.mark.parametrize(
    "broken",
    [
        {SHEET: sheet(b'<row r="2"><c t="s"><v>99</v></c></row>')},
        {SHEET: sheet(b'<row r="2.5"></row>')},
        {SHEET: sheet(b'<row r="2"><c r="A"></c></row>')},
        {SHEET: sheet(row(2, *SIGNED))[:-20]},
        {SHEET: b"no sheet"},
        {"xl/workbook.xml": b"<workbook %s><sheets/></workbook>" % SPACE},
    ],
    ids=["no such word", "half a row", "no such cell", "cut", "words", "no sheets"],
)
def test_a_broken_sheet_is_refused_in_a_sentence(broken):
    assert "不是能读的" in refused(packed(broken))
