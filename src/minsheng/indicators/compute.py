"""Computes indicators, by any dimensions, in any period, compared with any other.

Indicators of the same facts and the same period rule are computed in one pass over them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import ibis
from django.utils.translation import gettext as _

from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.foundation.language import in_language
from minsheng.indicators import dimensions, engines, facts
from minsheng.indicators.definitions import Indicator, Unit, find, half_up
from minsheng.indicators.dimensions import Dimension, Tables
from minsheng.indicators.engines import Answer
from minsheng.indicators.measures import PERIODS, Base, Measure, Rule, When
from minsheng.indicators.periods import MONTHS, Grain, Period, months_later


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator's value: `value` in its unit (a rate is of 1), None where there is no data.

    `numerator` and `denominator` are what the engine summed up; the latter is None for a count.
    """

    value: float | int | None
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The values of all indicators asked for, for one value of each dimension asked for."""

    keys: Mapping[str, Any]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Change:
    """A value, the one it is compared with, and by how much it changed.

    `change` is in percentage points for rates and in percent otherwise; None where it is undefined:
    there is no data, or there was nothing before.
    """

    now: Value
    before: Value
    change: float | None
    unit: Literal["percentage_points", "percent"]

    @property
    def printed(self) -> str:
        """The change as bulletins print it, with its sign; "pp" where the reader reads English."""
        if self.change is None:
            return "—"
        behind = in_language("个百分点", " pp") if self.unit == "percentage_points" else "%"
        return f"{half_up(self.change, 2):+}{behind}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Like `Row`, with changes."""

    keys: Mapping[str, Any]
    changes: Mapping[str, Change]


Against = Literal["previous", "last_year"]
Where = Mapping[str, Sequence[Any]]


def compute(
    codes: Sequence[str],
    *,
    by: Sequence[str] = (),
    period: Period | str,
    where: Where | None = None,
    as_of: datetime | None = None,
    tables: Tables | None = None,
    engine: str | None = None,
) -> list[Row]:
    """Computes indicators in a period, for each combination of values of the dimensions `by`.

    `where` takes only facts with one of the given values of each dimension. Filtering or splitting
    by a dimension that the base of an indicator is narrowed by (such as lead or assist, excluded or
    not) lifts that narrowing. With `as_of`, what was done after that moment counts as not done;
    without it, whatever is on record counts, and limits have passed that lie before now. Without
    `tables` the facts are refreshed first; several calls that must agree share `facts.tables()`.

    Returns rows sorted by their keys; without `by` exactly one. A combination for which there are
    no facts has no row; within a row, a count is 0 and a rate None where there is nothing.

    Raises Invalid for an unknown indicator, dimension, value or period, and for a dimension that an
    indicator does not have.
    """
    if isinstance(period, str):
        period = Period.parse(period)
    if tables is None:
        facts.refresh()
        tables = facts.tables(engine)
    question = _Question(codes, by, where or {}, moments(period, as_of), tables)
    return question.rows(engines.answers(question.queries()))


def compare(
    codes: Sequence[str],
    *,
    against: Against,
    by: Sequence[str] = (),
    period: Period | str,
    where: Where | None = None,
    as_of: datetime | None = None,
    tables: Tables | None = None,
    engine: str | None = None,
) -> list[Comparison]:
    """Computes indicators in a period and in the one before it, or in the same one of last year.

    Split by a time dimension, each of its values is compared with the one before it or that of last
    year. The other arguments are those of `compute`; `as_of` bounds the present period alone.
    """
    if isinstance(period, str):
        period = Period.parse(period)
    if tables is None:
        facts.refresh()
        tables = facts.tables(engine)
    grains = [
        dimension.grain
        for dimension in map(dimensions.find, by)
        if dimension.grain and dimension.of_time
    ]
    finest = min(grains, key=list(Grain).index) if grains else None
    earlier = _earlier(period, against, finest)
    questions = [
        _Question(codes, by, where or {}, when, tables)
        for when in (moments(period, as_of), moments(earlier, None))
    ]
    answers = engines.answers(query for question in questions for query in question.queries())
    now, then = (question.rows(answers) for question in questions)
    before = {tuple(row.keys.values()): row for row in then}
    nothing = {code: _value(find(code), None, None) for code in codes}
    compared = []
    for row in now:
        earlier_row = before.get(tuple(_shifted(row.keys, against, finest).values()))
        values = earlier_row.values if earlier_row else nothing
        compared.append(
            Comparison(
                row.keys,
                {
                    code: _change(find(code), value, values[code])
                    for code, value in row.values.items()
                },
            )
        )
    return compared


