"""Tables that a web page or a PDF left as one cell a line, made tables again.

Two ways: rows that begin with a serial number at a steady distance, and rows that begin with words
and go on with numbers. What fits neither stays text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import NOTHING, Cell, Grid, Line, cell, is_partial

CELL_LENGTH = 36  # characters of a line that may be a cell
FEWEST = 6  # cells of a table
_NO_CELL = re.compile(
    r"[。；;？！]|^[一二三四五六七八九十]+、|^[(（][一二三四五六七八九十]+[)）]|^附[表件]?\d*[:：]?$"
)
_TITLE = re.compile(r"表$|情况|统计|排名|一览|[(（]注")
_ROW_MARK = re.compile(r"[|\s]*\|[|\s]*")


@dataclass(frozen=True, slots=True)
class Run:
    """Cells in a row, and after how many of them a row of the header ends where that is marked."""

    cells: tuple[Cell, ...]
    breaks: tuple[int, ...]
    title: str
    first: int
    last: int  # indices of the lines that it was made of


def tables(lines: Sequence[Line], section_of: dict[int, str]) -> tuple[list[Grid], set[int]]:
    """Returns the tables found, and the numbers of the lines that went into them."""
    grids: list[Grid] = []
    taken: set[int] = set()
    for run in _runs(lines):
        at = 0
        while at < len(run.cells):
            made = _by_serial(run, at) or _by_words(run, at)
            if not made:
                break
            grid, used = made
            grid.section = section_of.get(grid.line, "")
            grids.append(grid)
            taken |= {c.line for c in run.cells[at:used]}
            at = used
    return grids, taken


def _runs(lines: Sequence[Line]) -> list[Run]:
    runs: list[Run] = []
    cells: list[Cell] = []
    breaks: list[int] = []
    title, first = "", 0

    def close(last: int) -> None:
        nonlocal cells, breaks, title
        numbers = sum(c.value is not None for c in cells)
        if len(cells) >= FEWEST and numbers >= max(2, len(cells) // 5):
            runs.append(Run(tuple(cells), tuple(breaks), title, first, last))
        cells, breaks, title = [], [], ""

    for i, line in enumerate(lines):
        text = line.text.strip()
        if not text:
            continue
        if _ROW_MARK.fullmatch(text):
            breaks.append(len(cells))
            continue
        text = text.rstrip("| ").strip()
        if not text or len(text) > CELL_LENGTH or _NO_CELL.search(text):
            close(i)
            title = text if len(text) <= CELL_LENGTH and _TITLE.search(text) else ""
            continue
        found = cell(text, line.number)
        if not cells:
            first = i
        # A new title inside a run of short lines begins a new table.
        if cells and _TITLE.search(text) and found.value is None and _numbers_before(cells):
            close(i)
            first = i
        cells.append(found)
    close(len(lines))
    return runs


def _numbers_before(cells: Sequence[Cell]) -> bool:
    return sum(c.value is not None for c in cells) >= 2


def _words(c: Cell) -> bool:
    return c.value is None and c.text not in NOTHING


def _by_serial(run: Run, at: int) -> tuple[Grid, int] | None:
    cells = run.cells
    starts = [i for i in range(at, len(cells) - 1) if cells[i].count == 1 and _words(cells[i + 1])]
    for start in starts:
        for second in range(start + 2, min(start + 30, len(cells) - 1)):
            if cells[second].count == 2 and _words(cells[second + 1]):
                made = _serial_rows(run, at, start, second - start)
                if made:
                    return made
                break
    return None


def _serial_rows(run: Run, at: int, start: int, width: int) -> tuple[Grid, int] | None:
    cells = run.cells
    rows: list[tuple[Cell, ...]] = []
    i, last = start, 0
    while i + width <= len(cells):
        number = cells[i].count
        if number is None or number <= last or number > last + 5 or not _words(cells[i + 1]):
            break
        rows.append(cells[i : i + width])
        last = number
        i += width
    if len(rows) < 2:
        return None
    if i < len(cells) and names.is_total(cells[i].text):
        rest = cells[i + 1 : i + width]
        values = [c for c in rest if not _words(c)][: width - 2]
        blank = cell("", cells[i].line)
        filled = [blank] * (width - 2 - len(values)) + values
        rows.append((blank, cells[i], *filled))
        i += 1 + len(values)
    return _grid(run, at, start, width, rows), i


def _by_words(run: Run, at: int) -> tuple[Grid, int] | None:
    """Rows of one cell of words and the numbers after it."""
    cells = run.cells
    starts = [
        i for i in range(at, len(cells) - 1) if _words(cells[i]) and cells[i + 1].value is not None
    ]
    if len(starts) < 2:
        return None
    rows: list[tuple[Cell, ...]] = []
    end = starts[0]
    for i in starts:
        if i != end:  # words between the rows: another header, so another table
            if len(rows) >= 2:
                break
            rows, end = [], i
        j = i + 1
        while j < len(cells) and not _words(cells[j]):
            j += 1
        rows.append(cells[i:j])
        end = j
    width = Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 0
    width = max(width, len(rows[0])) if rows else 0
    if len(rows) < 2 or width < 2 or any(len(row) > width for row in rows):
        return None
    start = next(i for i in range(at, len(cells)) if cells[i] is rows[0][0])
    blank = cell("")
    full = [(*row, *[blank] * (width - len(row))) for row in rows]
    return _grid(run, at, start, width, full), end


def _grid(run: Run, at: int, start: int, width: int, rows: Sequence[tuple[Cell, ...]]) -> Grid:
    head = list(run.cells[at:start])
    title = run.title if at == 0 else ""
    while head and (_TITLE.search(head[0].text) and len(head) > width - 1):
        title += head.pop(0).text
    marks = [mark - at for mark in run.breaks if at < mark <= start]
    columns = _columns([c.text for c in head], width, rows, len(run.cells[at:start]), marks)
    return Grid(
        title or (head[0].text if len(head) > width else ""),
        columns,
        tuple(tuple(row) for row in rows),
        of="text",
        line=rows[0][0].line or run.cells[start].line,
        partial=is_partial(title),
    )


def _columns(
    head: list[str], width: int, rows: Sequence[tuple[Cell, ...]], cells: int, marks: list[int]
) -> tuple[str, ...]:
    """Returns the headers, as far as they can be told."""
    serial = next((i for i, text in enumerate(head) if names.is_serial(text)), None)
    if serial is not None:
        head = head[serial:]
    elif len(head) > width:
        head = _leaves(head, width, cells, marks) or head[-width:]
    if len(head) == width:
        return tuple(head)
    if len(head) == width - 1:
        if serial is not None or not _words(rows[0][0]):
            return (*head, "合计" if _last_adds_up(rows) else "")
        return ("", *head)
    return tuple(head) if len(head) == width else ("",) * width


def _leaves(head: list[str], width: int, cells: int, marks: list[int]) -> list[str] | None:
    """Takes a header of two rows apart: groups above, and columns below some of them."""
    lost = cells - len(head)
    cuts = sorted({mark - lost for mark in marks if 0 < mark - lost < len(head)})
    for wanted in (width, width - 1):
        for cut in cuts:
            below = len(head) - cut
            if 0 < below <= wanted:
                return head[: wanted - below] + head[cut:]
        with_unit = [text for text in head if re.search(r"[(（].{1,4}[)）]|率$", text)]
        if len(with_unit) == wanted:
            return with_unit
    return None


def _last_adds_up(rows: Sequence[tuple[Cell, ...]]) -> bool:
    fits = 0
    for row in rows:
        values = [c.count for c in row[1:] if c.count is not None]
        fits += len(values) > 2 and values[-1] == sum(values[:-1])
    return fits > len(rows) / 2
