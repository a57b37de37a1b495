"""What the worker does by the clock, all of it in one table.

Every job looks at what is there and does what is missing, in short transactions: running it twice
changes nothing, and after a kill the next run does the rest. So it need not be known which runs a
stopped worker missed: each job runs once when a worker starts, and then by its schedule.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import connection
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from minsheng.catalogue.actions import apply_due
from minsheng.demands.jobs import remove_orphans
from minsheng.doors.jobs import forget
from minsheng.evaluation.jobs import revise
from minsheng.followups.jobs import archive, plan, sample
from minsheng.foundation import alone, city_calendar
from minsheng.foundation.errors import Conflict, NotFound
from minsheng.indicators import facts
from minsheng.insight import gazetteer, matters
from minsheng.insight.jobs import train_requested
from minsheng.orders.jobs import fold_tallies
from minsheng.supervision.jobs import press, watch


@dataclass(frozen=True, slots=True)
class Job:
    """A job by name: when it runs (five fields of cron, UTC),
    what it does in a few words, and the function, which tells how much it did."""

    name: str
    cron: str
    does: str
    do: Callable[[], int]


def _each(function: Callable[[], Iterable[object]]) -> Callable[[], int]:
    return lambda: sum(1 for _one in function())


def _fold() -> int:
    fold_tallies()
    return 0


def _refresh_facts() -> int:
    """Draws the facts where this worker's data folder keeps them, so that the cockpit need not."""
    facts.refresh()
    return 0


JOBS: Mapping[str, Job] = MappingProxyType(
    {
        job.name: job
        for job in (
            Job("fold-tallies", "* * * * *", "folds the running counts of the lists", _fold),
            Job("plan-follow-ups", "5 * * * *", "plans the follow-ups of what ended", _each(plan)),
            Job("warn", "*/10 * * * *", "raises and clears warnings by the city's rules", watch),
            Job("press", "5-59/10 * * * *", "urges where a rule says so", _each(press)),
            Job("train", "* * * * *", "trains the models that were asked for", train_requested),
            Job("take-in", "* * * * *", "takes new demands into index and events", matters.take_in),
            Job("sweep", "15 * * * *", "completes the index of duplicates", matters.sweep),
            Job("places", "30 18 * * *", "finds names to confirm as places", gazetteer.propose),
            Job("hot-issues", "*/15 * * * *", "looks for hot issues", matters.watch),
            Job("sample-follow-ups", "10 17 * * *", "draws whom to ask about a day", _each(sample)),
            Job("archive", "20 * * * *", "archives what ended some days ago", _each(archive)),
            Job("revise", "40 1 * * *", "evaluates again after exclusions", _each(revise)),
            Job("changes", "1 * * * *", "writes the settings whose day has come", _each(apply_due)),
            Job("facts", "*/5 * * * *", "brings the facts up to date", _refresh_facts),
            Job("forget", "50 * * * *", "forgets answers, drafts and failed runs in time", forget),
            Job("orphans", "55 * * * *", "removes files of no demand", _each(remove_orphans)),
            Job(
                "calendar",
                "0 * * * *",
                "warns of a year that the calendar does not know",
                lambda: int(city_calendar.warn()),
            ),
        )
    }
)


def run(name: str) -> int:
    """Runs a job now and returns how much it did.

    Raises NotFound for an unknown name, Conflict while it runs elsewhere or a life is simulated.
    """
    if name not in JOBS:
        raise NotFound("unknown_job", _("没有名为“%s”的任务；请查看任务列表。") % name)
    with alone.job(name) as free:
        if not free:
            raise Conflict("job_running", _("任务“%s”正在运行或城市正在模拟；请稍后再试。") % name)
        return JOBS[name].do()


def _task(name: str) -> Callable[[int | None], None]:
    def task(timestamp: int | None = None) -> None:
        try:
            run(name)
        except Conflict:  # the next run does what is left
            pass
        finally:
            connection.close()  # the threads that run tasks come and go

    return task


# No more than one run of a job waits at a time.
TASKS: dict[str, Task[..., None, ...]] = {
    name: app.periodic(cron=job.cron)(app.task(name=name, queueing_lock=name)(_task(name)))
    for name, job in JOBS.items()
}


def catch_up() -> None:
    """Puts every job into the queue once, for what was due while no worker ran."""
    for task in TASKS.values():
        try:
            task.defer()
        except AlreadyEnqueued:
            continue
