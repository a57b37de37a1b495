"""Tables as a text shows them: rows of cells with a header and a title, also between words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from minsheng.bulletins.checker.document import Cell, Grid, Line, Passage, cell, is_partial

_TABLE_LINE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


def drawn(lines: Sequence[Line], section_of: dict[int, str]) -> tuple[list[Grid], set[int]]:
    """Finds tables whose rows are lines: between bars, tabs, or two and more spaces."""
    grids: list[Grid] = []
    taken: set[int] = set()
    i = 0
    while i < len(lines):
        j, rows = i, []
        while j < len(lines) and (parts := _split(lines[j].text)):
            rows.append((lines[j], parts))
            j += 1
        rows = [(line, parts) for line, parts in rows if not _TABLE_LINE.match(line.text)]
        if len(rows) >= 3 and _tabular([parts for _line, parts in rows]):
            title = title_before(lines, i)
            grids.append(
                grid_of(title, [[cell(p, line.number) for p in parts] for line, parts in rows])
            )
            grids[-1].section = section_of.get(lines[i].number, "")
            taken |= {line.number for line in lines[i:j]}
        i = max(j, i + 1)
    return grids, taken


def _split(text: str) -> list[str] | None:
    bare = text.strip()
    if bare.count("|") >= 2 or (bare.startswith("|") and bare.endswith("|") and len(bare) > 1):
        parts = [part.strip() for part in bare.strip("|").split("|")]
    elif "\t" in bare:
        parts = [part.strip() for part in bare.split("\t")]
    else:
        parts = re.split(r"[ \u3000]{2,}", bare)
    return parts if len(parts) >= 2 and any(parts) else None


def _tabular(rows: Sequence[Sequence[str]]) -> bool:
    """Says whether lines are the rows of one table: as many cells each, and numbers in them."""
    widths = [len(row) for row in rows]
    common = max(set(widths), key=widths.count)
    if widths.count(common) < 0.8 * len(widths):
        return False
    numbers = sum(cell(part).value is not None for row in rows for part in row)
    return numbers >= len(rows) - 1 and max(len(p) for row in rows for p in row) <= 60


def title_before(lines: Sequence[Line], i: int) -> str:
    """Returns the nearest of the three lines before a table that has words, without marks."""
    for line in reversed(lines[max(0, i - 3) : i]):
        if line.text.strip():
            return unmarked(line.text).strip()[:60]
    return ""


def grid_of(
    title: str, rows: Sequence[Sequence[Cell]], of: str = "table", mention: Passage | None = None
) -> Grid:
    """Returns a table of rows, the first of which (or the first two) are its header."""
    width = max(len(row) for row in rows)
    blank = cell("")
    full = [(*row, *[blank] * (width - len(row))) for row in rows]
    heads = 1
    while heads < min(3, len(full) - 1) and not any(c.value is not None for c in full[heads]):
        heads += 1
    columns = tuple(_header([row[i].text for row in full[:heads]]) for i in range(width))
    return Grid(
        title, columns, tuple(full[heads:]), of=of, line=next((c.line for c in rows[0]), 0),
        partial=is_partial(title), mention=mention,
    )  # fmt: skip


def _header(cells: Sequence[str]) -> str:
    """Joins the headers above a column; a merged one stands above several."""
    parts = list(dict.fromkeys(text for text in cells if text))
    return parts[-1] if len(parts) > 1 and len(cells) > 1 else "".join(parts)


def unmarked(text: str) -> str:
    """Takes out the marks of Markdown, and the frames that a page's text left behind."""
    text = re.sub(r"^\s*(?:#{1,6}\s+|>\s+|[-*+]\s+(?=\S))", "", text)
    return re.sub(r"\*\*|__|`", "", text).rstrip("| \t")
