"""Rates in the text against the counts beside them, and rates that no count can give.

Sees: a rate whose numerator stands in the same sentence (回访2713件，满意2617件，满意率96.5%);
a rate of a count that no whole number gives; rates above 100 %. Tables: see `columns`.

Cannot see: whether a rate is of orders due or of orders closed where the counts are not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import (
    MANY,
    Interval,
    count_for,
    decimals,
    percent,
    rounded,
    rounding,
    slip,
    smallest_whole,
)
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page, number
from minsheng.bulletins.checker.quantities import PIECES, Entry, Prose, Quantity, Reading, Sentence
from minsheng.bulletins.checker.rules.columns import find_in

RULE = "rates"

# A rate and the count that is its numerator, by the words that both have in common.
_STEMS = (
    "直接答复", "直接办结", "直办", "即时答复", "在线解答", "在线办结", "当场答复",
    "按期办结", "按时办结", "按时结案", "按期回复", "不满意", "满意", "签收", "化解", "解决",
    "参评", "返工", "重办",
    "超期", "逾期", "超时", "退单", "办结", "结案", "办理", "及时", "回复", "响应",
)  # fmt: skip
# Rates of all that a count counts: their denominator is the count itself.
_OF_ALL = re.compile(r"直接答复|直接办结|直办|即时答复|在线解答|在线办结|办结|结案|签收")


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for prose in reading.prose:
        for q in prose.quantities:
            yield from _impossible(q)
        for i, sentence in enumerate(prose.sentences):
            before = prose.sentences[i - 1].entries if i else []
            yield from _sentence(prose, sentence, before, page)
    for grid in reading.document.grids:
        yield from find_in(grid)


def _impossible(q: Quantity) -> Iterator[Finding]:
    over = q.percent and q.role in ("rate", "share") and q.value > 100
    if over:
        yield Finding(
            RULE,
            f"{q.label}{q.printed}",
            _("率或占比不会超过100%"),
            q.place,
            0.95,
            _("数字有误，或把倍数、增幅当成了率。"),
        )


# ---- in the text


def _sentence(
    prose: Prose, sentence: Sentence, before: Sequence[Entry], page: Page
) -> Iterator[Finding]:
    for q in sentence.quantities:
        if q.role != "rate" or q.approximate or q.value > 100 or not q.label:
            continue
        earlier = [
            e
            for e in sentence.entries
            if e.count.start < q.start and e.count.unit in PIECES and e.count.unit
        ]
        if not earlier:
            continue
        stem = next((s for s in _STEMS if s in q.label), "")
        part = _numerator(stem, earlier, q)
        if part and any(
            r.role == "rate" and stem in r.label and part.count.start < r.start < q.start
            for r in sentence.quantities
        ):
            continue  # the rate of something else: 其中自来水满意率…
        nearby = [e for e in prose.entries if e.count.unit in PIECES and not e.count.approximate]
        if part is not None:
            yield from _against_count(q, part, earlier, [*before, *nearby])
        elif stem:
            yield from _of_count(q, stem, earlier, nearby, page)


def _numerator(stem: str, earlier: Sequence[Entry], q: Quantity) -> Entry | None:
    """Returns the count that a rate speaks of: 满意2617件 for 满意率."""
    if not stem:
        return None
    for entry in reversed(earlier):
        label = names.plain(entry.label)
        if stem == "满意" and "不满意" in label:
            continue
        if stem in label and not entry.count.approximate:
            return entry
        # 派单601件，按时结案597件，结案率: the nearest count with the last two characters
        if len(stem) == 4 and stem[2:] in label and stem[:2] in label:
            return entry
    return None


def _against_count(
    q: Quantity, part: Entry, earlier: Sequence[Entry], nearby: Sequence[Entry]
) -> Iterator[Finding]:
    bigger = [
        e
        for e in earlier
        if e is not part and e.count.start < part.count.start and e.count.value >= part.count.value
    ]
    if not bigger:
        return
    if any(_some_formula(q, nearby)):
        return
    whole = bigger[-1]
    exact = percent(part.count.meant, whole.count.meant)
    if exact is None:
        return
    cut = exact.exact and rounded(exact.low, decimals(q.step), "truncated") == q.value
    right = rounded((exact.low + exact.high) / 2, decimals(q.step))
    yield Finding(
        RULE,
        f"{whole.label}{whole.count.printed}，{part.label}{part.count.printed}，{q.label}{q.printed}",
        _("%(part)s/%(whole)s=%(right)s%%，印为%(printed)s")
        % {
            "part": number(part.count.meant),
            "whole": number(whole.count.meant),
            "right": right,
            "printed": q.printed,
        },
        q.place,
        0.6 if cut else 0.85,
        _("率截去了尾数，没有四舍五入。")
        if cut
        else _likely_count(part, whole, q) or _("件数或率有误，或率用的是别的基数。"),
    )


def _some_formula(q: Quantity, nearby: Sequence[Entry]) -> Iterator[bool]:
    """Yields whether the rate is a quotient of counts nearby, or of a sum or difference of two."""
    counts = list({e.count.value: e.count.meant for e in nearby}.values())[:24]
    for whole in counts:
        for a in counts:
            yield _is(q, a, whole)
            yield _is(q, whole - a, whole)
            for b in counts:
                if a is not b:
                    yield _is(q, a + b, whole)


def _is(q: Quantity, part: Interval, whole: Interval) -> bool:
    if part.low < 0 or part.high > whole.high:
        return False
    exact = percent(part, whole)
    return exact is not None and rounding(exact, q.value, q.step) in ("half_up", "half_even")


def _likely_count(part: Entry, whole: Entry, q: Quantity) -> str:
    """Returns the slip of the pen that would explain the rate."""
    if part.count.count is None or whole.count.count is None:
        return ""
    should = count_for(q.value, q.step, whole.count.count, "half_up")
    if should is not None and slip(should, part.count.count):
        return _("“%(label)s”可能把%(right)d误印为%(wrong)d。") % {
            "label": names.core(part.label),
            "right": should,
            "wrong": part.count.count,
        }
    return ""


def _of_count(
    q: Quantity, stem: str, earlier: Sequence[Entry], nearby: Sequence[Entry], page: Page
) -> Iterator[Finding]:
    """A rate of a count whose numerator is not printed: some whole number must give it."""
    entry = earlier[-1]
    whole = entry.count.count
    if not whole or whole > MANY or count_for(q.value, q.step, whole, "half_up") is not None:
        return
    if any(_some_formula(q, nearby)) or any(
        n is None or n > MANY or count_for(q.value, q.step, n, "half_up") is not None
        for n in (e.count.count for e in earlier[:-1])
    ):
        return
    if not _OF_ALL.search(stem):
        most = max(e.count.count or MANY for e in earlier)
        if smallest_whole(q.value, q.step, most, "half_up"):
            return  # of a sample of them
        confidence = 0.8
    else:
        confidence = 0.65 if smallest_whole(q.value, q.step, whole, "half_up") else 0.85
    near = int(q.value * whole / 100)
    gives = "、".join(
        f"{n}/{whole}={rounded(Fraction(100 * n, whole), decimals(q.step))}%"
        for n in (near - 1, near, near + 1)
        if 0 <= n <= whole
    )
    computed = _("%(whole)d件中没有哪个件数四舍五入得%(rate)s（%(gives)s）") % {
        "whole": whole,
        "rate": q.printed,
        "gives": gives,
    }
    cut = count_for(q.value, q.step, whole, "truncated")
    if cut is not None:
        computed += _("；截去尾数时%d件可得") % cut
    beside = _row_of(whole, stem, page)
    if beside:
        computed += "；" + beside
    yield Finding(
        RULE,
        f"{entry.label}{entry.count.printed}，{q.label}{q.printed}",
        computed,
        q.place,
        max(confidence, 0.75) if beside else confidence,
        _("率算错或截去了尾数，或它的基数不是这%d件。") % whole,
    )


def _row_of(whole: int, stem: str, page: Page) -> str:
    """Returns what a table says of the same count: its row has the numerator."""
    if not re.search(r"即时|直接|在线|当场", stem):
        return ""
    for grid in page.reading.document.grids:
        columns = [c for c in grid.counts if grid.concepts[c] == "direct"]
        if grid.echo or not columns:
            continue
        for row in grid.body:
            if not any(row[c].count == whole for c in grid.counts):
                continue
            part = row[columns[0]].count
            if part is not None and part <= whole:
                return _("表中“%(row)s”%(column)s%(part)d件，为%(rate)s%%") % {
                    "row": grid.name(row),
                    "column": grid.header(columns[0]),
                    "part": part,
                    "rate": rounded(Fraction(100 * part, whole), 2),
                }
    return ""
