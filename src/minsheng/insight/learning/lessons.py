"""What a training run learns from: the city's own demands with the categories people gave them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minsheng.catalogue.queries import category_paths, kind_codes
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.insight.classifier import bare, full_text
from minsheng.insight.learning.tree import Path
from minsheng.insight.models import Suggestion

MOST = 60_000  # of the latest demands
HELD_OUT = 0.1  # share of them that is not learned from, to be measured on

#: What a demand weighs whose category was confirmed, or put right, under the eyes of a suggestion.
_CONFIRMED, _PUT_RIGHT = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One demand to learn from: its text, its category from the first level down, its kind."""

    number: str
    title: str
    text: str
    path: Path
    kind: str
    weight: float


def lessons() -> list[Lesson]:
    """Returns the latest demands that have a category, without restricted ones and merged ones.

    Of demands with the same text the latest counts alone.
    """
    weights = dict(_weights())
    paths, kinds = category_paths(), kind_codes()
    rows = (
        Demand.objects.filter(category__isnull=False, restricted=False, merged_into=None)
        .exclude(state__in=[DemandState.DRAFT, DemandState.WITHDRAWN])
        .order_by("-accepted_at", "-pk")
        .values_list("pk", "number", "title", "text", "category_id", "kind_id")[:MOST]
    )
    known: set[str] = set()
    found = []
    for pk, number, title, body, category, kind in rows.iterator(2000):
        text = full_text(title, body)
        if (copy := bare(text)) in known or category is None:
            continue
        known.add(copy)
        found.append(
            Lesson(
                number or "",
                title,
                text,
                paths[category],
                kinds.get(kind or 0, ""),
                weights.get(pk, 1.0),
            )
        )
    return found


def _weights() -> Iterator[tuple[int, float]]:
    rows = Suggestion.objects.filter(what=Suggestion.What.CATEGORY).exclude(chosen="")
    for demand, rank in rows.order_by("at").values_list("demand_id", "rank"):
        yield demand, _CONFIRMED if rank == 0 else _PUT_RIGHT


def held_out(count: int) -> NDArray[np.bool_]:
    """Returns which of `count` lessons are not learned from; the same ones for the same count."""
    drawn: NDArray[np.bool_] = np.random.default_rng(0).random(count) < HELD_OUT
    if count and not drawn.any():
        drawn[-1] = True
    return drawn
