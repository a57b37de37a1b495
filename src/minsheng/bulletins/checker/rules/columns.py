"""Columns of rates against the columns of counts beside them; part of the rule `rates`.

Sees: which counts a column of rates is computed from, told by the rows themselves (the formula that
most rows fit), and the rows that do not fit it; a satisfaction rate beside the dissatisfied, where
the sample is not printed; weighted composites; rates that no sample up to the count can give.

A column of orders that are overdue and still open (超期未办) says nothing of those completed late,
so it is never held against an on-time rate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import (
    MANY,
    count_for,
    decimals,
    point,
    rounded,
    rounding,
    smallest_whole,
)
from minsheng.bulletins.checker.document import Cell, Grid
from minsheng.bulletins.checker.findings import Finding

RULE = "rates"


@dataclass(frozen=True, slots=True)
class Formula:
    """How a column of rates comes of columns of counts, in words and as a function of a row."""

    text: str
    columns: tuple[int, ...]
    of: Callable[[Sequence[Cell]], Fraction | None]


def _quotient(grid: Grid, part: int, whole: int) -> Formula:
    def of(row: Sequence[Cell]) -> Fraction | None:
        a, b = row[part].count, row[whole].count
        return Fraction(100 * a, b) if a is not None and b else None

    return Formula(f"{grid.header(part)}/{grid.header(whole)}", (part, whole), of)


def _difference(grid: Grid, part: int, less: int, whole: int) -> Formula:
    def of(row: Sequence[Cell]) -> Fraction | None:
        a, b, c = row[part].count, row[less].count, row[whole].count
        return Fraction(100 * (a - b), c) if a is not None and b is not None and c else None

    text = f"({grid.header(part)}-{grid.header(less)})/{grid.header(whole)}"
    return Formula(text, (part, less, whole), of)


def _formulas(grid: Grid, rate: int) -> Iterator[Formula]:
    counts = grid.counts[:10]
    for whole in counts:
        for part in counts:
            if part != whole:
                yield _quotient(grid, part, whole)
        for part in counts:
            for less in counts:
                if less not in (part, whole):
                    yield _difference(grid, part, less, whole)


def find_in(grid: Grid) -> Iterator[Finding]:
    for rate in grid.rates:
        if grid.concepts[rate] in ("growth", "share"):
            continue
        for row in grid.rows:
            printed = row[rate]
            if printed.percent and printed.value is not None and printed.value > 100:
                yield Finding(
                    RULE,
                    f"{grid.name(row)}：{grid.header(rate)}{printed.text}",
                    _("率不会超过100%"),
                    grid.place(row, rate),
                    0.95,
                    _("数字有误。"),
                )
        found = formula_of(grid, rate)
        if found:
            yield from _misfits(grid, rate, found)
        elif _by_dissatisfied(grid, rate) is not None:
            yield from _unknown_sample(grid, rate)
        else:
            yield from _unknown_whole(grid, rate)
    yield from _beside(grid)
    yield from _composite(grid)


def _fits(row: Sequence[Cell], rate: int, formula: Formula) -> bool | None:
    """Says whether a row's rate comes of the formula; None where the formula does not apply."""
    exact = formula.of(row)
    value = row[rate].value
    if exact is None or value is None:
        return None
    mode = rounding(point(exact), value, row[rate].step) if 0 <= exact <= 100 else None
    return mode is not None


def formula_of(grid: Grid, rate: int) -> Formula | None:
    """Returns the formula that most rows fit, those at 0 and 100 % aside."""
    rows = [r for r in grid.rows if r[rate].value is not None][:300]
    best: tuple[int, int, Formula] | None = None
    for tried in _formulas(grid, rate):
        if any(grid.concepts[c] == "overdue_open" for c in tried.columns):
            continue
        fits = [(r, _fits(r, rate, tried)) for r in rows]
        apply = [(r, f) for r, f in fits if f is not None]
        telling = [(r, f) for r, f in apply if r[rate].value not in (0, 100)]
        good, told = sum(bool(f) for _r, f in apply), sum(bool(f) for _r, f in telling)
        usual = _usual(grid, rate, tried)
        enough = told >= 2 and told > len(telling) / 2 and good >= 0.7 * len(apply)
        if not enough and usual:
            # With all at 100 %, the usual formula holds if nearly all rows fit it.
            enough = len(apply) >= 8 and good >= 0.9 * len(apply)
        if enough and (best is None or (told, good + usual) > best[:2]):
            best = (told, good + usual, tried)
    return best[2] if best else None


