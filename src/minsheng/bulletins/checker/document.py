"""A published text as the rules see it: passages and tables, each knowing where it stands.

`from_text` makes one of lines, `from_bulletin` of our own model; `reading.read` of any file.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import Interval, point, rounded_to
from minsheng.bulletins.checker.findings import Place
from minsheng.bulletins.model import Block, Bulletin, Figure, Number, Paragraph, Section, Table

# Written so in full width, compared in half width. Each is one character for one.
_HALF = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {"﹪": "%", "．": ".", "　": " "}
)
_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_HEADING = re.compile(
    r"^(?:#{1,6}\s*)?(?:(?P<top>[一二三四五六七八九十]+[、.．]|第[一二三四五六七八九十]+部分)|"
    r"(?P<middle>[(（][一二三四五六七八九十]+[)）])|(?P<low>\d{1,2}[.、．](?!\d)))"
)
_LEVELS = ("top", "middle", "low")
HEADING_LENGTH = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a published text, as it stands; in a docx, one paragraph."""

    number: int
    text: str


class Passage:
    """A paragraph. `text` is it in half width and without spaces; `original` as printed.

    A sentence that runs over several lines of the file is one passage; `place` finds the line.
    """

    def __init__(self, lines: Sequence[Line], section: str = "", kind: str = "text") -> None:
        self.section = section
        self.kind = kind  # text, or heading
        self.original = "".join(line.text for line in lines)
        starts, at = [], 0
        for line in lines:
            starts.append((at, line.number))
            at += len(line.text)
        self._starts = starts
        half = self.original.translate(_HALF)
        kept: list[int] = []
        for i, character in enumerate(half):
            if _HIDDEN.match(character) or (character.isspace() and not _between_words(half, i)):
                continue
            kept.append(i)
        self.text = "".join(half[i] for i in kept)
        self._kept = kept

    @property
    def line(self) -> int:
        return self._starts[0][1] if self._starts else 0

    def place(self, start: int = 0) -> Place:
        """Returns where the character of `text` at `start` is printed."""
        at = self._kept[start] if start < len(self._kept) else len(self.original)
        i = bisect_right(self._starts, (at, 1 << 62)) - 1
        begin, number = self._starts[max(i, 0)] if self._starts else (0, 0)
        return Place(number, at - begin + 1 if number else 0, self.section)

    def excerpt(self, start: int, end: int) -> str:
        """Returns the print of `text[start:end]`, as it stands in the original."""
        if start >= end or not self._kept:
            return ""
        first = self._kept[start]
        last = self._kept[min(end, len(self._kept)) - 1]
        return " ".join(self.original[first : last + 1].split())

    def thousands(self, at: int) -> bool:
        """Says whether the comma at `at` is a half-width one, as between thousands."""
        return self.original[self._kept[at]] == ","


def _between_words(text: str, i: int) -> bool:
    """A space between two Latin words or numbers stays; others mean nothing in Chinese."""
    before, after = text[:i].rstrip()[-1:], text[i:].lstrip()[:1]
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed, and the number in it. `%` and a count in brackets are told apart."""

    text: str
    line: int = 0
    value: Decimal | None = None
    step: Decimal = Decimal(1)
    percent: bool = False
    beside: Decimal | None = None  # 58.89 in “26026(58.89%)”
    beside_step: Decimal = Decimal(1)
    figure: Figure | None = None

    @property
    def count(self) -> int | None:
        """The whole number in the cell, where it is one."""
        if self.value is None or self.percent or self.value != self.value.to_integral_value():
            return None
        return int(self.value)

    @property
    def meant(self) -> Interval:
        """What the number in the cell may stand for."""
        assert self.value is not None
        if self.percent or self.step != 1:
            return rounded_to(self.value, self.step)
        return point(self.value)


_CELL = re.compile(
    r"(?P<sign>[-−－+])?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<times>万|亿)?"
    r"(?P<percent>[%％]+)?(?P<unit>个百分点|百分点|件|条|家|名|个|人|次|天|小时|秒|分|元|宗|通)?"
    r"(?:[(（](?P<beside>\d+(?:\.\d+)?)[%％][)）])?"
)
NOTHING = frozenset(("", "-", "—", "——", "－", "/", "\\", "无", "--", "–", "一"))


def cell(text: str, line: int = 0, figure: Figure | None = None) -> Cell:
    """Returns a cell, with the number that stands in it if nothing else does."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _CELL.fullmatch(bare)
    if not found:
        return Cell(text.strip(), line, figure=figure)
    number = found["number"].replace(",", "")
    times = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}.get(
        found["times"] or "", Decimal(1)
    )
    value = Decimal(number) * times
    if found["sign"] and found["sign"] != "+":
        value = -value
    step = Decimal(1).scaleb(-len(number.partition(".")[2])) * times
    beside = found["beside"]
    return Cell(
        text.strip(),
        line,
        value,
        step,
        bool(found["percent"]) or "百分点" in (found["unit"] or ""),
        Decimal(beside) if beside else None,
        Decimal(1).scaleb(-len(beside.partition(".")[2])) if beside else Decimal(1),
        figure,
    )


