"""How good the answer "same matter" is on pairs that people have judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import precision_recall_curve

from minsheng.insight.duplicates.comparing import Floats, Frequencies, Told, compare, learned
from minsheng.insight.duplicates.deciding import SAME, same_matter
from minsheng.insight.duplicates.reading import Message
from minsheng.insight.duplicates.tracing import Traced, trace

Judged = tuple[str, str, str]  # query, earlier demand, "1" (same matter), "0" or "?"
Chances = Callable[[int, Sequence[int]], Floats]  # of one demand and earlier ones, by their places

CANDIDATES = 40  # earlier demands nearest by words, among which the model chooses


@dataclass(frozen=True)
class Quality:
    """Ratios from 0 to 1; None where the pairs leave nothing to count."""

    pairs: int
    queries: int
    recall_at_1: float | None
    recall_at_5: float | None
    precision: float | None
    recall: float | None
    recall_at_precision_95: float | None


class Collection:
    """Messages in the order of time, traced, with the frequencies and meanings of their words.

    `meanings=False` leaves them out, as in a city that has too few demands to learn them from.
    """

    def __init__(self, messages: Sequence[Message], *, meanings: bool = True) -> None:
        self.place = {message.key: n for n, message in enumerate(messages)}
        self.keys = [message.key for message in messages]
        self.told = [
            Told(trace(one.title, one.body), one.at.timestamp() / 86_400, one.petitioner)
            for one in messages
        ]
        traces = [one.traced for one in self.told]
        self.known = Frequencies.of(traces)
        if meanings:
            self.known = learned(traces, self.known)
        self._said = _matrix(traces, self.known)

    def likenesses(self, one: int, others: Sequence[int]) -> Floats:
        """Returns the likenesses of each of `others` to `one`."""
        return compare(self.told[one], [self.told[other] for other in others], self.known)

    def chances(self, one: int, others: Sequence[int]) -> Floats:
        """Returns the chance that each of `others` is the same matter as `one`."""
        return same_matter(self.likenesses(one, others))

    def nearest(self, one: int) -> list[int]:
        """Returns the `CANDIDATES` before `one` that share most with it, as the index does."""
        shared = np.asarray((self._said[:one] @ self._said[one].T).todense()).ravel()
        earlier = np.array([told.day for told in self.told[:one]]) < self.told[one].day
        ranked = np.argsort(-np.where(earlier, shared, -1), kind="stable")[:CANDIDATES]
        return [int(n) for n in ranked if earlier[n]]


def _matrix(traces: Sequence[Traced], known: Frequencies) -> csr_matrix:
    said = [np.concatenate([traced.words, traced.pairs]) for traced in traces]
    of = np.repeat(np.arange(len(said)), [len(keys) for keys in said])
    at = np.searchsorted(known.keys, np.concatenate(said))
    weights = known.weigh(known.counts)[at]
    return csr_matrix((weights, (of, at)), (len(said), len(known.keys)))


def measure(
    collection: Collection, judged: Sequence[Judged], chances: Chances | None = None
) -> dict[str, object]:
    """Compares answers with what people judged: those of the shipped weights, or by `chances`.

    Pairs marked ? and pairs of unknown demands are left out. A query is one that has a judged
    duplicate; all demands before it compete, and one that nobody judged counts as wrong.
    """
    place, ask = collection.place, chances or collection.chances
    judged = [pair for pair in judged if pair[0] in place and pair[1] in place]
    labels = {(one, other): label for one, other, label in judged}
    clear = [pair for pair in judged if pair[2] in {"0", "1"}]
    truth = np.array([label == "1" for _, _, label in clear], dtype=bool)
    found = np.array([ask(place[one], [place[other]])[0] for one, other, _ in clear])
    queries = sorted({one for one, _, label in clear if label == "1"})
    ranks = [_rank(collection, ask, one, labels) for one in queries]
    said = found >= SAME
    right = int((said & truth).sum())
    at_95 = None
    if truth.any():
        precision, recall, _ = precision_recall_curve(truth, found)
        at_95 = float(recall[precision >= 0.95].max())
    return asdict(
        Quality(
            pairs=len(clear),
            queries=len(queries),
            recall_at_1=_ratio(sum(rank < 1 for rank in ranks), len(ranks)),
            recall_at_5=_ratio(sum(rank < 5 for rank in ranks), len(ranks)),
            precision=_ratio(right, int(said.sum())),
            recall=_ratio(right, int(truth.sum())),
            recall_at_precision_95=at_95,
        )
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _rank(
    collection: Collection, ask: Chances, query: str, labels: Mapping[tuple[str, str], str]
) -> int:
    """Returns how many demands stand before the first judged duplicate of `query`."""
    one = collection.place[query]
    nearest = np.array(collection.nearest(one), dtype=int)
    ranked = nearest[np.argsort(-ask(one, nearest.tolist()), kind="stable")]
    found = [labels.get((query, collection.keys[n])) for n in ranked]
    clear = [label for label in found if label != "?"]
    return clear.index("1") if "1" in clear else CANDIDATES
