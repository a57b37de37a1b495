"""Rules read from the database and kept for a few seconds.

A change made in one process is seen by all others within `SECONDS`, without a restart and without
asking the database on every request.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TypeVar

SECONDS = 5.0

T = TypeVar("T")
_forget: list[Callable[[], None]] = []


def recent(read: Callable[[], T]) -> Callable[[], T]:
    """Decorates a function without arguments: its answer is reused for `SECONDS`."""
    kept: dict[str, tuple[T, float]] = {}

    @wraps(read)
    def wrapper() -> T:
        found = kept.get("found")  # once: another thread may forget it at any time
        if found is None or found[1] < time.monotonic():
            found = kept["found"] = read(), time.monotonic() + SECONDS
        return found[0]

    _forget.append(kept.clear)
    return wrapper


@contextmanager
def longer(seconds: float) -> Iterator[None]:
    """Keeps what is read in the block for so long: for work during which nobody changes a rule."""
    global SECONDS
    before, SECONDS = SECONDS, seconds
    try:
        yield
    finally:
        SECONDS = before
        forget()


def forgets(clear: Callable[[], None]) -> None:
    """Has something that is kept elsewhere, by its own rules, dropped with the rest."""
    _forget.append(clear)


def forget() -> None:
    """Drops all that is kept, after this process itself changed a rule."""
    for clear in _forget:
        clear()
