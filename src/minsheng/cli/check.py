"""`minsheng check`: whether everything in the database accounts for everything else."""

import typer

from minsheng.cli import runtime
from minsheng.cli.output import progress


def check() -> None:
    """Check that states, orders, limits, follow-ups, counts and journal agree with each other.

    Prints one line for each fault, and exits with 1 if there is one. Whether the journal itself is
    whole, `minsheng journal verify` says.
    """
    runtime.ready(city=False)
    from minsheng.followups import accounting, courses
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
    if count:
        raise typer.Exit(1)
