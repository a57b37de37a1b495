"""`minsheng import …`: demands and histories from other systems."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import progress

app = typer.Typer(help="Take over demands and histories from other systems.", no_args_is_help=True)

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV in UTF-8 or GB18030.", show_default=False)
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(help="Where rows go that cannot be taken.  [default: FILE.rejects.csv]"),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a row was rejected.")]


@app.command(epilog="Example: minsheng import orders history.csv --rejects /tmp/rejects.csv")
def orders(
    file: FileArgument,
    rejects: RejectsOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and count only; change nothing.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Rows written in one transaction.")] = 5_000,
    strict: StrictOption = False,
) -> None:
    """Take over a city's history, one order with one unit a row; docs/import.md has the columns.

    Good rows land, whatever is wrong with others. A second run adds nothing twice, and goes on
    where a run was cut off.
    """
    begun = time.monotonic()
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.history.run import import_orders, open_history
    from minsheng.exchange.rejects import default_path

    source, ignored = open_history(file)
    if ignored:
        runtime.say(f"Columns that mean nothing here: {', '.join(ignored)}")
    rejects = rejects or default_path(file)
    with progress("Rows", max(0, source.lines - 1)) as advance:
        summary = import_orders(
            SYSTEM,
            source,
            rejects=rejects,
            dry_run=dry_run,
            batch=batch,
            advance=advance,
            say=runtime.say,
        )
    seconds = time.monotonic() - begun
    _tell(summary.counts, seconds, rejects, dry_run=dry_run)
    for column, names in summary.made.items():
        print(f"new in {column} ({len(names)}): {', '.join(names)}")
    if strict and summary.counts["rejected"] + summary.counts["differing"]:
        raise typer.Exit(1)


@app.command(epilog="Example: minsheng import answers answered.csv")
def answers(
    file: FileArgument,
    rejects: RejectsOption = None,
    strict: StrictOption = False,
) -> None:
    """Take over demands that never became an order: answered at once, transferred, rejected.

    docs/import.md has the columns. Good rows land, whatever is wrong with others; a second run adds
    nothing twice.
    """
    begun = time.monotonic()
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.answers import import_answers, open_answers
    from minsheng.exchange.rejects import default_path

    source, places = open_answers(file)
    rejects = rejects or default_path(file)
    with progress("Answers", max(0, source.lines - 1)) as advance:
        counts = import_answers(SYSTEM, source, places, rejects=rejects, advance=advance)
    _tell(counts, time.monotonic() - begun, rejects, dry_run=False)
    if strict and counts["rejected"]:
        raise typer.Exit(1)


@app.command(epilog="Example: minsheng import messages letters.csv --map title=主题词,text=正文")
def messages(
    file: FileArgument,
    map: Annotated[
        str,
        typer.Option(
            metavar="NAME=COLUMN,…",
            help="Columns called otherwise: id, user, title, time, text.",
        ),
    ] = "",
    channel: Annotated[str, typer.Option(help="Code of the channel they came by.")] = "web",
    rejects: RejectsOption = None,
    strict: StrictOption = False,
) -> None:
    """Take over citizens' messages as demands, each accepted at its own time.

    Columns: id, user, title, time, body, or 留言编号, 留言用户, 留言主题, 留言时间, 留言详情. A
    second run adds nothing twice.
    """
    begun = time.monotonic()
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.messages import import_messages, open_messages
    from minsheng.exchange.rejects import default_path
    from minsheng.foundation.errors import Invalid

    pairs = [part.partition("=") for part in map.split(",") if part]
    if any(not name or not column for name, _equals, column in pairs):
        raise Invalid("bad_map", f"--map {map}: write it as title=主题词,text=正文.")
    source, places = open_messages(file, {name: column for name, _equals, column in pairs})
    rejects = rejects or default_path(file)
    with progress("Messages", max(0, source.lines - 1)) as advance:
        counts = import_messages(
            SYSTEM, source, places, channel=channel, rejects=rejects, advance=advance
        )
    _tell(counts, time.monotonic() - begun, rejects, dry_run=False)
    if strict and counts["rejected"]:
        raise typer.Exit(1)


@app.command(epilog="Example: minsheng import calls records-2026-06.csv")
def calls(
    file: FileArgument,
    rejects: RejectsOption = None,
    strict: StrictOption = False,
) -> None:
    """Take over call records (话单) of the telephone system; docs/calls.md has the columns.

    Good rows land, whatever is wrong with others; a second run adds nothing twice. Records that
    were never closed count as calls, but in no duration.
    """
    begun = time.monotonic()
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.exchange.calls import import_calls, open_calls
    from minsheng.exchange.rejects import default_path

    source, places = open_calls(file)
    rejects = rejects or default_path(file)
    with progress("Calls", max(0, source.lines - 1)) as advance:
        counts = import_calls(SYSTEM, source, places, rejects=rejects, advance=advance)
    _tell(counts, time.monotonic() - begun, rejects, dry_run=False)
    if counts["unclosed"]:
        print(f"{counts['unclosed']:,} of the new records were never closed: in no duration.")
    if strict and counts["rejected"] + counts["differing"]:
        raise typer.Exit(1)


@app.command(epilog="Example: minsheng import places gazetteer.csv")
def places(
    file: FileArgument,
    strict: StrictOption = False,
) -> None:
    """Take over a gazetteer: roads, estates, villages … by the streets that they lie in.

    Columns: name, kind, street, lon, lat, aliases (cities/README.md). Good rows land, whatever is
    wrong with others; a second run adds nothing twice.
    """
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.insight import gazetteer, tables

    rows = tables.read(file, ("name", "kind", "street"))
    found = gazetteer.import_places(SYSTEM, rows)
    print(f"{found.added:,} new, {found.changed:,} changed, {found.same:,} as they were.")
    for line, why in found.rejected:
        print(f"line {line}: {why}")
    if strict and found.rejected:
        raise typer.Exit(1)


def _tell(counts: Counter[str], seconds: float, rejects: Path, *, dry_run: bool) -> None:
    """Prints what became of the rows, one number a line."""
    if dry_run:
        print("Dry run: nothing was changed.")
    for name in ("read", "landed", "known", "differing", "rejected"):
        print(f"{name:<10} {counts[name]:>10,}")
    print(f"{counts['read'] / seconds:,.0f} rows/s ({seconds:.1f} s)")
    if counts["rejected"] + counts["differing"]:
        print(f"Rejected and differing rows, with the reasons: {rejects}")
