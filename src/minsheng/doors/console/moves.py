"""By how much a number of the cockpit changed, and whether that is good."""

from collections.abc import Mapping
from dataclasses import dataclass

from minsheng.indicators.compute import Change

#: Which way is the better one: 1 up, -1 down. What is not named here is neither.
BETTER: Mapping[str, int] = {
    "on_time_completion_rate": 1,
    "satisfaction_rate": 1,
    "resolution_rate": 1,
    "response_rate": 1,
    "connect_rate": 1,
    "avg_completion_time": -1,
    "repeat_rate": -1,
}


@dataclass(frozen=True, slots=True)
class Move:
    """By how much a number changed: in print, and whether that is good, bad or neither."""

    printed: str
    tone: str = ""
    direction: str = ""


def moved(code: str, change: Change) -> Move:
    """Returns the change of an indicator."""
    if change.change is None:
        return Move("—")
    better = BETTER.get(code, 0) * change.change
    tone = "ok" if better > 0 else "late" if better < 0 else ""
    return Move(change.printed, tone, direction(change.change))


def direction(change: float) -> str:
    """Returns which way an arrow beside a change points."""
    return "up" if change > 0 else "down" if change < 0 else "same"
