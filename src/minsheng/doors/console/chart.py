"""A chart as data: the browser draws it, and the same figures stand beside it as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True)
class Chart:
    """Series of numbers (None: no data) over labels; `kind` is `line` or `bar` (lying, top down).

    `codes` are the indicators that the series come from, where they do. Of `percent` the series are
    ratios of 1. `cases` are, for each series, the addresses of what its numbers counted.
    """

    kind: str
    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    codes: Sequence[str] = field(default_factory=tuple)
    percent: bool = False
    cases: Mapping[str, Sequence[str]] = field(default_factory=dict)

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
    def rows(self) -> Iterator[tuple[str, list[tuple[float | None, str]]]]:
        """The table: each label with its number in every series, and where its cases are."""
        for place, label in enumerate(self.labels):
            yield (
                label,
                [
                    (data[place], self.cases[name][place] if name in self.cases else "")
                    for name, data in self.series.items()
                ],
            )

    def __bool__(self) -> bool:
        return any(value for data in self.series.values() for value in data)