@dataclass(eq=False)
class Grid:
    """A table: headers, rows of cells, and what is known about it.

    `partial` says that it lists only some of what it is about (a TOP15, an excerpt). `of` is what
    made it: "text" (recovered from lines of one cell each), "table" or "csv".
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    of: str = "table"
    line: int = 0
    section: str = ""
    note: str = ""
    partial: bool = False
    mention: Passage | None = None  # the sentence that says where the table is to be found
    echo: Grid | None = None  # the same table in another form, which the file also holds

    @cached_property
    def concepts(self) -> tuple[str, ...]:
        return tuple(names.concept(column) for column in self.columns)

    @cached_property
    def serial(self) -> int | None:
        """The column of serial numbers."""
        for i, header in enumerate(self.columns):
            if names.is_serial(header):
                return i
        return None

    @cached_property
    def label(self) -> int | None:
        """The column that names the rows: the first that holds words."""
        for i in range(len(self.columns)):
            words = [row[i] for row in self.body if row[i].text not in NOTHING]
            if i != self.serial and words and sum(c.value is None for c in words) > len(words) / 2:
                return i
        return None

    @cached_property
    def total(self) -> tuple[Cell, ...] | None:
        """The row that adds up the others."""
        for row in reversed(self.rows):
            if any(names.is_total(c.text) for c in row[: min(3, len(row))]):
                return row
        return None

    @cached_property
    def body(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows without totals."""
        return tuple(row for row in self.rows if not any(names.is_total(c.text) for c in row[:3]))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """The columns of counts: whole numbers, but for a stray word (rule `cells` tells it)."""
        return tuple(
            i
            for i in range(len(self.columns))
            if i != self.serial
            and (found := [r[i] for r in self.rows if r[i].text not in NOTHING])
            and all(c.count is not None for c in found if c.value is not None)
            and sum(c.value is None for c in found) <= len(found) / 4
            and not names.is_rate(self.concepts[i])
            and not re.search(
                r"时长|平均|最[大长]|天数|小时|得分|分值|指标|综合|每.{1,4}人", self.columns[i]
            )
            and self.concepts[i] not in ("max_talk", "avg_talk", "avg_wait")
            and not re.search(r"avg|max|hours|days|composite|score", self.columns[i])
        )

    @cached_property
    def rates(self) -> tuple[int, ...]:
        """The columns of percentages."""
        return tuple(
            i
            for i in range(len(self.columns))
            if (found := [r[i] for r in self.rows if r[i].value is not None])
            and sum(c.percent for c in found) > len(found) / 2
        )

    def name(self, row: Sequence[Cell]) -> str:
        """Returns what a row is about."""
        if self.label is not None and row[self.label].text:
            return row[self.label].text
        return next((c.text for c in row if c.value is None and c.text not in NOTHING), "")

    def header(self, column: int) -> str:
        return self.columns[column] or f"第{column + 1}列"

    def place(self, row: Sequence[Cell] | None = None, column: int | None = None) -> Place:
        """Returns where a cell, a row, a column or the whole table is printed."""
        who = f"“{self.name(row)}”行" if row is not None else ""
        what = f"“{self.header(column)}”列" if column is not None else ""
        line = row[column or 0].line if row is not None else self.line
        return Place(line, 0, self.section, self.title or "（无题）", who + what)

    def numbers(self) -> list[Decimal]:
        return [c.value for row in self.rows for c in row if c.value is not None]


@dataclass(slots=True, eq=False)
class Document:
    """What is checked. `bulletin` is our own model where it was made of one."""

    passages: tuple[Passage, ...]
    grids: tuple[Grid, ...]
    bulletin: Bulletin | None = None
    outline: tuple[tuple[int, str], ...] = field(default=())  # level and text of each heading


