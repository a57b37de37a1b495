"""`minsheng check`: whether everything in the database accounts for everything else."""

import typer

from minsheng.cli import runtime
from minsheng.cli.output import progress


def check() -> None:
    """Check that states, orders, limits, follow-ups, counts and journal agree with each other.

    Prints one line for each fault, and exits with 1 if there is one. Whether the journal itself is
    whole, `minsheng journal verify` says. A coming year that the calendar does not know is no
    fault, and is told on stderr.
    """
    runtime.ready(city=False)
    from minsheng.followups import accounting, courses
    from minsheng.foundation import city_calendar
    from minsheng.foundation.models import JournalEntry

    count = 0
    with progress("checks", total=len(accounting.CHECKS)) as advance:
        for fault in accounting.faults(advance):
            print(fault)
            count += 1
    with progress("journal lines", total=JournalEntry.objects.count()) as advance:
        for fault in courses.faults(advance):
            print(fault)
            count += 1
    print(f"{count} faults")
    if year := city_calendar.unknown_ahead():
        runtime.say(
            f"The calendar does not know {year}: limits that reach into it are refused. "
            "Enter it (minsheng calendar enter) once the holidays are announced."
        )
    if count:
        raise typer.Exit(1)
