"""The approved model at work: which version serves, and what it says of one text."""

import logging
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from minsheng.catalogue.queries import category_paths, dictionaries
from minsheng.foundation.errors import NotFound
from minsheng.foundation.recent import recent
from minsheng.insight.classifier import full_text
from minsheng.insight.learning import storing
from minsheng.insight.learning.grams import cut, word_columns
from minsheng.insight.learning.storing import Model
from minsheng.insight.models import ModelVersion

log = logging.getLogger("minsheng.insight")

_TELLING = 3  # words that are named as speaking for a category


@dataclass(frozen=True, slots=True)
class Heard:
    """What a version says of a text: chances by code, and the words that speak for the first."""

    model: str
    categories: dict[str, float]
    kinds: dict[str, float]
    words: list[str]


def heard(title: str, body: str) -> Heard | None:
    """Returns what the serving version says of a text; None where none serves."""
    served = _serving()
    model = _model(*served) if served else None
    if served is None or model is None:
        return None
    words = cut(full_text(title, body))
    row = model.features.rows([words])
    columns, values = row.indices, row.data
    ends = model.tree.chances(columns, values)
    kinds = model.kinds.chances_of_one(columns, values) if model.kinds else np.zeros(0)
    labels = model.kinds.labels if model.kinds else []
    best = max(ends, key=lambda code: ends[code])
    return Heard(
        f"M{served[0]}",
        ends,
        {label: float(share) for label, share in zip(labels, kinds, strict=True)},
        _telling(model, words, best),
    )


@recent
def _serving() -> tuple[int, str, int] | None:
    """Returns number and digest of the version that serves, and when its files were written."""
    served = ModelVersion.objects.filter(state=ModelVersion.State.SERVING).defer("report").first()
    return (served.number, served.sha256, storing.written(served.number)) if served else None


@lru_cache(maxsize=1)
def _model(number: int, sha256: str, _written: int) -> Model | None:
    """Returns a version whose files are the approved ones, else None: keywords then speak."""
    try:
        if storing.digest(number) == sha256:
            return storing.load(number)
        log.error("model M%d is not the one that was approved: its files differ", number)
    except NotFound as missing:
        log.error("%s", missing)
    return None


def _telling(model: Model, words: list[str], code: str) -> list[str]:
    """Returns the words that speak the most for a category, the loudest first."""
    category = dictionaries()["category"].get(code)
    if category is None or not words:
        return []
    spoken = [*dict.fromkeys(word for word in words if len(word) > 1)]
    if not spoken:
        return []
    columns = word_columns(spoken)
    path = category_paths().get(category.pk, ())
    loud = model.tree.speaks_for(columns, path) * model.features.rarity[columns]
    order = np.argsort(-loud)[:_TELLING]
    return [spoken[at] for at in order if loud[at] > 0]
