"""Words in a cell where a number should stand.

Sees: words in a column of numbers, where at least three in four cells hold one.

Cannot see: which number was meant. A dash, 无 or 未考核 is no data and no fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.document import NOTHING, Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading

RULE = "cells"
_NO_DATA = re.compile(r"^[(（]?[无未不免暂]|^(?:n/?a|null|none)$|^[-—－–/*.…]+$", re.I)


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for grid in reading.document.grids:
        yield from _words(grid)


def _words(grid: Grid) -> Iterator[Finding]:
    for column in range(len(grid.columns)):
        if column in (grid.serial, grid.label):
            continue
        filled = [row for row in grid.body if row[column].text not in NOTHING]
        words = [row for row in filled if row[column].value is None]
        if len(filled) < 3 or len(words) > len(filled) / 4:
            continue
        for row in words:
            text = row[column].text
            if _NO_DATA.search(text):
                continue
            yield Finding(
                RULE,
                f"{grid.name(row)}：{grid.header(column)}“{text}”",
                _("这一列的其余%d格都是数") % (len(filled) - len(words)),
                grid.place(row, column),
                0.92,
                _("数字格里混入了文字，这一格没有参加计算。"),
            )
