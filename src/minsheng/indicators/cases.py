"""The cases behind a figure: which facts an indicator counts, by the conditions that it counts by.

A figure and the list of its cases come from the same expressions over the same facts, so that there
are as many cases as the figure says.
"""

from typing import Literal

import ibis

from minsheng.indicators import dimensions, engines
from minsheng.indicators.compute import Where, belonging, moments, taken
from minsheng.indicators.definitions import find
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.measures import Measure, When
from minsheng.indicators.periods import Period
from minsheng.indicators.schema import FACT_TABLES

#: Of the numerator, of the denominator, or of the denominator and not of the numerator.
Part = Literal["numerator", "denominator", "rest"]


def cases(
    code: str,
    part: Part,
    *,
    period: Period,
    where: Where,
    tables: Tables,
    most: int,
    after: int | None = None,
    before: int | None = None,
) -> list[int]:
    """Returns the keys of the facts that are a part of an indicator in a period.

    They are the facts whose measures `compute` adds up: as many as the figure says where the
    measure is 1 for each. At most `most` of them, the greatest key first: those behind the key
    `after`, or the last ones `before` a key. Raises Invalid as `compute` does.
    """
    one, when = find(code), moments(period, None)
    filters = {dimensions.find(name): values for name, values in where.items()}
    rows = taken(one, [*filters], filters, when, tables)
    upper = _adds(one.numerator, rows, when)
    lower = _adds(one.denominator, rows, when) if one.denominator else upper
    wanted = {"numerator": upper, "denominator": lower, "rest": lower & ~upper}[part]
    rows = rows.filter(*belonging(rows, one.base, {one.code for one in filters}), wanted)
    key = rows[FACT_TABLES[one.base.table].key]
    if after is not None:
        rows = rows.filter(key < after)
    if before is not None:
        rows = rows.filter(key > before)
    backwards = before is not None
    (answer,) = engines.answers(
        [rows.select(key=key).order_by("key" if backwards else ibis.desc("key")).limit(most)]
    )
    keys: list[int] = [row["key"] for row in answer]
    return keys[::-1] if backwards else keys


def _adds(measure: Measure, rows: ibis.Table, when: When) -> ibis.Value:
    """Returns the condition under which a row adds something to a measure."""
    value = measure.value(rows, when)
    return (value.notnull() if measure.how == "distinct" else value != 0).fill_null(False)
