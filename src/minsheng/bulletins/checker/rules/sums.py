"""Parts against the total that they make.

Sees: lists in a sentence (“其中…”, “按…分:…”, “从来源看,…”), lists that end with 其他, the usual
kinds of demands, pairs that exclude each other (直接答复 and 转办, 按期 and 逾期, 满意 and
不满意), total rows and total columns of tables, and groups of columns that end with 其他.

Cannot see: parts that overlap by intention, lists that name only the foremost (主要集中在…) unless
they exceed their total, and totals that stand neither before their parts nor at the bulletin's
head. A table that is a part of another is not added up.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import ZERO, Interval, percent, rounding, slip
from minsheng.bulletins.checker.document import Cell, Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page, number
from minsheng.bulletins.checker.quantities import PIECES, Entry, Group, Reading, Sentence, tops

RULE = "sums"
NEAR = (Fraction(9, 10), Fraction(13, 10))  # a sum within these shares of a total is meant to be it
KINDS = re.compile(
    r"投诉|求助|求决|咨询|建议|表扬|感谢|举报|意见|揭发|控告|申诉|其[他它]|非业务|无效"
)
# What excludes each other, and together is all that came before.
OPPOSITES = (
    (
        r"直接答复|直办|直接办|在线(?:解答|办结|答复)|即时|自行处理|当场答复|前台",
        r"转办|派发|派单|转派|交办|交由",
    ),
    (r"按期|按时|期内", r"(?:逾期|超期|超时)(?!未)"),
    (r"(?<!不)满意(?!率|度)", r"不满意(?!率|度)"),
    (r"(?:已|办)(?:办结|办理|结)", r"正在办|在办|未办结|办理中"),
)


MOST_PARTS = 60  # a longer list is no enumeration of parts


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    for group in reading.groups:
        finding = _group(group, page)
        if finding:
            mark = (finding.where.line, finding.where.column)
            if mark not in seen:
                seen.add(mark)
                yield finding
    for prose in reading.prose:
        for i, sentence in enumerate(prose.sentences):
            before = prose.sentences[i - 1].entries if i else []
            yield from _opposites(sentence, before)
    for grid in reading.document.grids:
        yield from _table(grid, page)


def _add(entries: Sequence[Entry]) -> Interval:
    total = ZERO
    for entry in entries:
        total = total + entry.count.meant
    return total


def _comparable(a: str, b: str) -> bool:
    return a == b or (a in PIECES and b in PIECES)


def _group(group: Group, page: Page) -> Finding | None:
    entries = [e for e in group.entries if not e.count.approximate]
    if not 2 <= len(entries) <= MOST_PARTS or len(entries) < len(group.entries):
        return None
    if sum("总" in e.label for e in entries) > 1 or any(names.is_total(e.label) for e in entries):
        return None
    unit = entries[0].count.unit
    same = [e for e in entries if _comparable(e.count.unit, unit)]
    if len(same) < len(entries):
        return None
    heads = [t for t in group.totals if _comparable(t.count.unit, unit) and t.count.value > 0]
    if group.some:  # a list of the foremost is of what its own sentence speaks of
        heads = [t for t in heads if t.count.sentence == entries[0].count.sentence]
    head_of_page = page.reading.headline
    if not heads and _repeats_headline(entries, page):
        assert head_of_page
        heads = [head_of_page]
    if not heads:
        return None
    variants = [entries]
    if len(tops(group)) > 1 and len(tops(group)) < len(entries):
        variants.append(tops(group))
    unlabelled = [e for e in entries if not e.count.nested]
    if 1 < len(unlabelled) < len(entries):
        variants.append(unlabelled)
    if any(_add(v).meets(h.count.meant) for v in variants for h in heads):
        return None
    together = heads[0].count.sentence == entries[0].count.sentence
    beside = together and heads[0].count.passage is group.passage
    if not beside and any(_add(v).exact and page.has(int(_add(v).low)) for v in variants):
        return None  # they are parts of another total on the page
    parts, head = min(
        ((v, h) for v in variants for h in heads),
        key=lambda pair: abs(1 - _ratio(_add(pair[0]), pair[1])),
    )
    confidence = _confidence(group, parts, head, _ratio(_add(parts), head), page)
    if group.whole and confidence:
        # All parts are promised, of the total that the bulletin opens with if none is nearer.
        head = min(heads, key=lambda h: abs(1 - _ratio(_add(parts), h)))
    if not confidence:
        return None
    total = _add(parts)
    difference = total - head.count.meant
    return Finding(
        RULE,
        _("%(total)s：%(parts)s")
        % {
            "total": f"{head.label or ''}{head.count.printed}",
            "parts": names.listed((f"{e.label}{e.count.printed}" for e in parts), 8),
        },
        _("各分项之和%(sum)s，与%(total)s相差%(difference)s")
        % {
            "sum": "+".join(number(e.count.meant) for e in parts) + f"={number(total)}",
            "total": number(head.count.meant),
            "difference": number(Interval(abs(difference.low), abs(difference.low))),
        },
        parts[0].count.place,
        confidence,
        _cause(parts, head, total, page),
    )


def _ratio(total: Interval, head: Entry) -> Fraction:
    return (total.low + total.high) / 2 / Fraction(head.count.value)


def _repeats_headline(entries: Sequence[Entry], page: Page) -> bool:
    """Says whether three or more clauses repeat the verb of the headline: all that it sums up."""
    head = page.reading.headline
    if not head or len(entries) < 3 or head in entries:
        return False
    verb = re.search(r"受理|办理|接听|接到|收到|承办", head.count.context)
    text = entries[0].count.passage.text
    apart = all(
        re.search(r"[;,]", text[a.count.end : b.count.start])
        for a, b in itertools.pairwise(entries)
    )
    return bool(verb) and apart and all(verb[0] in e.label for e in entries if verb)


def _confidence(
    group: Group, parts: Sequence[Entry], head: Entry, ratio: Fraction, page: Page
) -> float:
    """Returns how surely parts that do not add up should; 0 for no finding."""
    beyond = ratio > 1
    if group.some:
        return 0.85 if 1 < ratio <= 10 else 0.0
    shares = [e.share.value for e in parts if e.share]
    if len(shares) == len(parts) and 99 < sum(shares) < 101:
        return 0.95
    if group.whole:
        return 0.92 if NEAR[0] <= ratio <= NEAR[1] else 0.6
    if names.concept(names.core(parts[-1].label)) == "other" or re.match(
        r"其[他它]", names.core(parts[-1].label)
    ):
        return 0.88 if ratio <= 3 else 0.0
    if all(KINDS.search(e.label) for e in parts) and len(parts) >= 4:
        return 0.8 if ratio <= NEAR[1] else 0.0
    if not group.words:
        return 0.65 if _repeats_headline(parts, page) and Fraction(1, 2) < ratio < 2 else 0.0
    if not NEAR[0] <= ratio <= NEAR[1]:
        return 0.0
    if beyond:
        return 0.8
    return 0.7 if len(parts) >= 3 or ratio > Fraction(98, 100) else 0.0


def _cause(parts: Sequence[Entry], head: Entry, total: Interval, page: Page) -> str:
    shares = [e.share for e in parts if e.share]
    if total.exact and len(shares) == len(parts) and all(_fits(e, total) for e in parts):
        return _("占比是按分项之和%s计算的，其余的没有归入任何一项。") % number(total)
    if total.exact and head.count.meant.exact:
        goal, got = int(head.count.meant.low), int(total.low)
        elsewhere = page.find(got)
        if elsewhere:
            return _("分项之和恰为“%(label)s”的%(value)d，总数所指可能不是同一口径。") % {
                "label": elsewhere.label,
                "value": got,
            }
        for entry in parts:
            if entry.count.count is not None:
                right = goal - (got - entry.count.count)
                if right > 0 and slip(entry.count.count, right):
                    return _("“%(label)s”可能把%(right)d误印为%(wrong)d。") % {
                        "label": names.core(entry.label),
                        "right": right,
                        "wrong": entry.count.count,
                    }
        if got < goal:
            return _("有%d件没有归入任何一项，或某一项有误。") % (goal - got)
    return _("某一项或总数有误，或各项有重复。")


def _fits(entry: Entry, base: Interval) -> bool:
    share = entry.share
    exact = percent(entry.count.meant, base)
    return bool(share and exact and rounding(exact, share.value, share.step))


def _opposites(sentence: Sentence, before: Sequence[Entry]) -> Iterator[Finding]:
    """Two parts that exclude each other, and a total before them in the same sentence."""
    entries = [e for e in sentence.entries if not e.count.approximate]
    for one, other in OPPOSITES:
        pairs = [
            (a, b)
            for a in entries
            for b in entries
            if a is not b
            and re.search(one, a.label)
            and re.search(other, b.label)
            and not re.search(one, b.label)
            and a.count.value != 0
            and b.count.value != 0
        ]
        for a, b in pairs[:3]:
            start = min(a.count.start, b.count.start)
            heads = [
                e
                for e in entries
                if e.count.start < start
                and not e.count.nested
                and _comparable(e.count.unit, a.count.unit)
                and e.count.value >= max(a.value, b.value)
            ]
            total = a.count.meant + b.count.meant
            if not heads or any(total.meets(h.count.meant) for h in [*heads, *before]):
                continue
            between = [
                e for e in entries if start < e.count.start < max(a.count.start, b.count.start)
            ]
            third = [e for e in entries if e not in (a, b) and e.count.start > start]
            if any((total + e.count.meant).meets(h.count.meant) for e in third for h in heads):
                continue
            head = heads[-1]
            ratio = _ratio(total, head)
            if between and abs(1 - ratio) > Fraction(2, 100):
                continue
            if NEAR[0] <= ratio <= NEAR[1]:
                yield Finding(
                    RULE,
                    f"{head.label}{head.count.printed}：{a.label}{a.count.printed}、"
                    f"{b.label}{b.count.printed}",
                    _("两项之和%(sum)s，与%(total)s不等")
                    % {"sum": number(total), "total": number(head.count.meant)},
                    a.count.place,
                    0.75,
                    _("两项互为补充，合起来应为总数；某一个数有误，或另有一类没有写出。"),
                )


# ---- tables


def _table(grid: Grid, page: Page) -> Iterator[Finding]:
    yield from _total_row(grid, page)
    yield from _stated(grid, page)
    skip = yield from _total_column(grid)
    if not skip:
        yield from _column_groups(grid)


def _total_row(grid: Grid, page: Page) -> Iterator[Finding]:
    total = grid.total
    if not total or len(grid.body) < 2:
        return
    for column in grid.counts:
        printed = total[column].count
        values = [row[column].count for row in grid.body]
        if printed is None or all(v is None for v in values):
            continue
        got = sum(v or 0 for v in values)
        if got == printed or (grid.partial and got < printed) or _same_in_all(values, printed):
            continue
        yield Finding(
            RULE,
            f"{grid.header(column)}合计{printed}",
            _("“%(column)s”列各行之和为%(sum)d，合计印为%(total)d")
            % {"column": grid.header(column), "sum": got, "total": printed},
            grid.place(total, column),
            0.95,
            _row_cause(grid, column, got, printed),
        )


def _same_in_all(values: Sequence[int | None], printed: int) -> bool:
    """A merged cell repeats one number in every row; its total is that number."""
    return len(set(values)) == 1 and values[0] == printed


def _row_cause(grid: Grid, column: int, got: int, printed: int) -> str:
    for row in grid.body:
        value = row[column].count
        if value is not None:
            right = printed - (got - value)
            if right >= 0 and slip(value, right):
                return _("“%(row)s”可能把%(right)d误印为%(wrong)d，或合计有误。") % {
                    "row": grid.name(row),
                    "right": right,
                    "wrong": value,
                }
    return _("漏了一行，或某一格或合计有误。")


def _stated(grid: Grid, page: Page) -> Iterator[Finding]:
    """A total that the sentence about a table states."""
    if grid.total or not grid.mention or grid.partial:
        return
    stated = [
        e
        for prose in page.reading.prose
        if prose.passage is grid.mention
        for e in prose.entries
        if re.search(r"合计|总计|共计", e.label) and e.count.count
    ]
    for entry in stated:
        sums = {c: sum(row[c].count or 0 for row in grid.body) for c in grid.counts}
        goal = entry.count.count or 0
        near = [c for c, got in sums.items() if got and abs(got - goal) <= goal // 10]
        if near and all(sums[c] != goal for c in near):
            column = min(near, key=lambda c: abs(sums[c] - goal))
            yield Finding(
                RULE,
                f"{entry.label}{entry.count.printed}",
                _("“%(column)s”列各行之和为%(sum)d，文中合计为%(total)d")
                % {"column": grid.header(column), "sum": sums[column], "total": goal},
                entry.count.place,
                0.8,
                _row_cause(grid, column, sums[column], goal),
            )


def _total_column(grid: Grid) -> Generator[Finding, None, bool]:
    """A column named 合计, or a last one that adds up the others in most rows.

    Returns whether there is one.
    """
    for total in grid.counts:
        header = names.plain(grid.columns[total])
        if not (names.is_total(header) or header in ("total", "总量", "")):
            continue
        others = [c for c in grid.counts if c != total]
        sides = [[c for c in others if c < total], [c for c in others if c > total]]
        for parts in (sides[0], sides[1], others):
            if len(parts) < 2 or not _adds_up(grid, total, parts):
                continue
            for row in grid.rows:
                values = [row[c].count or 0 for c in parts]
                printed = row[total].count
                if printed is None or sum(values) == printed:
                    continue
                yield _row_finding(grid, row, total, parts, 0.95)
            return True
    return False


def _adds_up(grid: Grid, total: int, parts: Sequence[int]) -> bool:
    """Says whether columns add up to another in most rows, zeros aside."""
    rows = [r for r in grid.rows if r[total].count is not None]
    telling = [r for r in rows if sum(bool(r[c].count) for c in parts) > 1]
    fits = sum(sum(r[c].count or 0 for c in parts) == r[total].count for r in telling)
    return len(telling) >= 2 and fits >= 2 and fits > len(telling) / 2


def _row_finding(
    grid: Grid, row: Sequence[Cell], total: int, parts: Sequence[int], confidence: float
) -> Finding:
    values = [row[c].count or 0 for c in parts]
    return Finding(
        RULE,
        f"{grid.name(row)}：{grid.header(total)}{row[total].text}",
        _("%(columns)s之和%(sum)s，“%(total)s”印为%(printed)s")
        % {
            "columns": names.listed((grid.header(c) for c in parts), 8),
            "sum": "+".join(map(str, values)) + f"={sum(values)}",
            "total": grid.header(total),
            "printed": row[total].text,
        },
        grid.place(row, total),
        confidence,
        _("这一行某一格有误，或另有一类没有列出。"),
    )


def _column_groups(grid: Grid) -> Iterator[Finding]:
    """Columns beside each other that make up the first: a group that adds up, or ends with 其他."""
    counts = list(grid.counts)
    for position, total in enumerate(counts[:-2]):
        if grid.concepts[total] not in ("accepted", "calls", "assigned"):
            continue
        used = position + 1
        for end in range(position + 2, len(counts)):
            parts = counts[used : end + 1]
            if len(parts) < 2:
                continue
            closes = grid.concepts[parts[-1]] == "other"
            if not closes and not _adds_up(grid, total, parts):
                continue
            wrong = [
                row
                for row in grid.rows
                if row[total].count is not None
                and sum(row[c].count or 0 for c in parts) != row[total].count
            ]
            if wrong:
                # The total row says it for all.
                row = next((r for r in wrong if r is grid.total), wrong[0])
                yield _row_finding(grid, row, total, parts, 0.9 if len(wrong) == 1 else 0.85)
            used = end + 1
        return
