"""Draws rows of facts out of PostgreSQL, as Arrow tables."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
from django.db import connection

from minsheng.foundation import city_calendar
from minsheng.foundation.calendar import WorkingCalendar
from minsheng.indicators.schema import (
    ASSIGNMENTS,
    OF_DEMANDS,
    REPEAT_DAYS,
    FactTable,
    Family,
    local,
)


def months(family: Family) -> list[str]:
    """Returns the months (`YYYY-MM`) that have rows, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT to_char({local(family.moment)}, 'YYYY-MM')"  # noqa: S608
            f" FROM {family.rows} WHERE {family.condition} ORDER BY 1"
        )
        return [month for (month,) in cursor.fetchall()]


def months_of(demand_ids: Collection[int]) -> set[str]:
    """Returns the months that these demands belong to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT to_char({local(OF_DEMANDS.moment)}, 'YYYY-MM')"  # noqa: S608
            f" FROM {OF_DEMANDS.rows}"
            f" WHERE d.id = ANY({_array(demand_ids)}) AND {OF_DEMANDS.condition}"
        )
        return {month for (month,) in cursor.fetchall()}


def of_month(family: Family, table: FactTable, month: str) -> pa.Table:
    """Returns all rows of a month."""
    start = date.fromisoformat(f"{month}-01")
    end = (start + timedelta(days=31)).replace(day=1)
    since, until = (local(f"timestamp '{day}'") for day in (start, end))
    moment = family.moment
    return _draw(table, f"{moment} >= {since} AND {moment} < {until} AND {family.condition}")


def of_demands(table: FactTable, demand_ids: Collection[int]) -> pa.Table:
    """Returns the rows of these demands."""
    return _draw(table, f"d.id = ANY({_array(demand_ids)}) AND {OF_DEMANDS.condition}")


def whole(table: FactTable) -> pa.Table:
    """Returns all rows of a small table."""
    return _draw(table, "true")


def with_neighbours(demand_ids: Collection[int]) -> set[int]:
    """Returns these demands and those whose being a repeat may depend on them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id FROM demands_demand d JOIN demands_demand e"  # noqa: S608
            f" ON e.petitioner_id = d.petitioner_id AND e.id <> d.id"
            f" AND e.accepted_at BETWEEN d.accepted_at - interval '{REPEAT_DAYS} days'"
            f" AND d.accepted_at + interval '{REPEAT_DAYS} days'"
            f" WHERE d.id = ANY({_array(demand_ids)})"
        )
        return {*demand_ids, *(pk for (pk,) in cursor.fetchall())}


def _array(ids: Collection[int]) -> str:
    return "'{{{}}}'::bigint[]".format(",".join(str(int(pk)) for pk in ids))


def _draw(table: FactTable, where: str) -> pa.Table:
    data = BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({table.select(where)}) TO STDOUT (FORMAT csv)") as copy,
    ):
        for block in copy:
            data.write(block)
    if data.tell() == 0:
        return table.schema.empty_table()
    data.seek(0)
    rows = csv.read_csv(
        data,
        csv.ReadOptions(column_names=table.schema.names),
        csv.ParseOptions(newlines_in_values=True),
        # An empty text stands in quotes; what is missing does not.
        csv.ConvertOptions(
            column_types=table.schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    if table is ASSIGNMENTS:
        rows = _with_workdays(rows, city_calendar.stored())
    return rows


def _with_workdays(rows: pa.Table, calendar: WorkingCalendar) -> pa.Table:
    """Fills in how many working days lay between assignment and completion.

    Counted as limits are: the day of the beginning is not. Where one of the two days is in a year
    that the calendar does not know, there is no such number.
    """
    first, passed = _workdays(calendar)
    until = {
        name: pc.take(passed, _within(_days(rows[name], first), len(passed)))
        for name in ("assigned_at", "completed_at")
    }
    column = ASSIGNMENTS.schema.get_field_index("completion_workdays")
    return rows.set_column(
        column,
        ASSIGNMENTS.schema.field(column),
        pc.subtract(until["completed_at"], until["assigned_at"]),
    )


def _days(moments: pa.ChunkedArray, first: date) -> pa.ChunkedArray:
    """Returns how many days after `first` the moments lie."""
    days = pc.cast(pc.cast(moments, pa.date32()), pa.int32())
    return pc.subtract(days, pa.scalar((first - date(1970, 1, 1)).days, pa.int32()))


def _within(days: pa.ChunkedArray, length: int) -> pa.ChunkedArray:
    known = pc.and_(pc.greater_equal(days, 0), pc.less(days, length))
    return pc.if_else(known, days, pa.scalar(None, pa.int32()))


@lru_cache(maxsize=1)
def _workdays(calendar: WorkingCalendar) -> tuple[date, pa.Array]:
    """Returns the first known day, and how many working days there are up to each day after it."""
    years = calendar.years
    last = next(year for year in years if year + 1 not in years)
    first = date(years[0], 1, 1)
    count, passed = 0, []
    for n in range((date(last + 1, 1, 1) - first).days):
        count += calendar.is_workday(first + timedelta(days=n))
        passed.append(count)
    return first, pa.array(passed, pa.int32())
