"""How good the answer "same matter" is on pairs that people have judged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import precision_recall_curve

from minsheng.insight.duplicates.comparing import Collection
from minsheng.insight.duplicates.deciding import SAME, same_matter

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


def measure(collection: Collection, judged: Sequence[tuple[str, str, str]]) -> dict[str, object]:
    """Compares the model's answers with `judged`: (query, earlier demand, "1", "0" or "?").

    Pairs marked ? and pairs of unknown demands are left out. A query is one that has a judged
    duplicate; all demands before it compete, and one that nobody judged counts as wrong.
    """
    place = {message.key: n for n, message in enumerate(collection.messages)}
    judged = [pair for pair in judged if pair[0] in place and pair[1] in place]
    labels = {(one, other): label for one, other, label in judged}
    clear = [pair for pair in judged if pair[2] in {"0", "1"}]
    truth = np.array([label == "1" for _, _, label in clear], dtype=bool)
    chances = np.array(
        [
            same_matter(collection.compare(place[one], np.array([place[other]])))[0]
            for one, other, _ in clear
        ]
    )
    queries = sorted({one for one, _, label in clear if label == "1"})
    ranks = [_rank(collection, place, one, labels) for one in queries]
    said = chances >= SAME
    right = int((said & truth).sum())
    at_95 = None
    if truth.any():
        precision, recall, _ = precision_recall_curve(truth, chances)
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
    collection: Collection,
    place: Mapping[str, int],
    query: str,
    labels: Mapping[tuple[str, str], str],
) -> int:
    """Returns how many demands stand before the first judged duplicate of `query`."""
    one = place[query]
    likeness = np.asarray((collection.all @ collection.all[one].T).todense()).ravel()
    earlier = np.flatnonzero(collection.days < collection.days[one])
    nearest = earlier[np.argsort(-likeness[earlier], kind="stable")[:CANDIDATES]]
    chances = same_matter(collection.compare(one, nearest))
    ranked = nearest[np.argsort(-chances, kind="stable")]
    found = [labels.get((query, collection.messages[n].key)) for n in ranked]
    clear = [label for label in found if label != "?"]
    return clear.index("1") if "1" in clear else CANDIDATES
