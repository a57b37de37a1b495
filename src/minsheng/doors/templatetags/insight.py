"""What the pages on suggestions need to read a report."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """Writes a share of 1 as per cent; without data, a dash."""
    return "—" if value is None else f"{value:.1%}"


@register.filter
def chance(value: float) -> str:
    """Writes a probability in whole per cent; nothing is certain."""
    return f"{min(99, max(1, round(100 * value)))}%"


@register.filter
def item(values: Mapping[str, Any], key: str) -> Any:
    """Returns what stands under a key, or nothing."""
    return values.get(key)


@register.filter
def pairs(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """Returns keys and counts, the largest first."""
    return sorted((counts or {}).items(), key=lambda pair: -pair[1])
