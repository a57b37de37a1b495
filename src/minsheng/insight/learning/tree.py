"""Categories level by level: one small model at each fork of the tree, for what lies below it.

A text goes down from the root; the chance of a category is the product of the chances on its way.
A demand that was filed under a wide category teaches the forks above it and none below.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minsheng.insight.learning.linear import Linear

Path = tuple[str, ...]  # codes from the first level down

ROOT = ""
_FOLLOWED = 0.02  # chance from which the way below a category is looked at


class Tree:
    """The models by the code of the category that they stand at; the root's code is empty."""

    def __init__(self, forks: Mapping[str, Linear]) -> None:
        self.forks = dict(forks)

    @classmethod
    def fit(
        cls,
        rows: Any,
        paths: Sequence[Path],
        importance: Sequence[float],
        done: Callable[[float], None] = lambda share: None,
    ) -> "Tree":
        """Learns from sparse rows with their categories. `done` hears the share that is learned."""
        below: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for row, path in enumerate(paths):
            for above, code in zip((ROOT, *path), path, strict=False):
                below[above].append((row, code))
        total, seen = sum(map(len, below.values())), 0
        forks = {}
        weigh = np.asarray(importance, dtype=float)
        for above, examples in below.items():
            at = [row for row, _code in examples]
            forks[above] = Linear.fit(rows[at], [code for _row, code in examples], weigh[at])
            seen += len(examples)
            done(seen / total)
        return cls(forks)

    def chances(self, columns: NDArray[np.int32], values: NDArray[np.float32]) -> dict[str, float]:
        """Returns the chance of each category that ends the way down, by code.

        Ways of little chance end early: what would lie below them is left out.
        """
        ends: dict[str, float] = {}
        open_ = [(ROOT, 1.0)]
        while open_:
            above, chance = open_.pop()
            fork = self.forks[above]
            for code, share in zip(fork.labels, fork.chances_of_one(columns, values), strict=True):
                product = chance * float(share)
                if code in self.forks and product >= _FOLLOWED:
                    open_.append((code, product))
                else:
                    ends[code] = product
        return ends

    def speaks_for(self, columns: NDArray[np.int32], path: Path) -> NDArray[np.float64]:
        """Returns how much each of these columns speaks for the category at the end of `path`."""
        told = np.zeros(len(columns))
        for above, code in zip((ROOT, *path), path, strict=False):
            fork = self.forks.get(above)
            if fork and code in fork.labels:
                told += fork.speaks_for(columns, code)
        return told
