"""`minsheng facts …`: the columnar facts that indicators are computed from."""

import time
from typing import TYPE_CHECKING

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, progress, rows

if TYPE_CHECKING:
    from minsheng.indicators.facts import Watermark

app = typer.Typer(help="Draw and check the facts behind the indicators.", no_args_is_help=True)


@app.command(epilog="Example: minsheng facts refresh")
def refresh() -> None:
    """Bring the facts up to date: draw what changed in the database, and nothing else."""
    runtime.ready()
    from minsheng.indicators import facts

    begun = time.monotonic()
    with progress("Months") as advance:
        watermark = facts.refresh(advance)
    _tell(watermark, begun)


@app.command(epilog="Example: minsheng facts rebuild")
def rebuild() -> None:
    """Draw all facts anew. Until they are complete, readers see the old ones."""
    runtime.ready()
    from minsheng.indicators import facts

    begun = time.monotonic()
    with progress("Months") as advance:
        watermark = facts.rebuild(advance)
    _tell(watermark, begun)


@app.command(epilog="Example: minsheng facts check")
def check() -> None:
    """Compare every row of the facts with the database; exit with 1 where they differ."""
    runtime.ready()
    from minsheng.indicators import facts

    differences = facts.check()
    for difference in differences:
        print(difference)
    if differences:
        raise typer.Exit(1)
    print("The facts equal the database at their watermark.")


@app.command(epilog="Example: minsheng facts status --format json")
def status(format: FormatOption = Format.TABLE) -> None:
    """Show what the facts hold and what changed in the database since they were drawn."""
    runtime.ready()
    from minsheng.indicators import facts

    found = facts.status()
    counts = {f"{table}_rows": count for table, count in found.pop("rows").items()}
    rows([found | counts], [*found, *counts], format)


def _tell(watermark: "Watermark", begun: float) -> None:
    for table, count in watermark.rows.items():
        print(f"{table:<12} {count:>12,}")
    print(
        f"as of {watermark.at.isoformat(timespec='seconds')};"
        f" {watermark.drawn} files drawn in {time.monotonic() - begun:.1f} s"
    )
