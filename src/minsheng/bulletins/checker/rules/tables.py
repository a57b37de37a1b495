"""The text against the tables.

Sees: names with numbers in a paragraph against the rows (or the total row) of a table, once two of
them agree with one column and others do not; one value far out of line where the column is of
something similar (assigned in the text, due in the table); a rate or total of the text against a
column of the same name; orders assigned or accepted under two totals; dissatisfied in the text
against the column of the dissatisfied; a unit that the text ranks and a whole table lacks.

Cannot see: contradictions with rows that are not there, where a table is only a part, and numbers
in the text that no row is named for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Cell, Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Prose, Quantity, Reading

RULE = "tables"
OUT_OF_LINE = Decimal("0.15")  # how far from the others a ratio must lie to stand out
IN_LINE = Decimal("0.08")


@dataclass(frozen=True, slots=True)
class Named:
    """A number of the text that stands beside a name."""

    name: str
    quantity: Quantity

    @property
    def percent(self) -> bool:
        return self.quantity.percent


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    grids = [g for g in reading.document.grids if not g.echo]
    for prose in reading.prose:
        named = list(_named(prose))
        for grid in grids:
            yield from _rows(named, grid)
            yield from _total_row(named, grid)
            yield from _columns(prose, grid, page)
            yield from _absent(prose, grid, page)
    for grid in grids:
        yield from _totals(reading, grid, page)
        yield from _dissatisfied(reading, grid, page)


def _named(prose: Prose) -> Iterator[Named]:
    """Yields the numbers that stand beside a name: 海州区(1752件), 电话端有84305件."""
    for q in prose.quantities:
        if q.approximate or q.role not in ("count", "level", "other"):
            continue
        if q.unit in PIECES or q.percent:
            name = re.split(r"[的中]|较多|最多", names.plain(q.label))[-1]
            name = re.sub(r"^(?:和|与|及|还有|有)", "", name)
            if 2 <= len(name) <= 24:
                yield Named(name, q)


def _rows(named: Sequence[Named], grid: Grid) -> Iterator[Finding]:
    """Names against the rows that are called so."""
    pairs: list[tuple[Named, Sequence[Cell]]] = []
    for one in named:
        row = _row(grid, one.name)
        if row:
            pairs.append((one, row))
    for percent in (False, True):
        some = [(n, r) for n, r in pairs if n.percent is percent]
        columns = grid.rates if percent else grid.counts
        yield from _compare(some, columns, grid)


def _row(grid: Grid, name: str) -> Sequence[Cell] | None:
    word = names.core(name)
    exact = [r for r in grid.body if names.core(grid.name(r)) == word]
    if exact:
        return exact[0]
    near = [r for r in grid.body if names.same_unit(grid.name(r), name)]
    return near[0] if len(near) == 1 else None


def _compare(
    pairs: Sequence[tuple[Named, Sequence[Cell]]], columns: Sequence[int], grid: Grid
) -> Iterator[Finding]:
    best: tuple[int, int] | None = None
    for column in columns:
        agree = sum(_equal(n.quantity, r[column]) for n, r in pairs)
        if agree >= 2 and (best is None or agree > best[0]):
            best = (agree, column)
    if best is None:
        if len(pairs) >= 4:
            yield from _out_of_line(pairs, columns, grid)
        return
    agree, column = best
    if agree <= len(pairs) / 2:
        return
    seen = {n.name for n, r in pairs if _equal(n.quantity, r[column])}
    for one, row in pairs:
        if _equal(one.quantity, row[column]) or row[column].value is None:
            continue
        # The number of another column, or of another list in the same paragraph.
        if any(_equal(one.quantity, row[c]) for c in columns) or one.name in seen:
            continue
        yield Finding(
            RULE,
            f"{one.name}{one.quantity.printed}",
            _("表中“%(row)s”的“%(column)s”为%(cell)s；同处另外%(others)d个数与表相符")
            % {
                "row": grid.name(row),
                "column": grid.header(column),
                "cell": row[column].text,
                "others": agree,
            },
            one.quantity.place,
            0.9,
            _("文字与表格有一处有误。"),
        )


def _equal(q: Quantity, c: Cell) -> bool:
    if c.value is None:
        return False
    return q.meant.meets(c.meant) if q.step >= c.step else Decimal(q.value) == c.value


def _out_of_line(
    pairs: Sequence[tuple[Named, Sequence[Cell]]], columns: Sequence[int], grid: Grid
) -> Iterator[Finding]:
    """The text counts something similar, not the same: all but one lie close to the table."""
    for column in columns:
        ratios = [
            (one, row, one.quantity.value / row[column].value)  # type: ignore[operator]
            for one, row in pairs
            if row[column].value and one.quantity.value >= 100
        ]
        if len(ratios) < 4:
            continue
        middle = Decimal(median(r for _n, _r, r in ratios))
        away = [(n, r, x) for n, r, x in ratios if abs(x / middle - 1) > OUT_OF_LINE]
        near = [x for _n, _r, x in ratios if abs(x / middle - 1) <= IN_LINE]
        if len(away) != 1 or len(near) < len(ratios) - 1 or abs(middle - 1) > OUT_OF_LINE:
            continue
        one, row, ratio = away[0]
        yield Finding(
            RULE,
            f"{one.name}{one.quantity.printed}",
            _(
                "表中“%(column)s”为%(cell)s，文中是它的%(ratio).2f倍；"
                "其余%(others)d个单位在%(low).2f至%(high).2f倍之间"
            )
            % {
                "column": grid.header(column),
                "cell": row[column].text,
                "ratio": ratio,
                "others": len(near),
                "low": min(near),
                "high": max(near),
            },
            one.quantity.place,
            0.6,
            _("两处口径相近而不同，只有这一个单位相差悬殊，文中或表中的数可能有误。"),
        )
        return


def _total_row(named: Sequence[Named], grid: Grid) -> Iterator[Finding]:
    """Names against the headers, in the total row: 电话端有84305件, 其他渠道41890件."""
    if not grid.total:
        return
    pairs: list[tuple[Named, int]] = []
    for one in named:
        if one.percent or not one.quantity.unit:
            continue
        column = _column(grid, one.name)
        if column is not None:
            pairs.append((one, column))
    total = grid.total
    agree = [n for n, c in pairs if _equal(n.quantity, total[c])]
    if len(agree) < 2:
        return
    for one, column in pairs:
        if one in agree or total[column].value is None:
            continue
        if any(a.name == one.name for a in agree):
            continue
        beside = [a.quantity for a in agree if a.quantity.sentence == one.quantity.sentence]
        if not beside or beside[0].unit != one.quantity.unit:
            continue
        yield Finding(
            RULE,
            f"{one.name}{one.quantity.printed}",
            _("表中“%(column)s”合计为%(cell)s；同处另外%(others)d个数与表相符")
            % {
                "column": grid.header(column),
                "cell": total[column].text,
                "others": len(agree),
            },
            one.quantity.place,
            0.92,
            _("文字与表格有一处有误，或两处所指不同。"),
        )


def _column(grid: Grid, name: str) -> int | None:
    word = names.core(name)
    for column in grid.counts:
        header = names.core(names.chinese(grid.columns[column]))
        if header and header == word:
            return column
    return None


# ---- single numbers against columns of the same name


def _columns(prose: Prose, grid: Grid, page: Page) -> Iterator[Finding]:
    """A rate of the text against a column of the same name with one value, or its total."""
    for q in prose.quantities:
        if q.role != "rate" or q.approximate:
            continue
        for column in grid.rates:
            header = names.chinese(grid.columns[column])
            if not _same_rate(q.label, header):
                continue
            only = _only_value(grid, column)
            if only is None or _equal(q, only) or only.value is None:
                continue
            if abs(only.value - q.value) > 20:
                continue  # of something else altogether
            yield Finding(
                RULE,
                f"{q.label}{q.printed}",
                _("表中“%(column)s”为%(cell)s")
                % {"column": grid.header(column), "cell": only.text},
                q.place,
                0.75,
                _("两处的时段或口径不同而没有注明，或有一处有误。"),
            )


_PLAIN_RATE = re.compile(
    r"^(?:回访|办结|群众|公众|总体|综合|全市|平均|办理|工单|服务|\d+月份?)*(?:满意率|满意度)$"
)


def _same_rate(label: str, header: str) -> bool:
    """Says whether two rates are one by their names; 满意率 alone is too general to tell."""
    a, b = names.plain(label), names.plain(header)
    if names.concept(a) != names.concept(b) or not names.concept(a):
        return False
    if _PLAIN_RATE.match(a) or _PLAIN_RATE.match(b):
        return False
    return min(len(a), len(b)) >= 5 and names.alike(a, b) >= 0.6


def _only_value(grid: Grid, column: int) -> Cell | None:
    """Returns the one value that a column has, or that of its total row."""
    if grid.total and grid.total[column].value is not None:
        return grid.total[column]
    found = [row[column] for row in grid.body if row[column].value is not None]
    return found[0] if found and len({c.value for c in found}) == 1 else None


_ALL = re.compile(
    r"总[^,;。]{0,2}(?:受理|派单|交办|转办|承办|诉求)|(?:受理|派单|交办|转办|承办)[^,;。]{0,2}总(?:量|数)"
)


def _totals(reading: Reading, grid: Grid, page: Page) -> Iterator[Finding]:
    """Accepted and assigned in the text (总受理量, 总派单量) against the table's total row."""
    if not grid.total or grid.partial:
        return
    for entry in reading.entries:
        q = entry.count
        if q.approximate or not _ALL.search(q.label) or q.unit not in PIECES:
            continue
        concept = names.concept(q.label)
        if concept not in ("accepted", "assigned"):
            continue
        columns = [c for c in grid.counts if grid.concepts[c] == concept]
        values = [grid.total[c] for c in columns if grid.total[c].value is not None]
        if len(values) != 1 or _equal(q, values[0]) or not values[0].value:
            continue
        if not Decimal("0.5") < q.value / values[0].value < 2:
            continue
        yield Finding(
            RULE,
            f"{q.label}{q.printed}",
            _("表中“%(column)s”合计为%(cell)s，相差%(difference)s")
            % {
                "column": grid.header(columns[0]),
                "cell": values[0].text,
                "difference": abs(q.value - values[0].value),
            },
            q.place,
            0.6,
            _("同一名目有两个总数：口径不同而没有说明，或有一处有误。"),
        )


