"""A bulletin as a spreadsheet: numbers stay numbers, with the format of their print."""

import re
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from minsheng.bulletins.model import Bulletin, Chart, Figure, Paragraph, Part, Table

_HEAD = PatternFill("solid", fgColor="E8EEF5")
_LINE = Border(*[Side("thin", color="B8C2CC")] * 4)
_ILLEGAL = re.compile(r"[\[\]:*?/\\']")


def render(bulletin: Bulletin) -> bytes:
    """Returns an .xlsx file: the text, all figures in sentences, one sheet a table, the charts."""
    book = Workbook()
    text = book.active
    assert isinstance(text, Worksheet)
    text.title = "正文"
    _text(text, bulletin)
    _figures(book.create_sheet("指标"), bulletin)
    taken = {"正文", "指标"}
    for block in bulletin.blocks():
        if isinstance(block, Table):
            _table(book.create_sheet(_name(block.title, taken)), block)
        elif isinstance(block, Chart):
            _chart(book.create_sheet(_name(f"图 {block.title}", taken)), block)
    book.properties.title = bulletin.title
    book.properties.creator = bulletin.issuer
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """Returns a name that a sheet may have: 31 characters at most, none twice."""
    base = _ILLEGAL.sub("", title).strip() or "表"
    name, number = base[:31], 2
    while name in taken:
        name = f"{base[:28]} {number}"
        number += 1
    taken.add(name)
    return name


def _text(sheet: Worksheet, bulletin: Bulletin) -> None:
    sheet.column_dimensions["A"].width = 100
    lines = [bulletin.title, f"{bulletin.number}　{bulletin.issuer}　{bulletin.issued_on}"]
    lines += [block.text for block in bulletin.blocks() if isinstance(block, Paragraph)]
    for row, line in enumerate([*lines, *bulletin.notes], 1):
        _put(sheet, row, 1, line).alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)


def _figures(sheet: Worksheet, bulletin: Bulletin) -> None:
    _head(sheet, 1, ("段落", "指标", "维度", "数值", "文中写法"))
    row = 1
    for block in bulletin.blocks():
        if not isinstance(block, Paragraph):
            continue
        for figure in block.parts:
            if isinstance(figure, str):
                continue
            row += 1
            keys = "；".join(f"{name}={value}" for name, value in figure.keys.items())
            cells: tuple[Part, ...] = (block.id, figure.code, keys, figure, figure.printed)
            for column, part in enumerate(cells, 1):
                _put(sheet, row, column, part)
    for letter, width in zip("ABCDE", (10, 32, 44, 16, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _table(sheet: Worksheet, table: Table) -> None:
    sheet["A1"] = table.title
    sheet["A1"].font = Font(bold=True, size=12)
    _head(sheet, 2, table.columns)
    for place, cells in enumerate(table.rows, 3):
        last = table.total and place == len(table.rows) + 2
        for column, part in enumerate(cells, 1):
            cell = _put(sheet, place, column, part)
            cell.border = _LINE
            cell.font = Font(bold=last)
    if table.note:
        _put(sheet, len(table.rows) + 3, 1, table.note)
    for column in range(1, len(table.columns) + 1):
        printed = [_printed(row[column - 1]) for row in table.rows]
        longest = max(map(len, [table.columns[column - 1], *printed]))
        sheet.column_dimensions[get_column_letter(column)].width = min(10 + longest, 44)
    sheet.freeze_panes = "A3"


def _chart(sheet: Worksheet, chart: Chart) -> None:
    _head(sheet, 1, ("", *chart.series))
    for row, label in enumerate(chart.labels, 2):
        _put(sheet, row, 1, label)
        for column, numbers in enumerate(chart.series.values(), 2):
            cell = sheet.cell(row, column, numbers[row - 2])
            cell.number_format = "0.00%" if chart.unit == "%" else "#,##0"
    drawn = {"line": LineChart, "bar": BarChart, "pie": PieChart}[chart.kind]()
    end = len(chart.labels) + 1
    drawn.add_data(Reference(sheet, 2, 1, len(chart.series) + 1, end), True)
    drawn.set_categories(Reference(sheet, 1, 2, 1, end))
    drawn.title = chart.title
    if isinstance(drawn, BarChart):
        drawn.type = "bar"
        drawn.x_axis.scaling.orientation = "maxMin"
    sheet.add_chart(drawn, f"{get_column_letter(len(chart.series) + 3)}2")
    _put(sheet, end + 2, 1, chart.alt)
    sheet.column_dimensions["A"].width = 20


def _head(sheet: Worksheet, row: int, names: tuple[str, ...]) -> None:
    for column, name in enumerate(names, 1):
        cell = _put(sheet, row, column, name)
        cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _LINE


def _put(sheet: Worksheet, row: int, column: int, part: Part) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    if isinstance(part, Figure) and part.value is not None:
        cell.value = part.value
        cell.number_format = number_format(part)
    else:
        # A text that begins with = is a text, not a formula.
        cell.value = _printed(part)
        cell.data_type = "s"
    return cell


def _printed(part: Part) -> str:
    return part if isinstance(part, str) else part.printed


def number_format(figure: Figure) -> str:
    """Returns the format in which a spreadsheet shows the figure as it is printed."""
    number = re.match(r"[+-]?[\d,]+(?:\.(\d+))?", figure.printed)
    decimals = len(number[1] or "") if number else 0
    whole = "#,##0" if "," in figure.printed else "0"
    shape = whole + ("." + "0" * decimals if decimals else "")
    behind = figure.printed[number.end() :] if number else ""
    if behind == "%":
        return shape + "%"
    return shape + (f'"{behind}"' if behind else "")
