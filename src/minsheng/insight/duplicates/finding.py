"""Which demands share most with a text: the sum of what the words weigh that both have.

Words that many demands have cost most to look up and say least. So the postings of the rarest words
alone give the `LIKELY` best, and only of these the other words are looked at, in their traces.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from minsheng.foundation import statements
from minsheng.insight.duplicates.comparing import Floats, Frequencies
from minsheng.insight.duplicates.folding import USUAL_FROM, firsts
from minsheng.insight.duplicates.holding import Held
from minsheng.insight.duplicates.tracing import Keys, Traced, spoken

LOOKED_UP = 20_000  # postings that one query reads
LIKELY = 256  # demands whose traces it reads

_POSTINGS = "SELECT key, demands FROM insight_posting WHERE key = ANY(%s::int[])"

Ids = npt.NDArray[np.int64]


def likely(traced: Traced, now: Held, leaving_out: int | None) -> Ids:
    """Returns the ids of demands that share most of the rarest words with a trace."""
    keys = _looked_up(traced, now.known).tolist()
    rows = statements.rows(_POSTINGS, [statements.array(keys)])
    found = [(key, np.frombuffer(ids, np.int32)) for key, ids in rows]
    found += [(key, np.array(now.fresh[key], np.int32)) for key in keys if key in now.fresh]
    return _best(found, now.known, leaving_out) if found else np.array([], np.int64)


def _looked_up(traced: Traced, known: Frequencies) -> Keys:
    """Returns the rarest words and pairs of a trace, as many as a query may read postings of."""
    keys = np.union1d(traced.words, traced.pairs).astype(np.int32)
    counts = known.count(keys)
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] < USUAL_FROM]
    within = np.cumsum(counts[order]) <= LOOKED_UP
    within[:1] = True
    chosen: Keys = keys[order[within]]
    return chosen


def _best(
    found: Sequence[tuple[int, npt.NDArray[np.int32]]], known: Frequencies, leaving_out: int | None
) -> Ids:
    """Returns the demands with the greatest weight of words, from the demands of each word.

    A word may come several times, and a demand several times with it, but counts once.
    """
    keys, which = np.unique([key for key, _ids in found], return_inverse=True)
    weights = _weights(keys.astype(np.int32), known)
    # A demand and its word in one integer: these are sorted much faster than two arrays by one.
    ids = np.concatenate([ids for _key, ids in found]).astype(np.int64)
    both = (ids << 16) | np.repeat(which, [len(ids) for _key, ids in found])
    both.sort()
    both = both[firsts(both)]
    ids = both >> 16
    starts = firsts(ids)
    ids, sums = ids[starts], np.add.reduceat(weights[both & 0xFFFF], starts)
    if leaving_out is not None:
        sums[ids == leaving_out] = -1
    top = np.argpartition(-sums, LIKELY)[:LIKELY] if len(sums) > LIKELY else np.arange(len(sums))
    chosen: Ids = ids[top[sums[top] > 0]]
    return chosen


def closest(traced: Traced, bodies: Sequence[bytes], known: Frequencies, most: int) -> list[int]:
    """Returns the places of the `most` packed traces that share most with a trace."""
    mine = np.union1d(traced.words, traced.pairs).astype(np.int32)
    if len(bodies) <= most or not len(mine):
        return list(range(len(bodies)))[:most]
    weights = _weights(mine, known)
    theirs = [spoken(body) for body in bodies]
    flat = np.concatenate(theirs)
    of = np.repeat(np.arange(len(theirs)), [len(keys) for keys in theirs])
    at = np.minimum(np.searchsorted(mine, flat), len(mine) - 1)
    sums = np.bincount(of, np.where(mine[at] == flat, weights[at], 0.0), len(theirs))
    found: list[int] = np.argsort(-sums, kind="stable")[:most].tolist()
    return found


def _weights(keys: Keys, known: Frequencies) -> Floats:
    """Returns what it says that two demands have these words in common."""
    found: Floats = known.weigh(known.count(keys)) ** 2
    return found
