"""Gathers a collection of demands into events.

Two groups become one while the mean likeness of their members, each with each, is high enough: one
telling that happens to sound like another event does not pull the two together. All pairs are
looked at, so a collection is a year of one city or so, not all that a city ever had.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer

from minsheng.insight.duplicates.reading import Message
from minsheng.insight.duplicates.tracing import BODY_LIMIT

LIKE = 0.065  # mean likeness from which on two groups are one event
MOST = 20_000  # demands: memory grows with their square

_SPACES = re.compile(r"\s+")


def gather(messages: Sequence[Message]) -> npt.NDArray[np.intp]:
    """Returns the number of its event for each demand. Raises `ValueError` for too many demands."""
    if len(messages) > MOST:
        raise ValueError(f"more than {MOST} demands: gather a part of them")
    vectors = TfidfVectorizer(
        analyzer="char",
        ngram_range=(2, 4),
        min_df=2,
        max_df=max(4, len(messages) // 5),
        sublinear_tf=True,
    )
    try:
        said = vectors.fit_transform(_read(message) for message in messages)
    except ValueError:  # no two of them have anything in common
        return np.arange(len(messages))
    apart = 1 - np.asarray((said @ said.T).todense(), dtype=np.float32)
    np.fill_diagonal(apart, 0)
    joined = linkage(squareform(np.clip((apart + apart.T) / 2, 0, None), checks=False), "average")
    numbers: npt.NDArray[np.intp] = fcluster(joined, 1 - LIKE, "distance")
    return numbers


def _read(message: Message) -> str:
    """Returns what is read of a message: its title twice, which says most, then its body."""
    title, body = _fold(message.title), _fold(message.body)[:BODY_LIMIT]
    return f"{title} {title} {body}"


def _fold(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()
