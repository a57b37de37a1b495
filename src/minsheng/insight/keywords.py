"""Category and kind from the catalogue's own words, for a city that has taught no model yet.

Each category speaks through its keywords, its name and the names above it; a word that few
categories have says most, and one in the title twice as much. What comes out is a share of all that
was heard, not a measured probability.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from minsheng.catalogue.models import Category
from minsheng.foundation.recent import recent
from minsheng.insight.rules import Rules

_KEYWORD, _NAME, _ABOVE = 1.0, 0.5, 0.25  # how much a keyword, a pair of a name says
_UNHEARD = 2.0  # what speaks for none of them: little heard is little sure

Shares = dict[str, float]  # code → share, 0 to 1


@dataclass(frozen=True, slots=True)
class _Words:
    """Word → how much it says for which categories, by their codes."""

    says: Mapping[str, Mapping[str, float]]
    kinds: Mapping[str, tuple[str, ...]]  # of a category, the usual first


@recent
def _words() -> _Words:
    rows = {row.pk: row for row in Category.objects.filter(active=True)}
    leaves = [row for row in rows.values() if not _has_below(row, rows)]
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for leaf in leaves:
        for above in leaf.lineage[:-1]:
            if above in rows:
                _add(weights, leaf.code, _pairs(rows[above].name), _ABOVE)
        _add(weights, leaf.code, _pairs(leaf.name), _NAME)
        _add(weights, leaf.code, leaf.keywords, _KEYWORD)
    total = max(len(leaves), 2)
    return _Words(
        {
            word: {code: weight * math.log(total / len(codes)) for code, weight in codes.items()}
            for word, codes in weights.items()
            if len(codes) < total
        },
        {row.code: tuple(row.kinds) for row in rows.values()},
    )


def _has_below(row: Category, rows: Mapping[int, Category]) -> bool:
    return any(other.parent_id == row.pk for other in rows.values())


def _pairs(name: str) -> list[str]:
    return [name[i : i + 2] for i in range(len(name) - 1)]


def _add(weights: dict[str, dict[str, float]], code: str, words: list[str], weight: float) -> None:
    for word in words:
        weights[word][code] = max(weight, weights[word].get(code, 0.0))


def categories(title: str, body: str) -> Shares:
    """Returns the share of each narrowest category that anything speaks for, by code."""
    heard: dict[str, float] = defaultdict(float)
    for word, codes in _words().says.items():
        times = 2 * (word in title) + (word in body)
        if times:
            for code, weight in codes.items():
                heard[code] += times * weight
    return _shares(heard)


def kinds(title: str, body: str, category: str, rules: Rules) -> Shares:
    """Returns the share of each kind, by its telling words and by what `category` usually is."""
    heard: dict[str, float] = defaultdict(float)
    for code, words in rules.kinds.items():
        heard[code] += sum(2 * (word in title) + (word in body) for word in words)
    for place, code in enumerate(_words().kinds.get(category, ())):
        heard[code] += 1 / (place + 1)
    return _shares({code: loud for code, loud in heard.items() if loud})


def _shares(heard: Mapping[str, float]) -> Shares:
    # Squares: what is heard twice as loud is much more likely.
    total = _UNHEARD**2 + sum(loud**2 for loud in heard.values())
    return {code: loud**2 / total for code, loud in heard.items()}
