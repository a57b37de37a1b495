"""Moments and limits as lists and pages show them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from minsheng.catalogue.rules import LimitState, limit_state
from minsheng.foundation import clock


def here(at: Any) -> Any:
    """Returns a moment of the database in the hotline's zone; None stays None."""
    return at and at.astimezone(clock.ZONE)


def standing(
    due_at: datetime | None,
    warn_at: datetime | None,
    done_at: datetime | None = None,
    *,
    now: datetime | None = None,
) -> LimitState | None:
    """Returns how a limit stands now; None where none runs."""
    if due_at is None:
        return None
    return limit_state(now or clock.now(), warn_at or due_at, due_at, done_at)


def within_limit(wanted: str, open_states: Iterable[str], prefix: str = "") -> Q:
    """Returns the condition of a limit that runs and stands as `wanted` at this moment."""
    now = clock.now()
    running = Q(**{f"{prefix}state__in": sorted(open_states), f"{prefix}due_at__isnull": False})
    if wanted == LimitState.OVERDUE:
        return running & Q(**{f"{prefix}due_at__lt": now})
    near = Q(**{f"{prefix}due_at__gte": now, f"{prefix}warn_at__lte": now})
    if wanted == LimitState.NEAR:
        return running & near
    return running & Q(**{f"{prefix}due_at__gte": now}) & ~near
