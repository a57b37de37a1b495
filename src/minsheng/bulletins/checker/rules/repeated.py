"""One thing counted twice in the text, with two numbers.

Sees: the same label with numbers that differ as by a slip of the pen (4555 and 4556); the staff or
units of the whole city counted twice (全市23名服务代表, 全市热线服务代表共有37名).

Cannot see: numbers that differ more, since the same words often count different things (a category
among all demands, and among those overdue).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import point, rounding, slip
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Entry, Reading

RULE = "repeated"
MOST = 600  # counts that are compared with each other
_WHOLE = re.compile(r"全[市区县州省]")
_PEOPLE = frozenset(("名", "人", "家", "个", "条"))


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    entries = [e for e in reading.entries if e.count.count is not None and e.count.count >= 100][
        :MOST
    ]
    by_value: dict[int, int] = {}
    for entry in entries:
        by_value[entry.count.count or 0] = by_value.get(entry.count.count or 0, 0) + 1
    for one, other in combinations(entries, 2):
        if one.count.passage is other.count.passage and one.count.sentence == other.count.sentence:
            continue
        a, b = one.count.count or 0, other.count.count or 0
        if not slip(a, b) or not _units(one, other) or _periods_differ(one, other):
            continue
        if not _same_label(one, other):
            continue
        # Both may stand more than once: then they are two things.
        if by_value[a] > 1 and by_value[b] > 1:
            continue
        if _confirmed(one) and _confirmed(other):
            continue
        odd, usual = (one, other) if by_value[b] > by_value[a] else (other, one)
        yield Finding(
            RULE,
            f"{odd.count.passage.excerpt(max(0, odd.count.start - 12), odd.count.end)}",
            _("%(where)s为%(printed)s")
            % {"where": usual.count.place.short, "printed": usual.count.printed},
            odd.count.place,
            0.75 if by_value[usual.count.count or 0] > 1 else 0.7,
            _("同一个数两处不同，像是笔误。"),
        )
    yield from _whole_city(reading)


def _confirmed(entry: Entry) -> bool:
    """Says whether a rate in the same sentence agrees with the count."""
    q = entry.count
    around = re.split(r"。", q.passage.text[q.end : q.end + 80])[0]
    for rate in entry.rates:
        for text in re.findall(
            r"\d+", q.passage.text[max(0, q.start - 80) : q.start] + "," + around
        ):
            if int(text) and rounding(
                point(Fraction(100 * int(q.value), int(text))), rate.value, rate.step
            ):
                return True
    return False


def _units(a: Entry, b: Entry) -> bool:
    x, y = a.count.unit, b.count.unit
    return x == y or (x in PIECES and y in PIECES)


_PERIOD = re.compile(r"\d{4}年|\d{1,2}月|[上下]半年|[一二三四]季度|去年|上年|同期|上月|上周")


def _periods_differ(a: Entry, b: Entry) -> bool:
    found = [
        _PERIOD.findall(e.count.passage.text[max(0, e.count.start - 30) : e.count.start])
        for e in (a, b)
    ]
    return bool(found[0] and found[1] and found[0][-1] != found[1][-1])


def _same_label(a: Entry, b: Entry) -> bool:
    x, y = names.core(a.label), names.core(b.label)
    if len(x) >= 2 and x == y:
        return True
    short, long = sorted((_words(a), _words(b)), key=len)
    if len(min(x, y, key=len)) >= 3 and (x in names.plain(b.label) or y in names.plain(a.label)):
        return True
    return len(short) >= 6 and names.alike(short, long) >= 0.7


def _words(entry: Entry) -> str:
    return names.plain(entry.count.context.replace("#", ""))


def _whole_city(reading: Reading) -> Iterator[Finding]:
    """People or offices of the whole city, counted twice."""
    seen: list[tuple[str, Entry]] = []
    for entry in reading.entries:
        q = entry.count
        if q.unit not in _PEOPLE or q.count is None:
            continue
        text = q.passage.text
        clause = (
            re.split(r"[,;。:()]", text[: q.start])[-1]
            + "#"
            + re.split(r"[,;。:()]|\d", text[q.end :])[0]
        )
        if not _WHOLE.search(clause):
            continue
        before, _sep, after = clause.partition("#")
        # 全市23名服务代表… or 全市热线服务代表共有37名
        noun = names.plain(_WHOLE.split(before)[-1])
        noun = re.sub(r"(?:共有|共计|共|有|为|达)$", "", noun) or after
        noun = noun[:8]
        if len(noun) < 3:
            continue
        for earlier, other in seen:
            if (
                other.count.unit == q.unit
                and other.count.count != q.count
                and _one_noun(earlier, noun)
            ):
                yield Finding(
                    RULE,
                    f"{other.count.printed}{earlier}、{q.printed}{noun}",
                    _("%(where)s为%(printed)s，此处为%(here)s")
                    % {
                        "where": other.count.place.short,
                        "printed": other.count.printed,
                        "here": q.printed,
                    },
                    q.place,
                    0.5,
                    _("同一类人员或单位有两个数，范围或时点不同而没有注明。"),
                )
                break
        seen.append((noun, entry))


def _one_noun(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    head = short[:4]
    return len(short) >= 4 and (long.endswith(short) or head in long or short[-4:] in long)
