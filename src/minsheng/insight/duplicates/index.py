"""The index of open and recent demands: which of them may be the matter of a new one.

It lies in the database, so all workers on all machines see the same at once, and a restart loses
nothing. A demand comes in as a trace (see `feeding`); now and then a job folds traces into
postings, one array of demands for each word (`folding`). Traces that no folding has seen are held
in memory (`holding`). A query finds the demands that share most words with it (`finding`) and
compares the closest of them in full. What was accepted a moment ago and has no trace yet is traced
on the spot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from minsheng.demands.models import Demand
from minsheng.demands.queries import visible
from minsheng.demands.rules import OPEN, DemandState
from minsheng.directory.access import Actor
from minsheng.foundation import clock, statements
from minsheng.insight.duplicates.comparing import FEATURES, UNLIKE, Floats, Told, compare
from minsheng.insight.duplicates.deciding import PERHAPS, Answer, answer, same_matter
from minsheng.insight.duplicates.finding import closest, likely
from minsheng.insight.duplicates.holding import held
from minsheng.insight.duplicates.tracing import Traced, pack, trace, unpack

SPAN = timedelta(days=90)  # before which a demand is in the index only while it is open
COMPARED = 32  # demands that are compared in full
UNTAKEN = timedelta(minutes=2)  # within which a demand is found though no job took it in yet
DAY = 86_400  # seconds

_TRACES = """
SELECT t.demand_id, t.body, extract(epoch FROM t.at)::float8 / 86400, d.petitioner_id
FROM insight_trace t JOIN demands_demand d ON d.id = t.demand_id
WHERE t.demand_id = ANY(%s::bigint[]) AND t.at <= %s AND NOT d.restricted AND d.state <> %s
"""
_UNTAKEN = """
SELECT d.id, d.title, d.text, d.place, extract(epoch FROM d.accepted_at)::float8 / 86400,
       d.petitioner_id
FROM demands_demand d
WHERE d.accepted_at > %s AND d.accepted_at <= %s AND NOT d.restricted AND d.state <> %s
    AND d.id <> %s AND NOT EXISTS (SELECT FROM insight_trace t WHERE t.demand_id = d.id)
ORDER BY d.accepted_at DESC LIMIT 100
"""

Row = tuple[int, bytes, float, int | None]  # demand, packed trace, day, petitioner


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
    actor: Actor,
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
    Restricted and withdrawn demands are never among them, nor any that `actor` may not see.
    """
    found = nearest(
        trace(title, text, place), at or clock.now(), petitioner, leaving_out=leaving_out
    )
    worth_saying = [near for near in found if near.chance >= PERHAPS][:most]
    seen = Demand.objects.filter(visible(actor)).defer("words", "text")
    rows = seen.in_bulk([near.demand for near in worth_saying])
    return [_candidate(near, rows[near.demand]) for near in worth_saying if near.demand in rows]


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
    now = held()
    ids = likely(traced, now, leaving_out).tolist()
    values = [statements.array(ids), at, DemandState.WITHDRAWN]
    rows: list[Row] = statements.rows(_TRACES, values) if ids else []
    rows += _untaken(at, leaving_out)
    rows = [rows[n] for n in closest(traced, [row[1] for row in rows], now.known, COMPARED)]
    others = [Told(unpack(body), day, who) for _id, body, day, who in rows]
    asked = Told(traced, at.timestamp() / DAY, petitioner)
    likenesses = compare(asked, others, now.known)
    chances = same_matter(likenesses)
    return [
        Near(rows[n][0], float(chances[n]), likenesses[n])
        for n in np.argsort(-chances, kind="stable")
    ]


def _untaken(at: datetime, leaving_out: int | None) -> list[Row]:
    values = [at - UNTAKEN, at, DemandState.WITHDRAWN, leaving_out or 0]
    return [
        (demand, _packed(title, text, place), day, who)
        for demand, title, text, place, day, who in statements.rows(_UNTAKEN, values)
    ]


@lru_cache(1000)
def _packed(title: str, text: str, place: str) -> bytes:
    return pack(trace(title, text, place))


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
    found = dict(zip(FEATURES, likenesses.tolist(), strict=True))
    said = {
        "petitioner": found["same_petitioner"] > 0,
        "place": found["place"] > UNLIKE or found["pairs"] > 0.5,
        "problem": found["problem"] > 0.3,
        "words": found["words"] > 0.4,
        "numbers": found["numbers"] > 0,
    }
    return tuple(name for name, true in said.items() if true)
