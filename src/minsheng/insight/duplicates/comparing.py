"""How alike two demands are, as a few numbers: same words for another estate are not one matter.

Name and problem are compared apart. Rare words are mostly names of estates, roads, shops and
people; usual ones are the problem. Only what speaks of both makes two demands one matter, so the
likeness of the two multiplied is a feature of its own. The problem is compared by its words and,
where it was learned which words mean the like (see `meaning`), by what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from minsheng.insight.duplicates.meaning import Floats as Floats  # who compares needs it too
from minsheng.insight.duplicates.meaning import Integers, Meanings, Said, cosines, learn
from minsheng.insight.duplicates.tracing import Keys, Traced

RARE = 0.008  # share of demands: a word in fewer of them is more likely a name than a problem
USUAL = 0.004  # and one in more of them is more likely a problem
NAMED = 1.5  # likeness of a rare word, from which on it names as surely as a place
FEATURES = (
    "words",  # cosine of all words
    "pairs",  # cosine of the pairs of characters in title and places
    "problem",  # cosine of usual words
    "name_and_problem",  # likeness of places or of a rare word, × of problems
    "title_within",  # share of a title's words that the other has anywhere
    "numbers",  # numbers that both have, as a logarithm
    "other_area",  # both name areas, and none is the same
    "other_place",  # both name places, and none is alike
    "log_days",  # days between them, as a logarithm
    "meaning",  # cosine of what is meant; NaN where no meanings were learned
    "name_and_meaning",  # likeness of places or of a rare word, × of what is meant; NaN likewise
    # These two give reasons to people and weigh nothing: a person complains of many matters.
    "place",  # likeness of places, 0 where one of the two names none
    "same_petitioner",
)
UNLIKE = 0.2  # likeness of names below which they are of two places


@dataclass(frozen=True)
class Frequencies:
    """In how many of `total` demands each word is: `keys` in order, `counts` beside them.

    `meanings` is what words mean, None as long as too few demands were there to learn it from.
    """

    total: int
    keys: Keys
    counts: npt.NDArray[np.int32]
    meanings: Meanings | None = None

    @classmethod
    def of(cls, traces: Sequence[Traced]) -> "Frequencies":
        """Counts the words and pairs of demands."""
        spoken = [array for traced in traces for array in (traced.words, traced.pairs)]
        keys, counts = np.unique(_joined(spoken), return_counts=True)
        return cls(len(traces), keys, counts.astype(np.int32))

    def count(self, keys: Keys) -> Integers:
        """Returns in how many demands each of some words is."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.counts[at], 0)

    def weigh(self, counts: Integers) -> Floats:
        """Returns what words weigh that are in so many demands each."""
        found: Floats = np.log((self.total + 1) / np.maximum(counts, 1)) + 1
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """A demand to compare: its trace, when it came (in days), and any key of who told it."""

    traced: Traced
    day: float
    petitioner: object = None


def compare(asked: Told, others: Sequence[Told], known: Frequencies) -> Floats:
    """Returns one row of `FEATURES` for each of `others` beside the demand `asked`."""
    if not others:
        return np.empty((0, len(FEATURES)))
    mine = asked.traced
    sides = [other.traced for other in others]
    spoken, wanted = _weighed(sides, known), _weighed([mine], known)
    problem = spoken.only(spoken.n >= USUAL * known.total).cosine(
        wanted.only(wanted.n >= USUAL * known.total)
    )
    mine_titled, titled = (
        _weigh([mine.title], 1.0, known),
        _weigh([s.title for s in sides], 1, known),
    )
    numbers = _weigh([side.numbers for side in sides], 1.0, known)
    places = np.array([_likeness(mine, other) for other in sides])
    place = np.maximum(places, 0)
    name = np.maximum(place, _shared(spoken, wanted, known) / NAMED)
    meant = _meant(spoken, wanted, known)
    return np.column_stack(
        [
            spoken.cosine(wanted),
            _paired(sides, known).cosine(_paired([mine], known)),
            problem,
            name * problem,
            np.maximum(
                _share(
                    spoken.sums(np.where(np.isin(spoken.keys, mine.title), spoken.idf, 0.0)),
                    mine_titled.idf.sum(),
                ),
                _share(
                    titled.sums(np.where(np.isin(titled.keys, mine.words), titled.idf, 0.0)),
                    titled.sums(titled.idf),
                ),
            ),
            np.log1p(numbers.sums(np.isin(numbers.keys, mine.numbers).astype(float))),
            [_apart(mine.areas, other.areas) for other in sides],
            (places >= 0) & (places < UNLIKE),
            np.log1p(np.abs(asked.day - np.array([other.day for other in others]))),
            meant,
            name * meant,
            place,
            [
                other.petitioner is not None and other.petitioner == asked.petitioner
                for other in others
            ],
        ]
    ).astype(float)


