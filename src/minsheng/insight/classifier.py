"""Which of several labels a text bears, learned from labelled texts.

One linear model looks at a text in two ways: its words and pairs of words, and the characters in a
row of those words. Texts that are already cut into words, without stop words, teach along with raw
ones: a raw text is cut the same way, and the words that the cut texts never have are left out.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from minsheng.foundation.errors import Invalid
from minsheng.insight.learning.grams import CHARACTERS, Features, Words, cut
from minsheng.insight.learning.linear import Floats, Linear, balanced

Labels = NDArray[np.str_]

USUAL_FROM = 8  # texts that must have a word before its absence from the cut texts means anything

_SEPARATE = re.compile(r"[\W_]+")


def full_text(title: str, body: str) -> str:
    """Returns what is read of a message: its title twice, which says most, then its body."""
    return f"{title}\n{title}\n{body}"[:CHARACTERS]


def bare(text: str) -> str:
    """Returns a text without spaces and punctuation: what makes two texts copies."""
    return _SEPARATE.sub("", text)


class Classifier:
    """Learned weights; `margins` says how much speaks for each of `labels`."""

    def __init__(self) -> None:
        self._left_out: frozenset[str] = frozenset()
        self._features = Features()
        self._model: Linear

    @property
    def labels(self) -> Labels:
        """The labels that were learned, in the order of the columns of `margins`."""
        return np.array(self._model.labels)

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
        wanted = [*labels, *cut_labels]
        if len(set(wanted)) < 2:
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
        # A rare label must not be drowned by a frequent one.
        rows = self._features.fit(documents)
        self._model = Linear.fit(rows, wanted, balanced(wanted), scale=1.0)
        return self

    def margins(self, texts: Sequence[str]) -> Floats:
        """Returns how much speaks for each label, per text: comparable within one text only."""
        return self._model.margins(self._features.rows([self._kept(cut(text)) for text in texts]))

    def predict(self, texts: Sequence[str]) -> Labels:
        """Returns the label that most speaks for, per text."""
        found: Labels = self.labels[self.margins(texts).argmax(axis=1)]
        return found

    def _kept(self, words: Words) -> Words:
        return [word for word in words if word not in self._left_out]
