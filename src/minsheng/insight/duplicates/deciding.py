"""One chance from many likenesses, and the answer it gives: same, perhaps, no."""

import json
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np

from minsheng.insight.duplicates.comparing import FEATURES, Floats

# From these chances on; fixed beforehand, not moved to suit a measurement.
SAME = 0.5
PERHAPS = 0.15
# What differs in place or in problem is never said to be the same, however alike the words are.
# Judged pairs have too few such copies for a model to learn it from them.
DIFFERENT = 0.4
OTHER_PROBLEM = 0.1  # cosine of usual words, below which two demands have no problem in common

_PLACE, _PROBLEM = FEATURES.index("other_place"), FEATURES.index("problem")


class Answer(StrEnum):
    SAME = "same"
    PERHAPS = "perhaps"
    NO = "no"


@cache
def _weights() -> tuple[Floats, float]:
    stored = json.loads((files(__package__) / "weights.json").read_text("utf-8"))
    return np.array([stored["weights"][name] for name in FEATURES]), float(stored["bias"])


def same_matter(likenesses: Floats) -> Floats:
    """Returns for each row of `FEATURES` the chance, 0 to 1, that the two are one matter."""
    weights, bias = _weights()
    chances: Floats = 1 / (1 + np.exp(-(likenesses @ weights + bias)))
    differs = (likenesses[:, _PLACE] > 0) | (likenesses[:, _PROBLEM] < OTHER_PROBLEM)
    return np.where(differs, np.minimum(chances, DIFFERENT), chances)


def answer(chance: float) -> Answer:
    """Returns what is said at a chance."""
    if chance >= SAME:
        return Answer.SAME
    return Answer.PERHAPS if chance >= PERHAPS else Answer.NO
