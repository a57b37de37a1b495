"""`minsheng simulate`: the demo city lives through a period."""

import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minsheng.cli.output import Advance, progress, rows

if TYPE_CHECKING:
    from minsheng.simulator.lanes import Sum
    from minsheng.simulator.simulate import Lived

MOST_LANES = 8
_PAUSE = 0.2  # seconds between two looks


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


def simulate(
    start: Annotated[
        datetime | None,
        typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="First day."),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", metavar="DATE", formats=["%Y-%m-%d"], help="Last day."),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS",
            min=1,
            help="Instead of both: the last DAYS days until now, or until the calendar ends.",
        ),
    ] = None,
    demands: Annotated[int, typer.Option(min=0, help="How many demands come in.")] = 3000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same life.")] = 1,
    lanes: Annotated[
        int, typer.Option(min=0, help="Processes that share the work; 0: one on each processor.")
    ] = 0,
    format: Annotated[Format, typer.Option("--format", help="How the summary is written.")] = (
        Format.TABLE
    ),
) -> None:
    """Let the city live through a period: demands come in, the staff see to them.

    Everything goes through the same actions as in the pages, on a moved clock. What is open from
    before is taken up again. The same seed in a database with the same past gives the same journal.
    """
    if (start is None) != (end is None) or (start is None) == (last is None):
        raise typer.BadParameter("give --from and --to, or --last")
    if start and end and end < start:
        raise typer.BadParameter("--to is before --from")
    from minsheng.cli.runtime import ready, say

    ready()
    from minsheng.foundation import alone
    from minsheng.foundation.machine import processors
    from minsheng.simulator.simulate import last_days, period
    from minsheng.simulator.simulate import simulate as live

    over = last_days(last) if last else period(_day(start), _day(end))
    if over.arrivals_until < over.end:
        say(f"The calendar ends soon after: no demand comes in after {over.arrivals_until:%F}.")
    # The worker's jobs go by the real clock, and stay away meanwhile.
    with alone.city(), progress("Demands", demands) as advance:
        lanes = lanes or min(processors(), MOST_LANES)
        lived = live(over, demands, seed, _Watch(advance), lanes=lanes)
    if format is Format.JSON:
        print(json.dumps(_facts(lived), ensure_ascii=False, indent=2))
    else:
        rows(
            ({"what": what, "value": value} for what, value in _lines(_facts(lived))),
            ["what", "value"],
        )


def _day(moment: datetime | None) -> date:
    assert moment is not None
    return moment.date()


class _Watch:
    """Tells how far a life is, some times a second."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._began = self._told_at = time.monotonic()
        self._told = 0

    def __call__(self, so_far: "Sum") -> None:
        now = time.monotonic()
        if now - self._told_at < _PAUSE:
            return
        pace = so_far.acted.total() / (now - self._began)
        self._advance(so_far.accepted - self._told, f"{so_far.now:%F}, {pace:.0f} actions/s")
        self._told, self._told_at = so_far.accepted, now


def _facts(lived: "Lived") -> dict[str, Any]:
    over = lived.period
    return {
        "from": over.start.isoformat(),
        "to": over.end.isoformat(),
        "accepted": lived.accepted,
        "resumed": lived.resumed,
        "actions": lived.actions,
        "seconds": round(lived.seconds, 1),
        "actions_per_second": round(lived.actions / max(lived.seconds, 0.001)),
        "halted": lived.halted,
        "refused": lived.refused,
        "states": lived.states,
        "shares": lived.shares,
        "journal_entries": lived.entries,
        "digest": lived.digest,
    }


def _lines(facts: dict[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{under}{name}.")
        else:
            yield f"{under}{name}", value
