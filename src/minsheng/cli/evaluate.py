"""`minsheng evaluate`: scores a table of counts by a scheme."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

RATES = ("completion_rate", "on_time_rate", "rework_rate", "satisfaction_rate")


def evaluate(
    scheme: Annotated[
        str, typer.Option(metavar="NAME", help="A known scheme, or the path of a .toml file.")
    ],
    table: Annotated[
        Path,
        typer.Option(
            metavar="FILE.csv",
            help="Columns: unit, due, handled, overdue (completed late), rework, and either"
            " sampled and dissatisfied or satisfaction_rate (97.49% or 0.9749). Printed rates"
            " beside the counts are compared with them.",
        ),
    ],
    on: Annotated[
        str, typer.Option(metavar="DATE", help="Use the version effective on this day.")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Write how each result comes about.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Score a table of counts: rates in percent, the composite, the grade.

    Where a printed rate and the counts disagree, the print is scored and the row is flagged: on
    stderr for csv, in the column `flags` otherwise.
    """
    runtime.without_database()
    from datetime import date

    from minsheng.evaluation import schemes, tables
    from minsheng.evaluation.rules import rounded, score
    from minsheng.foundation.errors import Invalid

    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise Invalid("bad_date", f"--on {on}: not a date such as 2017-06-30.") from None
    chosen = schemes.load(scheme, day)
    scores = [score(chosen, counts) for counts in tables.read(table)]
    columns = ["unit", *RATES, "composite", "grade"]
    if format is not Format.CSV:
        columns.append("flags")
    if explain:
        columns.append("explanation")
    rows(
        [
            {
                "unit": result.unit,
                **{
                    name: "" if rate is None else f"{rounded(rate, chosen.rate_decimals)}%"
                    for name in RATES
                    for rate in [result.rates[name]]
                },
                "composite": "" if result.composite is None else str(result.composite),
                "grade": result.grade,
                "flags": "；".join(result.flags),
                "explanation": "；".join(line.text for line in result.lines),
            }
            for result in scores
        ],
        columns,
        format,
    )
    if format is Format.CSV:
        for result in scores:
            for flag in result.flags:
                print(f"{result.unit}: {flag}", file=sys.stderr)
