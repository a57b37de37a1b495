"""One linear model that tells a few labels apart, and says how sure it is."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

Floats = NDArray[np.float64]
_PARTS = 3  # of the training rows, for the calibration
_USUAL_SCALE = 2.0  # where there are too few rows to find it out
_FEWEST = 30  # rows to find it out from


class Linear:
    """A linear support vector machine, one label against the others, with calibrated chances.

    `used` are the columns that it looks at, sorted; `weights` has a row for each of them and a
    column for each label. A chance is the softmax of the margins times `scale`, which is found on
    rows that the margins were not learned from.
    """

    def __init__(
        self,
        labels: Iterable[str],
        used: NDArray[np.int32],
        weights: NDArray[np.float32],
        offsets: NDArray[np.float32],
        scale: float,
    ) -> None:
        self.labels, self.used, self.weights = list(labels), used, weights
        self.offsets, self.scale = offsets, scale

    @classmethod
    def fit(
        cls,
        rows: Any,
        wanted: Sequence[str],
        importance: Floats | None = None,
        *,
        scale: float | None = None,
    ) -> "Linear":
        """Learns from sparse rows with their labels; `importance` weighs rows, 1 by default.

        A `scale` that is given is not looked for, for models whose chances nobody asks. One label
        alone is learned too: it is then always the answer.
        """
        labels, answers = np.unique(np.asarray(wanted), return_inverse=True)
        weigh = np.ones(len(answers)) if importance is None else np.asarray(importance)
        used = np.unique(rows.indices).astype(np.int32)
        rows = rows[:, used]
        if len(labels) == 1:
            empty = np.zeros((0, 1), dtype=np.float32)
            return cls(labels, used[:0], empty, np.zeros(1, dtype=np.float32), 1.0)
        scale = scale or _scale(rows, answers, weigh, len(labels))
        weights, offsets = _learned(rows, answers, weigh, len(labels))
        return cls(labels, used, weights, offsets, scale)

    def margins(self, rows: Any) -> Floats:
        """Returns how much speaks for each label, per row: comparable within one row only."""
        known, places = self._places(rows.indices)
        ends = np.concatenate([[0], np.cumsum(known)])[rows.indptr]
        narrow = csr_matrix((rows.data[known], places, ends), shape=(rows.shape[0], len(self.used)))
        return np.asarray(narrow @ self.weights + self.offsets, dtype=float)

    def chances(self, rows: Any) -> Floats:
        """Returns the probability of each label, per row."""
        return softmax(self.margins(rows) * self.scale)

    def chances_of_one(self, columns: NDArray[np.int32], values: NDArray[np.float32]) -> Floats:
        """Returns the same for one row, given by its columns and their values; quicker."""
        known, places = self._places(columns)
        said: Any = values[known] @ self.weights[places]
        margins = np.asarray(said + self.offsets, dtype=float)
        found: Floats = softmax(margins[None, :] * self.scale)[0]
        return found

    def speaks_for(self, columns: NDArray[np.int32], label: str) -> Floats:
        """Returns how much each of these columns speaks for a label rather than the others."""
        told = np.zeros(len(columns))
        known, places = self._places(columns)
        weights = self.weights[places].astype(float)
        told[known] = weights[:, self.labels.index(label)] - weights.mean(axis=1)
        return told

    def _places(self, columns: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Returns which columns this model looks at, and the rows of `weights` for those."""
        if not len(self.used):
            return np.zeros(len(columns), dtype=bool), np.zeros(0, dtype=np.intp)
        places = np.minimum(np.searchsorted(self.used, columns), len(self.used) - 1)
        known: NDArray[np.bool_] = self.used[places] == columns
        return known, places[known]


def balanced(wanted: Sequence[str]) -> Floats:
    """Returns the importance under which every label weighs the same, however rare it is."""
    labels, answers, counts = np.unique(np.asarray(wanted), return_inverse=True, return_counts=True)
    found: Floats = len(answers) / (len(labels) * counts[answers])
    return found


def softmax(margins: Floats) -> Floats:
    """Returns margins as probabilities that add up to 1 in each row."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    found: Floats = powers / powers.sum(axis=1, keepdims=True)
    return found


def _learned(
    rows: Any, answers: NDArray[np.intp], importance: Floats, count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns weights (columns × labels) and offsets; a label without a row never wins."""
    model = LinearSVC(C=1.0, random_state=0)
    seen = np.unique(answers)
    weights = np.zeros((rows.shape[1], count), dtype=np.float32)
    offsets = np.full(count, -10, dtype=np.float32)
    if len(seen) == 1:
        offsets[seen] = 0
        return weights, offsets
    model.fit(rows, answers, sample_weight=importance)
    two = len(seen) == 2  # for two labels, scikit-learn gives one row, for the second
    weights[:, seen] = (np.vstack([-model.coef_, model.coef_]) if two else model.coef_).T
    offsets[seen] = (
        np.concatenate([-model.intercept_, model.intercept_]) if two else (model.intercept_)
    )
    return weights, offsets


def _scale(rows: Any, answers: NDArray[np.intp], importance: Floats, count: int) -> float:
    """Returns the scale under which rows that were held out are the least surprising."""
    if rows.shape[0] < _FEWEST:
        return _USUAL_SCALE
    margins = np.zeros((rows.shape[0], count))
    for rest, part in KFold(_PARTS, shuffle=True, random_state=0).split(answers):
        weights, offsets = _learned(rows[rest], answers[rest], importance[rest], count)
        margins[part] = rows[part] @ weights + offsets
    at = np.arange(len(answers))

    def surprise(scale: float) -> float:
        chances = softmax(margins * scale)[at, answers]
        return float(-np.log(np.maximum(chances, 1e-9)) @ importance)

    return float(minimize_scalar(surprise, bounds=(0.2, 20), method="bounded").x)
