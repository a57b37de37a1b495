"""Totals of rates: weighted, or the plain mean of the rows.

Sees: a total row whose rate or average is the plain mean of the rows, while the counts that would
weigh them stand beside; a total outside everything its rows span; a rate of the whole city in the
text against the rows of a table, also where the table is a part and its total is stated (what is
missing can only lie between 0 and 100 %).

Cannot see: the true total where the rates are of samples whose size is not printed; there it says
what weighting by the printed counts gives, and is less sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import decimals, rounded
from minsheng.bulletins.checker.document import Cell, Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Prose, Quantity, Reading
from minsheng.bulletins.checker.rules.columns import Formula, formula_of, slips

RULE = "weighted"
_CITY = re.compile(r"全[市区县州省]|总体|平均|综合")


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for grid in reading.document.grids:
        yield from _total_row(grid)
        if not grid.echo:
            for prose in reading.prose:
                yield from _in_text(grid, prose, page)


def _measures(grid: Grid) -> list[int]:
    """Returns the columns that are no counts: rates and averages, but no maxima and no changes."""
    return [
        c
        for c in range(len(grid.columns))
        if c not in grid.counts
        and c not in (grid.serial, grid.label)
        and grid.concepts[c] not in ("max_talk", "growth", "share")
        and sum(row[c].value is not None for row in grid.body) >= 2
    ]


def _total_row(grid: Grid) -> Iterator[Finding]:
    total = grid.total
    if not total:
        return
    for column in _measures(grid):
        printed, step = total[column].value, total[column].step
        rows = [r for r in grid.body if r[column].value is not None]
        if printed is None or len(rows) < 2 or len({r[column].value for r in rows}) < 2:
            continue
        values = [Fraction(r[column].value or 0) for r in rows]
        mean = sum(values, Fraction(0)) / len(values)
        places = max(
            decimals(step), *(decimals(r[column].step) for r in rows if r[column].percent or True)
        )
        weighted = list(_weightings(grid, rows, column))
        if any(rounded(w, decimals(step)) == printed for _text, w in weighted):
            continue
        told = "；".join(f"{text}{float(w):.2f}" for text, w in weighted[:2])
        if not min(values) - Fraction(step) <= Fraction(printed) <= max(values) + Fraction(step):
            yield Finding(
                RULE,
                f"{grid.header(column)}：{grid.name(total)}{total[column].text}",
                _("合计须在各行的%(low)s与%(high)s之间")
                % {"low": _text(rows, column, min), "high": _text(rows, column, max)}
                + (f"；{told}" if told else ""),
                grid.place(total, column),
                0.9,
                _("合计或某一行有误。"),
            )
        elif weighted and abs(mean - Fraction(printed)) <= Fraction(step):
            if all(abs(w - mean) < Fraction(step) for _t, w in weighted):
                continue
            yield Finding(
                RULE,
                f"{grid.header(column)}：{grid.name(total)}{total[column].text}",
                _("%(printed)s是各行的简单平均（%(mean)s）；%(weighted)s")
                % {
                    "printed": total[column].text,
                    "mean": rounded(mean, places),
                    "weighted": told,
                },
                grid.place(total, column),
                0.92,
                _("合计用了简单平均，没有按件数加权。"),
            )


def _text(rows: Sequence[Sequence[Cell]], column: int, which: object) -> str:
    cells = sorted((r[column] for r in rows), key=lambda c: c.value or 0)
    return cells[0].text if which is min else cells[-1].text


def _weightings(
    grid: Grid, rows: Sequence[Sequence[Cell]], column: int
) -> Iterator[tuple[str, Fraction]]:
    """Yields totals weighted by each column of counts; of a rate, also by what it is a rate of.

    Where the counts are numerators (calls answered), the denominators follow from the rates.
    """
    for weight in grid.counts:
        pairs = [(r[weight].count, Fraction(r[column].value or 0)) for r in rows]
        if any(not w for w, _v in pairs):
            continue
        total = sum(w or 0 for w, _v in pairs)
        mean = sum((Fraction(w or 0) * v for w, v in pairs), Fraction(0)) / total
        yield _("按%s加权为") % grid.header(weight), mean
        if column in grid.rates and all(v > 0 for _w, v in pairs):
            attempts = sum((Fraction(w or 0) * 100 / v for w, v in pairs), Fraction(0))
            yield _("若%s是分子则为") % grid.header(weight), Fraction(total) * 100 / attempts


# ---- the text against a table


def _in_text(grid: Grid, prose: Prose, page: Page) -> Iterator[Finding]:
    for q in prose.quantities:
        if q.role != "rate" or q.approximate:
            continue
        concept = names.concept(q.label)
        columns = [c for c in grid.rates if grid.concepts[c] == concept and concept]
        if columns:
            yield from _city_rate(grid, columns[0], q, page)


def _city_rate(grid: Grid, column: int, q: Quantity, page: Page) -> Iterator[Finding]:
    rows = [r for r in grid.body if r[column].value is not None]
    weight = next(iter(grid.counts), None)
    if weight is None or len(rows) < 5 or grid.total:
        return
    whole = page.whole(grid)
    formula = formula_of(grid, column)
    if formula and whole and _first(q, page):
        yield from _by_formula(grid, column, formula, q)
        return
    if not _CITY.search(q.label) and not _CITY.search(q.context):
        return
    known = [(r[weight].count or 0, Fraction(r[column].value or 0)) for r in rows]
    counted = sum(w for w, _v in known)
    stated = _stated(grid, page)
    missing = 0 if whole or stated is None else max(0, stated - counted)
    if (not whole and stated is None) or counted < (counted + missing) / 2:
        return
    got = sum((w * v for w, v in known), Fraction(0))
    low, high = got / (counted + missing), (got + 100 * missing) / (counted + missing)
    printed, half = Fraction(q.value), Fraction(q.step)
    if low - half <= printed <= high + half:
        return
    mean = sum((v for _w, v in known), Fraction(0)) / len(known)
    is_mean = whole and rounded(mean, decimals(q.step)) == q.value
    least = min(v for _w, v in known)
    computed = (
        _("按“%(weight)s”加权为%(low).2f%%")
        if not missing
        else _(
            "按“%(weight)s”加权，连同没有列出的%(missing)d件也不超过%(high).2f%%、不低于%(low).2f%%"
        )
    ) % {
        "weight": grid.header(weight),
        "low": float(low),
        "high": float(high),
        "missing": missing,
    }
    if whole:
        computed += _("，各单位简单平均为%.2f%%") % float(mean)
    outside = printed < least - half or printed > max(v for _w, v in known) + half
    yield Finding(
        RULE,
        f"{q.label}{q.printed}",
        computed,
        q.place,
        0.8 if is_mean or (outside and whole) else 0.5,
        _("总的率用了各单位的简单平均。")
        if is_mean
        else _("率的分子和分母没有公布，与各单位的率对不上。"),
    )


def _first(q: Quantity, page: Page) -> bool:
    """Says whether a rate is the first of its kind in the bulletin: the city's own."""
    concept = names.concept(q.label)
    for prose in page.reading.prose:
        for other in prose.quantities:
            if other.role == "rate" and names.concept(other.label) == concept:
                return other is q
    return False


