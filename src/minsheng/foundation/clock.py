"""The one clock. Nothing else asks the time, so that a simulated city can live in its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """Returns the present moment, aware, in the zone of the hotline."""
    return _moved.get() or datetime.now(ZONE)


def moved_to() -> datetime | None:
    """Returns the moment that the clock was moved to, or None where it runs with the world."""
    return _moved.get()


@contextmanager
def moved(to: datetime) -> Iterator[None]:
    """Stops the clock of this thread at `to` (aware) for the time of the block."""
    if to.tzinfo is None:
        raise ValueError("the clock moves to aware times only")
    token = _moved.set(to.astimezone(ZONE))
    try:
        yield
    finally:
        _moved.reset(token)
