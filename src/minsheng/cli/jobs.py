"""`minsheng jobs …`: what the worker does by the clock, seen and run by hand."""

from importlib import import_module
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

app = typer.Typer(help="See and run what the worker does by the clock.", no_args_is_help=True)

_TASKS = "minsheng.doors.tasks"  # jobs of all rooms, the doors above this one included


@app.command("list", epilog="Example: minsheng jobs list")
def list_jobs(format: FormatOption = Format.TABLE) -> None:
    """List the jobs with their schedule (minute, hour, day, month, weekday)."""
    runtime.ready()
    jobs = import_module(_TASKS).JOBS.values()
    rows(
        ({"name": job.name, "schedule": job.cron, "does": job.does} for job in jobs),
        ["name", "schedule", "does"],
        format,
    )


@app.command(epilog="Example: minsheng jobs run archive")
def run(name: Annotated[str, typer.Argument(help="Name of the job, as in the list.")]) -> None:
    """Run a job now; running it twice changes nothing."""
    runtime.ready()
    print(f"{name}: {import_module(_TASKS).run(name)}")
