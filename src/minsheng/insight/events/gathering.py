"""Gathers a collection of demands into events.

Two groups become one while the mean likeness of their members, each with each, is high enough: one
telling that happens to sound like another event does not pull the two together. All pairs are
looked at, so a collection is a year of one city or so, not all that a city ever had.
"""

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from minsheng.insight.duplicates.comparing import Collection

LIKE = 0.065  # mean likeness from which on two groups are one event
MOST = 20_000  # demands: memory grows with their square


def gather(collection: Collection) -> npt.NDArray[np.intp]:
    """Returns the number of its event for each demand. Raises `ValueError` for too many demands."""
    if len(collection.messages) > MOST:
        raise ValueError(f"more than {MOST} demands: gather a part of them")
    apart = 1 - np.asarray((collection.all @ collection.all.T).todense(), dtype=np.float32)
    np.fill_diagonal(apart, 0)
    joined = linkage(squareform(np.clip((apart + apart.T) / 2, 0, None), checks=False), "average")
    numbers: npt.NDArray[np.intp] = fcluster(joined, 1 - LIKE, "distance")
    return numbers