def _usual(grid: Grid, rate: int, formula: Formula) -> bool:
    """Says whether a formula is what the column's name promises."""
    concepts = tuple(grid.concepts[c] for c in formula.columns)
    wholes = ("due", "assigned", "accepted")
    return {
        "completion_rate": concepts in [("handled", w) for w in wholes],
        "on_time_rate": concepts
        in [
            (part, late, w)
            for part in ("handled", *wholes)
            for late in ("completed_late", "overdue")
            for w in wholes
        ],
        "rework_rate": concepts in [("rework", w) for w in (*wholes, "handled")],
    }.get(grid.concepts[rate], False)


def _misfits(grid: Grid, rate: int, formula: Formula) -> Iterator[Finding]:
    cut = [
        row
        for row in grid.rows
        if (exact := formula.of(row)) is not None
        and row[rate].value is not None
        and 0 <= exact <= 100
        and rounding(point(exact), row[rate].value or Decimal(0), row[rate].step) == "truncated"
    ]
    fitting = sum(_fits(row, rate, formula) is True for row in grid.rows)
    for row in grid.rows:
        exact, value = formula.of(row), row[rate].value
        if exact is None or value is None:
            continue
        is_cut = any(row is r for r in cut)
        if _fits(row, rate, formula) and not (is_cut and len(cut) <= fitting / 4):
            continue
        right = rounded(exact, decimals(row[rate].step))
        yield Finding(
            RULE,
            f"{grid.name(row)}：{grid.header(rate)}{row[rate].text}",
            _("按%(formula)s=%(sum)s，应为%(right)s%%")
            % {"formula": formula.text, "sum": _worked(row, formula), "right": right},
            grid.place(row, rate),
            0.55 if is_cut else 0.92,
            _("这一格截去了尾数，同列其余是四舍五入。")
            if is_cut
            else _cell_cause(grid, row, rate, formula),
        )


def _worked(row: Sequence[Cell], formula: Formula) -> str:
    values = [row[c].text for c in formula.columns]
    return f"({values[0]}-{values[1]})/{values[2]}" if len(values) == 3 else "/".join(values)


def _cell_cause(grid: Grid, row: Sequence[Cell], rate: int, formula: Formula) -> str:
    """Returns the slip in a count that explains the printed rate, where there is one."""
    found = _slip(row, rate, formula)
    if found is None:
        return _("件数或率有误，同表其余各行吻合。")
    column, right = found
    return _("“%(column)s”可能应为%(right)d，误印为%(wrong)d。") % {
        "column": grid.header(column),
        "right": right,
        "wrong": row[column].count or 0,
    }


def _slip(row: Sequence[Cell], rate: int, formula: Formula) -> tuple[int, int] | None:
    """Returns a column and the count in it that would give the printed rate, if it is near."""
    whole = row[formula.columns[-1]].count
    for column in formula.columns[-2::-1]:
        printed = row[column].count
        if printed is None or not whole or printed == whole:
            continue
        for candidate in _candidates(printed, whole):
            changed = list(row)
            changed[column] = Cell(str(candidate), value=Decimal(candidate))
            if _fits(changed, rate, formula):
                return column, candidate
    return None


def slips(grid: Grid, rate: int, formula: Formula) -> Iterator[tuple[Sequence[Cell], int, int]]:
    """Yields the rows whose counts are misprinted: row, column, and what it should be."""
    for row in grid.body:
        if _fits(row, rate, formula) is False:
            found = _slip(row, rate, formula)
            if found:
                yield row, *found


