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


@app.command(
    epilog="Example: minsheng bulletin make --template half-year --period 2018H1"
    " --format docx,pdf,html,xlsx,json -o bulletins"
)
def make(
    template: Annotated[
        str, typer.Option(metavar="NAME", help="As `minsheng bulletin templates` lists them.")
    ],
    period: Annotated[
        str, typer.Option(metavar="PERIOD", help="Such as 2018H1, 2018Q2, 2018-06 or 2018.")
    ],
    format: Annotated[
        str, typer.Option(metavar="LIST", help="Which of docx, pdf, html, xlsx, json.")
    ] = "docx,pdf,html,xlsx,json",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the files go.")
    ] = Path(),
    unit: Annotated[
        str, typer.Option(metavar="NAME", help="The unit that a unit sheet is about.")
    ] = "",
    category: Annotated[
        str, typer.Option(metavar="NAME", help="The category that a special report is about.")
    ] = "",
) -> None:
    """Write a bulletin from the facts, in each format. All files appear, or none."""
    runtime.ready()
    from minsheng.bulletins.making import draw, write_files
    from minsheng.bulletins.render import renderer

    formats = [one.strip() for one in format.split(",") if one.strip()]
    renderers = {one: renderer(one) for one in formats}
    bulletin = draw(template, period, unit=unit, category=category)
    for path in write_files(bulletin, renderers, output):
        print(path)


@app.command(epilog="Example: minsheng bulletin templates --format json")
def templates(format: FormatOption = Format.TABLE) -> None:
    """List the templates that there are, with the periods that they are for."""
    runtime.without_database()
    from minsheng.bulletins.templates import files, load

    found = [load(code) for code in sorted(files())]
    rows(
        [
            {
                "template": one.code,
                "name": one.name,
                "periods": " ".join(one.grains),
                "about": one.about,
            }
            for one in found
        ],
        ["template", "name", "periods", "about"],
        format,
    )
