"""Runs of jobs that kill themselves half-way, as a machine does that loses its power.

`python -m support.dying` reads one order a line (`job`, `at`, `kill`) and answers each with how
the run ended. Every run is a process of its own, forked off in milliseconds, that knows nothing of
the ones before it. Told to, it ends by SIGKILL at its `kill`th step: before or after a statement,
or before a file is opened for writing, renamed or removed.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

_CHANGES_FILES = {"os.rename", "os.remove", "os.mkdir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts what a run does, and ends the process at the step that was asked for."""

    def __init__(self, kill: int) -> None:
        self.kill, self.taken = kill, 0

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Callable[..., Any], *what: Any) -> Any:
        self.take()
        result = execute(*what)
        self.take()
        return result

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _CHANGES_FILES or (event == "open" and (args[2] or 0) & _WRITES):
            self.take()


def run(job: str, at: str, kill: int) -> None:
    from django.db import connection

    from minsheng.doors import tasks
    from minsheng.followups import sampling
    from minsheng.foundation import clock
    from minsheng.foundation.errors import Conflict
    from minsheng.indicators import facts

    # The one thing that chance decides in a job: both worlds draw with the same seed.
    sampling.secrets = SimpleNamespace(token_hex=lambda length: "seed")  # type: ignore[attr-defined]
    steps = Steps(kill)
    sys.addaudithook(steps.audit)
    with clock.moved(datetime.fromisoformat(at)), connection.execute_wrapper(steps.statement):
        while True:
            steps.taken = 0
            try:
                tasks.run(job)
                break
            except Conflict:  # the database has not noticed yet that the one before is dead
                time.sleep(0.005)
    if job == "facts":
        assert facts.check() == []


def serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(**json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "minsheng.foundation.settings"
    import django

    django.setup()
    import minsheng.doors.tasks  # noqa: F401 (once for all runs)

    serve()
