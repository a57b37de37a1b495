"""One chance from many likenesses, and the answer it gives: same, perhaps, no."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np

from minsheng.insight.duplicates.comparing import FEATURES
from minsheng.insight.duplicates.meaning import Floats

# From these chances on; fixed beforehand, not moved to suit a measurement.
SAME = 0.5
PERHAPS = 0.15
# What differs in place or in problem is never said to be the same, however alike the words are.
# Judged pairs have too few such copies for a model to learn it from them.
DIFFERENT = 0.4
OTHER_PROBLEM = 0.1  # cosine of usual words, below which two demands have no problem in common

_PLACE, _PROBLEM = FEATURES.index("other_place"), FEATURES.index("problem")
_MEANING = FEATURES.index("meaning")


class Answer(StrEnum):
    SAME = "same"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True)
class Weights:
    """What each of `FEATURES` says for one matter (0 for what weighs nothing), and the rest."""

    weights: Floats
    bias: float

    def chances(self, likenesses: Floats) -> Floats:
        """Returns for each row of `FEATURES` the chance, 0 to 1, that the two are one matter."""
        chances: Floats = 1 / (1 + np.exp(-(np.nan_to_num(likenesses) @ self.weights + self.bias)))
        differs = (likenesses[:, _PLACE] > 0) | (likenesses[:, _PROBLEM] < OTHER_PROBLEM)
        return np.where(differs, np.minimum(chances, DIFFERENT), chances)


def same_matter(likenesses: Floats) -> Floats:
    """Returns for each row of `FEATURES` the chance, 0 to 1, that the two are one matter."""
    meant = len(likenesses) > 0 and not np.isnan(likenesses[0, _MEANING])
    return _shipped()["meaning" if meant else "words"].chances(likenesses)


@cache
def _shipped() -> dict[str, Weights]:
    """Returns the weights with meanings and those by words alone; `fitting` made them."""
    stored = json.loads((files(__package__) / "weights.json").read_text("utf-8"))
    return {
        name: Weights(np.array([one["weights"].get(f, 0.0) for f in FEATURES]), one["bias"])
        for name, one in stored.items()
    }


def answer(chance: float) -> Answer:
    """Returns what is said at a chance."""
    if chance >= SAME:
        return Answer.SAME
    return Answer.PERHAPS if chance >= PERHAPS else Answer.NO
