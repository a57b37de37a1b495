"""What could not be taken over, for people to put right: line number, reason, the line itself."""

import csv
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

HEADER = ("line", "reason", "row")


class Reject(NamedTuple):
    """One record that was not taken over. `line` counts from 1, the header's."""

    line: int
    reason: str
    row: str


def default_path(source: Path) -> Path:
    """Returns the rejects file that belongs to a source: `FILE.rejects.csv` for `FILE.csv`."""
    return source.with_name(f"{source.stem}.rejects.csv")


class RejectsFile(AbstractContextManager["RejectsFile"]):
    """A CSV file (UTF-8 with Excel's mark) of rejects, made with the first one.

    A run without rejects leaves none: what an earlier run left under this name is removed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._open = ExitStack()
        path.unlink(missing_ok=True)

    def add(self, rejects: Iterable[Reject]) -> None:
        """Adds rejects, in the order in which they come."""
        for reject in rejects:
            if self.count == 0:
                file = self._open.enter_context(
                    self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
                )
                self._writer = csv.writer(file, lineterminator="\n")
                self._writer.writerow(HEADER)
            self._writer.writerow(reject)
            self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
