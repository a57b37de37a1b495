"""Takes the words and the tables out of a web page."""

from __future__ import annotations

from html.parser import HTMLParser

from minsheng.bulletins.checker.document import Grid, Line, cell
from minsheng.bulletins.checker.grids import grid_of, title_before

_BREAKS = frozenset((
    "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article",
    "header", "footer", "table", "ul", "ol", "dt", "dd", "title", "caption", "blockquote", "center",
))  # fmt: skip
_SILENT = frozenset(("script", "style", "noscript", "template", "svg"))


class _Page(HTMLParser):
    """Takes the words and the tables out of a page; a cell that spans repeats its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.grids: list[Grid] = []
        self._text: list[str] = []
        self._silent = 0
        self._tables: list[list[list[tuple[str, int, int]]]] = []
        self._spans: tuple[int, int] = (1, 1)
        self._cell: list[str] | None = None
        self._number = 0  # of the paragraph: a whole page may stand on one line

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._flush()
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
        elif tag in ("td", "th") and self._tables:
            given = dict(attrs)
            self._spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._cell = []
        elif tag in _BREAKS and self._cell is None:
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("td", "th") and self._tables and self._cell is not None:
            if not self._tables[-1]:
                self._tables[-1].append([])
            self._tables[-1][-1].append((" ".join("".join(self._cell).split()), *self._spans))
            self._cell = None
        elif tag == "table" and self._tables:
            self._close(self._tables.pop())
        elif tag in _BREAKS and self._cell is None:
            self._flush()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        else:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        while self._tables:
            self._close(self._tables.pop())
        self._flush()

    def _flush(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        if text:
            self._add(text)

    def _add(self, text: str) -> None:
        """Adds a paragraph. The lines of a page mean nothing, so it is whole, as in Word."""
        self._number += 1
        self.lines += [Line(self._number, text), Line(self._number, "")]

    def _close(self, rows: list[list[tuple[str, int, int]]]) -> None:
        filled = _filled(rows)
        numbers = sum(cell(text).value is not None for row in filled for text in row)
        if len(filled) >= 2 and max(map(len, filled)) >= 2 and numbers >= 2:
            title = title_before(self.lines, len(self.lines))
            self.grids.append(
                grid_of(title, [[cell(text, self._number) for text in row] for row in filled])
            )
            return
        for row in filled:
            for text in dict.fromkeys(row):
                self._add(text)


def _span(value: str | None) -> int:
    return min(int(value), 100) if value and value.isdigit() and int(value) else 1


def _filled(rows: list[list[tuple[str, int, int]]]) -> list[list[str]]:
    """Lays out cells that span columns or rows."""
    waiting: dict[int, tuple[str, int]] = {}  # column: words, rows still to fill
    filled: list[list[str]] = []
    for row in rows:
        line: list[str] = []
        rest = iter(row)
        while True:
            column = len(line)
            if column in waiting:
                text, left = waiting.pop(column)
                line.append(text)
                if left > 1:
                    waiting[column] = (text, left - 1)
                continue
            found = next(rest, None)
            if found is None:
                break
            text, across, down = found
            for i in range(across):
                line.append(text)
                if down > 1:
                    waiting[column + i] = (text, down - 1)
        if any(line):
            filled.append(line)
    return filled


def read(content: str) -> tuple[list[Line], list[Grid]]:
    """Returns the paragraphs of a page, each with an empty line behind it, and its tables."""
    page = _Page()
    page.feed(content)
    page.close()
    return page.lines, page.grids
