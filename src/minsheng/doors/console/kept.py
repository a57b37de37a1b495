"""What is dear to compute and may be a minute old is kept by each web process.

While one thread computes something anew, the others are shown what was there before.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.utils.translation import get_language

from minsheng.foundation import recent

SECONDS = 60.0
MOST = 200  # things kept; then those that are over go

T = TypeVar("T")

_found: dict[Hashable, tuple[float, Any]] = {}
_locks: dict[Hashable, threading.Lock] = {}
recent.forgets(_found.clear)


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """Returns what `make` returned for this key, at most `SECONDS` ago or while it is remade.

    What is kept may hold words: for each language there is one of it.
    """
    key = (get_language(), key)
    until, found = _found.get(key, (0.0, None))
    if until > time.monotonic():
        return found  # type: ignore[no-any-return]
    lock = _locks.setdefault(key, threading.Lock())
    if not lock.acquire(blocking=key not in _found):
        return found  # type: ignore[no-any-return]
    try:
        until, found = _found.get(key, (0.0, None))
        if until <= time.monotonic():  # nobody else made it while we waited
            found = make()
            if len(_found) > MOST:
                _sweep()
            _found[key] = time.monotonic() + SECONDS, found
        return found  # type: ignore[no-any-return]
    finally:
        lock.release()


def _sweep() -> None:
    now = time.monotonic()
    for key in [key for key, (until, _found_) in _found.items() if until < now]:
        _found.pop(key, None)
        _locks.pop(key, None)
