"""Folds traces into postings: for each word the ids of the demands that have it, in a few parts.

A folding writes one part. It takes the last parts along into it while they are not much larger than
what it brings, so that there are always few of them, and a demand's words are written anew only
when their part has grown to the double.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

from minsheng.foundation import statements
from minsheng.insight.duplicates.comparing import Frequencies
from minsheng.insight.duplicates.tracing import Keys, spoken
from minsheng.insight.models import Folding, Posting, Trace

USUAL_FROM = 30_000  # demands with a word, from which on the word is no longer looked up
FEWEST, MOST = 70, 5_000  # fresh demands at which they are folded, in a small and a large index
TOGETHER = 100_000  # demands that are folded together, where there are many
_LOCK = 0x12345_0011  # any number will do that nothing else takes

_BEGIN = "SELECT pg_try_advisory_xact_lock(%s), set_config('synchronous_commit', 'off', true)"

Pairs = npt.NDArray[np.int64]  # of a word (upper half) and a demand (lower half), in order
Row = tuple[int, int, bytes | memoryview]  # demand, serial and body of a trace


def locked() -> bool:
    """Tells whether this transaction may write the index: one at a time does.

    Its commit does not wait for the disk. What a database that dies loses is taken in again.
    """
    ((got, _off),) = statements.rows(_BEGIN, [_LOCK])
    return bool(got)


def fold(*, now: bool = False) -> bool:
    """Folds fresh demands into postings once there are enough, or `now`; tells whether it did."""
    folding = Folding.objects.defer("keys", "counts").first() or Folding()
    enough = min(max(FEWEST, folding.total // 7), MOST)
    if not now and Trace.objects.filter(serial__gt=folding.upto).count() < enough:
        return False
    with transaction.atomic():
        if not locked():
            return False
        fold_all()
    return True


def rebuild() -> None:
    """Builds the postings anew from the traces; who asks meanwhile is answered by the old ones."""
    with transaction.atomic():
        if not locked():
            return
        Posting.objects.all().delete()
        Folding.objects.update(upto=0, total=0, sizes=[], keys=b"", counts=b"")
        fold_all()


def fold_all() -> None:
    """Folds all fresh demands, within the transaction of whoever has the lock."""
    upto = Folding.objects.values_list("upto", flat=True).first() or 0
    fresh = Trace.objects.filter(serial__gt=upto).order_by("serial")
    rows = fresh.values_list("pk", "serial", "body").iterator(5_000)
    while some := list(islice(rows, TOGETHER)):
        _add(some)


def _add(rows: Sequence[Row]) -> None:
    """Adds demands to the postings and to the frequencies."""
    folding = Folding.objects.first() or Folding()
    pairs = _pairs(rows)
    known = _more(folding, pairs, len(rows))
    part, size = len(folding.sizes), len(rows)
    while part and folding.sizes[part - 1] <= 2 * size:
        part -= 1
        size += folding.sizes[part]
    if part < len(folding.sizes):
        pairs = _merged([pairs, *_taken_out(part)])
    folding.version += 1
    folding.upto = rows[-1][1]
    folding.sizes = [*folding.sizes[:part], size]
    folding.total, folding.keys, folding.counts = (
        known.total,
        known.keys.tobytes(),
        known.counts.tobytes(),
    )
    folding.save()
    _write(part, pairs, known)


def _pairs(rows: Sequence[Row]) -> Pairs:
    keys = [spoken(bytes(body)) for _demand, _serial, body in rows]
    demands = np.array([demand for demand, _serial, _body in rows], np.int64)
    demands = np.repeat(demands, [len(its) for its in keys])
    return _merged([_joined(np.concatenate(keys), demands)])


def _joined(keys: Keys, demands: npt.NDArray[Any]) -> Pairs:
    joined: Pairs = (keys.astype(np.int64) << 32) | demands
    return joined


def _merged(some: Sequence[Pairs]) -> Pairs:
    """Returns pairs in order, each once: an edited demand was there before."""
    pairs = np.concatenate(some)
    pairs.sort()
    return pairs[firsts(pairs)]


def firsts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Returns where in an ordered array each value stands first."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])


def _more(folding: Folding, pairs: Pairs, demands: int) -> Frequencies:
    """Returns the frequencies of a folding with those of `demands` more."""
    before, said = np.frombuffer(folding.keys, np.int32), (pairs >> 32).astype(np.int32)
    starts = firsts(said)
    keys = np.union1d(before, said[starts]).astype(np.int32)
    sums = np.zeros(len(keys), np.int32)
    sums[np.searchsorted(keys, before)] += np.frombuffer(folding.counts, np.int32)
    sums[np.searchsorted(keys, said[starts])] += np.diff(starts, append=len(said)).astype(np.int32)
    return Frequencies(folding.total + demands, keys, sums)


def _taken_out(part: int) -> list[Pairs]:
    """Takes out the parts from this one on and returns what was in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM insight_posting WHERE part >= %s RETURNING key, demands", [part]
        )
        rows = cursor.fetchall()
    demands = [np.frombuffer(ids, np.int32) for _key, ids in rows]
    keys = np.repeat(np.array([key for key, _ids in rows], np.int32), [len(ids) for ids in demands])
    return [_joined(keys, np.concatenate(demands))] if rows else []


def _write(part: int, pairs: Pairs, known: Frequencies) -> None:
    keys = (pairs >> 32).astype(np.int32)
    demands = pairs.astype(np.int32)  # the lower half
    starts = firsts(keys)
    ends = np.append(starts[1:], len(keys))
    seldom = known.count(keys[starts]) < USUAL_FROM
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY insight_posting (key, part, demands) FROM STDIN") as copy,
    ):
        for start, end in zip(starts[seldom].tolist(), ends[seldom].tolist(), strict=True):
            copy.write_row((int(keys[start]), part, demands[start:end].tobytes()))
