"""Finds the weights of likenesses from judged pairs, and how good such weights are on others.

The weights that ship are a logistic regression's (scikit-learn, C = 0.1, on likenesses of standard
deviation 1) on the pairs that docs/matters.md names; `minsheng insight weigh-duplicates` prints
them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from minsheng.foundation.errors import Invalid
from minsheng.insight.duplicates.comparing import FEATURES
from minsheng.insight.duplicates.deciding import Weights
from minsheng.insight.duplicates.meaning import Floats
from minsheng.insight.duplicates.measuring import Collection, Judged, measure
from minsheng.insight.duplicates.reading import Message

C = 0.1
_SILENT = {"place", "same_petitioner"}
_MEANT = {"meaning", "name_and_meaning"}


class Pairs:
    """The likenesses of pairs that were judged clearly, `same` telling which are of one matter."""

    def __init__(self, collection: Collection, judged: Sequence[Judged]) -> None:
        place = collection.place
        clear = [p for p in judged if p[2] in {"0", "1"} and p[0] in place and p[1] in place]
        self.asked = [one for one, _other, _label in clear]
        self.same = np.array([label == "1" for _one, _other, label in clear])
        self.likenesses = np.nan_to_num(
            [collection.likenesses(place[one], [place[other]])[0] for one, other, _ in clear]
        )
        left_out = _SILENT if collection.known.meanings else _SILENT | _MEANT
        self.used = np.array([name not in left_out for name in FEATURES])

    def fit(self, kept: npt.NDArray[np.bool_] | None = None) -> Weights:
        """Returns weights learned from the pairs, or from those that are `kept`.

        Raises Invalid where these are not pairs of one matter and pairs of two.
        """
        kept = np.ones(len(self.same), dtype=bool) if kept is None else kept
        if len({*self.same[kept].tolist()}) < 2:
            raise Invalid(
                "too_few", _("判断过的成对诉求太少：既要有同一件的，也要有不是同一件的。")
            )
        likenesses = self.likenesses[kept]
        spread = np.where(self.used, likenesses.std(axis=0), 0.0)
        scale = np.divide(1.0, spread, out=np.zeros(len(FEATURES)), where=spread > 0)
        # The middle of each likeness goes into the bias, which alone is not held small.
        middle = likenesses.mean(axis=0)
        model = LogisticRegression(C=C, max_iter=2_000)
        model.fit((likenesses - middle) * scale, self.same[kept])
        weights: Floats = model.coef_[0] * scale
        return Weights(weights, float(model.intercept_[0] - weights @ middle))


def cross_validated(
    collection: Collection, judged: Sequence[Judged], folds: int, seed: int = 0
) -> dict[str, object]:
    """Measures each query with weights learned without the pairs of its matter. Raises Invalid."""
    pairs = Pairs(collection, judged)
    matter = _matters(judged)
    every = np.array(sorted(set(matter.values())))
    if len(every) < folds:
        raise Invalid("folds", _("判断过的事项只有%d个，少于份数；请减少份数。") % len(every))
    fold_of: dict[str, int] = {}
    parts = KFold(folds, shuffle=True, random_state=seed).split(every)
    for number, (_rest, part) in enumerate(parts):
        fold_of.update((one, number) for one in every[part].tolist())
    fold = {key: fold_of[root] for key, root in matter.items()}
    asked = np.array([fold[one] for one in pairs.asked])
    learned = [pairs.fit(asked != number) for number in range(folds)]

    def chances(one: int, others: Sequence[int]) -> Floats:
        weights = learned[fold[collection.keys[one]]]
        return weights.chances(collection.likenesses(one, others))

    return measure(collection, judged, chances)


def _matters(judged: Sequence[Judged]) -> dict[str, str]:
    """Returns for each demand of the pairs one that stands for its matter, the same for all."""
    above: dict[str, str] = {}

    def top(one: str) -> str:
        while above.setdefault(one, one) != one:
            one = above[one]
        return one

    for one, other, label in judged:
        first, second = top(one), top(other)
        if label == "1":
            above[first] = second
    return {one: top(one) for one in above}


def shipped(messages: Sequence[Message], judged: Sequence[Judged]) -> dict[str, object]:
    """Returns what `weights.json` holds: weights for words alone and for words with meanings."""
    found: dict[str, object] = {}
    for name in ("words", "meaning"):
        learned = Pairs(Collection(messages, meanings=name == "meaning"), judged).fit()
        weights = zip(FEATURES, learned.weights.tolist(), strict=True)
        found[name] = {
            "bias": round(learned.bias, 4),
            "weights": {feature: round(weight, 4) for feature, weight in weights if weight},
        }
    return found
