"""What is taken out of official prose: numbers, what is said of them, how they stand together.

`prose.read` makes all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from minsheng.bulletins.checker.arithmetic import Interval, point, rounded_to
from minsheng.bulletins.checker.document import Document, Passage
from minsheng.bulletins.checker.findings import Place

COUNT_UNITS = (
    "人次", "件次", "批次", "件", "条", "家", "名", "个", "人", "次", "期", "项", "处", "起",
    "宗", "通", "例", "笔", "份", "批", "位", "户", "封", "篇", "支", "单", "类",
)  # fmt: skip
# Counts of demands and orders: the same thing under several measure words.
PIECES = frozenset(
    ("件", "个", "宗", "起", "通", "单", "条", "封", "件次", "次", "人次", "批", "批次", "")
)

Role = Literal["count", "change", "prior", "share", "growth", "points", "rate", "level", "other"]


@dataclass(slots=True, eq=False)
class Quantity:
    """One number of a text, with its unit and its part in the sentence.

    `value` is in units (12.74万件 is 127400) and percentages in percent; growth that is a fall is
    negative. `step` is what its last printed digit is worth. `label` says what is counted.
    """

    passage: Passage
    start: int
    end: int
    value: Decimal
    step: Decimal
    unit: str
    role: Role = "other"
    label: str = ""
    context: str = ""  # the clause, with what stands after the number
    base: str | None = None  # what a share is of; "" where it is not said
    against: str = ""
    approximate: bool = False
    bracket: bool = False  # stands in brackets behind its label
    nested: bool = False  # stands in brackets with words of its own
    paired: bool = False  # given to a name by 分别
    sentence: int = 0

    @property
    def percent(self) -> bool:
        return self.unit == "%"

    @property
    def meant(self) -> Interval:
        """What the print may stand for."""
        whole = not self.percent and self.step == 1
        return point(self.value) if whole else rounded_to(self.value, self.step)

    @property
    def count(self) -> int | None:
        """The whole number, where it is an exact count."""
        if self.unit not in COUNT_UNITS and self.unit != "":
            return None
        exact = self.step == 1 and not self.approximate
        return int(self.value) if exact else None

    @property
    def printed(self) -> str:
        return self.passage.excerpt(self.start, self.end)

    @property
    def place(self) -> Place:
        return self.passage.place(self.start)


@dataclass(slots=True, eq=False)
class Entry:
    """A count with what is said of it."""

    count: Quantity
    share: Quantity | None = None
    growth: Quantity | None = None
    change: Quantity | None = None
    prior: Quantity | None = None
    rates: list[Quantity] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.count.label

    @property
    def value(self) -> Decimal:
        return self.count.value


@dataclass(slots=True, eq=False)
class Group:
    """Entries that stand together as parts. `totals` are what they may add up to, likeliest first.

    `whole` says that the words promise all parts (按…分); otherwise they may be some of them.
    `some` says that they promise only some (主要集中在).
    """

    entries: list[Entry]
    totals: list[Entry]
    whole: bool = False
    some: bool = False
    words: str = ""
    start: int = 0
    end: int = 0

    @property
    def passage(self) -> Passage:
        return self.entries[0].count.passage


@dataclass(slots=True, eq=False)
class Pairing:
    """Names and the numbers that 分别 gives to each of them."""

    passage: Passage
    names: tuple[str, ...]
    values: tuple[Quantity, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Sentence:
    start: int
    end: int
    quantities: list[Quantity]
    entries: list[Entry]


@dataclass(slots=True, eq=False)
class Prose:
    """A passage, read."""

    passage: Passage
    sentences: list[Sentence]
    groups: list[Group]
    pairings: list[Pairing]

    @property
    def quantities(self) -> Iterator[Quantity]:
        for sentence in self.sentences:
            yield from sentence.quantities

    @property
    def entries(self) -> Iterator[Entry]:
        for sentence in self.sentences:
            yield from sentence.entries


@dataclass(slots=True, eq=False)
class Reading:
    """A document with its numbers taken out. `headline` is the bulletin's main total."""

    document: Document
    prose: list[Prose]
    headline: Entry | None
    siblings: list[Group]  # entries that begin paragraphs of one list

    @property
    def entries(self) -> Iterator[Entry]:
        for prose in self.prose:
            yield from prose.entries

    @property
    def groups(self) -> Iterator[Group]:
        for prose in self.prose:
            yield from prose.groups


def tops(group: Group) -> list[Entry]:
    """Returns the entries that begin the chunks between semicolons; all of them without any."""
    text = group.passage.text
    found: list[Entry] = []
    for entry in group.entries:
        if not found or ";" in text[found[-1].count.end : entry.count.start]:
            found.append(entry)
    return found