def sql(code: str, period: Period, tables: Tables) -> str:
    """Returns the SQL that an engine runs for an indicator in a period."""
    one = find(code)
    return str(ibis.to_sql(_query([one], [], {}, moments(period, None), tables)))


def moments(period: Period, as_of: datetime | None) -> When:
    """Returns the moments that expressions need for a period; see `compute` for `as_of`."""
    known = as_of.astimezone(clock.ZONE).replace(tzinfo=None) if as_of else None
    now = clock.now().astimezone(clock.ZONE).replace(tzinfo=None)
    return When(period.start, period.end, known, known or now)


def _passes(wanted: Any) -> dict[tuple[str, Rule], list[Indicator]]:
    passes: dict[tuple[str, Rule], list[Indicator]] = {}
    for one in wanted:
        passes.setdefault((one.base.table, one.period), []).append(one)
    return passes


class _Question:
    """Indicators by dimensions in one period: what to ask an engine, and what its answers mean."""

    def __init__(
        self, codes: Sequence[str], by: Sequence[str], where: Where, when: When, tables: Tables
    ) -> None:
        self.wanted = {code: find(code) for code in codes}
        self.split = [dimensions.find(code) for code in dict.fromkeys(by)]
        self.filters = {dimensions.find(code): values for code, values in where.items()}
        self.passes = _passes(self.wanted.values())
        self.when = when
        self.tables = tables

    def queries(self) -> Iterator[ibis.Table]:
        for together in self.passes.values():
            yield _query(together, self.split, self.filters, self.when, self.tables)

    def rows(self, answers: Iterator[Answer]) -> list[Row]:
        """Returns the rows; takes as many answers as there were queries."""
        sums: dict[tuple[Any, ...], dict[str, tuple[int | None, int | None]]] = {}
        for together in self.passes.values():
            for found in next(answers):
                key = tuple(
                    dimension.key(found[f"by_{place}"])
                    for place, dimension in enumerate(self.split)
                )
                row = sums.setdefault(key, {})
                for place, one in enumerate(together):
                    row[one.code] = (found[f"n_{place}"], found.get(f"d_{place}"))
        if not self.split:
            sums.setdefault((), {})
        names = [dimension.code for dimension in self.split]
        return [
            Row(
                dict(zip(names, key, strict=True)),
                {
                    code: _value(one, *row.get(code, (None, None)))
                    for code, one in self.wanted.items()
                },
            )
            for key, row in sorted(sums.items(), key=lambda item: [_order(p) for p in item[0]])
            if not self.split or any(part for pair in row.values() for part in pair)
        ]


def _query(
    together: Sequence[Indicator],
    split: Sequence[Dimension],
    filters: Mapping[Dimension, Sequence[Any]],
    when: When,
    tables: Tables,
) -> ibis.Table:
    """Returns the query for indicators that go over the same facts by the same period rule."""
    used = [*split, *filters]
    rows = taken(together[0], used, filters, when, tables)
    moment = PERIODS[together[0].period].moment
    lifted = {dimension.code for dimension in used}
    sums = {}
    for place, one in enumerate(together):
        sums[f"n_{place}"] = _sum(rows, one.numerator, one.base, lifted, when)
        if one.denominator:
            sums[f"d_{place}"] = _sum(rows, one.denominator, one.base, lifted, when)
    if not split:
        return rows.aggregate(**sums)
    keys = {f"by_{place}": dimension.value(rows, moment) for place, dimension in enumerate(split)}
    return rows.group_by(**keys).aggregate(**sums)


