"""Texts as numbers: words, pairs of words and characters in a row, each hashed to a column.

All grams of a text are hashed at once with array arithmetic, which is a dozen times quicker than
looking each one up; there is no vocabulary to store. The first half of the columns is for words,
the second for characters; each half of a row has length 1, so that both views count alike.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import rjieba
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Words = list[str]
Hashes = NDArray[np.uint64]

CHARACTERS = 5_000  # of a text that are read; beyond that nobody has a new matter
HALF = 1 << 19
COLUMNS = 2 * HALF
FEW = 50  # documents; from so few, grams that occur once are learned from as well

_SAYS = re.compile(r"\w")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT, _DOWN = np.uint64(29), np.uint64(64 - 19)
_LONGEST = 64  # characters of a word that are told apart
_POWERS: Hashes = np.cumprod(np.full(_LONGEST, _BASE, dtype=np.uint64), dtype=np.uint64)


def cut(text: str) -> Words:
    """Returns the words of a text in their order, in lower case and without punctuation."""
    # The first character nearly always tells, which is quicker than looking for another.
    return [word for word in rjieba.cut(text.lower()) if word[0].isalnum() or _SAYS.search(word)]


def columns(words: Words) -> NDArray[np.int32]:
    """Returns the column of each gram of a text that was cut into words, with repetition."""
    if not words:
        return np.empty(0, dtype=np.int32)
    codes = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    whole = _whole(codes, words)
    two = codes[:-1] * _BASE + codes[1:]
    three = two[:-1] * _BASE + codes[2:]
    spoken = [_stirred(whole, 1), _stirred(whole[:-1] * _BASE + whole[1:], 2)]
    written = [_stirred(codes, 3), _stirred(two, 4), _stirred(three, 5)]
    found = [*spoken, *(part + np.uint64(HALF) for part in written)]
    return np.concatenate(found).astype(np.int32)


def word_columns(words: Words) -> NDArray[np.int32]:
    """Returns the column of each single word."""
    codes = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return _stirred(_whole(codes, words), 1).astype(np.int32)


def _whole(codes: Hashes, words: Words) -> Hashes:
    """Returns one hash for each word from the characters of all of them."""
    lengths = np.fromiter(map(len, words), dtype=np.intp, count=len(words))
    starts = np.concatenate([[0], lengths[:-1].cumsum()])
    place = np.arange(len(codes)) - np.repeat(starts, lengths)
    spread = (codes + np.uint64(1)) * _POWERS[np.minimum(place, _LONGEST - 1)]
    hashed: Hashes = np.add.reduceat(spread, starts)
    return hashed


def _stirred(hashes: Hashes, kind: int) -> Hashes:
    mixed = (hashes + np.uint64(kind)) * _BASE
    mixed = (mixed ^ (mixed >> _SHIFT)) * _STIR
    return mixed >> _DOWN


class Features:
    """Weighs grams by how rare they are (TF-IDF with a logarithmic count)."""

    def __init__(self, rarity: NDArray[np.float32] | None = None) -> None:
        self.rarity = np.zeros(COLUMNS, dtype=np.float32) if rarity is None else rarity

    def fit(self, documents: Sequence[Words]) -> Any:
        """Learns how rare each gram is; returns the documents as a sparse matrix of rows."""
        counts = _counted(documents)
        seen = np.bincount(counts.indices, minlength=COLUMNS)
        total = counts.shape[0]
        rarity = np.log((1 + total) / (1 + seen)) + 1
        rarity[seen < (2 if total > FEW else 1)] = 0
        self.rarity = rarity.astype(np.float32)
        return self._weighed(counts)

    def rows(self, documents: Sequence[Words]) -> Any:
        """Returns documents as a sparse matrix; what was never seen counts for nothing."""
        return self._weighed(_counted(documents))

    def _weighed(self, counts: Any) -> Any:
        counts.data = (1 + np.log(counts.data)) * self.rarity[counts.indices]
        counts.eliminate_zeros()
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        view = 2 * row + (counts.indices >= HALF)
        length = np.sqrt(np.bincount(view, counts.data**2, minlength=2 * counts.shape[0]))
        counts.data = (counts.data / length[view]).astype(np.float32)
        return counts


def _counted(documents: Sequence[Words]) -> Any:
    parts = [columns(words) for words in documents]
    ends = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    found = csr_matrix(
        (np.ones(ends[-1], dtype=np.float32), np.concatenate(parts), ends),
        shape=(len(parts), COLUMNS),
    )
    found.sum_duplicates()
    return found