def _candidates(printed: int, whole: int) -> list[int]:
    """Returns counts that a slip may have turned into the printed one, likeliest first."""
    text = str(printed)
    longer = [int(text[:i] + d + text[i:]) for i in range(len(text) + 1) for d in "0123456789"]
    shorter = [int(text[:i] + text[i + 1 :]) for i in range(len(text)) if len(text) > 1]
    same = [int(text[:i] + d + text[i + 1 :]) for i in range(len(text)) for d in "0123456789"]
    swapped = [int(text[:i] + b + a + text[i + 2 :]) for i, (a, b) in enumerate(pairwise(text))]
    doubled = [int(text + text[-1])]
    near = [printed + 1, printed - 1]
    found = dict.fromkeys([*doubled, *near, *longer, *shorter, *same, *swapped])
    return [n for n in found if 0 <= n <= whole and n != printed]


# ---- a rate beside the dissatisfied, the sample not printed


def _by_dissatisfied(grid: Grid, rate: int) -> int | None:
    if grid.concepts[rate] != "satisfaction_rate":
        return None
    return next((c for c in grid.counts if grid.concepts[c] == "dissatisfied"), None)


def _unknown_sample(grid: Grid, rate: int) -> Iterator[Finding]:
    """So many dissatisfied and such a rate: some sample must give it."""
    against = _by_dissatisfied(grid, rate)
    assert against is not None
    for row in grid.body:
        value, step, bad = row[rate].value, row[rate].step, row[against].count
        if value is None or bad is None:
            continue
        if bad == 0:
            if value != 100:
                yield Finding(
                    RULE,
                    f"{grid.name(row)}：{grid.header(against)}0，{grid.header(rate)}{row[rate].text}",
                    _("没有不满意的，满意率应为100%"),
                    grid.place(row, rate),
                    0.85,
                    _("不满意数或满意率有误。"),
                )
            continue
        if value >= 100:
            yield Finding(
                RULE,
                f"{grid.name(row)}：{grid.header(against)}{bad}，{grid.header(rate)}{row[rate].text}",
                _("有不满意的，满意率不会是100%"),
                grid.place(row, rate),
                0.9,
                _("不满意数或满意率有误。"),
            )
            continue
        near = int(Fraction(100 * bad) / (100 - Fraction(value)))
        samples = range(max(bad, near - 3), near + 5)
        rates = {n: Fraction(100 * (n - bad), n) for n in samples if n}
        places = decimals(step)
        if any(rounded(exact, places) == value for exact in rates.values()):
            continue
        cut = [n for n, exact in rates.items() if rounded(exact, places, "truncated") == value]
        closest = min(rates, key=lambda n: abs(rates[n] - Fraction(value)))
        gives = f"{bad}/{closest}→{rounded(rates[closest], places)}%"
        yield Finding(
            RULE,
            f"{grid.name(row)}：{grid.header(against)}{bad}，{grid.header(rate)}{row[rate].text}",
            _("没有哪个抽查数四舍五入得此率（最近的是%s）") % gives
            + (_("；抽查%d件、截去尾数可得") % cut[0] if cut else ""),
            grid.place(row, rate),
            0.65 if cut else 0.75,
            _("率截去了尾数，与别处的进位不一。") if cut else _("率或不满意数有误，或进位不一。"),
        )


def _unknown_whole(grid: Grid, rate: int) -> Iterator[Finding]:
    """A rate of a sample that is not printed: some sample up to the row's count must give it."""
    if not names.is_rate(grid.concepts[rate]) or grid.concepts[rate] == "connect_rate":
        return
    limits = [
        c for c in grid.counts if grid.concepts[c] in ("due", "assigned", "accepted", "handled")
    ]
    if not limits and len(grid.counts) >= 1:
        limits = [grid.counts[0]]
    if not limits:
        return
    for row in grid.body:
        value, step = row[rate].value, row[rate].step
        most = max((row[c].count or 0 for c in limits), default=0)
        if value is None or not 0 < value < 100 or not 0 < most < MANY:
            continue
        if smallest_whole(value, step, most, "half_up"):
            continue
        cut = smallest_whole(value, step, most, "truncated")
        part = count_for(value, step, cut, "truncated") if cut else None
        yield Finding(
            RULE,
            f"{grid.name(row)}：{grid.header(limits[0])}{most}，{grid.header(rate)}{row[rate].text}",
            _("不超过%d件的任何基数都得不出此率（四舍五入）") % most
            + (
                _("；截去尾数时%(part)d/%(whole)d可得") % {"part": part, "whole": cut}
                if cut and part is not None
                else ""
            ),
            grid.place(row, rate),
            0.75 if cut else 0.85,
            _("率截去了尾数，且基数是抽查数而不是办件数。") if cut else _("率或件数有误。"),
        )


