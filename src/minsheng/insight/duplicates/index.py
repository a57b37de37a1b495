"""The index of open and recent demands: which of them may be the matter of a new one.

It lies in the database, so all workers on all machines see the same at once, and a restart loses
nothing. A demand's words come in as lines (`insight_line`); now and then a job folds the lines into
postings, one array of demands for each word (see `feeding`). A query looks up its rarest words,
adds up for each demand what they weigh, and compares the best of those in full.

The frequencies of words are read by each process once after each folding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from minsheng.demands.models import Demand
from minsheng.demands.rules import OPEN, State
from minsheng.foundation import clock, statements
from minsheng.foundation.recent import recent
from minsheng.insight.duplicates.comparing import UNLIKE, Floats, Frequencies, Told, compare
from minsheng.insight.duplicates.deciding import PERHAPS, Answer, answer, same_matter
from minsheng.insight.duplicates.tracing import Keys, Traced, trace, unpack
from minsheng.insight.models import Folding

SPAN = timedelta(days=90)  # before which a demand is in the index only while it is open
USUAL_FROM = 30_000  # demands with a word, from which on the word is no longer looked up
LOOKED_UP = 20_000  # postings that one query reads
COMPARED = 32  # demands that are compared in full
DAY = 86_400  # seconds

_POSTINGS = "SELECT key, demands FROM insight_posting WHERE key = ANY(%s::int[])"
_LINES = """
SELECT key, array_agg(demand_id)::bigint[] FROM insight_line WHERE key = ANY(%s::int[]) GROUP BY key
"""
_TRACES = """
SELECT t.demand_id, t.body, extract(epoch FROM t.at)::float8 / 86400, d.petitioner_id
FROM insight_trace t JOIN demands_demand d ON d.id = t.demand_id
WHERE t.demand_id = ANY(%s::bigint[]) AND t.at <= %s AND NOT d.restricted AND d.state <> %s
"""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier demand that may be the same matter, by id and number; `chance` from 0 to 1.

    `reasons` are codes: place, problem, words, numbers, petitioner.
    """

    demand: int
    number: str
    title: str
    place: str
    state: str
    accepted_at: datetime
    chance: float
    answer: Answer
    reasons: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Tells whether somebody still owes its petitioner something."""
        return self.state in OPEN


def candidates(
    text: str,
    place: str = "",
    at: datetime | None = None,
    petitioner: int | None = None,
    *,
    title: str = "",
    leaving_out: int | None = None,
    most: int = 10,
) -> list[Candidate]:
    """Returns the earlier demands that are, or perhaps are, the same matter, the likeliest first.

    `at` is when the new demand came (now, where not given), `petitioner` the id of who told it.
    Restricted and withdrawn demands are never among them.
    """
    found = nearest(
        trace(title, text, place), at or clock.now(), petitioner, leaving_out=leaving_out
    )
    likely = [near for near in found if near.chance >= PERHAPS][:most]
    rows = Demand.objects.defer("words", "text").in_bulk([near.demand for near in likely])
    return [_candidate(near, rows[near.demand]) for near in likely if near.demand in rows]


@dataclass(frozen=True, slots=True)
class Near:
    """A demand by id, the chance that it is the same matter, and what speaks for it."""

    demand: int
    chance: float
    likenesses: Floats


def nearest(
    traced: Traced, at: datetime, petitioner: int | None = None, *, leaving_out: int | None = None
) -> list[Near]:
    """Returns the demands before `at` that were compared with a trace, the likeliest first."""
    known = frequencies()
    ids = _sharing(traced, known, leaving_out)
    rows = statements.rows(_TRACES, [ids.tolist(), at, State.WITHDRAWN]) if len(ids) else []
    others = [Told(unpack(bytes(body)), day, who) for _id, body, day, who in rows]
    asked = Told(traced, at.timestamp() / DAY, petitioner)
    likenesses = compare(asked, others, known)
    chances = same_matter(likenesses)
    return [
        Near(rows[n][0], float(chances[n]), likenesses[n])
        for n in np.argsort(-chances, kind="stable")
    ]


def _candidate(near: Near, demand: Demand) -> Candidate:
    assert demand.accepted_at
    return Candidate(
        demand=demand.pk,
        number=demand.number or "",
        title=demand.title,
        place=demand.place,
        state=demand.state,
        accepted_at=demand.accepted_at,
        chance=near.chance,
        answer=answer(near.chance),
        reasons=_reasons(near.likenesses),
    )


def _reasons(likenesses: Floats) -> tuple[str, ...]:
    (words, pairs, problem, joint, _title, _rare, numbers, _area, _place, _none, _days, same) = (
        likenesses.tolist()
    )
    said = {
        "petitioner": same > 0,
        "place": (problem > 0 and joint / problem > UNLIKE) or pairs > 0.5,
        "problem": problem > 0.3,
        "words": words > 0.4,
        "numbers": numbers > 0,
    }
    return tuple(name for name, true in said.items() if true)


# Finding


def _sharing(traced: Traced, known: Frequencies, leaving_out: int | None) -> Ids:
    """Returns the demands that share most with a trace, by the weight of what they share."""
    keys = looked_up(traced, known)
    if not len(keys):
        return np.array([], np.int64)
    asked = [keys.tolist()]
    found: list[tuple[int, npt.NDArray[np.integer]]] = [
        *((key, np.frombuffer(ids, np.int32)) for key, ids in statements.rows(_POSTINGS, asked)),
        *((key, np.array(ids, np.int64)) for key, ids in statements.rows(_LINES, asked)),
    ]
    return best(found, known, COMPARED, leaving_out)


def looked_up(traced: Traced, known: Frequencies) -> Keys:
    """Returns the rarest words and pairs of a trace, as many as a query may read postings of."""
    keys = np.concatenate([traced.words, traced.pairs])
    counts = known.count(keys)
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] < USUAL_FROM]
    within = np.cumsum(counts[order]) <= LOOKED_UP
    within[:1] = True
    chosen: Keys = keys[order[within]]
    return chosen


def best(
    found: Sequence[tuple[int, npt.NDArray[np.integer]]],
    known: Frequencies,
    most: int,
    leaving_out: int | None = None,
) -> Ids:
    """Returns `most` demands with the greatest weight of words, from the demands of each word."""
    if not found:
        return np.array([], np.int64)
    weights = known.weigh(known.count(np.array([key for key, _ids in found], np.int32)))
    every = np.concatenate([ids for _key, ids in found]).astype(np.int64)
    each = np.repeat(weights**2, [len(ids) for _key, ids in found])
    order = np.argsort(every)
    every, each = every[order], each[order]
    starts = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]]))
    ids, sums = every[starts], np.add.reduceat(each, starts)
    if leaving_out is not None:
        sums[ids == leaving_out] = -1
    top = np.argpartition(-sums, most)[:most] if len(sums) > most else np.arange(len(sums))
    chosen: Ids = ids[top[sums[top] > 0]]
    return chosen


@recent
def _part() -> int:
    found = Folding.objects.values_list("part", flat=True).first()
    return found or 0


_kept: dict[int, Frequencies] = {}


def frequencies() -> Frequencies:
    """Returns how often words are, as of the last folding or the one before it."""
    part = _part()
    if part not in _kept:
        row = Folding.objects.first()
        counted = (
            Frequencies(
                row.total, np.frombuffer(row.keys, np.int32), np.frombuffer(row.counts, np.int32)
            )
            if row
            else Frequencies.of([])
        )
        _kept.clear()
        _kept[part] = counted
    return _kept[part]
