"""Landing in several processes at once.

A lane prepares a batch when it is given one and lands it when it is told to, which is the leader's
means to keep to the order of the file (see `run`). A lane ends with its leader, however that ends.
"""

import gc
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from django.db import connection, connections

from minsheng.exchange.csvfile import Record
from minsheng.exchange.history.landing import Landed, Landing, Prepared
from minsheng.exchange.history.plan import Job
from minsheng.foundation import forked, text
from minsheng.foundation.errors import Conflict

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

_Question = Sequence[Record] | None


class Lane:
    """One process that lands, asked by a thread of its own so that nobody waits for a full pipe."""

    def __init__(self, job: Job, others: Sequence["Lane"]) -> None:
        # Forked, not started anew: it takes milliseconds, and everything is loaded.
        context = multiprocessing.get_context("fork")
        self._line, theirs = context.Pipe()
        ours = [self._line, *(lane._line for lane in others)]
        self._process = context.Process(target=_serve, args=(theirs, ours, job), daemon=True)
        self._process.start()
        theirs.close()
        self._thread = ThreadPoolExecutor(1, "lane")

    def prepare(self, batch: Sequence[Record]) -> None:
        """Gives the lane a batch to prepare once it has done what it was told before."""
        self._thread.submit(self._ask, batch)

    def land(self) -> "Future[Landed]":
        """Tells the lane to land what it was given last."""
        return self._thread.submit(self._ask, None)

    def _ask(self, question: _Question) -> Landed:
        try:
            self._line.send(question)
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
        self._thread.shutdown()
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
    # and again takes a fifth of the time. Once after each batch will do; what is left then stays.
    gc.freeze()
    gc.disable()
    with suppress(EOFError, OSError):
        _work(line, job)


def _work(line: Connection, job: Job) -> None:
    landing: Landing | None = None
    prepared: Prepared | RuntimeError = Prepared()
    while True:
        batch: _Question = line.recv()
        answer: Landed | RuntimeError = Landed()
        try:
            if landing is None:
                with connection.cursor() as cursor:
                    cursor.execute(_SESSION)
                landing = Landing(job)
            if batch is not None:
                prepared = landing.prepare(batch)
            else:
                answer = landing.land(prepared) if isinstance(prepared, Prepared) else prepared
        except Exception as error:
            # As text: not every error finds its way through a pipe. An error in preparing is told
            # when the batch is to be landed.
            answer = prepared = RuntimeError(f"{type(error).__name__}: {error}")
        line.send(answer)
        if batch is None:
            prepared = Prepared()
            gc.collect()
            gc.freeze()
