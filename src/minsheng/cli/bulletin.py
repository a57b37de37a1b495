"""`minsheng bulletin …`: bulletins made, and checked for contradictions."""

from pathlib import Path
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

app = typer.Typer(
    help="Make bulletins, and check any published one for contradictions.",
    no_args_is_help=True,
)


@app.command(epilog="Example: minsheng bulletin check report.docx --table units.csv --format json")
def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Text, Markdown, .docx, .html, or .json of our own making."
        ),
    ],
    table: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.csv", help="A table that belongs to it; may be repeated."),
    ] = None,
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out findings less sure than this (0–1).")
    ] = 0.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where anything is found.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Find where a bulletin contradicts itself: what is printed, what was computed, and where.

    Sums, shares and their base, growth, rates that no count gives, totals that are plain means,
    text against tables, one unit under two names, characters that were lost. The surest come first.
    """
    runtime.without_database()
    from minsheng.bulletins.checker import check as find
    from minsheng.bulletins.checker import read

    found = [finding for finding in find(read(file, table or [])) if finding.confidence >= least]
    columns = ["rule", "where", "printed", "computed", "confidence", "cause"]
    if format is Format.JSON:
        columns[2:2] = ["line", "column", "table", "cell"]
    rows(
        [
            {
                "rule": one.rule,
                "where": str(one.where),
                "line": one.where.line,
                "column": one.where.column,
                "table": one.where.table,
                "cell": one.where.cell,
                "printed": one.printed,
                "computed": one.computed,
                "confidence": one.sureness if format is Format.TABLE else one.confidence,
                "cause": one.cause,
            }
            for one in found
        ],
        columns,
        format,
    )
    if strict and found:
        raise typer.Exit(1)
