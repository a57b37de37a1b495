"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable


def until(what: str, true: Callable[[], object], limit: float = 120) -> None:
    """Waits until something is true: for `limit` seconds, that a busy machine may take."""
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline, f"still not: {what}"
        time.sleep(0.05)
