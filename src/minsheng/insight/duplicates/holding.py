"""What each process holds of the index: how usual words are, what they mean, what is not folded.

Postings are written for many demands at once (see `folding`). A demand that was taken in since has
its trace alone: each process reads such traces once, as they come, and lets go of them after the
next folding.
"""

from dataclasses import dataclass
from threading import Lock

import numpy as np

from minsheng.foundation import recent, statements
from minsheng.insight.duplicates import meaning
from minsheng.insight.duplicates.comparing import Frequencies
from minsheng.insight.duplicates.tracing import spoken
from minsheng.insight.models import Folding

MOST = 20_000  # traces that are held, the latest; there are more only while a folding is overdue

# At least one line; its trace is empty where there is none that is new.
_NEWS = """
SELECT f.version, t.serial, t.demand_id, t.body
FROM (
    SELECT coalesce(max(version), 0) AS version, coalesce(max(upto), 0) AS upto FROM insight_folding
) f
LEFT JOIN LATERAL (
    SELECT serial, demand_id, body FROM insight_trace WHERE serial > greatest(f.upto, %s)
    ORDER BY serial DESC LIMIT %s
) t ON true
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process knows as of one folding: `known`, how often words are; `fresh`, by word the
    demands that came later."""

    version: int
    known: Frequencies
    fresh: dict[int, list[int]]


class _Holder:
    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        self._held = Held(-1, Frequencies.of([]), {})
        self._serial = 0  # of the latest trace that is held

    def now(self) -> Held:
        with self._lock:
            news = statements.rows(_NEWS, [self._serial, MOST])
            if news[0][0] != self._held.version:
                held = _begun()
                news = statements.rows(_NEWS, [0, MOST])
                # Whoever works with the former one goes on with it.
                self._held, self._serial = held, 0
            for _version, serial, demand, body in news:
                if serial is not None:
                    for key in spoken(bytes(body)).tolist():
                        self._held.fresh.setdefault(key, []).append(demand)
                    self._serial = max(self._serial, serial)
            return self._held


def _begun() -> Held:
    row = Folding.objects.first()
    if row is None:
        return Held(0, Frequencies.of([]), {})
    keys, counts = np.frombuffer(row.keys, np.int32), np.frombuffer(row.counts, np.int32)
    return Held(row.version, Frequencies(row.total, keys, counts, meaning.load()), {})


_holder = _Holder()
recent.forgets(_holder.clear)


def held() -> Held:
    """Returns what this process holds, brought up to date.

    What it lacks by then is in the postings, if they are read after this.
    """
    return _holder.now()
