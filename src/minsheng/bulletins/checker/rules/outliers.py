"""Values that no hotline has.

Sees: a longest call of more than four hours, an average wait of more than half an hour, a longest
call shorter than the average one.

Cannot see: errors that stay within what is usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading

RULE = "outliers"
LONGEST_CALL = 4 * 3600  # seconds; a call that nobody hung up, or a record that was not closed
LONGEST_WAIT = 1800
_SECONDS = {"秒": 1, "分钟": 60, "小时": 3600}


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for grid in reading.document.grids:
        yield from _table(grid)
    for prose in reading.prose:
        for q in prose.quantities:
            seconds = q.value * _SECONDS.get(q.unit, 0)
            if not seconds:
                continue
            if re.search(r"(?:最长|最大|最高)通话|通话[^,;。]{0,4}(?:最长|最大)", q.context):
                yield from _long_call(f"{q.label}{q.printed}", seconds, q.place)
            elif re.search(r"平均(?:等待|等候|排队|应答)", q.context):
                yield from _long_wait(f"{q.label}{q.printed}", seconds, q.place)


def _table(grid: Grid) -> Iterator[Finding]:
    for column, concept in enumerate(grid.concepts):
        if concept not in ("max_talk", "avg_wait"):
            continue
        unit = re.search(r"秒|分钟|小时|(?<=_)s$", grid.columns[column])
        factor = _SECONDS.get(unit[0], 1) if unit else 1
        average = next((c for c, k in enumerate(grid.concepts) if k == "avg_talk"), None)
        for row in grid.rows:
            value = row[column].value
            if value is None:
                continue
            words = f"{grid.name(row)}：{grid.header(column)}{row[column].text}"
            place = grid.place(row, column)
            if concept == "avg_wait":
                yield from _long_wait(words, value * factor, place)
                continue
            yield from _long_call(words, value * factor, place)
            usual = row[average].value if average is not None else None
            if usual is not None and value < usual:
                yield Finding(
                    RULE,
                    words,
                    _("比平均通话时长%s还短") % row[average or 0].text,
                    place,
                    0.95,
                    _("两格填反了，或有一格有误。"),
                )


def _long_call(words: str, seconds: Decimal, place: Place) -> Iterator[Finding]:
    if seconds > LONGEST_CALL:
        yield Finding(
            RULE,
            words,
            _("合%.1f小时") % (float(seconds) / 3600),
            place,
            0.9,
            _("话单没有正常结束，这一条应剔除后再算最大值和平均值。"),
        )


def _long_wait(words: str, seconds: Decimal, place: Place) -> Iterator[Finding]:
    if seconds > LONGEST_WAIT:
        yield Finding(
            RULE,
            words,
            _("合%.1f分钟") % (float(seconds) / 60),
            place,
            0.7,
            _("单位写错，或含没有正常结束的话单。"),
        )
