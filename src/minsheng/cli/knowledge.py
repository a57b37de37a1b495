"""`minsheng knowledge …`: the knowledge base as a table, in and out."""

import time
from pathlib import Path
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import progress

app = typer.Typer(help="The knowledge base as a table, in and out.", no_args_is_help=True)


@app.command("import", epilog="Example: minsheng knowledge import items.xlsx --publish")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV or .xlsx; columns: docs/knowledge.md."),
    ],
    publish: Annotated[
        bool, typer.Option("--publish", help="In force at once; otherwise they wait for approval.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Where rows go that cannot be taken.  [default: FILE.rejects.csv]"),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a row was rejected.")
    ] = False,
) -> None:
    """Take over knowledge items. Good rows land, whatever is wrong with others.

    A second run adds nothing twice; what says something new becomes the item's next version.
    """
    begun = time.monotonic()
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.knowledge import import_items
    from minsheng.exchange.rejects import default_path

    rejects = rejects or default_path(file)
    with progress("Items") as advance:
        counts = import_items(SYSTEM, file, publish=publish, rejects=rejects, advance=advance)
    for name in ("read", "new", "changed", "known", "rejected"):
        print(f"{name:<10} {counts[name]:>10,}")
    runtime.say(f"{time.monotonic() - begun:.1f} s")
    if counts["rejected"]:
        print(f"Rejected rows, with the reasons: {rejects}")
        if strict:
            raise typer.Exit(1)


@app.command(epilog="Example: minsheng knowledge export items.csv")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends with .csv or .xlsx.")],
) -> None:
    """Write all items in force, as `import` takes them: CSV with codes, .xlsx in Chinese."""
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.knowledge import written
    from minsheng.foundation.errors import Invalid
    from minsheng.knowledge.queries import exported

    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise Invalid("unknown_format", f"{file.name}: a file that ends with .csv or .xlsx.")
    items = list(exported(SYSTEM))
    file.write_bytes(written(items, sheet=file.suffix.lower() == ".xlsx"))
    print(f"{len(items):,} items: {file}")
