"""Reads what is to be checked from a file: our own model, text, Markdown, a web page, or docx."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import flattened, names, webpage
from minsheng.bulletins.checker.document import (
    Cell,
    Document,
    Grid,
    Line,
    Outline,
    cell,
    from_bulletin,
    is_partial,
    passages,
)
from minsheng.bulletins.checker.grids import drawn, grid_of, title_before, unmarked
from minsheng.bulletins.model import from_json
from minsheng.foundation.errors import Invalid

LARGEST = 10_000_000  # bytes of a text; a year's bulletin has less than 100,000
LARGEST_UNPACKED = 100_000_000  # bytes of what a docx unpacks to
LONGEST = 1_000_000  # characters of a text or page
# Numbers in running text: the five published bulletins have up to 500, and the time that the rules
# take grows with the square.
MOST_NUMBERS = 1_500
MOST_CELLS = 200_000


def read(path: Path, tables: Sequence[Path] = ()) -> Document:
    """Returns the document in a file; `tables` are CSV files with tables that lie beside it.

    Knows .json (our own model), .docx, .html, .md, and takes everything else for text in UTF-8 or
    GB18030. Raises Invalid for a file that is empty, too large, or none of these.
    """
    content = _bytes(path)
    if path.suffix.lower() == ".docx":
        document = _docx(path, content)
    elif path.suffix.lower() == ".json":
        document = from_bulletin(from_json(_decoded(path, content)))
    elif path.suffix.lower() in (".html", ".htm"):
        document = _from_lines(*webpage.read(_decoded(path, content)))
    else:
        document = from_text(_decoded(path, content))
    beside = [table(each) for each in tables]
    document = _with(document, beside)
    if not document.passages and not document.grids:
        raise Invalid("empty", _("文件%s里没有文字，请核对文件。") % path.name)
    numbers = sum(len(re.findall(r"\d+(?:\.\d+)?", one.text)) for one in document.passages)
    if numbers > MOST_NUMBERS:
        raise Invalid(
            "too_large",
            _("文件%(file)s正文有%(count)d个数，超过%(limit)d个，不像一份简报；请分篇核对。")
            % {"file": path.name, "count": numbers, "limit": MOST_NUMBERS},
        )
    return document


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Invalid(
                "too_large",
                _("文件%(file)s有%(size)d MB，超过%(limit)d MB，不像一份简报。")
                % {"file": path.name, "size": size // 1_000_000, "limit": LARGEST // 1_000_000},
            )
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(
            "unreadable", _("读不了文件%(file)s：%(why)s。") % {"file": path, "why": error.strerror}
        ) from None
    if not content.strip():
        raise Invalid("empty", _("文件%s是空的，请核对文件。") % path.name)
    return content


def _decoded(path: Path, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text) > LONGEST:
            raise Invalid(
                "too_large",
                _("文件%(file)s有%(size)d万字，超过%(limit)d万字，不像一份简报。")
                % {
                    "file": path.name,
                    "size": len(text) // 10_000,
                    "limit": LONGEST // 10_000,
                },
            )
        odd = sum(c < " " and c not in "\t\r\n\f\v" for c in text[:10_000])
        if odd <= len(text[:10_000]) // 200:
            return text
    raise Invalid(
        "not_text",
        _("文件%s不是文字：要UTF-8或GB18030的文本、网页、docx，或本系统的JSON。") % path.name,
    )


def from_text(text: str) -> Document:
    """Returns a plain text or Markdown as a document, its tables recovered where possible."""
    lines = [Line(i, part) for i, part in enumerate(re.split(r"\r\n|[\r\n\f\v]", text), 1)]
    return _from_lines(lines, [])


def _from_lines(lines: Sequence[Line], grids: Iterable[Grid]) -> Document:
    """Sorts lines into tables and passages; `grids` were found already."""
    sections = Outline()
    section_of: dict[int, str] = {}
    for line in lines:
        sections.heading(line.text)
        section_of[line.number] = sections.section
    found = list(grids)
    between_words, taken = drawn(lines, section_of)
    found += between_words
    rest = [line if line.number not in taken else Line(line.number, "") for line in lines]
    recovered, used = flattened.tables(rest, section_of)
    found += recovered
    outline = Outline()
    # Where a table stood, no sentence goes on.
    prose = [line if line.number not in used else Line(line.number, "") for line in rest]
    made = tuple(passages([Line(one.number, unmarked(one.text)) for one in prose], outline))
    for grid in found:
        grid.section = grid.section or section_of.get(grid.line, "")
    return Document(made, tuple(found), outline=tuple(outline.all))


def table(path: Path) -> Grid:
    """Returns the table in a CSV file. Raises Invalid for a file that holds none."""
    rows = [
        [cell(part, number) for part in row]
        for number, row in enumerate(csv.reader(io.StringIO(_decoded(path, _bytes(path)))), 1)
        if any(part.strip() for part in row)
    ]
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        raise Invalid("no_table", _("文件%s里没有表格：要逗号分隔、第一行是表头。") % path.name)
    if sum(len(row) for row in rows) > MOST_CELLS:
        raise Invalid("too_large", _("表格%s太大，不像简报里的表。") % path.name)
    made = grid_of(path.stem, rows, of="csv")
    made.partial = made.partial or is_partial(path.stem)
    return made


def _with(document: Document, beside: Sequence[Grid]) -> Document:
    """Joins tables that lie beside a text to it: where it mentions them, and which it repeats."""
    for grid in beside:
        for passage in document.passages:
            if re.search(re.escape(grid.title) + r"(?![\w-])", passage.text):
                grid.mention, grid.section = passage, passage.section
                grid.partial = grid.partial or is_partial(passage.text)
    grids = [*document.grids, *beside]
    for i, later in enumerate(grids):
        for earlier in grids[:i]:
            if earlier.echo is None and _same(earlier, later):
                later.echo = earlier
                later.section = later.section or earlier.section
                later.partial = later.partial or earlier.partial
                break
    return Document(document.passages, tuple(grids), document.bulletin, document.outline)


def _same(a: Grid, b: Grid) -> bool:
    """Says whether two tables are one in two forms, perhaps with a few numbers changed."""
    labels_a, labels_b = ({names.plain(g.name(row)) for row in g.rows} for g in (a, b))
    x, y = set(a.numbers()), set(b.numbers())
    if not x or not y or not labels_a & labels_b:
        return False
    return len(x & y) >= 0.6 * min(len(x), len(y)) and len(labels_a & labels_b) >= 0.6 * min(
        len(labels_a), len(labels_b)
    )


def _docx(path: Path, content: bytes) -> Document:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table as DocxTable

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(entry.file_size for entry in package.infolist()) > LARGEST_UNPACKED:
                raise Invalid("too_large", _("文件%s解压后太大，不像一份简报。") % path.name)
        document = docx.Document(io.BytesIO(content))
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError):
        raise Invalid("not_docx", _("文件%s不是完好的docx，请另存后再试。") % path.name) from None
    lines: list[Line] = []
    grids: list[Grid] = []
    number = 0
    sections = Outline()
    for block in document.iter_inner_content():
        if isinstance(block, DocxTable):
            rows = [_cells(row, number) for row in block.rows]
            rows = [row for row in rows if any(c.text for c in row)]
            if len(rows) >= 2 and max(len(row) for row in rows) >= 2:
                made = grid_of(title_before(lines, len(lines)), rows)
                made.line, made.section = number, sections.section
                grids.append(made)
            else:  # a frame around words
                for row in rows:
                    for c in row:
                        number += 1
                        lines.append(Line(number, c.text))
            continue
        for part in block.text.split("\n"):
            number += 1
            lines.append(Line(number, part))
            sections.heading(part)
        lines.append(Line(number, ""))  # in Word a paragraph is whole
    return _from_lines(lines, grids)


def _cells(row: object, line: int) -> list[Cell]:
    """Returns the cells of a row; one that is merged over several columns repeats its words."""
    return [cell(" ".join(c.text.split()), line) for c in row.cells]  # type: ignore[attr-defined]
