"""Growth, calculated back to what there was before.

Sees: an increase in pieces beside one in percent (“同比增加7181件，增幅11.2%”); a total with its
growth against its parts with theirs; growth that no whole number before can have given; mean
annual growth between two years; a rise or fall from one printed number to another; tables with
this period, the one before and the change.

Cannot see: growth of a total whose parts are not all given with theirs, unless even the known
parts contradict it; whether the number before was itself right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import (
    MANY,
    ZERO,
    Interval,
    before,
    cut_to,
    decimals,
    point,
    rounded,
    rounded_to,
    rounding,
)
from minsheng.bulletins.checker.document import Cell, Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page, number
from minsheng.bulletins.checker.quantities import Entry, Prose, Quantity, Reading

RULE = "growth"


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for entry in reading.entries:
        yield from _change_and_rate(entry)
        yield from _prior(entry)
        if entry.growth:
            yield from _possible(entry.count, entry.growth)
    for prose in reading.prose:
        yield from _pairs(prose, reading)
        yield from _from_to(prose)
        yield from _mean_annual(prose, page)
    for group in reading.groups:
        for head in group.totals:
            if head.growth and head.count.unit == group.entries[0].count.unit:
                yield from _parts(group.entries, head)
                break
    for grid in reading.document.grids:
        yield from _table(grid)


def _growth(now: Fraction, then: Fraction) -> Fraction:
    return (now - then) / then * 100


def _signed(value: Decimal) -> str:
    return f"{value:+}%"


def _change_and_rate(entry: Entry) -> Iterator[Finding]:
    """“71266件，同比增加7181件，增幅11.2%”."""
    growth, change = entry.growth, entry.change
    if not growth or not change or growth.approximate or change.approximate:
        return
    if growth.against and change.against and growth.against != change.against:
        return
    now, more = entry.count.meant, change.meant
    then = now - more
    if then.low <= 0:
        return
    share = more.times(100) if more.low >= 0 else Interval(more.low * 100, more.high * 100)
    exact = Interval(share.low / (then.high if share.low >= 0 else then.low), share.high / then.low)
    if rounding(exact, abs(growth.value).copy_sign(change.value), growth.step):
        return
    right = rounded((exact.low + exact.high) / 2, decimals(growth.step))
    yield Finding(
        RULE,
        f"{entry.count.printed}，{change.label}{change.printed}，{growth.label}{growth.printed}",
        _("%(change)s除以上期%(then)s为%(right)s，印为%(printed)s")
        % {
            "change": number(more),
            "then": number(then),
            "right": _signed(right),
            "printed": growth.printed,
        },
        growth.place,
        0.9,
        _("总数、增减数和增减幅三者之一有误。"),
    )


def _prior(entry: Entry) -> Iterator[Finding]:
    """“去年同期1200件，本期1500件，增长25%”."""
    if not entry.prior or not entry.growth or entry.prior.value <= 0:
        return
    exact = _growth_between(entry.count.meant, entry.prior.meant)
    if rounding(exact, entry.growth.value, entry.growth.step):
        return
    yield _versus(entry.count, entry.prior, entry.growth, exact, 0.85)


def _growth_between(now: Interval, then: Interval) -> Interval:
    return Interval(_growth(now.low, then.high), _growth(now.high, then.low))


def _versus(
    now: Quantity, then: Quantity, growth: Quantity, exact: Interval, confidence: float
) -> Finding:
    right = rounded((exact.low + exact.high) / 2, decimals(growth.step))
    return Finding(
        RULE,
        f"{then.printed}，{now.printed}，{growth.printed}",
        _("由%(then)s到%(now)s是%(right)s，印为%(printed)s")
        % {
            "then": number(then.meant),
            "now": number(now.meant),
            "right": _signed(right),
            "printed": _signed(growth.value),
        },
        growth.place,
        confidence,
        _("两期的数或增减幅有误。"),
    )


def _possible(count: Quantity, growth: Quantity) -> Iterator[Finding]:
    """A growth that no whole number before can have given (11件，同比下降98.1%: 579 can)."""
    now = count.count
    if not now or growth.approximate or growth.value <= -100 or now > MANY:
        return
    then = before(point(now), growth.value, growth.step)
    if then is None:
        return
    first = -(-then.low.numerator // then.low.denominator)
    for candidate in range(first, first + 3):
        if candidate > then.high:
            break
        if candidate > 0 and rounding(
            point(_growth(Fraction(now), Fraction(candidate))), growth.value, growth.step
        ):
            return
    if then.high - then.low > 2:
        return
    near = [n for n in (first - 1, first) if n > 0]
    gives = "、".join(
        f"{n}→{_signed(rounded(_growth(Fraction(now), Fraction(n)), decimals(growth.step)))}"
        for n in near
    )
    yield Finding(
        RULE,
        f"{names.core(count.label)}{count.printed}，{_signed(growth.value)}",
        _("没有哪个整数的上期数能得出这个增幅（%s）") % gives,
        growth.place,
        0.8,
        _("件数或增减幅有误，或增减幅是按别的口径算的。"),
    )


def _pairs(prose: Prose, reading: Reading) -> Iterator[Finding]:
    """“A、B分别增长1%、2%”, where A and B were counted before in the same paragraph."""
    for pairing in prose.pairings:
        if len(pairing.names) != len(pairing.values):
            continue
        for name, value in zip(pairing.names, pairing.values, strict=True):
            if value.role != "growth":
                continue
            word = names.core(name)
            for entry in prose.entries:
                if names.core(entry.label) == word and entry.count.start < pairing.start:
                    yield from _possible(entry.count, value)
                    break


def _from_to(prose: Prose) -> Iterator[Finding]:
    """“由2018年的100件增长至2021年的150件，增长50%”."""
    text = prose.passage.text
    for sentence in prose.sentences:
        quantities = sentence.quantities
        for a, b, growth in zip(quantities, quantities[1:], quantities[2:], strict=False):
            between = text[a.end : b.start]
            lead = text[max(sentence.start, a.start - 30) : a.start]
            if not re.search(r"(?:增|提|升|降|减|扩|回落)[^,;。]{0,6}[至到]", between):
                continue
            if not re.search(r"[由从][^,;。]*$", lead) or a.unit != b.unit or a.value <= 0:
                continue
            behind = text[b.end : growth.start]
            if re.search(r"年均|月均|[;。]", behind):
                continue
            if growth.role == "growth" and not a.percent:
                exact = _growth_between(b.meant, a.meant)
                if not growth.approximate and not rounding(exact, growth.value, growth.step):
                    yield _versus(b, a, growth, exact, 0.85)
            elif growth.role == "points" and a.percent:
                exact = b.meant - a.meant
                if not rounded_to(growth.value, growth.step).meets(exact):
                    yield Finding(
                        RULE,
                        prose.passage.excerpt(a.start, growth.end),
                        _("由%(then)s到%(now)s相差%(right)s个百分点")
                        % {"then": a.printed, "now": b.printed, "right": b.value - a.value},
                        growth.place,
                        0.85,
                        _("两期的率或相差的百分点有误。"),
                    )


_YEAR = re.compile(r"(\d{4})年")
_MEAN = re.compile(
    r"(?:近(?P<span>[\d二两三四五六七八九十]+)年)?[^,;。]{0,4}年均[^,;。]{0,4}(?:增|降)[^\d,;。]{0,6}$"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}


def _mean_annual(prose: Prose, page: Page) -> Iterator[Finding]:
    """“由2018年的…增长至2021年的…，年均增长率达…”: the compound rate over the years between."""
    text = prose.passage.text
    for sentence in prose.sentences:
        for i, mean in enumerate(sentence.quantities):
            lead = text[sentence.start : mean.start]
            found = _MEAN.search(lead)
            if not mean.percent or not found:
                continue
            counts = [q for q in sentence.quantities[:i] if q.role in ("count", "prior", "change")]
            years = [int(y) for y in _YEAR.findall(lead)]
            if len(counts) < 2 or len(years) < 2:
                continue
            then, now = counts[-2], counts[-1]
            # The years stand right before their numbers.
            spans = [
                max((int(m[1]) for m in _YEAR.finditer(text, sentence.start, q.start)), default=0)
                for q in (then, now)
            ]
            span = spans[1] - spans[0]
            if span < 1 or then.unit != now.unit or then.value <= 0 or now.value <= 0:
                continue
            # 12.74万 may be printed in full elsewhere.
            full = next(
                (t.value for t in page.printed if t.value.exact and t.value.meets(now.meant)), None
            )
            latest = full or now.meant
            low = (float(latest.low) / float(then.meant.high)) ** (1 / span) - 1
            high = (float(latest.high) / float(then.meant.low)) ** (1 / span) - 1
            meant = rounded_to(mean.value, mean.step)
            cut = cut_to(mean.value, mean.step)
            least = float(min(meant.low, cut.low)) / 100
            most = float(max(meant.high, cut.high)) / 100
            below = mean.approximate and re.match(r"以上|左右", text[mean.end - 2 : mean.end])
            if (below and high >= least) or (low <= most and high >= least):
                continue
            yield Finding(
                RULE,
                prose.passage.excerpt(then.start, mean.end),
                _("由%(then)s到%(now)s、%(span)d年，年均（复合）增长%(rate).2f%%")
                % {
                    "then": then.printed,
                    "now": number(latest),
                    "span": span,
                    "rate": (low + high) * 50,
                },
                mean.place,
                0.9,
                _("年均增长率算错，或起止年份与所用的数不是一回事。"),
            )


def _parts(entries: Sequence[Entry], head: Entry) -> Iterator[Finding]:
    """The total's growth against that of its parts: what was there before must add up too."""
    growth = head.growth
    assert growth is not None
    if growth.approximate or len(entries) < 2:
        return
    now = ZERO
    then = ZERO
    unknown: list[Entry] = []
    for entry in entries:
        now = now + entry.count.meant
        was = (
            before(entry.count.meant, entry.growth.value, entry.growth.step)
            if entry.growth
            else None
        )
        if was is None:
            unknown.append(entry)
        else:
            then = then + was
    if len(unknown) == len(entries) or not now.meets(head.count.meant):
        return
    total = before(head.count.meant, growth.value, growth.step)
    if total is None:
        return
    rest = sum((e.count.value for e in unknown), Decimal(0))
    # What has no growth printed was there before as well, or not; it cannot have been less than 0.
    spare = 20 * max(Fraction(rest), Fraction(head.count.value) / 100) if unknown else Fraction(0)
    if then.low <= total.high and total.low - then.high <= spare:
        return
    middle = (then.low + then.high) / 2
    computed = _("按各分项的增减倒推，上期合计约%(then)d，%(total)s应为%(right)+.1f%%") % {
        "then": int(middle),
        "total": head.count.printed,
        "right": float(_growth(Fraction(head.count.value), middle)),
    }
    left_out = _left_out(entries, growth)
    if left_out:
        computed += _("；不计“%(part)s”时为%(rate)+.1f%%") % {
            "part": names.core(left_out[0].label),
            "rate": float(left_out[1]),
        }
        cause = _("总数的增幅是不计“%s”算的，与总数口径不一。") % names.core(left_out[0].label)
    else:
        cause = _("上期的总数与分项口径不一，或某个增幅有误。")
    yield Finding(
        RULE,
        f"{names.core(head.label)}{head.count.printed}，{_signed(growth.value)}；"
        + names.listed(
            (
                f"{names.core(e.label)}{e.count.printed}{_signed(e.growth.value)}"
                for e in entries
                if e.growth
            ),
            8,
        ),
        computed,
        growth.place,
        0.92,
        cause,
    )