def _dissatisfied(reading: Reading, grid: Grid, page: Page) -> Iterator[Finding]:
    """回访2713件，满意2617件: the rest against the column of the dissatisfied."""
    columns = [c for c in grid.counts if grid.concepts[c] == "dissatisfied"]
    if not columns or not page.whole(grid) or grid.total:
        return
    got = sum(row[columns[0]].count or 0 for row in grid.body)
    for prose in reading.prose:
        for sentence in prose.sentences:
            sampled = [e for e in sentence.entries if names.concept(e.label) == "sampled"]
            content = [e for e in sentence.entries if names.concept(e.label) == "satisfied"]
            if len(sampled) != 1 or len(content) != 1:
                continue
            a, b = sampled[0].count, content[0].count
            if a.count is None or b.count is None or a.count - b.count == got:
                continue
            if not 0 < abs(a.count - b.count - got) <= max(10, got // 5):
                continue
            yield Finding(
                RULE,
                f"{sampled[0].label}{a.printed}，{content[0].label}{b.printed}",
                _("不满意的应为%(text)d件，表中“%(column)s”各行之和为%(table)d件")
                % {
                    "text": a.count - b.count,
                    "column": grid.header(columns[0]),
                    "table": got,
                },
                a.place,
                0.7,
                _("文字与表格相差几件，某一处有误。"),
            )


# ---- units that a table lacks

_LIST = re.compile(
    r"(?:单位|县区|区县|部门|乡镇|街道|成员单位)[^,;。:]{0,8}(?:为|有|是|:|分别为|分别是|依次为)(?P<names>[^,;。:]+)"
)


def _absent(prose: Prose, grid: Grid, page: Page) -> Iterator[Finding]:
    """A unit that the text ranks, and a whole table of units has no row for."""
    if len(grid.body) < 5 or grid.label is None:
        return
    rows = [grid.name(row) for row in grid.body]
    if sum(bool(names.UNIT.search(names.plain(r))) for r in rows) < len(rows) / 2:
        return
    if not page.whole(grid) or (grid.echo and grid.partial):
        return
    text = prose.passage.text
    listed: list[tuple[str, int]] = []
    for found in _LIST.finditer(text):
        at = found.start("names")
        for part in re.split(r"[、和]", found["names"]):
            name = re.sub(r"等.*$|[(（].*$", "", part)
            if names.UNIT.search(name) and 3 <= len(name) <= 20:
                listed.append((name, text.find(name, at)))
    missing = [(n, at) for n, at in listed if _row(grid, n) is None]
    present = len(listed) - len(missing)
    if not missing or present < 2 or len(missing) > present:
        return
    for name, at in missing:
        yield Finding(
            RULE,
            prose.passage.excerpt(max(0, at - 20), at + len(name)),
            _("表“%(table)s”有%(rows)d个单位，没有“%(name)s”；同处另外%(present)d个单位都在表中")
            % {
                "table": grid.title,
                "rows": len(rows),
                "name": name,
                "present": present,
            },
            prose.passage.place(max(at, 0)),
            0.75,
            _("表中漏了这个单位，或文中的单位名有误。"),
        )
