"""Rankings that are not in order.

Sees: lists in the text that say so (依次为, 前五位的是, 排名), long lists of the foremost that
fall but for one number, and tables with ranks or a title that says how they are sorted.

Cannot see: lists that are sorted by something that is not printed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Reading

RULE = "ranking"
_ORDERED = re.compile(r"依次|前[\d一二三四五六七八九十]+|排名|排在|位居|由[高多]到|从[高多]到")
LONG = 6  # numbers from which on a list that falls is no accident

FAR = Decimal("0.2")  # how far off the line a number must be where no order was promised


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for group in reading.groups:
        said = bool(_ORDERED.search(group.words))
        entries = [e for e in group.entries if e.count.unit in PIECES and not e.count.nested]
        if not (said or group.some) or len(entries) < 3 or len(entries) < len(group.entries):
            continue
        values = [e.count.value for e in entries]
        odd = _odd(values)
        if odd is None or (not said and (len(entries) < LONG or _jump(values, odd) < FAR)):
            continue
        if said and len(entries) < 4 and values[odd] < values[-1]:
            continue
        yield Finding(
            RULE,
            "、".join(
                f"{names.core(e.label)}{e.count.printed}"
                for e in entries[max(0, odd - 1) : odd + 2]
            ),
            _("其余各项由大到小，“%(name)s”%(value)s不在其位")
            % {"name": names.core(entries[odd].label), "value": entries[odd].count.printed},
            entries[odd].count.place,
            0.7 if said and len(entries) >= LONG else 0.55,
            _("这个数有误，或次序排错。"),
        )
    for grid in reading.document.grids:
        yield from _table(grid)


def _odd(values: Sequence[Decimal]) -> int | None:
    """Returns the one value without which the others fall; None if all fall, or more are odd."""
    falls = all(a >= b for a, b in itertools.pairwise(values))
    if falls:
        return None
    fits = []
    for i in range(len(values)):
        rest = [*values[:i], *values[i + 1 :]]
        if all(a >= b for a, b in itertools.pairwise(rest)):
            fits.append(i)
    if not fits:
        return None
    # Of two neighbours that are swapped, the one further off the line is the wrong one.
    return max(fits, key=lambda i: _jump(values, i))


def _jump(values: Sequence[Decimal], i: int) -> Decimal:
    beside = [values[j] for j in (i - 1, i + 1) if 0 <= j < len(values)]
    return min(abs(values[i] - v) / max(v, Decimal(1)) for v in beside)


def _table(grid: Grid) -> Iterator[Finding]:
    ranked = grid.serial is not None and re.search(r"名|位|rank", grid.columns[grid.serial or 0])
    if not ranked and not (
        grid.serial is not None and re.search(r"排序|TOP|排名|前\d|top_?\d", grid.title)
    ):
        return
    if len(grid.body) < LONG:
        return
    for column in [*grid.counts, *(c for c in range(len(grid.columns)) if c not in grid.counts)]:
        cells = [row[column] for row in grid.body]
        if column == grid.serial or any(c.value is None for c in cells):
            continue
        values = [c.value or Decimal(0) for c in cells]
        if len(set(values)) < len(values) / 2:
            continue
        if all(a >= b for a, b in itertools.pairwise(values)):
            return  # sorted by this
        odd = _odd(values)
        if odd is not None:
            row = grid.body[odd]
            yield Finding(
                RULE,
                f"{grid.name(row)}：{grid.header(column)}{row[column].text}",
                _("全表按“%s”由大到小，只有这一行不在其位") % grid.header(column),
                grid.place(row, column),
                0.75,
                _("这个数有误，或次序排错。"),
            )
            return
