"""Which words mean the like, learned from a city's own demands: 搅拌站 and 搅拌厂 go together.

Words that stand in the same demands get like directions (a truncated singular value decomposition
of the weighed words of many demands, known as latent semantic analysis), and a demand goes where
its words go. So two demands can speak of one matter and share few words. Nothing is told by people.
The directions lie in one file of the data folder, a few megabytes.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from minsheng.foundation import home
from minsheng.insight.duplicates.tracing import Keys

DIMENSIONS = 100
FEWEST = 5  # demands that have a word: of rarer ones nobody can say what they mean
LEAST = 2_000  # demands from which on there is something to learn
MOST = 20_000  # the latest demands are learned from
LASTING = timedelta(days=1)  # after which directions are learned anew

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Said:
    """Words of several demands, one behind the other: `of` is the place of each one's demand."""

    size: int
    of: Integers
    keys: Keys
    weights: Floats


@dataclass(frozen=True)
class Meanings:
    """The directions of words: `keys` in order, one row of `directions` for each."""

    keys: Keys
    directions: npt.NDArray[np.float32]

    def of(self, said: Said) -> Floats:
        """Returns one direction of length 1 for each demand; zeros where no word is known."""
        at = np.minimum(np.searchsorted(self.keys, said.keys), len(self.keys) - 1)
        known = self.keys[at] == said.keys
        weights = said.weights[known].astype(np.float32)
        words = csr_matrix((weights, (said.of[known], at[known])), (said.size, len(self.keys)))
        return _unit((words @ self.directions).astype(np.float64))


def learn(said: Said) -> Meanings | None:
    """Returns the directions of the words of demands; None where there are too few of either."""
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    keys, at, counts = np.unique(said.keys, return_inverse=True, return_counts=True)
    usual = counts >= FEWEST
    if said.size < LEAST or usual.sum() <= DIMENSIONS:
        return None
    kept = usual[at]
    place = np.cumsum(usual) - 1
    weights = said.weights[kept]
    lengths = np.sqrt(np.bincount(said.of[kept], weights**2, said.size))
    rows = csr_matrix(
        (weights / lengths[said.of[kept]], (said.of[kept], place[at[kept]])),
        (said.size, int(usual.sum())),
    )
    # On one core: the others are for who waits. Besides, OpenBLAS's threads have been seen to wait
    # for each other for ever, in a process that had begun others.
    with threadpool_limits(1, "blas"):
        learned = TruncatedSVD(DIMENSIONS, random_state=0).fit(rows)
    return Meanings(
        keys[usual].astype(np.int32), learned.components_.T.astype(np.float32, order="C")
    )


def save(meanings: Meanings) -> None:
    """Writes directions to the data folder; who reads the former ones meanwhile keeps them."""
    path = _path()
    half = path.with_name(f"half-{path.name}")  # one job at a time learns
    np.savez(half, keys=meanings.keys, directions=meanings.directions)
    half.replace(path)


def load() -> Meanings | None:
    """Returns the directions in the data folder; None where there are none that can be read.

    Nobody's question fails for a file that a power cut left broken: the next day brings another.
    """
    try:
        with np.load(_path(), allow_pickle=False) as stored:
            return Meanings(stored["keys"], stored["directions"])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def lasting() -> bool:
    """Tells whether the directions in the data folder need not be learned anew."""
    path = _path()
    return path.is_file() and time.time() - path.stat().st_mtime < LASTING.total_seconds()


def cosines(asked: Floats, others: Floats) -> Floats:
    """Returns how alike the direction of one demand is to those of others, 0 to 1."""
    found: Floats = np.maximum(others @ asked, 0.0)
    return found


def _unit(rows: Floats) -> Floats:
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    found: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return found


def _path() -> Path:
    return home.folder() / "meanings.npz"