def _stated(grid: Grid, page: Page) -> int | None:
    """Returns the total that the sentence about a table states."""
    for prose in page.reading.prose:
        if prose.passage is grid.mention:
            for entry in prose.entries:
                if re.search(r"合计|总计|共计", entry.label) and entry.count.count:
                    return entry.count.count
    return None


def _by_formula(grid: Grid, column: int, formula: Formula, q: Quantity) -> Iterator[Finding]:
    """The city's rate from the sums of the columns that the rows' rates come of."""
    sums = {c: sum(r[c].count or 0 for r in grid.body) for c in formula.columns}
    exact = _of(formula, sums)
    if exact is None:
        return
    near = rounded(exact, decimals(q.step))
    cut = rounded(exact, decimals(q.step), "truncated")
    if q.value in (near, cut):
        return
    corrected = dict(sums)
    for row, fixed, right in slips(grid, column, formula):
        corrected[fixed] += right - (row[fixed].count or 0)
    again = _of(formula, corrected)
    proves = corrected != sums and again is not None and rounded(again, decimals(q.step)) == q.value
    computed = _("表中各行合计按%(formula)s为%(right)s%%") % {
        "formula": formula.text,
        "right": near,
    }
    if proves:
        computed += _("；改正表中误印的格后恰为%s") % q.printed
    yield Finding(
        RULE,
        f"{q.label}{q.printed}",
        computed,
        q.place,
        0.85 if proves else 0.7,
        _("表中有误印的格，文中的率是对的。")
        if proves
        else _("文中的率与表不是同一口径，或某一格有误。"),
    )


def _of(formula: Formula, sums: dict[int, int]) -> Fraction | None:
    columns = formula.columns
    part = sums[columns[0]] - (sums[columns[1]] if len(columns) == 3 else 0)
    whole = sums[columns[-1]]
    return Fraction(100 * part, whole) if whole else None
