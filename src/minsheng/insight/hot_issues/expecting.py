"""How many demands were to be expected in a window of time, and how odd it is to see so many.

Counted are windows that end at the same hour of the same weekday in the weeks before, so that
weekday and hour of the day are in the expectation without a model of them. The season comes from
the year before, where there is one. The number to come is Poisson with a rate that is itself known
only from those weeks (gamma), which makes the forecast negative binomial: few or uneven weeks give
a wide one, and what is rare anyway needs more than one extra demand to stand out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import nbinom

WEEKS = 8  # weeks before that are looked at
FADING = 0.9  # weight of a week against the one after it: habits change
# What is thought of a rate before any week was seen: a demand in four windows, loosely held.
PRIOR_COUNT, PRIOR_WEEKS = 0.25, 1.0
SEASON_STEADY = 20  # demands a year ago that weigh as much as not knowing a season
SEASON_SPAN = (0.5, 3.0)


class Expectation(NamedTuple):
    """What was expected: `mean` demands in the window; `season` is the factor within it.

    `rate` and `weight` are the parameters of the forecast (negative binomial).
    """

    mean: float
    season: float
    rate: float
    weight: float

    def odds(self, observed: int) -> float:
        """Returns the chance of `observed` demands or more, 0 to 1."""
        return float(nbinom.sf(observed - 1, self.rate, self.weight / (self.weight + 1)))


def expect(weeks: Sequence[float], season: float = 1.0) -> Expectation:
    """Returns what to expect after the same windows of past weeks, the latest week first."""
    fade = FADING ** np.arange(len(weeks))
    rate = PRIOR_COUNT + float(fade @ np.asarray(weeks, dtype=float)) if len(weeks) else PRIOR_COUNT
    weight = (PRIOR_WEEKS + float(fade.sum())) / season
    return Expectation(rate / weight, season, rate, weight)


def season(then: float, before_then: Sequence[float]) -> float:
    """Returns by how much a window of a year ago stood above the weeks before it.

    Drawn towards 1 where a year ago there was little, and kept within `SEASON_SPAN`.
    """
    usual = sum(before_then) / len(before_then) if before_then else 0.0
    factor = (then + SEASON_STEADY) / (usual + SEASON_STEADY)
    low, high = SEASON_SPAN
    return min(max(factor, low), high)