def _left_out(entries: Sequence[Entry], growth: Quantity) -> tuple[Entry, Fraction] | None:
    """Returns the part without which the total's growth comes out, and what comes out."""
    known = [e for e in entries if e.growth]
    if len(known) < 3:
        return None
    for part in known:
        now = sum((Fraction(e.count.value) for e in entries if e is not part), Fraction(0))
        rest = [
            before(e.count.meant, e.growth.value, e.growth.step)
            for e in known
            if e is not part and e.growth
        ]
        then = sum(((r.low + r.high) / 2 for r in rest if r), Fraction(0))
        if then > 0:
            rate = _growth(now, then)
            if abs(rate - Fraction(growth.value)) < Fraction(1, 2):
                return part, rate
    return None


# ---- tables

_NOW = re.compile(r"本[月期年季周]|今年|本年度|当[月期]|this|current")
_THEN = re.compile(r"上[月期年季周]|去年|同期|上年|last|previous")
_CHANGE = re.compile(r"增减(?:数|量|件)|增加数|较.*增减|change$")


def _table(grid: Grid) -> Iterator[Finding]:
    """A column of growth beside one of this period and one of the period before."""
    columns = range(len(grid.columns))
    rates = [c for c in columns if grid.concepts[c] == "growth" and c in grid.rates]
    then = [
        c
        for c in grid.counts
        if _THEN.search(grid.columns[c]) and not _CHANGE.search(grid.columns[c])
    ]
    now = [c for c in grid.counts if _NOW.search(grid.columns[c]) and c not in then]
    if len(then) != 1 or not rates:
        return
    if len(now) != 1:
        now = [c for c in grid.counts if c not in then and not _CHANGE.search(grid.columns[c])][:1]
    if not now:
        return
    yield from _grown(grid, now[0], then[0], rates[0])