class Outline:
    """Follows headings through a document: which section a line belongs to."""

    def __init__(self) -> None:
        self._stack: list[tuple[int, str]] = []
        self.all: list[tuple[int, str]] = []

    def heading(self, text: str) -> bool:
        """Takes note of a heading; says whether the line is one and nothing else."""
        bare = text.strip().lstrip("#").strip()
        found = _HEADING.match(bare)
        if not found:
            return False
        level = next(i for i, name in enumerate(_LEVELS) if found[name])
        title = re.split(r"[。;；:：]", bare)[0][:HEADING_LENGTH]
        self._stack = [entry for entry in self._stack if entry[0] < level] + [(level, title)]
        self.all.append((level, bare[:HEADING_LENGTH]))
        return len(bare) <= HEADING_LENGTH and not re.search(
            r"[。;；,，]|\d+(?:\.\d+)?[件条家%％]", bare
        )

    def set(self, level: int, text: str) -> None:
        """Takes note of a heading that says itself what level it is of."""
        title = text.strip()[:HEADING_LENGTH]
        self._stack = [entry for entry in self._stack if entry[0] < level] + [(level, title)]

    @property
    def section(self) -> str:
        return "·".join(title for _, title in self._stack[-2:])


_OPEN = re.compile(r"[\u4e00-\u9fff、，,（(“]$")
_START = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+[、.．]|[(（][一二三四五六七八九十\d]+[)）]|\d{1,2}[.、．]|[◆●■★※#*|附注])"
)
_TITLE_END = re.compile(r"(?:通报|报告|简报|公报|专报|发布|情况|统计表|办公室|中心)$|\d[:-]\d+$")
WRAPPED = 15  # characters from which on a line without an end may go on in the next


def passages(lines: Sequence[Line], outline: Outline) -> Iterator[Passage]:
    """Yields the paragraphs of running text; a sentence broken over lines becomes whole again."""
    held: list[Line] = []
    for line in lines:
        text = line.text.strip()
        if not text:
            if held:
                yield Passage(held, outline.section)
                held = []
            continue
        if held and _goes_on(held[-1].text.rstrip(), text):
            held.append(Line(line.number, line.text.lstrip()))
            continue
        if held:
            yield Passage(held, outline.section)
        if outline.heading(text):
            yield Passage([line], outline.section, "heading")
            held = []
        else:
            held = [line]
    if held:
        yield Passage(held, outline.section)


def _goes_on(before: str, after: str) -> bool:
    if len(before) < WRAPPED or _START.match(after) or _TITLE_END.search(before):
        return False
    if re.search(r"[,，、]$", before):
        return True
    if re.search(r"\d$", before):
        return bool(re.match(r"[\d.%％]|[件条家名个人次天宗起万]", after))
    return bool(_OPEN.search(before)) and bool(re.match(r"[\u4e00-\u9fff\d%，,。；;）)]", after))


def from_bulletin(bulletin: Bulletin) -> Document:
    """Returns our own document model as a document. Lines are blocks, counted over the whole."""
    found: list[Passage] = []
    grids: list[Grid] = []
    number = 0

    def walk(section: Section, path: str) -> None:
        nonlocal number
        here = section.title or path
        for block in section.blocks:
            if isinstance(block, Section):
                walk(block, here)
                continue
            number += 1
            _add(block, number, here, found, grids)

    for text in (bulletin.title, bulletin.subtitle, bulletin.issuer):
        if text:
            found.append(Passage([Line(0, text)], "", "heading"))
    for section in bulletin.sections:
        walk(section, "")
    for text in bulletin.notes:
        found.append(Passage([Line(0, text)]))
    return Document(tuple(found), tuple(grids), bulletin)


def _add(block: Block, number: int, section: str, found: list[Passage], grids: list[Grid]) -> None:
    if isinstance(block, Paragraph):
        found.append(Passage([Line(number, block.text)], section))
    elif isinstance(block, Table):
        grids.append(_grid(block, number, section))


def _grid(table: Table, number: int, section: str) -> Grid:
    rows = tuple(
        tuple(
            cell(part, number) if isinstance(part, str) else cell(part.printed, number, part)
            for part in row
        )
        for row in table.rows
    )
    return Grid(
        table.title, table.columns, rows, line=number, section=section, note=table.note,
        partial=is_partial(f"{table.title}{table.note}"),
    )  # fmt: skip


_PARTIAL = re.compile(
    r"部分\)|部分）|节选|摘录|TOP\d+|top_?\d+|前[\d一二三四五六七八九十]+(?:位|名|家|类|项)?|热点",
    re.I,
)


def is_partial(words: str) -> bool:
    """Says whether a title or note tells that a table lists only some of its rows."""
    return bool(_PARTIAL.search(words))


def number_of(value: Number) -> Decimal:
    """Returns a figure's number without the noise of binary fractions."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
