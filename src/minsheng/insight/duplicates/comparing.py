"""How alike two demands are, as a few numbers: same words for another estate are not one matter.

A collection of demands tells which pairs of characters are rare. Rare ones are mostly names of
estates, roads, shops and people (the place of the matter); usual ones are its problem. The two are
compared apart, and so are title with title, body with body, and the title of each with all of the
other. Everything is sparse: the collection is one matrix per part, a comparison a few dot products.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import rjieba
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

BODY_LIMIT = 1_500  # characters of a body that are compared: what follows is seldom the matter
RARE = 0.004  # share of demands: a word in fewer of them is more likely a name than a problem
TOPICS = 100  # dimensions in which problems told in different words come near each other
FEATURES = (
    "all",
    "title",
    "body",
    "title_in_other",
    "names",
    "title_names",
    "problem",
    "topic",
    "log_days",
    "same_petitioner",
)

_SPACES = re.compile(r"\s+")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Message:
    """What is compared of one demand. `petitioner` is any key that is equal for one person."""

    key: str
    petitioner: str
    title: str
    body: str
    at: datetime


def _fold(text: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()


def _words(text: str) -> list[str]:
    return [word for word in rjieba.cut(text) if len(word) > 1]


def _unit(rows: Any) -> Any:
    return normalize(rows) if rows.shape[1] else rows  # a small collection has no rare words


class Collection:
    """Demands to compare with each other, by their positions in `messages`."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """Reads at least two demands; raises `ValueError` when no two of them share a word."""
        self.messages = messages
        titles = [_fold(m.title) for m in messages]
        bodies = [_fold(m.body)[:BODY_LIMIT] for m in messages]
        both = [f"{title} {title} {body}" for title, body in zip(titles, bodies, strict=True)]
        grams = TfidfVectorizer(
            analyzer="char",
            ngram_range=(2, 4),
            min_df=2,
            max_df=max(4, len(messages) // 5),
            sublinear_tf=True,
        )
        self.all = grams.fit_transform(both)
        self.titles = grams.transform(titles)
        self.bodies = grams.transform(bodies)
        words = TfidfVectorizer(
            tokenizer=_words, token_pattern=None, lowercase=False, min_df=2, sublinear_tf=True
        )
        spoken = words.fit_transform(both)
        spoken_titles = words.transform(titles)
        usual = words.idf_ < 1 - np.log(RARE)
        self.names = _unit(spoken[:, ~usual])
        self.title_names = _unit(spoken_titles[:, ~usual])
        self.problems = _unit(spoken[:, usual])
        size = min(TOPICS, min(self.problems.shape) - 1)
        self.topics: Floats = normalize(
            TruncatedSVD(size, random_state=0).fit_transform(self.problems)
        )
        # Days, so that a difference is one subtraction.
        self.days = np.array([m.at.timestamp() / 86_400 for m in messages])
        self.petitioners = np.array([m.petitioner for m in messages])

    def compare(self, one: int, others: npt.NDArray[np.intp]) -> Floats:
        """Returns one row of `FEATURES` for each of `others` beside the demand `one`."""

        def cosine(left: Any, right: Any) -> Floats:
            return np.asarray((right[others] @ left[one].T).todense(), dtype=float).ravel()

        crossed = np.maximum(cosine(self.titles, self.all), cosine(self.all, self.titles))
        return np.column_stack(
            [
                cosine(self.all, self.all),
                cosine(self.titles, self.titles),
                cosine(self.bodies, self.bodies),
                crossed,
                cosine(self.names, self.names),
                np.maximum(
                    cosine(self.title_names, self.names), cosine(self.names, self.title_names)
                ),
                cosine(self.problems, self.problems),
                self.topics[others] @ self.topics[one],
                np.log1p(np.abs(self.days[others] - self.days[one])),
                (self.petitioners[others] == self.petitioners[one]).astype(float),
            ]
        )