def learned(traces: Sequence[Traced], known: Frequencies) -> Frequencies:
    """Returns frequencies with what words mean, learned from demands if these are enough."""
    return replace(known, meanings=learn(_weighed(traces, known)))


@dataclass(frozen=True)
class _Weighed(Said):
    n: Integers  # demands that have the word
    idf: Floats

    def only(self, kept: npt.NDArray[np.bool_]) -> "_Weighed":
        weights: Floats = self.weights[kept]
        idf: Floats = self.idf[kept]
        return _Weighed(self.size, self.of[kept], self.keys[kept], weights, self.n[kept], idf)

    def sums(self, values: Floats) -> Floats:
        """Returns the sum of the words' values for each demand."""
        found: Floats = np.bincount(self.of, values, self.size).astype(float)
        return found

    def cosine(self, asked: "_Weighed") -> Floats:
        """Returns how much each demand says what the one asked says, 0 to 1."""
        norms = np.sqrt(self.sums(self.weights**2)) * np.sqrt((asked.weights**2).sum())
        products = self.sums(self.weights * self.there(asked))
        found: Floats = np.divide(products, norms, out=np.zeros(self.size), where=norms > 0)
        return found

    def there(self, asked: "_Weighed") -> Floats:
        """Returns for each word what it weighs in the demand asked, 0 where that lacks it."""
        if not len(asked.keys):
            return np.zeros(len(self.keys))
        at = np.minimum(np.searchsorted(asked.keys, self.keys), len(asked.keys) - 1)
        found: Floats = np.where(asked.keys[at] == self.keys, asked.weights[at], 0.0)
        return found


def _shared(spoken: _Weighed, asked: _Weighed, known: Frequencies) -> Floats:
    """Returns for each demand how much the word names that says most of the rare ones both have.

    It is 1 for a word of these two alone that each says once, more for one that they repeat.
    """
    weights = np.sqrt(spoken.weights * spoken.there(asked))
    most = np.zeros(spoken.size)
    rare = spoken.n < RARE * known.total
    np.maximum.at(most, spoken.of[rare], weights[rare])
    found: Floats = most / known.weigh(np.array([1]))[0]
    return found


def _meant(spoken: _Weighed, asked: _Weighed, known: Frequencies) -> Floats:
    if known.meanings is None:
        return np.full(spoken.size, np.nan)
    return cosines(known.meanings.of(asked)[0], known.meanings.of(spoken))


def _weighed(sides: Sequence[Traced], known: Frequencies) -> _Weighed:
    said = _joined([side.counts for side in sides]).astype(float)
    return _weigh([side.words for side in sides], 1 + np.log(said), known)


def _paired(sides: Sequence[Traced], known: Frequencies) -> _Weighed:
    return _weigh([side.pairs for side in sides], 1.0, known)


def _weigh(arrays: Sequence[Keys], often: "Floats | float", known: Frequencies) -> _Weighed:
    keys = _joined(arrays)
    n = known.count(keys)
    idf = known.weigh(n)
    of = np.repeat(np.arange(len(arrays)), [len(array) for array in arrays])
    return _Weighed(len(arrays), of, keys, often * idf, n, idf)


def _share(part: Floats, whole: "Floats | float") -> Floats:
    """Returns which share of a title's weight is said by the other demand; 0 of an empty title."""
    found: Floats = np.divide(part, whole, out=np.zeros(len(part)), where=np.asarray(whole) > 0)
    return found


def _joined(arrays: Sequence[Any]) -> Any:
    return np.concatenate(arrays) if arrays else np.array([], np.int32)


def _apart(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left) and bool(right) and not left & right


def _likeness(one: Traced, other: Traced) -> float:
    """Returns how alike the places are, 0 to 1; -1 where one of the two names none.

    A title's place is the matter's; it is looked for in all of the other demand.
    """
    best = -1.0
    for titled, anywhere in ((one.title_places, other.places), (other.title_places, one.places)):
        for left in titled:
            for right in anywhere:
                if left == right:
                    return 1.0
                best = max(best, _alike(left, right))
    return best


def _alike(left: str, right: str) -> float:
    first = {left[i : i + 2] for i in range(len(left) - 1)}
    second = {right[i : i + 2] for i in range(len(right) - 1)}
    if not first or not second:
        return 0.0
    return len(first & second) / float((len(first) * len(second)) ** 0.5)
