"""`minsheng limits …`: what the rules of limits say of a moment."""

from datetime import datetime
from typing import Annotated

import typer

from minsheng.cli.calendar import current
from minsheng.cli.output import Format, rows
from minsheng.foundation.clock import ZONE

app = typer.Typer(help="Ask by when something is due.", no_args_is_help=True)


@app.command(epilog="Example: minsheng limits due --from 2026-09-30T10:00 --limit 5wd")
def due(
    start: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="MOMENT",
            help="When the limit begins, ISO 8601; without a zone it is Beijing time.",
        ),
    ],
    limit: Annotated[
        str,
        typer.Option(
            metavar="LIMIT",
            help="5wd (working days), 2wh (working hours), 24h (hours) or 30m (minutes).",
        ),
    ],
    format: Annotated[
        Format | None,
        typer.Option("--format", help="Write rows: the moment, days skipped, adjusted workdays."),
    ] = None,
) -> None:
    """Print the moment at which a limit ends, then the days that it skipped.

    Where the data folder has no database yet, the official calendar and the usual hours count.
    """
    calendar = current()
    from minsheng.catalogue.rules import Limit
    from minsheng.catalogue.rules import due as count
    from minsheng.foundation.errors import Invalid

    span = Limit.parse(limit)
    try:
        moment = datetime.fromisoformat(start)
        end = count(calendar, moment if moment.tzinfo else moment.replace(tzinfo=ZONE), span)
    except (ValueError, OverflowError):
        raise Invalid(
            "moment_malformed", f"--from {start}: not a moment such as 2026-09-30T10:00."
        ) from None
    if format is None:
        print(end.at.isoformat())
        for day, reason in end.skipped:
            print(day, reason)
        return
    rows(
        [
            {"what": "due", "at": end.at},
            *({"what": "skipped", "at": day, "reason": name} for day, name in end.skipped),
            *({"what": "adjusted", "at": day, "reason": name} for day, name in end.adjusted),
        ],
        ["what", "at", "reason"],
        format,
    )
