"""Which of several labels a text bears, learned from labelled texts.

One linear model looks at a text in two ways: its words and pairs of words, and the characters in a
row of those words. Texts that are already cut into words, without stop words, teach along with raw
ones: a raw text is cut the same way, and the words that the cut texts never have are left out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from minsheng.foundation.errors import Invalid
from minsheng.insight.learning.grams import CHARACTERS, Words, cut

Labels = NDArray[np.str_]
Margins = NDArray[np.float64]  # texts × labels

USUAL_FROM = 8  # texts that must have a word before its absence from the cut texts means anything

_SEPARATE = re.compile(r"[\W_]+")


def full_text(title: str, body: str) -> str:
    """Returns what is read of a message: its title twice, which says most, then its body."""
    return f"{title}\n{title}\n{body}"[:CHARACTERS]


def bare(text: str) -> str:
    """Returns a text without spaces and punctuation: what makes two texts copies."""
    return _SEPARATE.sub("", text)


def word_grams(words: Words) -> list[str]:
    """Returns words and pairs of neighbouring words."""
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def character_grams(words: Words) -> list[str]:
    """Returns every one, two and three characters in a row of the words written together."""
    run = "".join(words)
    pairs = [one + other for one, other in pairwise(run)]
    return [*run, *pairs, *(pair + last for pair, last in zip(pairs, run[2:], strict=False))]


class Classifier:
    """Learned weights; `margins` says how much speaks for each of `labels`."""

    labels: Labels

    def __init__(self) -> None:
        self._left_out: frozenset[str] = frozenset()
        self._views: list[Any] = []
        self._model: Any = None

    def fit(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        cut_texts: Sequence[Words] = (),
        cut_labels: Sequence[str] = (),
    ) -> "Classifier":
        """Learns from raw texts, and from texts that were cut into words elsewhere.

        Raises:
            Invalid: there are fewer than two labels, so that there is nothing to tell apart.
        """
        wanted = np.array([*labels, *cut_labels])
        self.labels = np.unique(wanted)
        if len(self.labels) < 2:
            raise Invalid(
                "one_class", _("训练数据只有一个类别，无法学习区分；请补充其他类别的数据后再训练。")
            )
        raw = [cut(text) for text in texts]
        if cut_texts:
            known = {word for words in cut_texts for word in words}
            seen = Counter(word for words in raw for word in set(words))
            self._left_out = frozenset(
                word for word, n in seen.items() if n >= USUAL_FROM and word not in known
            )
        documents = [self._kept(words) for words in raw] + list(cut_texts)
        if not any(documents):
            raise Invalid("no_words", _("训练数据里没有文字；请检查所用的列。"))
        self._views = [
            TfidfVectorizer(
                analyzer=grams,
                sublinear_tf=True,
                min_df=2 if len(documents) > 50 else 1,
                dtype=np.float32,
            ).fit(documents)
            for grams in (word_grams, character_grams)
        ]
        # A rare label must not be drowned by a frequent one.
        self._model = LinearSVC(C=0.5, class_weight="balanced", random_state=0)
        self._model.fit(self._features(documents), wanted)
        return self

    def margins(self, texts: Sequence[str]) -> Margins:
        """Returns how much speaks for each label, per text: comparable within one text only."""
        features = self._features([self._kept(cut(text)) for text in texts])
        margins: Margins = np.asarray(self._model.decision_function(features), dtype=float)
        # For two labels, scikit-learn gives one column, for the second.
        return np.column_stack([-margins, margins]) if margins.ndim == 1 else margins

    def predict(self, texts: Sequence[str]) -> Labels:
        """Returns the label that most speaks for, per text."""
        found: Labels = self.labels[self.margins(texts).argmax(axis=1)]
        return found

    def _features(self, documents: Sequence[Words]) -> Any:
        return hstack([view.transform(documents) for view in self._views]).tocsr()

    def _kept(self, words: Words) -> Words:
        return [word for word in words if word not in self._left_out]
