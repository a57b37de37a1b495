"""Lives side by side: each in a process of its own, with its share of the matters.

Every life has a *mark*, in memory that all of them see: the moment and line of the next step that
may give out a number. Whoever gives one out waits until its own mark is the lowest, so numbers
follow the order of time, and what is lived is the same with any number of lanes. Every night, and
whenever somebody sits down at the desk (`office`), all lanes come to a halt.
"""

import gc
import mmap
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self, cast

from django.db import connection

from minsheng.foundation import clock, forked
from minsheng.foundation.errors import Conflict
from minsheng.simulator import afterwards
from minsheng.simulator.cases import Case
from minsheng.simulator.life import Life, Pace
from minsheng.simulator.office.desk import Desk
from minsheng.simulator.resuming import take_up

_LINES = 1 << 24  # a mark is seconds times this, plus the line
_DONE = (1 << 63) - 1
_NAP = 0.0002  # seconds between two looks at the others' marks
_LOOK = 0.2  # seconds between two looks of the leader

#: A demand that is to be archived, by its key, and when.
Ended = tuple[int, datetime]
Begin = Callable[[int, Pace], Life]
Watch = Callable[["Sum"], None]


@dataclass(frozen=True)
class Meanwhile:
    """What was done at a moment while all lives stood still.

    At night it was found which demands are to be archived, and which were drawn to be asked about
    (`sample` is the key of that draw); at the desk some were sent back to their units, or taken up
    that no life had in hand.
    """

    at: datetime
    ended: Sequence[Ended] = ()
    drawn: Sequence[int] = ()
    sample: int = 0
    reworked: Sequence[int] = ()
    taken_up: Sequence[Case] = ()


@dataclass
class Sum:
    """What lives came to so far, and at which moment they are."""

    now: datetime
    accepted: int = 0
    acted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    halted: int = 0

    def add(self, other: "Sum | Life | Desk") -> None:
        self.accepted += other.accepted
        self.acted += other.acted
        self.refused += other.refused
        self.halted += other.halted


class Here(AbstractContextManager["Here"]):
    """One life, in this process."""

    def __init__(self, begin: Begin, watch: Watch) -> None:
        self._life = begin(0, Pace())
        self._watch = watch

    def live(self, until: datetime, meanwhile: Meanwhile) -> None:
        """Goes on until a moment, after being told what was done meanwhile."""
        _go_on(self._life, meanwhile, until, lambda: self._watch(self.sum()))

    def sum(self) -> Sum:
        total = Sum(self._life.now)
        total.add(self._life)
        return total

    def __exit__(self, *error: object) -> None:
        pass


class Lanes(AbstractContextManager["Lanes"]):
    """Several lives, each in a child process, which ends with this one however that ends."""

    def __init__(self, begin: Begin, watch: Watch, count: int, start: datetime) -> None:
        self._watch = watch
        self._sum = Sum(start)
        self._marks = memoryview(mmap.mmap(-1, 8 * count)).cast("q")
        context = multiprocessing.get_context("fork")
        self._lines: list[Connection] = []
        self._processes = []
        gc.freeze()  # what is here is shared with the children as long as nobody counts it
        for number in range(count):
            ours, theirs = context.Pipe()
            child = (begin, number, _InStep(self._marks, number), theirs, [*self._lines, ours])
            process = context.Process(target=_serve, args=child, daemon=True)
            process.start()
            theirs.close()
            self._lines.append(ours)
            self._processes.append(process)
        gc.unfreeze()

    def live(self, until: datetime, meanwhile: Meanwhile) -> None:
        """Goes on until a moment, after being told what was done meanwhile."""
        for number in range(len(self._lines)):
            self._marks[number] = 0  # nobody is ahead before all have begun
        total = Sum(until)
        try:
            for number, line in enumerate(self._lines):
                mine = [c for c in meanwhile.taken_up if c.matter.line % len(self._lines) == number]
                line.send((until, replace(meanwhile, taken_up=mine)))
            busy = list(self._lines)
            while busy:
                for line in cast(list[Connection], wait(busy, _LOOK)):
                    answer = line.recv()
                    if isinstance(answer, str):
                        raise RuntimeError(answer)
                    total.add(answer)
                    busy.remove(line)
                self._watch(self._sum)
        except (EOFError, OSError):
            raise Conflict(
                "lane_lost", "A process of the simulation was ended from outside: run it again."
            ) from None
        self._sum = total

    def sum(self) -> Sum:
        return self._sum

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line, process in zip(self._lines, self._processes, strict=True):
            line.close()
            if error:
                process.terminate()
            process.join()


class _InStep(Pace):
    """Keeps one of several lives in step with the others."""

    def __init__(self, marks: memoryview, number: int) -> None:
        self._marks = marks
        self._number = number
        self._leader = os.getpid()

    def come_to(self, at: datetime, line: int) -> None:
        self._marks[self._number] = int(at.timestamp()) * _LINES + line

    def wait(self) -> None:
        mine = self._marks[self._number]
        while min(self._marks) < mine:
            if os.getppid() != self._leader:
                raise EOFError  # whom we wait for may have ended with it
            time.sleep(_NAP)

    def done(self) -> None:
        self._marks[self._number] = _DONE


def _serve(
    begin: Begin, number: int, pace: _InStep, line: Connection, inherited: Sequence[Connection]
) -> None:
    forked.let_go(inherited)
    with suppress(EOFError, OSError):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off")
            life = begin(number, pace)
            while True:
                until, meanwhile = line.recv()
                _go_on(life, meanwhile, until, lambda: None)
                pace.done()
                total = Sum(until)
                total.add(life)
                line.send(total)
        except (EOFError, OSError):
            raise
        except Exception as error:  # as text: not every error finds its way through a pipe
            pace.done()
            line.send(f"{type(error).__name__}: {error}")


def _go_on(life: Life, meanwhile: Meanwhile, until: datetime, watch: Callable[[], None]) -> None:
    for key, at in meanwhile.ended:
        if case := life.cases.get(key):
            life.turn_to(case.matter, at)
            with clock.moved(at):
                afterwards.archive(life, case)
    for key in meanwhile.drawn:
        if case := life.cases.get(key):
            life.turn_to(case.matter, meanwhile.at)
            life.start(afterwards.drawn(life, case, meanwhile.sample))
    for key in meanwhile.reworked:
        if case := life.cases.get(key):
            life.turn_to(case.matter, meanwhile.at)
            afterwards.reworked(life, case)
    for case in meanwhile.taken_up:
        take_up(life, case, meanwhile.at)
    life.run(until, watch)
