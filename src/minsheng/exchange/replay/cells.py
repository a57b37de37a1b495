"""Every printed cell computed again, by the indicators and the evaluation, and compared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Any

from minsheng.evaluation import schemes
from minsheng.evaluation.counting import count
from minsheng.evaluation.rules import Score, score
from minsheng.exchange.replay.plan import Cell, Plan, Where
from minsheng.indicators import compute as computing
from minsheng.indicators.compute import Value
from minsheng.indicators.definitions import Unit, find, half_up
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period


class Verdict(StrEnum):
    EQUAL = "equal"
    EXPLAINED = "explained"  # they differ, and misprints.csv says why
    DIFFERS = "differs"
    NOT_CARRIED = "not carried"


@dataclass(frozen=True)
class Compared:
    """A printed cell beside ours."""

    cell: str
    what: str
    printed: str
    ours: str
    verdict: Verdict
    ref: str = ""
    reason: str = ""


def compare(plan: Plan, tables: Tables) -> list[Compared]:
    """Computes and compares all cells of a plan; those that nothing carries come last."""
    ours = _Ours(plan, tables)
    compared = [_judged(plan, cell, ours.of(cell)) for cell in plan.cells]
    compared += [
        Compared(
            row["cell"], row["what"], row["printed"], "", Verdict.NOT_CARRIED, "", row["reason"]
        )
        for row in plan.not_carried
    ]
    return compared


def _judged(plan: Plan, cell: Cell, ours: str) -> Compared:
    if same(cell.printed, ours):
        return Compared(cell.id, cell.what, cell.printed, ours, Verdict.EQUAL)
    known = plan.misprints.get(cell.id)
    if known and (known.printed, known.counts) == (cell.printed, ours):
        return Compared(
            cell.id, cell.what, cell.printed, ours, Verdict.EXPLAINED, known.ref, known.reason
        )
    return Compared(cell.id, cell.what, cell.printed, ours, Verdict.DIFFERS)


def same(printed: str, ours: str) -> bool:
    """Tells whether a print says what ours says: 99.1% is 99.10%, 600+ is 600 or more."""
    if printed == ours:
        return True
    try:
        theirs, mine = (
            Decimal(text.removesuffix("%").removesuffix("+").removeprefix("+"))
            for text in (printed, ours)
        )
    except InvalidOperation:
        return False
    if printed.endswith("+"):
        return theirs <= mine
    return theirs == mine and printed.endswith("%") == ours.endswith("%")


_CONDITION = re.compile(r"(\w+)([<=>])([\d.]+)")
_COMPARE: Mapping[str, Callable[[float | None, float], bool]] = {
    "<": lambda value, bound: value is not None and value < bound,
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value is not None and value > bound,
}


class _Ours:
    """Our values, each query for a table of units or months made once."""

    def __init__(self, plan: Plan, tables: Tables) -> None:
        self.plan = plan
        self.tables = tables
        self._rows: dict[Any, Mapping[Any, Value]] = {}

    def of(self, cell: Cell) -> str:
        """Returns our value of a cell as the bulletin would print it; — where there is no data."""
        if cell.score == "units":
            return self._graded(cell)
        if cell.score:
            found = self.scores.get(self._unit(cell.unit))
            return _plain(getattr(found, cell.score) if found else None)
        if cell.having:
            return self._having(cell)
        if cell.take == "top10":
            return self._of_ten(cell)
        unit = find(cell.indicator).unit
        value = self._value(cell)
        if cell.of is not None:
            whole = self._value(cell, cell.of).value
            return _percent(None if value.value is None or not whole else value.value / whole, cell)
        if cell.against:
            return self._change(cell)
        if cell.take:
            return _plain(getattr(value, cell.take))
        if value.value is None:
            return "—"
        if unit is Unit.RATIO:
            return _percent(value.value, cell)
        if unit is Unit.COUNT:
            return _plain(value.value)
        return str(half_up(value.value / cell.divide, cell.decimals))

    @cached_property
    def scores(self) -> dict[str, Score]:
        scheme = schemes.load(self.plan.scheme, self.plan.period.last)
        return {
            counts.unit: score(scheme, counts) for counts in count(self.plan.period, self.tables)
        }

    def _graded(self, cell: Cell) -> str:
        """Returns how many units have one of the grades in `take`, or their share of all units."""
        wanted = cell.take.split("|") if cell.take else None
        got = [one for one in self.scores.values() if wanted is None or one.grade in wanted]
        return _plain(len(got)) if cell.of is None else _percent(len(got) / len(self.scores), cell)

    def _having(self, cell: Cell) -> str:
        """Returns for how many units all of the cell's conditions hold."""
        conditions = [_CONDITION.fullmatch(text) for text in cell.having.split(";")]
        codes = [found[1] for found in conditions if found]
        if len(codes) < len(conditions):
            raise ValueError(f"{cell.id}: {cell.having}")
        rows = computing.compute(
            codes, by=["unit"], period=self.plan.period, where=cell.where, tables=self.tables
        )
        return _plain(
            sum(
                all(
                    _COMPARE[found[2]](row.values[found[1]].value, float(found[3]))
                    for found in conditions
                    if found
                )
                for row in rows
            )
        )

    def _of_ten(self, cell: Cell) -> str:
        """Returns the share that the ten greatest values of a dimension have in all of them."""
        found = self._by(cell.indicator, cell.by, self.plan.period, cell.where)
        values = sorted((value.value or 0 for value in found.values()), reverse=True)
        return _percent(sum(values[:10]) / sum(values) if values else None, cell)

    def _unit(self, name: str) -> str:
        return self.plan.aliases.get(name, name)

    def _value(self, cell: Cell, where: Where | None = None) -> Value:
        by = cell.by or ("unit" if cell.unit else "")
        period = Period.parse(cell.period) if cell.period else self.plan.period
        found = self._by(cell.indicator, by, period, cell.where if where is None else where)
        nothing = Value(0 if find(cell.indicator).denominator is None else None, 0, 0)
        if cell.by:
            return max(found.values(), key=lambda value: value.value or 0, default=nothing)
        return found.get(self._unit(cell.unit) if cell.unit else None, nothing)

    def _by(self, code: str, by: str, period: Period, where: Where) -> Mapping[Any, Value]:
        asked = (code, by, period, str(where))
        if asked not in self._rows:
            rows = computing.compute(
                [code], by=[by] if by else [], period=period, where=where, tables=self.tables
            )
            self._rows[asked] = {row.keys.get(by): row.values[code] for row in rows}
        return self._rows[asked]

    def _change(self, cell: Cell) -> str:
        (row,) = computing.compare(
            [cell.indicator],
            against="last_year" if cell.against == "last_year" else "previous",
            period=self.plan.period,
            where=cell.where,
            tables=self.tables,
        )
        change = row.changes[cell.indicator]
        if cell.take == "difference":
            return _plain((change.now.value or 0) - (change.before.value or 0))
        if change.change is None:
            return "—"
        behind = "个百分点" if change.unit == "percentage_points" else "%"
        return f"{half_up(change.change, cell.decimals):+}{behind}"


def _percent(ratio: float | None, cell: Cell) -> str:
    return "—" if ratio is None else f"{half_up(ratio, cell.decimals, 100)}%"


def _plain(value: Any) -> str:
    return "—" if value is None else str(value)
