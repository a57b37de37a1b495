"""Shares against every total that they may be of.

Sees: counts with a share beside them (“占诉求总数的54.99%”, “占比13.45%”) and tables with a column
of shares. The declared total is tried first, then the natural ones (the list's own total, the
bulletin's head, the sum of the list), then every count on the page, each rounded half up, half to
even, and cut off. Says which total and which rounding fits all shares of a list; where most of
them fit one, the others are wrong. Where none fits, says between which totals the base must lie.

Cannot see: a single share without a total on the page that could be meant, and shares whose counts
are not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import (
    ZERO,
    Interval,
    Rounding,
    decimals,
    percent,
    point,
    rounded,
    rounding,
    wholes,
)
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page, Total, number
from minsheng.bulletins.checker.quantities import Entry, Pairing, Prose, Quantity, Reading

RULE = "shares"
ROUNDINGS = {"half_up": "四舍五入", "half_even": "四舍六入五成双", "truncated": "截去尾数"}
_GENERAL = re.compile(
    r"^(?:全部|所有|总|诉求|工单|受理|业务|办件|来电|信件|全市|全区|全县|本[月周季期]|的|总数|总量|数|量|群众|各类|件)*$"
)


@dataclass(frozen=True, slots=True)
class Share:
    """A count, and its share as printed in percent."""

    label: str
    count: Interval
    value: Decimal
    step: Decimal
    where: Place
    printed: str

    def fits(self, base: Interval) -> Rounding | None:
        exact = percent(self.count, base)
        return rounding(exact, self.value, self.step) if exact else None

    def right(self, base: Interval) -> str:
        exact = percent(self.count, base)
        assert exact is not None
        return f"{rounded((exact.low + exact.high) / 2, decimals(self.step))}%"


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for shares, natural, declared in _lists(reading, page):
        yield from _judge(shares, natural, declared, page)
    for prose in reading.prose:
        for pairing in prose.pairings:
            shares = list(_paired(pairing, prose))
            if shares and reading.headline:
                head = reading.headline.count
                total = Total(head.meant, names.core(head.label), head.place)
                yield from _judge(shares, [total], pairing.values[0].base or "", page)
    for grid in reading.document.grids:
        for column, concept in enumerate(grid.concepts):
            if concept == "share":
                yield from _column(grid, column, page)


def _lists(reading: Reading, page: Page) -> Iterator[tuple[list[Share], list[Total], str]]:
    """Yields the shares of each paragraph that are of the same, and what they are naturally of.

    Short paragraphs in a row, as in a list of categories, go together.
    """
    held: list[tuple[Entry, list[Total]]] = []
    # Two classifications in one paragraph are two lists.
    classes = {id(e): id(g) for g in reading.groups if g.whole for e in g.entries}

    def flush() -> Iterator[tuple[list[Share], list[Total], str]]:
        lists: dict[tuple[str, int], list[tuple[Entry, list[Total]]]] = {}
        for entry, totals in held:
            assert entry.share is not None
            key = (entry.share.base or "", classes.get(id(entry), 0))
            lists.setdefault(key, []).append((entry, totals))
        for (base, _class), members in lists.items():
            natural = list({id(t): t for _entry, totals in members for t in totals}.values())
            yield [_share(entry) for entry, _totals in members], natural, base
        held.clear()

    for prose in reading.prose:
        own = [
            (e, list(_natural(e, prose.entries, reading, page))) for e in prose.entries if e.share
        ]
        cumulative = {id(e) for e, _t in own if _cumulative(e, list(prose.entries), page)}
        own = [(e, t) for e, t in own if id(e) not in cumulative]
        if not own:
            if prose.passage.kind == "text":
                yield from flush()
            continue
        if held and len(prose.passage.text) > 60:
            yield from flush()
        held += own
        if len(prose.passage.text) > 60:
            yield from flush()
    yield from flush()


def _paired(pairing: Pairing, prose: Prose) -> Iterator[Share]:
    """Yields the shares of “A、B两类分别为1件、2件，分别占…的33%、67%”."""
    values = pairing.values
    if values[0].role != "share":
        return
    counts: list[Quantity] = []
    for other in prose.pairings:
        if other.end <= pairing.start and len(other.values) == len(values):
            counts = list(other.values)
            labels = other.names
    if not counts or counts[0].role != "count" or len(labels) != len(values):
        return
    for label, count, share in zip(labels, counts, values, strict=True):
        yield Share(
            names.core(label), count.meant, share.value, share.step, share.place,
            f"{label}{count.printed}，{share.printed}",
        )  # fmt: skip


def _share(entry: Entry) -> Share:
    share = entry.share
    assert share is not None
    return Share(
        names.core(entry.label),
        entry.count.meant,
        share.value,
        share.step,
        share.place,
        f"{entry.label}{entry.count.printed}，{_words(share)}",
    )


def _words(share: Quantity) -> str:
    """Returns a share with the words before it, from 占 on."""
    at = share.passage.text.rfind("占", 0, share.start)
    return share.passage.excerpt(at if share.start - at < 30 else share.start, share.end)


def _natural(
    entry: Entry, around: Iterator[Entry], reading: Reading, page: Page
) -> Iterator[Total]:
    """Yields what a share is of if the words are taken as they stand, likeliest first."""
    share = entry.share
    assert share is not None
    if share.base and not _GENERAL.match(share.base):
        word = names.core(share.base)
        for total in page.printed:
            if names.alike(word, total.label) >= 0.99 and total.value.high >= entry.count.meant.low:
                yield total
    for prose in reading.prose:
        for group in prose.groups:
            if entry in group.entries:
                for head in group.totals[:2]:
                    if head.count.meant.low >= entry.count.meant.low:
                        yield Total(head.count.meant, names.core(head.label), head.count.place)
    if reading.headline:
        head = reading.headline
        yield Total(head.count.meant, names.core(head.label), head.count.place)
    # What the same paragraph speaks of before.
    for other in around:
        if other is entry:
            break
        if other.share is None and other.count.meant.low >= entry.count.meant.low:
            yield Total(other.count.meant, names.core(other.label), other.count.place)


def _cumulative(entry: Entry, around: Sequence[Entry], page: Page) -> bool:
    """Says whether a share behind a list is that of all its members (…, 占总量的77%)."""
    share = entry.share
    assert share is not None
    at = next(i for i, e in enumerate(around) if e is entry)
    total = entry.count.meant
    for before in reversed(around[:at]):
        if before.share or before.count.sentence != entry.count.sentence:
            break
        total = total + before.count.meant
        for base in page.printed:
            exact = percent(total, base.value) if base.value.low > 0 else None
            if exact and exact.high <= 100 and rounding(exact, share.value, share.step):
                return True
    return False


def _judge(
    shares: list[Share], natural: Sequence[Total], declared: str, page: Page
) -> Iterator[Finding]:
    natural = [t for t in natural if t.value.high >= max(s.count.low for s in shares)]
    together = ZERO
    for share in shares:
        together = together + share.count
    if len(shares) > 1 and 99 < sum(s.value for s in shares) < 101:
        printed = page.find(int(together.low)) if together.exact else None
        together_ = Total(together, _("各分项之和"), shares[0].where, computed=True)
        natural = [*natural, printed or together_]
    if any(all(s.fits(t.value) in ("half_up", "half_even") for s in shares) for t in natural):
        first = natural[0]
        if first.computed or all(s.fits(first.value) for s in shares):
            return
        # Another natural total fits: that is what is meant, if the first was not declared.
        fitting = next(
            t for t in natural if all(s.fits(t.value) in ("half_up", "half_even") for s in shares)
        )
        if not (fitting.computed and declared):
            return
    others = [
        t
        for t in [*page.printed, *page.computed]
        if t.value.low >= max(s.count.low for s in shares)
    ]
    expected = natural[0] if natural else None
    fitting_all = _best([*natural, *others], shares)
    if fitting_all and len(shares) >= 2:
        total, mode = fitting_all
        if mode != "truncated" and (
            expected is None or total.value == expected.value or _near(total, shares)
        ):
            return
        yield _other_base(shares, expected, total, mode, declared)
        return
    if expected is None:
        return
    if len(shares) == 1:
        yield from _single(shares[0], natural, others, declared)
        return
    most = max(natural, key=lambda t: sum(s.fits(t.value) is not None for s in shares))
    right = [s for s in shares if s.fits(most.value)]
    if len(right) >= 2 and len(right) > len(shares) / 2:
        for share in shares:
            if share not in right:
                yield _wrong(share, most, 0.92)
            elif share.fits(most.value) == "truncated" and not any(
                s.fits(most.value) == "truncated" for s in shares if s is not share
            ):
                yield _wrong(share, most, 0.6)
        return
    yield from _no_base(shares, expected, [t for t in others if not t.computed])


def _near(total: Total, shares: Sequence[Share]) -> bool:
    """Says whether a total is printed in the same part of the bulletin, so that it is plain."""
    section = shares[0].where.section.split("·")[0]
    return not total.computed and total.where.section.split("·")[0] == section


def _best(totals: Sequence[Total], shares: Sequence[Share]) -> tuple[Total, Rounding] | None:
    """Returns a total of which all are shares, rounded rather than cut off, printed first."""
    cut: tuple[Total, Rounding] | None = None
    for total in totals:
        modes = [s.fits(total.value) for s in shares]
        if None in modes:
            continue
        if "truncated" not in modes:
            return total, "half_up"
        if cut is None and all(_cut(s, total.value) for s in shares):
            cut = total, "truncated"
    return cut


def _cut(share: Share, base: Interval) -> bool:
    exact = percent(share.count, base)
    if exact is None:
        return False
    if not exact.exact:
        return True
    return rounded(exact.low, decimals(share.step), "truncated") == share.value


def _listed(shares: Sequence[Share]) -> str:
    return names.listed((f"{s.label}{s.value}%" for s in shares), 8)


def _other_base(
    shares: Sequence[Share], expected: Total | None, total: Total, mode: Rounding, declared: str
) -> Finding:
    computed = _("以%(total)s（%(label)s）为基数、%(mode)s，全部吻合") % {
        "total": total.text,
        "label": total.label,
        "mode": ROUNDINGS[mode],
    }
    if expected and expected.value != total.value:
        computed = (
            _("以%(base)s为基数应为%(right)s；")
            % {
                "base": expected.text,
                "right": "、".join(s.right(expected.value) for s in shares),
            }
            + computed
        )
    elif mode == "truncated":
        computed += _("；四舍五入应为%s") % "、".join(s.right(total.value) for s in shares)
    if expected and expected.value == total.value:
        cause = _("占比的尾数是截去的，没有四舍五入。")
    elif declared:
        cause = _("注明的基数与计算用的基数不同。")
    else:
        cause = _("占比没有注明基数，所用的不是总数。")
    return Finding(
        RULE,
        _listed(shares),
        computed,
        shares[0].where,
        _sure(mode, total, len(shares), declared),
        cause,
    )


def _sure(mode: Rounding, total: Total, count: int, declared: str) -> float:
    if mode == "truncated":
        return 0.9 if count > 2 else 0.7
    if total.computed:
        return 0.9
    return 0.75 if declared else 0.45


def _single(
    share: Share, natural: Sequence[Total], others: Sequence[Total], declared: str
) -> Iterator[Finding]:
    if any(share.fits(t.value) for t in natural):
        if not any(share.fits(t.value) in ("half_up", "half_even") for t in natural):
            yield _wrong(share, next(t for t in natural if share.fits(t.value)), 0.5)
        return
    if not declared:
        return
    fitting = next((t for t in others if share.fits(t.value) in ("half_up", "half_even")), None)
    if fitting:
        finding = _other_base([share], natural[0], fitting, "half_up", declared)
        yield Finding(
            finding.rule, share.printed, finding.computed, finding.where, 0.6, finding.cause
        )
        return
    yield _wrong(share, natural[0], 0.75)


def _wrong(share: Share, total: Total, confidence: float) -> Finding:
    cut = share.fits(total.value) == "truncated"
    return Finding(
        RULE,
        share.printed,
        _("%(count)s占%(total)s（%(label)s）的%(right)s，印为%(printed)s%%")
        % {
            "count": number(share.count),
            "total": total.text,
            "label": total.label,
            "right": share.right(total.value),
            "printed": share.value,
        },
        share.where,
        confidence,
        (
            _("截去了尾数，没有四舍五入。")
            if confidence <= 0.5
            else _("这一项截去了尾数，其余各项是四舍五入。")
        )
        if cut
        else _("这一项的件数或占比有误，其余各项吻合。")
        if confidence > 0.8
        else _("件数、占比或基数有误。"),
    )


def _no_base(shares: Sequence[Share], expected: Total, near: Sequence[Total]) -> Iterator[Finding]:
    """No total on the page fits: says between which totals the base would have to lie."""
    ranges = [wholes(s.count, s.value, s.step) for s in shares]
    known = [r for r in ranges if r is not None]
    if len(known) < len(shares):
        return
    low, high = max(r.low for r in known), min(r.high for r in known)
    middle = (low + high) / 2
    nearest = min([expected, *near], key=lambda t: abs(t.value.low - middle))
    right = _("以%(base)s（%(label)s）为基数应为%(right)s") % {
        "base": nearest.text,
        "label": nearest.label,
        "right": "、".join(s.right(nearest.value) for s in shares),
    }
    first = -(-low.numerator // low.denominator)
    last = high.numerator // high.denominator
    if first <= last:
        span = f"{first}—{last}" if first < last else str(first)
        yield Finding(
            RULE,
            _listed(shares),
            _("文中没有一个总数与之吻合：基数须在%(span)s之间；%(right)s")
            % {"span": span, "right": right},
            shares[0].where,
            0.85,
            _("占比所用的基数没有印出。"),
        )
        return
    yield Finding(
        RULE,
        _listed(shares),
        _("没有同一个基数能给出这些占比；%s") % right,
        shares[0].where,
        0.8,
        _("某些占比有误，或各项所用的基数不同。"),
    )


def _column(grid: Grid, column: int, page: Page) -> Iterator[Finding]:
    """A column of shares, of the column of counts before it."""
    counts = [c for c in grid.counts if c < column] or list(grid.counts)
    if not counts or column not in grid.rates:
        return
    source = counts[-1] if counts[-1] < column else counts[0]
    shares = [
        Share(
            grid.name(row),
            row[source].meant,
            share,
            row[column].step,
            grid.place(row, column),
            f"{grid.name(row)}：{row[source].text}，{row[column].text}",
        )
        for row in grid.body
        if row[source].count is not None and (share := row[column].value) is not None
    ]
    shares = [s for s in shares if s.count.low > 0 and s.value > 0]
    if not shares:
        return
    natural: list[Total] = []
    if grid.total and grid.total[source].count:
        natural.append(Total(grid.total[source].meant, _("合计"), grid.place(grid.total, source)))
    elif page.whole(grid):
        total = sum(row[source].count or 0 for row in grid.body)
        if 99 < sum(s.value for s in shares) < 101:
            natural.append(
                Total(point(total), _("本列之和"), grid.place(column=source), computed=True)
            )
    head = page.reading.headline
    if head:
        natural.append(Total(head.count.meant, names.core(head.label), head.count.place))
    yield from _judge(shares, natural, "", page)