def _grown(grid: Grid, now: int, then: int, rate: int) -> Iterator[Finding]:
    rows = [
        r
        for r in grid.rows
        if r[now].count is not None and r[then].count and r[rate].value is not None
    ]
    wrong = [r for r in rows if not _grows(r, now, then, rate)]
    if not rows or len(wrong) > len(rows) / 2:
        return  # the columns mean something else
    for row in wrong:
        exact = _growth(Fraction(row[now].count or 0), Fraction(row[then].count or 1))
        yield Finding(
            RULE,
            f"{grid.name(row)}：{row[now].text}，{row[then].text}，{row[rate].text}",
            _("由%(then)s到%(now)s是%(right)s，印为%(printed)s")
            % {
                "then": row[then].text,
                "now": row[now].text,
                "right": _signed(rounded(exact, decimals(row[rate].step))),
                "printed": row[rate].text,
            },
            grid.place(row, rate),
            0.9 if len(rows) > 2 else 0.7,
            _("本期、上期或增减幅有误，同表其余各行吻合。"),
        )


def _grows(row: Sequence[Cell], now: int, then: int, rate: int) -> bool:
    exact = point(_growth(Fraction(row[now].count or 0), Fraction(row[then].count or 1)))
    value, step = row[rate].value, row[rate].step
    return value is not None and rounding(exact, value, step) is not None
