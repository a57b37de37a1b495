"""Rates without data: a satisfaction of 100 % of nobody asked, a rework rate of nothing done.

Sees: rows with a rate whose denominator stands beside it and is 0; rows with so few orders that, at
the sampling that the text states, nobody can have been asked, and yet 100 % satisfied.

Cannot see: how many were asked where neither the sample nor the sampling is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading

RULE = "nodata"
# What a rate is of: the first column of these that the table has.
_WHOLES = {
    "completion_rate": ("due", "assigned", "accepted"),
    "on_time_rate": ("due", "assigned", "handled"),
    "rework_rate": ("handled", "due", "assigned"),
    "satisfaction_rate": ("sampled", "participants", "handled", "due", "assigned"),
    "dissatisfaction_rate": ("sampled", "participants", "handled", "due"),
}
EXPECTED = Fraction(1, 2)  # of an order asked about, below which a unit surely has no sample


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for grid in reading.document.grids:
        yield from _empty(grid)
        yield from _unasked(grid, reading)


def _empty(grid: Grid) -> Iterator[Finding]:
    for rate in grid.rates:
        wholes = _WHOLES.get(grid.concepts[rate], ())
        columns = [c for w in wholes for c in grid.counts if grid.concepts[c] == w]
        if not columns:
            continue
        rows = [r for r in grid.body if r[columns[0]].count == 0 and r[rate].value is not None]
        if not rows:
            continue
        yield Finding(
            RULE,
            names.listed((f"{grid.name(r)}{grid.header(rate)}{r[rate].text}" for r in rows), 5),
            _("%(count)d个单位的“%(whole)s”为0，没有数据可算")
            % {"count": len(rows), "whole": grid.header(columns[0])},
            grid.place(rows[0], rate),
            0.9,
            _("没有数据按满分或零计；应写“无数据”。"),
        )


def _unasked(grid: Grid, reading: Reading) -> Iterator[Finding]:
    """Units whose orders are too few to be in the sample, and yet are 100 % satisfied."""
    rates = [c for c in grid.rates if grid.concepts[c] == "satisfaction_rate"]
    against = [c for c in grid.counts if grid.concepts[c] == "dissatisfied"]
    dues = [c for c in grid.counts if grid.concepts[c] in ("due", "handled", "assigned")]
    sampling = _sampling(reading)
    if not rates or not against or not dues or sampling is None:
        return
    if any(grid.concepts[c] == "sampled" for c in grid.counts):
        return
    rows = [
        r
        for r in grid.body
        if r[rates[0]].value == 100
        and r[against[0]].count == 0
        and (due := r[dues[0]].count) is not None
        and due * sampling < EXPECTED
    ]
    if len(rows) < 2:
        return
    yield Finding(
        RULE,
        names.listed(
            (f"{grid.name(r)}（{grid.header(dues[0])}{r[dues[0]].text}）100%" for r in rows), 5
        ),
        _("全文回访比例约%(share).1f%%，这%(count)d个单位多半没有被抽到")
        % {"share": float(sampling * 100), "count": len(rows)},
        grid.place(rows[0], rates[0]),
        0.55,
        _("没有样本按100%计；应写“无数据”。"),
    )


def _sampling(reading: Reading) -> Fraction | None:
    """Returns the share of orders that was asked about, where the text gives both counts."""
    sampled = assigned = None
    for entry in reading.entries:
        if entry.count.count is None:
            continue
        concept = names.concept(entry.label)
        if concept == "sampled" and sampled is None:
            sampled = entry.count.count
        elif concept == "assigned" and assigned is None:
            assigned = entry.count.count
    return Fraction(sampled, assigned) if sampled and assigned and sampled < assigned else None
