"""Counts of units against the units.

Sees: “A、B、C等2家” with more names than it counts, “6家，分别是…” and “前五位的是…” with another
number of names; units above and below a threshold (超过100件, 不足100件) that do not make up all;
a grade's count and share against the rows of a whole table, the units without orders that are
named beside it included.

Cannot see: names behind 等.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import wholes
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Prose, Reading
from minsheng.bulletins.checker.rules.serials import chinese_number

RULE = "units"
_NUMBER = r"\d{1,3}|[一二两三四五六七八九十]{1,3}"
_AND_OTHERS = re.compile(
    rf"(?P<names>[^,;。:()\d]{{2,20}}(?:、[^,;。:()\d]{{2,20}})+)等(?P<count>{_NUMBER})(?:家|个)(?:成员|责任|承办)?(?:单位|部门|县区|区县|镇|乡|街道)?"
)
_NAMELY = re.compile(
    r"(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,3})(?:家|个)[^。;:]{0,24}?(?:分别是|分别为|依次为|依次是):?(?P<names>[^。;:]+)"
)
_FOREMOST = re.compile(
    rf"前(?P<count>{_NUMBER})(?:位|名|类|项|家)[^,;。:、]{{0,12}}?(?:是|为|有|依次为|分别为|分别是)?:?(?P<names>[^。;]+)"
)
_ABOVE = re.compile(
    r"(\d+)家[^,;。]{0,12}(?:办理量|承办量|受理量|交办量|工单量|量)[^,;。]{0,6}(?:超过|在|达到|大于)\d+件"
)
_BELOW = re.compile(
    r"(\d+)家[^,;。]{0,12}(?:办理量|承办量|受理量|交办量|工单量|量)[^,;。]{0,6}(?:不足|少于|低于|不到)\d+件"
)
_WITHOUT = re.compile(r"无(?:工单|办件|承办)[^:。;]{0,8}单位[:为](?P<names>[^。;]+)")


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for prose in reading.prose:
        yield from _listed(prose)
        yield from _thresholds(prose)
    for grid in reading.document.grids:
        if not grid.echo:
            yield from _graded(grid, reading, page)


def _split(text: str) -> list[str]:
    """Returns the names of a list; brackets with numbers are no names."""
    bare = re.sub(r"[(（][^()（）]*[)）]", "", text)
    parts: list[str] = []
    for part in bare.split("、"):
        # 和 and 与 join two names only before the last one.
        parts += (
            re.split(r"(?<=.{2})[和与](?=.{2})", part) if part is bare.split("、")[-1] else [part]
        )
    return [p for p in parts if p]


def _listed(prose: Prose) -> Iterator[Finding]:
    text, passage = prose.passage.text, prose.passage
    for match in _AND_OTHERS.finditer(text):
        count = chinese_number(match["count"])
        listed = [n for n in match["names"].split("、") if n]
        if count is None or not names.UNIT.search(listed[-1]) or len(listed) <= count:
            continue
        yield Finding(
            RULE,
            passage.excerpt(*match.span()),
            _("列出%(listed)d个，印为%(count)d个") % {"listed": len(listed), "count": count},
            passage.place(match.start()),
            0.85,
            _("个数有误，或多列了单位。"),
        )
    for match in _NAMELY.finditer(text):
        count = chinese_number(match["count"])
        listed = _split(match["names"])
        if count is None or "等" in match["names"] or len(listed) < 2 or len(listed) == count:
            continue
        clean = [re.split(r"[\d,]", n)[0] for n in listed]
        if not all(2 <= len(n) <= 16 for n in clean) or not names.UNIT.search(
            names.plain(clean[0])
        ):
            continue
        if re.search(r",", match["names"]):
            continue
        yield Finding(
            RULE,
            passage.excerpt(*match.span())[:120],
            _("列出%(listed)d个，印为%(count)d个") % {"listed": len(listed), "count": count},
            passage.place(match.start()),
            0.85,
            _("漏列或多列了单位，或个数有误。"),
        )
    for match in _FOREMOST.finditer(text):
        yield from _foremost(prose, match)


def _foremost(prose: Prose, match: re.Match[str]) -> Iterator[Finding]:
    """“前五位的是A(1件)、B(2件)…”: as many numbers as places."""
    count = chinese_number(match["count"])
    start, end = match.span("names")
    counted = [
        q
        for q in prose.quantities
        if start <= q.start < end and q.role in ("count", "level") and q.unit and not q.nested
    ]
    first = counted[0].unit if counted else ""
    text = prose.passage.text
    if count is None or count < 3 or len(counted) < 3 or len(counted) == count:
        return
    if (
        any(q.unit != first for q in counted)
        or "等" in match["names"]
        or (match["count"].isdigit() and int(match["count"]) > 30)
    ):
        return
    # A plain enumeration: one mark between each and the next, and no words of another kind.
    for a, b in itertools.pairwise(counted):
        if not re.fullmatch(r"\)?[、,;和及与]{1,2}[^,;、。\d()]{2,16}\(?", text[a.end : b.start]):
            return
    yield Finding(
        RULE,
        prose.passage.excerpt(match.start(), counted[-1].end)[:120],
        _("列出%(listed)d个，印为前%(count)d") % {"listed": len(counted), "count": count},
        prose.passage.place(match.start()),
        0.8,
        _("漏列或多列了一项，或位数有误。"),
    )


def _thresholds(prose: Prose) -> Iterator[Finding]:
    text = prose.passage.text
    above, below = _ABOVE.search(text), _BELOW.search(text)
    if not above or not below:
        return
    first = min(above.start(), below.start())
    totals = [
        e
        for e in prose.entries
        if e.count.unit == "家" and e.count.start < first and e.count.count is not None
    ]
    together = int(above[1]) + int(below[1])
    if not totals or any(t.count.count == together for t in totals):
        return
    total = totals[0]
    if abs(together - (total.count.count or 0)) > max(5, together // 4):
        return
    yield Finding(
        RULE,
        f"{total.count.printed}，{prose.passage.excerpt(*above.span())}，{prose.passage.excerpt(*below.span())}",
        f"{above[1]}+{below[1]}={together}",
        total.count.place,
        0.75,
        _("三个单位数之一有误，或有单位恰在界线上。"),
    )


_GRADE = re.compile(
    r"([A-E])[类级](?P<below>及以下)?[^,。;\d]{0,10}(?P<count>\d+)[家个](?:,占比(?P<share>\d+(?:\.\d+)?)%)?"
)


def _graded(grid: Grid, reading: Reading, page: Page) -> Iterator[Finding]:
    """How many units have a grade, and their share of all, against a table with grades."""
    column = next(
        (
            c
            for c in range(len(grid.columns))
            if grid.body and all(re.fullmatch(r"[A-E][类级]?", row[c].text) for row in grid.body)
        ),
        None,
    )
    if column is None:
        return
    grades = [row[column].text[0] for row in grid.body]
    whole = page.whole(grid)
    for prose in reading.prose:
        for match in _GRADE.finditer(prose.passage.text):
            counted = int(match["count"])
            wanted = "ABCDE"["ABCDE".index(match[1]) :] if match["below"] else match[1]
            got = sum(g in wanted for g in grades)
            if got > counted or (whole and got != counted):
                yield Finding(
                    RULE,
                    prose.passage.excerpt(*match.span()),
                    _("表中这样的单位有%d个") % got,
                    prose.passage.place(match.start()),
                    0.85,
                    _("文中的单位数或表中的等级有误。"),
                )
            elif whole and match["share"]:
                yield from _all_units(grid, reading, prose, match, counted)


def _all_units(
    grid: Grid, reading: Reading, prose: Prose, match: re.Match[str], counted: int
) -> Iterator[Finding]:
    """72家，占比78.3%: of 92, and the table has how many?"""
    quantity = next(
        (
            q
            for q in prose.quantities
            if q.role == "share" and match.start() < q.start < match.end()
        ),
        None,
    )
    if quantity is None:
        return
    from minsheng.bulletins.checker.arithmetic import point

    meant = wholes(point(counted), quantity.value, quantity.step)
    if meant is None:
        return
    without = sum(
        len(m["names"].split("、"))
        for p in reading.prose
        for m in _WITHOUT.finditer(p.passage.text)
    )
    rows = len(grid.body)
    if any(meant.low <= n <= meant.high for n in (rows, rows + without)):
        return
    yield Finding(
        RULE,
        prose.passage.excerpt(*match.span()),
        _(
            "%(count)d家占%(share)s%%须有%(needed)d家；表中%(rows)d家，连同没有工单的%(without)d家为%(all)d家"
        )
        % {
            "count": counted,
            "share": quantity.value,
            "needed": round(float((meant.low + meant.high) / 2)),
            "rows": rows,
            "without": without,
            "all": rows + without,
        },
        prose.passage.place(match.start()),
        0.75,
        _("表中漏了单位，或占比的基数不是表中的单位。"),
    )
