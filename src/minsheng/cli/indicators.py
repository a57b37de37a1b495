"""`minsheng indicators …`: the indicators, what they mean, and what they come to."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

app = typer.Typer(help="List, explain and compute indicators.", no_args_is_help=True)


class Against(StrEnum):
    PREVIOUS = "previous"
    LAST_YEAR = "last_year"


EngineOption = Annotated[
    str,
    typer.Option(
        metavar="ENGINE",
        help="duckdb, spark or spark://host:port.  [default: MINSHENG_ENGINE, else duckdb]",
    ),
]


@app.command("list", epilog="Example: minsheng indicators list --format csv")
def list_(format: FormatOption = Format.TABLE) -> None:
    """List all indicators."""
    runtime.without_database()
    from minsheng.indicators.definitions import INDICATORS
    from minsheng.indicators.measures import PERIODS

    rows(
        (
            {
                "code": one.code,
                "name": one.name,
                "name_en": one.name_en,
                "unit": one.unit,
                "period": PERIODS[one.period].name_en,
                "base": one.base.code,
            }
            for one in INDICATORS.values()
        ),
        ["code", "name", "name_en", "unit", "period", "base"],
        format,
    )


@app.command(epilog="Example: minsheng indicators show on_time_completion_rate")
def show(
    code: Annotated[str, typer.Argument(help="The indicator's code.", show_default=False)],
) -> None:
    """Show one indicator's definition, with the dimensions that it can be split by."""
    runtime.without_database()
    from minsheng.indicators.definitions import find
    from minsheng.indicators.document import definition, dimensions

    one = find(code)
    for name, text in definition(one):
        print(f"{name}：{text}")
    print(f"维度：{'、'.join(dimensions(one))}")


@app.command(
    epilog="Example: minsheng indicators compute due_count on_time_completion_rate --by unit"
    " --period 2018H1 --compare last_year"
)
def compute(
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", show_default=False)],
    period: Annotated[
        str,
        typer.Option(
            help="2018, 2018H1, 2018Q2, 2018-06, 2018-W23, 2018-06-30 or 2018-01-01..2018-06-30.",
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="DIMENSION", help="Split by it; may be repeated or listed with ','."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIMENSION=VALUE[,VALUE…]", help="Only facts that have it; may be repeated."
        ),
    ] = None,
    as_of: Annotated[
        str, typer.Option(metavar="MOMENT", help="Count nothing as done after this moment.")
    ] = "",
    compare: Annotated[
        Against | None, typer.Option(help="Add the values of another period, and the change.")
    ] = None,
    engine: EngineOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """Compute indicators in a period, after bringing the facts up to date.

    In csv and json, a rate is of 1 and what has no data is empty; a table shows rates in percent.
    With --compare there are two more columns for each code: the earlier value, and the change, in
    percentage points for rates and in percent for everything else.
    """
    runtime.ready()
    from minsheng.foundation import clock
    from minsheng.foundation.errors import Invalid
    from minsheng.indicators import compute as computing
    from minsheng.indicators import facts
    from minsheng.indicators.definitions import find
    from minsheng.indicators.dimensions import label

    try:
        known = datetime.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise Invalid("bad_moment", f"--as-of {as_of}: not a moment such as 2018-07-01.") from None
    if known and known.tzinfo is None:
        known = known.replace(tzinfo=clock.ZONE)
    dimensions = [code for codes_ in by or () for code in codes_.split(",")]
    facts.refresh()
    tables = facts.tables(engine or None)
    options: dict[str, Any] = {
        "by": dimensions,
        "period": period,
        "where": _filters(where or []),
        "as_of": known,
        "tables": tables,
    }

    def shown(code: str, value: float | int | None) -> Any:
        if format is not Format.TABLE:
            return value
        return find(code).printed(value)

    def keys(found: Any) -> dict[str, Any]:
        if format is not Format.TABLE:
            return dict(found)
        return {code: label(code, key, tables) for code, key in found.items()}

    columns = [*dict.fromkeys(dimensions), *dict.fromkeys(codes)]
    out: list[dict[str, Any]] = []
    if compare is None:
        for row in computing.compute(codes, **options):
            values = {code: shown(code, value.value) for code, value in row.values.items()}
            out.append(keys(row.keys) | values)
    else:
        columns += [
            f"{code}_{what}" for code in dict.fromkeys(codes) for what in ("before", "change")
        ]
        for line in computing.compare(codes, against=compare.value, **options):
            cells = keys(line.keys)
            for code, change in line.changes.items():
                cells[code] = shown(code, change.now.value)
                cells[f"{code}_before"] = shown(code, change.before.value)
                cells[f"{code}_change"] = (
                    change.change if format is not Format.TABLE else change.printed
                )
            out.append(cells)
    rows(out, columns, format)


def _filters(given: list[str]) -> dict[str, list[str]]:
    from minsheng.foundation.errors import Invalid

    filters: dict[str, list[str]] = {}
    for text in given:
        code, found, values = text.partition("=")
        if not found or not values:
            raise Invalid("bad_filter", f"--where {text}: not a filter such as origin=province.")
        filters.setdefault(code, []).extend(values.split(","))
    return filters
