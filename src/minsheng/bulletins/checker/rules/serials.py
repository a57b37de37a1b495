"""Serial numbers that skip or repeat.

Sees: the column of serial numbers of a table; numbered headings (一、二、 （一）（二） 1. 2.)
under one heading.

Cannot see: rows cut off at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading

RULE = "serials"
_DIGITS = "零一二三四五六七八九"
FEWEST = 3


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for grid in reading.document.grids:
        yield from _table(grid)
    yield from _headings(reading)


def _table(grid: Grid) -> Iterator[Finding]:
    column = grid.serial
    if column is None:
        return
    # Ties share a rank, and the next one is skipped: 3, 3, 5.
    ranks = bool(re.search(r"名|位|rank", grid.columns[column]))
    rows = [(row, row[column].count) for row in grid.body]
    numbers = [(row, n) for row, n in rows if n is not None]
    if len(numbers) < FEWEST or numbers[0][1] not in (0, 1):
        return
    for i in range(1, len(numbers)):
        row, number = numbers[i]
        last = numbers[i - 1][1]
        if number == last + 1 or (ranks and (number == last or number == i + 1)):
            continue
        skipped = "、".join(str(n) for n in range(last + 1, min(number, last + 6)))
        yield Finding(
            RULE,
            f"{last} {grid.name(numbers[i - 1][0])}，{number} {grid.name(row)}",
            _("缺%(skipped)s，共%(rows)d行") % {"skipped": skipped, "rows": len(numbers)}
            if skipped
            else _("%(last)d之后是%(number)d") % {"last": last, "number": number},
            grid.place(row, column),
            0.9,
            _("删掉了一行而没有重新编号，或序号误印。"),
        )


def _headings(reading: Reading) -> Iterator[Finding]:
    """Headings of one level under one above."""
    last: dict[int, tuple[int, str]] = {}
    count: dict[int, int] = {}
    for level, text in reading.document.outline:
        number = _number(text)
        if number is None:
            continue
        for deeper in [d for d in last if d > level]:
            del last[deeper]
            count.pop(deeper, None)
        before = last.get(level)
        if before and number > before[0] + 1 and count.get(level, 0) >= 2:
            yield Finding(
                RULE,
                f"{before[1]} … {text}",
                _("由%(last)d跳到%(number)d") % {"last": before[0], "number": number},
                _place(reading, text),
                0.7,
                _("删掉了一段而没有重新编号，或序号误印。"),
            )
        # A list that begins anew is another list.
        count[level] = count.get(level, 0) + 1 if before and number == before[0] + 1 else 1
        last[level] = (number, text)


def _number(text: str) -> int | None:
    found = re.match(r"[(（第]?([一二三四五六七八九十]+|\d{1,2})", text)
    if not found:
        return None
    return chinese_number(found[1])


def chinese_number(text: str) -> int | None:
    """Returns 12 for 十二 or 12; None for what is no number below 100."""
    if text.isdigit():
        return int(text)
    if len(text) == 1 and text in _DIGITS:
        return _DIGITS.index(text)
    if text == "两":
        return 2
    tens, ten, ones = text.partition("十")
    if not ten or len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def _place(reading: Reading, heading: str) -> Place:
    bare = names.plain(heading)
    for prose in reading.prose:
        if names.plain(prose.passage.original).startswith(bare[:10]):
            return prose.passage.place()
    return Place()
