"""`minsheng import orders`: one file, from its first line to its last.

The leader reads the file and deals it out in *chunks* of a batch for each lane. The rows of one
demand always go to the same lane, which lands them in the order of the file; a row whose order
number a demand of another lane claims as well waits until all before it has landed. So the outcome
does not depend on which lane was quicker.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from django.db import Error, connection
from django.utils.translation import gettext as _

from minsheng.demands.models import ImportBatch
from minsheng.directory.access import Actor, require
from minsheng.exchange.csvfile import Record, Source, examine
from minsheng.exchange.history.columns import HEADS
from minsheng.exchange.history.landing import Landed, Landing
from minsheng.exchange.history.lanes import Lanes
from minsheng.exchange.history.plan import Job
from minsheng.exchange.history.rows import read_header
from minsheng.exchange.rejects import RejectsFile
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.foundation.machine import processors

BATCH = 5_000  # rows; more at once take longer each, for they leave the processor's cache
FEW = 20_000  # rows that this process lands by itself
MOST_LANES = 12
_AHEAD = 1  # chunks that may be under way when the next one is dealt out
_MERGE_EVERY = 3  # seconds

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0002

Advance = Callable[[int], None]
Say = Callable[[str], None]


@dataclass
class Summary:
    """What became of a file. `made` are the names that were made, by column, in their order."""

    counts: Counter[str] = field(default_factory=Counter)
    made: dict[str, list[str]] = field(default_factory=dict)


def open_history(path: Path) -> tuple[Source, list[str]]:
    """Looks a file over; returns how to read it, and the heads of it that mean nothing here.

    Raises Invalid for a file that is no history: then nothing of it can be taken.
    """
    source = examine(path, HEADS)
    _places, ignored = read_header(source.header)
    return source, ignored


def import_orders(
    actor: Actor,
    source: Source,
    *,
    rejects: Path,
    dry_run: bool = False,
    batch: int = BATCH,
    lanes: int = 0,
    advance: Advance = lambda steps: None,
    say: Say = lambda sentence: None,
) -> Summary:
    """Brings a city's history into the tables; what cannot be goes to the file `rejects`.

    `batch` is the number of rows in one transaction, `lanes` that of processes: 0 for as many as
    keep this machine busy, where there are more than a few rows. A dry run changes nothing; it does
    not see where rows of different batches contradict each other. Raises Forbidden.
    """
    require(actor, "import.run")
    if rejects.resolve() == source.path.resolve():
        raise Invalid("same_file", _("退回清单不能写到导入的文件里；请换一个文件名。"))
    lanes = lanes or (1 if source.lines <= FEW else _usual_lanes())
    summary = Summary()
    with _alone(say), RejectsFile(rejects) as rejected:
        last = ImportBatch.objects.order_by("-pk").values_list("pk", flat=True).first()
        job = Job(source, clock.now(), dry_run, last or 0)
        for landed in (_here if lanes == 1 else _in_lanes)(job, lanes, batch):
            summary.counts += landed.counts
            for column, names in landed.made.items():
                summary.made[column] = sorted({*summary.made.get(column, ()), *names})
            rejected.add(sorted(landed.rejects))
            advance(landed.counts["read"])
        if summary.counts["landed"] and not dry_run:
            _tidy()
    return summary


def _usual_lanes() -> int:
    """Returns half as many lanes again as there are processors: now and then, each has to wait."""
    return min(processors() * 3 // 2, MOST_LANES)


def _here(job: Job, _lanes: int, size: int) -> Iterator[Landed]:
    landing = Landing(job)
    for chunk in _chunks(job.source, 1, size):
        yield landing.land(chunk.batches[0])


def _in_lanes(job: Job, count: int, size: int) -> Iterator[Landed]:
    under_way: deque[list[Future[Landed]]] = deque()
    with Lanes(job, count) as together, _merging_words(job):
        for chunk in _chunks(job.source, count, size):
            while len(under_way) > (0 if chunk.after_all else _AHEAD):
                yield _sum(under_way.popleft())
            under_way.append(
                [
                    lane.land(batch)
                    for lane, batch in zip(together.lanes, chunk.batches, strict=True)
                    if batch
                ]
            )
        while under_way:
            yield _sum(under_way.popleft())


def _sum(landing: Iterable["Future[Landed]"]) -> Landed:
    total = Landed()
    for future in landing:
        total.add(future.result())
    return total


class _Chunk(NamedTuple):
    """A batch for each lane, to be landed `after_all` that came before, or as soon as it can."""

    batches: list[list[Record]]
    after_all: bool = False


def _chunks(source: Source, lanes: int, size: int) -> Iterator[_Chunk]:
    """Yields the records in chunks of `lanes` batches of about `size` rows."""
    places, _unknown = read_header(source.header)
    demand, order = places["demand_no"], places["order_no"]
    needed = max(demand, order) + 1
    batches: list[list[Record]] = [[] for _lane in range(lanes)]
    put_off: list[list[Record]] = [[] for _lane in range(lanes)]
    count = 0
    # Which lane has which order, in this chunk and in the one that may still be under way.
    now: dict[str, int] = {}
    before: dict[str, int] = {}
    for record in source.records():
        lane = 0
        if lanes > 1 and not record.fault:
            cells = source.first_cells(record.text, needed)
            if cells:
                lane = crc32(cells[demand].strip().encode()) % lanes
                number = cells[order].strip()
                if before.get(number, lane) != lane or now.setdefault(number, lane) != lane:
                    put_off[lane].append(record)
                    continue
        batches[lane].append(record)
        count += 1
        if count == lanes * size:
            yield _Chunk(batches)
            if any(put_off):
                yield _Chunk(put_off, after_all=True)
                put_off = [[] for _lane in range(lanes)]
            batches = [[] for _lane in range(lanes)]
            before, now, count = now, {}, 0
    if count:
        yield _Chunk(batches)
    if any(put_off):
        yield _Chunk(put_off, after_all=True)


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    """Waits until no other import of a history runs, and keeps others waiting.

    The lock is that of a connection of its own. The lanes inherit it: after a `kill -9` of the
    leader it is free once the last of them has ended.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                say("Another import of orders is running; this one begins when it has ended …")
                cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield
    finally:
        own.close()


@contextmanager
def _merging_words(job: Job) -> Iterator[None]:
    """Keeps merging the lanes' new words into the search index meanwhile.

    PostgreSQL collects them in a list first, which every search reads from end to end; merging is
    quick when it takes much of it at once.
    """
    ended = threading.Event()

    def merge() -> None:
        while not ended.wait(_MERGE_EVERY):
            _merge_words()

    thread = threading.Thread(target=merge, name="merging words")
    if not job.dry_run:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if not job.dry_run:
            thread.join()


def _merge_words() -> None:
    """Merges the waiting lists of the table's GIN indexes: words, and the units concerned.

    Waits for nobody long: what is left, autovacuum merges.
    """
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '256MB'; SET lock_timeout = '10s'")
        cursor.execute(
            "SELECT gin_clean_pending_list(indexrelid) FROM pg_index"
            " JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam"
            " WHERE indrelid = 'demands_demand'::regclass AND amname = 'gin'"
        )
    connection.close()  # that of this thread


def _tidy() -> None:
    """Leaves the tables as after a quiet night: words merged, and at the same time sizes known."""
    merging = threading.Thread(target=_merge_words, name="merging the last words")
    merging.start()
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE demands_demand, orders_workorder, orders_assignment, followups_followup"
        )
    merging.join()
