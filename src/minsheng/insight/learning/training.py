"""A training run: from the city's demands to a stored model and a report on what it is worth."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.insight import keywords
from minsheng.insight.learning import storing
from minsheng.insight.learning.grams import Features, cut
from minsheng.insight.learning.lessons import Lesson, held_out, lessons
from minsheng.insight.learning.linear import Linear
from minsheng.insight.learning.storing import Model
from minsheng.insight.learning.tree import Tree
from minsheng.insight.measuring import figures
from minsheng.insight.models.versions import FAILURES
from minsheng.insight.rules import load

FEWEST = 50  # demands to learn from
MOST_ERRORS = 40  # examples of errors in a report
_BINS = 10

Done = Callable[[float], None]


def train(number: int, done: Done) -> tuple[str, int, dict[str, Any]]:
    """Learns version `number` from the city's demands and writes its files.

    Returns the digest of the files, the number of demands learned from, and the report on those
    that were held out. `done` hears the share of the work that is done, 0 to 1.

    Raises Invalid where the city has too few demands, or all of one category.
    """
    taught = lessons()
    if len(taught) < FEWEST:
        raise Invalid(
            "too_few",
            str(FAILURES["too_few"]) % (len(taught), FEWEST),
            taught=len(taught),
            least=FEWEST,
        )
    asked = held_out(len(taught))
    learned = [one for one, out in zip(taught, asked, strict=True) if not out]
    model = fit(learned, lambda share: done(0.8 * share))
    told = report(model, [one for one, out in zip(taught, asked, strict=True) if out])
    told["rows"] = len(learned)
    done(0.95)
    return storing.save(number, model), len(learned), told


def fit(taught: Sequence[Lesson], done: Done = lambda share: None) -> Model:
    """Returns what can be learned from these demands. Raises Invalid for a single category."""
    if len({one.path for one in taught}) < 2:
        raise Invalid("one_class", FAILURES["one_class"])
    documents = [cut(one.text) for one in taught]
    done(0.1)
    features = Features()
    rows = features.fit(documents)
    done(0.2)
    weights = [one.weight for one in taught]
    tree = Tree.fit(
        rows, [one.path for one in taught], weights, lambda share: done(0.2 + 0.6 * share)
    )
    told = [at for at, one in enumerate(taught) if one.kind]
    kinds = Linear.fit(rows[told], [taught[at].kind for at in told]) if told else None
    done(1.0)
    return Model(features, tree, kinds)


# The report


def report(model: Model, asked: Sequence[Lesson]) -> dict[str, Any]:
    """Returns how good a model is on demands that it has not learned from, ready to be stored.

    Of categories: the figures of each narrowest one and of each first-level one, whether the right
    one is among the first three, whom it is mistaken for, examples of errors; how far chances can
    be believed; beside it what the catalogue's keywords alone would have said.
    """
    sure = load(clock.now().date()).sure
    rows = model.features.rows([cut(one.text) for one in asked])
    ends = [_ends(model, rows[at]) for at in range(len(asked))]
    ranked = [sorted(found, key=lambda code: -found[code]) for found in ends]
    right = [one.path[-1] for one in asked]
    found = [codes[0] for codes in ranked]
    chances = np.array([one[code] for one, code in zip(ends, found, strict=True)])
    hits = np.array([a == b for a, b in zip(right, found, strict=True)])
    first = [one.path[0] for one in asked]
    found_first = [_first_level(model, rows[at]) for at in range(len(asked))]
    return {
        "held_out": len(asked),
        "categories": figures(right, found),
        "first_level": figures(first, found_first),
        "among_three": _share(r in codes[:3] for r, codes in zip(right, ranked, strict=True)),
        "sure": sure,
        "sure_share": _share(chances >= sure),
        "sure_right": _share(hits[chances >= sure]),
        "bins": _bins(chances, hits),
        "confusion": _confusion(first, found_first),
        "mistaken": _mistaken(right, found),
        "errors": _errors(asked, found, chances),
        "kinds": _kinds(model, rows, asked),
        "keywords": _by_keywords(asked),
    }


def _ends(model: Model, row: Any) -> dict[str, float]:
    return model.tree.chances(row.indices, row.data)


def _first_level(model: Model, row: Any) -> str:
    fork = model.tree.forks[""]
    return fork.labels[int(fork.chances_of_one(row.indices, row.data).argmax())]


def _share(hits: Any) -> float | None:
    given = [bool(hit) for hit in hits]
    return round(sum(given) / len(given), 4) if given else None


def _bins(chances: Any, hits: Any) -> list[dict[str, Any]]:
    """Returns, for each tenth of chances, how many there were and how many were right."""
    place = np.minimum((chances * _BINS).astype(int), _BINS - 1)
    return [
        {
            "from": at / _BINS,
            "rows": int((place == at).sum()),
            "chance": round(float(chances[place == at].mean()), 4),
            "right": _share(hits[place == at]),
        }
        for at in range(_BINS)
        if (place == at).any()
    ]


def _confusion(right: Sequence[str], found: Sequence[str]) -> dict[str, dict[str, int]]:
    """Returns, by the right category, how often which one was found."""
    rows: dict[str, Counter[str]] = {}
    for one, other in zip(right, found, strict=True):
        rows.setdefault(one, Counter())[other] += 1
    return {one: dict(sorted(counts.items())) for one, counts in sorted(rows.items())}


def _mistaken(right: Sequence[str], found: Sequence[str]) -> list[list[Any]]:
    """Returns the pairs that are mistaken most: right, found, how often."""
    pairs = Counter(pair for pair in zip(right, found, strict=True) if pair[0] != pair[1])
    return [[*pair, times] for pair, times in pairs.most_common(20)]


def _errors(asked: Sequence[Lesson], found: Sequence[str], chances: Any) -> list[dict[str, Any]]:
    """Returns examples of errors, the surest first: these teach the most."""
    wrong = [at for at, one in enumerate(asked) if one.path[-1] != found[at]]
    wrong.sort(key=lambda at: -chances[at])
    return [
        {
            "number": asked[at].number,
            "title": asked[at].title,
            "right": asked[at].path[-1],
            "found": found[at],
            "chance": round(float(chances[at]), 3),
        }
        for at in wrong[:MOST_ERRORS]
    ]


def _kinds(model: Model, rows: Any, asked: Sequence[Lesson]) -> dict[str, Any] | None:
    told = [at for at, one in enumerate(asked) if one.kind]
    if model.kinds is None or not told:
        return None
    found = model.kinds.chances(rows[told]).argmax(axis=1)
    return figures([asked[at].kind for at in told], [model.kinds.labels[at] for at in found])


def _by_keywords(asked: Sequence[Lesson]) -> dict[str, Any]:
    """Returns what the catalogue's keywords say of the same demands."""
    found = []
    for one in asked:
        shares = keywords.categories(one.title, one.text)
        found.append(max(shares, key=lambda code: shares[code], default=""))
    told = figures([one.path[-1] for one in asked], found)
    return {name: told[name] for name in ("macro_f1", "accuracy")}
