"""How good the gathering is, on events that people know of."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt


def measure(
    keys: Sequence[str], gathered: npt.NDArray[np.intp], events: Mapping[str, Sequence[str]]
) -> dict[str, float | int | None]:
    """Compares events that were gathered with known ones, pair by pair, as ratios from 0 to 1.

    Counted are pairs of which at least one demand is in a known event: put together rightly where
    both are in the same one. `gathered` has a number for each of `keys`; what is known of other
    demands is left out. A ratio is None where there is nothing to count.
    """
    place = {key: n for n, key in enumerate(keys)}
    event_of = {
        place[key]: name for name, members in events.items() for key in members if key in place
    }
    sizes = Counter(gathered.tolist())
    inside = Counter((name, int(gathered[n])) for n, name in event_of.items())
    known = Counter(int(gathered[n]) for n in event_of)
    right = sum(_pairs(n) for n in inside.values())
    # Together are all pairs of a group but those of which neither is known.
    together = sum(_pairs(sizes[group]) - _pairs(sizes[group] - n) for group, n in known.items())
    wanted = sum(_pairs(n) for n in Counter(event_of.values()).values())
    precision, recall = _ratio(right, together), _ratio(right, wanted)
    both = (precision or 0) + (recall or 0)
    return {
        "messages": len(keys),
        "known": len(event_of),
        "groups": len(sizes),
        "pair_precision": precision,
        "pair_recall": recall,
        "pair_f1": 2 * (precision or 0) * (recall or 0) / both if both else None,
    }


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
