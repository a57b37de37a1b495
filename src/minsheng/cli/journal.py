"""`minsheng journal …`: verify the record of all actions, sum it up, read it."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, progress, rows

app = typer.Typer(
    help="Verify the journal's chain, sum it up in one hash, read the timeline of a demand.",
    no_args_is_help=True,
)


@app.command(epilog="Example: minsheng journal verify")
def verify() -> None:
    """Recompute every hash; list what was changed, moved or removed, and exit with 1 if anything.

    A demand whose whole journal is gone shows in `digest` only: note that down elsewhere.
    """
    runtime.ready(city=False)
    from minsheng.foundation import journal
    from minsheng.foundation.models import JournalEntry

    with progress("lines", total=JournalEntry.objects.count()) as advance:
        report = journal.verify(progress=advance)
    for fault in report.faults:
        print(fault)
    print(f"{report.entries} lines, {report.subjects} subjects, {len(report.faults)} faults")
    if report.faults:
        raise typer.Exit(1)


@app.command(epilog="Example: minsheng journal digest")
def digest() -> None:
    """Print one hash over the whole journal: the same life gives the same one."""
    runtime.ready(city=False)
    from minsheng.foundation import journal

    print(journal.digest())


@app.command(epilog="Example: minsheng journal show SQ2601020000346 --format json")
def show(
    ref: Annotated[str, typer.Argument(metavar="NUMBER", help="Such as SQ2601020000346.")],
    format: FormatOption = Format.TABLE,
) -> None:
    """Print everything that was done to a demand, oldest first."""
    runtime.ready(city=False)
    from django.utils.translation import gettext as _

    from minsheng.foundation import journal
    from minsheng.foundation.errors import NotFound

    heads = list(journal.find(ref.strip().upper()) or journal.find(ref))
    if not heads:
        raise NotFound("not_found", _("没有找到编号“%(ref)s”的日志；请核对。") % {"ref": ref})

    def lines() -> Iterator[dict[str, Any]]:
        for head in heads:
            for line in journal.timeline(head.subject_kind, head.subject_id):
                yield {
                    **{name: getattr(line, name) for name in columns[:6]},
                    **line.said,
                    "hash": bytes(line.hash).hex(),
                }

    columns = ["seq", "at", "action", "staff", "role", "unit", "order", "reason"]
    columns += ["previous_due_at", "changes"]
    if format is not Format.TABLE:
        columns.append("hash")
    rows(lines(), columns, format)
