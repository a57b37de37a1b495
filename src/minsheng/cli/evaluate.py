"""`minsheng evaluate`: scores units by a scheme, from a table of counts or from the facts."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

if TYPE_CHECKING:
    from minsheng.evaluation.rules import Scheme, Score

RATES = ("completion_rate", "on_time_rate", "rework_rate", "satisfaction_rate")


def evaluate(
    scheme: Annotated[
        str, typer.Option(metavar="NAME", help="A known scheme, or the path of a .toml file.")
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Columns: unit, due, handled, overdue (completed late), rework, and either"
            " sampled and dissatisfied or satisfaction_rate (97.49% or 0.9749). Printed rates"
            " beside the counts are compared with them.",
        ),
    ] = None,
    period: Annotated[
        str, typer.Option(help="Instead of a table: a period such as 2026H1 or 2026Q2.")
    ] = "",
    store: Annotated[
        bool, typer.Option("--store", help="Keep the result as a draft; with --period.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Keep and publish it: it is frozen from then on.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why a published period is evaluated anew.")] = "",
    on: Annotated[
        str, typer.Option(metavar="DATE", help="Use the version effective on this day.")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Write how each result comes about.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Score units: rates in percent, the composite, the grade.

    With --period the counts are those of the facts, by the indicators' definitions and without
    excluded demands, and the grade of the period before stands beside the new one. With --table,
    where a printed rate and the counts disagree, the print is scored and the row is flagged: on
    stderr for csv, in the column `flags` otherwise.
    """
    if (table is None) == (not period):
        raise typer.BadParameter("give either --table or --period")
    if table is not None:
        if store or publish:
            raise typer.BadParameter("--store and --publish need --period, not --table")
        _table(scheme, table, on, explain, format)
    elif store or publish:
        _stored(scheme, period, reason, publish, explain, format)
    else:
        _period(scheme, period, on, explain, format)


def _table(scheme: str, table: Path, on: str, explain: bool, format: Format) -> None:
    runtime.without_database()
    from minsheng.evaluation import schemes, tables
    from minsheng.evaluation.rules import score

    chosen = schemes.load(scheme, _day(on))
    _show(chosen, [score(chosen, counts) for counts in tables.read(table)], explain, format)


def _period(scheme: str, period: str, on: str, explain: bool, format: Format) -> None:
    runtime.ready()
    from minsheng.evaluation import actions, schemes
    from minsheng.indicators.periods import Period

    within = Period.parse(period)
    chosen = schemes.load(scheme, _day(on) or within.last)
    _show(chosen, actions.compute(chosen, within), explain, format)


def _stored(
    scheme: str, period: str, reason: str, publish: bool, explain: bool, format: Format
) -> None:
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.evaluation import actions, queries

    evaluation = actions.evaluate(SYSTEM, scheme, period, reason=reason)
    if publish:
        evaluation = actions.publish(SYSTEM, evaluation.pk)
    columns = ["unit", "group", *RATES, "composite", "grade", "grade_before", "moved", "flags"]
    rows(
        [
            {
                "unit": result.unit_name,
                "group": result.unit_group,
                **{name: f"{rate}%" if (rate := result.rates[name]) else "" for name in RATES},
                "composite": result.printed,
                "grade": result.grade,
                "grade_before": result.grade_before,
                "moved": result.moved,
                "flags": "；".join(result.flags),
                "explanation": "；".join(line["text"] for line in result.lines),
            }
            for result in queries.results(evaluation)
        ],
        [*columns, "explanation"] if explain else columns,
        format,
    )
    runtime.say(f"{evaluation.ref}: {evaluation.state}, version {evaluation.version}")
    for change in evaluation.changes:
        told = ", ".join(f"{what} {a} → {b}" for what, (a, b) in _pairs(change))
        runtime.say(f"  {change['unit']}: {told}")


def _pairs(change: dict[str, list[object]]) -> list[tuple[str, list[object]]]:
    return [(what, pair) for what, pair in change.items() if what != "unit"]


def _day(on: str) -> date | None:
    from minsheng.foundation.errors import Invalid

    try:
        return date.fromisoformat(on) if on else None
    except ValueError:
        raise Invalid("bad_date", f"--on {on}: not a date such as 2017-06-30.") from None


def _show(chosen: "Scheme", scores: "list[Score]", explain: bool, format: Format) -> None:
    from minsheng.evaluation.rules import rounded

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
