"""Landing in several processes at once.

A lane lands the batches that it is given, one after the other (see `run` for who gets which). It
ends with its leader, however that ends.
"""

import gc
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from itertools import count
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from django.db import connection, connections

from minsheng.exchange.csvfile import Record
from minsheng.exchange.history.landing import Landed, Landing
from minsheng.exchange.history.plan import Job
from minsheng.exchange.tuples import tuples
from minsheng.foundation import forked, text
from minsheng.foundation.errors import Conflict
from minsheng.foundation.unavailable import unavailable

# For a lane's connection alone: the list of new words is merged into the index by `run`, not by
# whichever lane happens to fill it; no lookup by number ever pays by reading a whole table; and
# nobody waits for the disk after each batch (`run` does at the end: until then a power cut may take
# back the last batches, each as a whole).
_SESSION = """
SET gin_pending_list_limit = '2000MB';
SET enable_seqscan = off;
SET work_mem = '64MB';
SET synchronous_commit = off;
"""


_COLLECT_EVERY = 16  # batches


class Lane:
    """One process that lands. Threads of its own write and read: nobody waits for a full pipe."""

    def __init__(self, job: Job, others: Sequence["Lane"]) -> None:
        # Forked, not started anew: it takes milliseconds, and everything is loaded.
        context = multiprocessing.get_context("fork")
        self._line, theirs = context.Pipe()
        ours = [self._line, *(lane._line for lane in others)]
        self._process = context.Process(target=_serve, args=(theirs, ours, job), daemon=True)
        self._process.start()
        theirs.close()
        self._telling = ThreadPoolExecutor(1, "telling a lane")
        self._hearing = ThreadPoolExecutor(1, "hearing a lane")

    def land(self, batch: Sequence[Record]) -> "Future[Landed]":
        """Gives the lane a batch, which it lands after those that it was given before."""
        # By column, which takes a tenth of the time that packing each record for itself does.
        self._telling.submit(self._line.send, list(zip(*batch, strict=True)))
        return self._hearing.submit(self._hear)

    def _hear(self) -> Landed:
        try:
            answer: Landed | Exception = self._line.recv()
        except (EOFError, OSError):
            raise Conflict(
                "lane_lost", "A process of the import was ended from outside: run it again."
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """Ends the lane; what it was landing is undone."""
        self._process.terminate()
        self._process.join()
        self._telling.shutdown()
        self._hearing.shutdown()
        self._line.close()


class Lanes(AbstractContextManager["Lanes"]):
    """The lanes of one run."""

    def __init__(self, job: Job, count: int) -> None:
        connections.close_all()  # a child must not use a connection of ours
        text.tokens("词典")  # loads the words once, not once in each child
        self.lanes: list[Lane] = []
        for _number in range(count):
            self.lanes.append(Lane(job, self.lanes))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lane in self.lanes:
            lane.end()


def _serve(line: Connection, inherited: Sequence[Connection], job: Job) -> None:
    forked.let_go(inherited)
    # Thousands of rows at a time are all new and all needed; looking through them for garbage again
    # and again takes a fifth of the time. What ends in a circle is taken apart (`Plan.forget`), so
    # that now and then will do for the rest.
    gc.freeze()
    gc.disable()
    with suppress(EOFError, OSError):
        _work(line, job)


def _work(line: Connection, job: Job) -> None:
    """Lands what comes until there is nobody left to tell, or something that was not foreseen."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SESSION)
        landing = Landing(job)
        for number in count(1):
            line.send(landing.land(tuples(Record, *line.recv())))
            if number % _COLLECT_EVERY == 0:
                gc.collect()
                gc.freeze()
    except EOFError:
        raise
    except Exception as error:
        # As text: not every error finds its way through a pipe.
        line.send(unavailable(error) or RuntimeError(f"{type(error).__name__}: {error}"))