def taken(
    one: Indicator,
    used: Sequence[Dimension],
    filters: Mapping[Dimension, Sequence[Any]],
    when: When,
    tables: Tables,
) -> ibis.Table:
    """Returns the facts that an indicator's period rule and the filters take.

    They have the columns that the dimensions `used` need. Raises Invalid for one that they lack.
    """
    rows, period = tables[one.base.table], PERIODS[one.period]
    for dimension in used:
        if not dimension.applies(rows):
            raise Invalid(
                "dimension_not_here",
                _("“%(indicator)s”没有“%(dimension)s”这个维度；请去掉它。")
                % {"indicator": one.name, "dimension": dimension.name},
                field="by",
            )
    # By moments first: the engine then skips the files and the parts of files that lie outside.
    rows = rows.filter(period.takes(rows, when))
    rows = dimensions.joined(rows, used, tables)
    for dimension, values in filters.items():
        rows = rows.filter(dimension.matches(rows, period.moment, values))
    return rows


def _sum(
    rows: ibis.Table, measure: Measure, base: Base, lifted: set[str], when: When
) -> ibis.Value:
    """Returns what a measure comes to over those rows that belong to a base."""
    conditions = belonging(rows, base, lifted)
    value = measure.value(rows, when)
    if conditions:
        otherwise = 0 if measure.how == "sum" else ibis.null(value.type())
        value = ibis.ifelse(ibis.and_(*conditions), value, otherwise)
    match measure.how:
        case "sum":
            # Engines differ in how wide a sum of small numbers may get; 64 bits they all have.
            return value.cast("int64").sum().cast("int64")
        case "max":
            return value.max().cast("int64")
    return value.nunique().cast("int64")


def belonging(rows: ibis.Table, base: Base, lifted: Collection[str]) -> list[ibis.Value]:
    """Returns the conditions under which rows belong to a base."""
    conditions = [
        rows[column] == value for column, value in base.scope.items() if column not in lifted
    ]
    return [*conditions, base.always(rows)] if base.always else conditions


def _value(one: Indicator, numerator: int | None, denominator: int | None) -> Value:
    value = one.value(numerator, denominator)
    if one.denominator is None:
        return Value(value, None if value is None else int(value))
    return Value(value, numerator or 0, denominator or 0)


def _order(key: Any) -> tuple[bool, bool, Any]:
    """Sorts numbers before words, and what is missing last."""
    return key is None, isinstance(key, str), "" if key is None else key


def _change(one: Indicator, now: Value, before: Value) -> Change:
    a, b = now.value, before.value
    if one.unit is Unit.RATIO:
        change = None if a is None or b is None else (a - b) * 100
        return Change(now, before, change, "percentage_points")
    change = None if a is None or not b else (a - b) / b * 100
    return Change(now, before, change, "percent")


def _earlier(period: Period, against: Against, finest: Grain | None) -> Period:
    """Returns the period to compare with; split by time, that of the values to compare with."""
    if against == "last_year":
        return period.last_year()
    if finest is None:
        return period.previous()
    if finest in MONTHS:
        months = MONTHS[finest]
        last = months_later(period.last + timedelta(days=1), -months) - timedelta(days=1)
        return Period(months_later(period.first, -months), last)
    step = timedelta(days=7 if finest is Grain.WEEK else 1)
    return Period(period.first - step, period.last - step)


def _shifted(keys: Mapping[str, Any], against: Against, finest: Grain | None) -> Mapping[str, Any]:
    """Returns the keys of the row that a row is compared with."""
    times = {
        code: dimension.grain
        for code, dimension in ((code, dimensions.find(code)) for code in keys)
        if dimension.grain and dimension.of_time
    }
    if against == "last_year":
        return {**keys, **{code: str(Period.parse(keys[code]).last_year()) for code in times}}
    moved = {
        code: Period.parse(keys[code]).previous()
        for code, grain in times.items()
        if grain is finest
    }
    return {
        **keys,
        **{
            code: str(Period.of(earlier.first, grain))
            for earlier in moved.values()
            for code, grain in times.items()
        },
    }
