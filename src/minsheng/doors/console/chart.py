"""A chart as data: the browser draws it, and the same figures stand beside it as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Chart:
    """Series of numbers (None: no data) over labels; `kind` is `line` or `bar` (lying, top down).

    `codes` are the indicators that the series come from, where they do. Of `percent` the series are
    ratios of 1.
    """

    kind: str
    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    codes: Sequence[str] = field(default_factory=tuple)
    percent: bool = False

    @property
    def drawn(self) -> str:
        """What the browser's script needs, as JSON."""
        return orjson.dumps(
            {
                "kind": self.kind,
                "labels": self.labels,
                "percent": self.percent,
                "series": [{"name": name, "data": data} for name, data in self.series.items()],
            }
        ).decode()

    @property
    def rows(self) -> Iterator[tuple[str, list[Any]]]:
        """The table: each label with its number in every series."""
        for place, label in enumerate(self.labels):
            yield label, [data[place] for data in self.series.values()]

    def __bool__(self) -> bool:
        return any(value for data in self.series.values() for value in data)