def _beside(grid: Grid) -> Iterator[Finding]:
    """A rate in brackets behind a count, as in 26026(58.89%): of another column."""
    for column in range(len(grid.columns)):
        for row in grid.rows:
            found = row[column]
            if found.beside is None or found.count is None:
                continue
            others = [c for c in grid.counts if c != column and (row[c].count or 0) >= found.count]
            exact = {c: Fraction(100 * found.count, row[c].count or 1) for c in others}
            places = decimals(found.beside_step)
            if not exact or any(rounded(x, places) == found.beside for x in exact.values()):
                continue
            closest = min(exact, key=lambda c: abs(exact[c] - Fraction(found.beside or 0)))
            if abs(exact[closest] - Fraction(found.beside)) < 5:
                yield Finding(
                    RULE,
                    f"{grid.name(row)}：{found.text}",
                    f"{found.count}/{row[closest].text}={rounded(exact[closest], places)}%",
                    grid.place(row, column),
                    0.75,
                    _("件数或括号里的率有误。"),
                )


# ---- composites

_STEP = 20  # weights come in twentieths


def _composite(grid: Grid) -> Iterator[Finding]:
    """A score that is a weighted sum of the rates, told by the rows; and the rows that are not."""
    score = next(
        (
            c
            for c in range(len(grid.columns))
            if re.search(r"综合|得分|评分|总分|composite|score", grid.columns[c])
            and all(r[c].value is not None for r in grid.body)
        ),
        None,
    )
    rates = [c for c in grid.rates if grid.concepts[c] != "growth"]
    rows = [r for r in grid.body if all(r[c].value is not None for c in rates)]
    if score is None or not 2 <= len(rates) <= 5 or len(rows) < 6:
        return
    less = {
        c
        for c in rates
        if grid.concepts[c] in ("rework_rate", "dissatisfaction_rate", "overdue_rate")
    }
    points = [[float(100 - r[c].value if c in less else r[c].value) for c in rates] for r in rows]  # type: ignore[operator, arg-type]
    printed = [float(r[score].value or 0) for r in rows]
    half = float(rows[0][score].step) / 2 + 1e-6
    telling = [i for i, p in enumerate(points) if min(p) < 99.9]
    best: tuple[int, tuple[int, ...]] = (0, ())
    for weights in _weights(len(rates)):
        # Few weights fit even the first rows; only those are tried on all.
        for few in (telling[:6], telling):
            fits = sum(_scores(weights, points[i], printed[i], half) for i in few)
            if fits < len(few) / 2:
                break
        else:
            best = max(best, (fits, weights))
    if len(telling) < 5 or best[0] < 0.8 * len(telling):
        return
    for i, row in enumerate(rows):
        if _scores(best[1], points[i], printed[i], half):
            continue
        exact = sum(w * x for w, x in zip(best[1], points[i], strict=True)) / _STEP
        formula = "+".join(
            f"{w / _STEP:g}×" + (f"(100-{grid.header(c)})" if c in less else grid.header(c))
            for w, c in zip(best[1], rates, strict=True)
            if w
        )
        yield Finding(
            RULE,
            f"{grid.name(row)}：{grid.header(score)}{row[score].text}",
            _("按%(formula)s应为%(right).2f") % {"formula": formula, "right": exact},
            grid.place(row, score),
            0.85,
            _("得分或某个率有误，同表其余各行吻合。"),
        )


def _scores(weights: Sequence[int], points: Sequence[float], printed: float, half: float) -> bool:
    got = sum(w * x for w, x in zip(weights, points, strict=True)) / _STEP
    return abs(got - printed) <= half


def _weights(terms: int, left: int = _STEP) -> Iterator[tuple[int, ...]]:
    if terms == 1:
        yield (left,)
        return
    for first in range(1, left - terms + 2):
        for rest in _weights(terms - 1, left - first):
            yield (first, *rest)
