"""All counts on a page: what a share may be of, what a sum may meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import Interval, point
from minsheng.bulletins.checker.document import Grid, Passage
from minsheng.bulletins.checker.findings import Place
from minsheng.bulletins.checker.quantities import PIECES, Reading


@dataclass(frozen=True, slots=True)
class Total:
    """A number that parts may be of: printed in the text or a table, or the sum of a column."""

    value: Interval
    label: str
    where: Place
    passage: Passage | None = None
    computed: bool = False  # nowhere printed

    @property
    def text(self) -> str:
        """The number as people write it."""
        return number(self.value)


def number(value: Interval) -> str:
    """Returns a number without decimals that say nothing; the middle of an interval."""
    middle = (value.low + value.high) / 2
    return str(int(middle)) if middle.denominator == 1 else f"{float(middle):.2f}"


_GRADED = re.compile(r"([A-E])[类级](?!及)[^,。;\d]{0,10}(\d+)[家个]")


class Page:
    """The counts of a document, and which of its tables are whole."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.printed = list(self._printed())
        self._values = {t.value for t in self.printed if t.value.exact}
        self.computed = list(self._sums())
        self._whole: dict[int, bool] = {}

    def _printed(self) -> Iterator[Total]:
        for entry in self.reading.entries:
            q = entry.count
            if q.approximate or q.value <= 0:
                continue
            yield Total(q.meant, names.core(q.label) or q.label, q.place, q.passage)
        for grid in self.reading.document.grids:
            if grid.echo:
                continue
            for row in grid.rows:
                for column in grid.counts:
                    found = row[column]
                    if found.count:
                        label = f"{grid.name(row)}{grid.header(column)}"
                        yield Total(found.meant, label, grid.place(row, column))

    def _sums(self) -> Iterator[Total]:
        for grid in self.reading.document.grids:
            if grid.echo or grid.total:
                continue
            for column in grid.counts:
                total = sum(row[column].count or 0 for row in grid.body)
                if total:
                    label = f"{grid.header(column)}各行之和"
                    yield Total(point(total), label, grid.place(column=column), computed=True)
        for group in self.reading.groups:
            values = [e.count for e in group.entries]
            if len(values) > 1 and all(q.count is not None for q in values):
                yield Total(
                    point(sum(q.count or 0 for q in values)),
                    "各分项之和",
                    values[0].place,
                    group.passage,
                    computed=True,
                )

    def has(self, value: int) -> bool:
        """Says whether a count is printed anywhere on the page."""
        return point(value) in self._values

    def find(self, value: int) -> Total | None:
        """Returns where a count is printed first."""
        return next((t for t in self.printed if t.value == point(value)), None)

    @property
    def headline(self) -> Interval | None:
        entry = self.reading.headline
        return entry.count.meant if entry else None

    def whole(self, grid: Grid) -> bool:
        """Says whether a table lists all that it is about.

        A total row is printed, or the rows of some column add up to a number on the page; or
        nothing says that the table is a part. Where a total is stated beside it and its rows do
        not reach it, the table is taken for a part.
        """
        if id(grid) not in self._whole:
            self._whole[id(grid)] = self._is_whole(grid)
        return self._whole[id(grid)]

    def _is_whole(self, grid: Grid) -> bool:
        for column in grid.counts:
            total = sum(row[column].count or 0 for row in grid.body)
            if total >= 100 and len(grid.body) > 2 and self._stated(grid, total):
                return True
        return not grid.partial or self._all_graded(grid)

    def _all_graded(self, grid: Grid) -> bool:
        """Says whether a table has as many units of a grade as the text counts (A类…72家)."""
        for column in range(len(grid.columns)):
            grades = [row[column].text for row in grid.body]
            if not all(re.fullmatch(r"[A-E][类级]?", g) for g in grades):
                continue
            for prose in self.reading.prose:
                for found in _GRADED.finditer(prose.passage.text):
                    if int(found[2]) >= 10 and int(found[2]) == sum(
                        g[0] == found[1] for g in grades
                    ):
                        return True
        return False

    def _stated(self, grid: Grid, total: int) -> bool:
        """Says whether a total stands in the text, or in a total row of this table."""
        if grid.total and any(c.count == total for c in grid.total):
            return True
        return any(
            entry.count.count == total and entry.count.unit in PIECES
            for entry in self.reading.entries
        )
