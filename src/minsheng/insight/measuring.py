"""How good the classifier is on unseen texts, beside a plain baseline; how good the reply check."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from django.utils.translation import gettext as _
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.svm import LinearSVC

from minsheng.foundation.errors import Invalid
from minsheng.insight import tables
from minsheng.insight.classifier import Classifier, bare, full_text
from minsheng.insight.learning.grams import Words, cut
from minsheng.insight.replies import check

Row = TypeVar("Row")

SAME_FROM = 0.8  # share of a cut text's words found in one test text that makes it a copy of it


class Example(NamedTuple):
    """A text with the label that a person gave it."""

    text: str
    label: str


class CutExample(NamedTuple):
    """The words of a text, in their order, with the label that a person gave it."""

    words: Words
    label: str


def read(path: Path) -> list[Example]:
    """Reads a CSV file with the columns title, body and label; rows without a label are left out.

    Raises:
        Invalid: the file has other columns, is no CSV in UTF-8 or has no labelled row.
    """
    return _some(
        path,
        [
            Example(full_text(row["title"], row["body"]), row["label"])
            for row in _rows(path, {"title", "body", "label"})
        ],
    )


def read_cut(path: Path) -> list[CutExample]:
    """Reads a CSV file with the columns seg (words between spaces) and label; raises as `read`."""
    return _some(
        path,
        [
            CutExample([word for word in row["seg"].lower().split() if bare(word)], label)
            for row in _rows(path, {"seg", "label"})
            if (label := row["label"])
        ],
    )


def measure(
    train: Sequence[Example], test: Sequence[Example], extra: Sequence[CutExample] = ()
) -> dict[str, Any]:
    """Returns figures of the classifier and the baseline on the rows of `test` not in `train`.

    Extra rows that repeat a test row are left out of training, or the figures would flatter.

    Raises:
        Invalid: nothing is left to test, or the training rows have one label only.
    """
    known = {bare(row.text) for row in train}
    asked = [row for row in test if bare(row.text) not in known]
    if not asked:
        raise Invalid("no_test", _("测试数据去掉与训练数据相同的行之后没有剩下内容。"))
    used = _without_copies(extra, asked) if extra else []
    classifier = Classifier().fit(
        [row.text for row in train],
        [row.label for row in train],
        [row.words for row in used],
        [row.label for row in used],
    )
    texts = [row.text for row in asked]
    right = [row.label for row in asked]
    return {
        "train_rows": len(train),
        "extra_rows": len(used),
        "extra_rows_left_out": len(extra) - len(used),
        "test_rows": len(asked),
        "test_rows_left_out": len(test) - len(asked),
        **figures(right, list(classifier.predict(texts))),
        "baseline": figures(right, _baseline(train, texts)),
    }


def folds(
    data: Sequence[Example], count: int, extra: Sequence[CutExample] = ()
) -> Iterator[dict[str, Any]]:
    """Yields `measure` for each of `count` parts of the data, learned from the other parts."""
    labels = [row.label for row in data]
    if not 2 <= count <= len(data):
        raise Invalid("folds", _("份数须在 2 和数据行数之间。"))
    rarest = min(labels.count(label) for label in set(labels))
    kind = StratifiedKFold if rarest >= count else KFold  # a label seen once is in one part only
    for rest, part in kind(count, shuffle=True, random_state=0).split(labels, labels):
        yield measure([data[i] for i in rest], [data[i] for i in part], extra)


def figures(right: Sequence[str], found: Sequence[str]) -> dict[str, Any]:
    """Returns macro-F1, accuracy and the figures of each label, all as shares of 1."""
    labels = sorted(set(right) | set(found))
    scores = precision_recall_fscore_support(right, found, labels=labels, zero_division=0)
    return {
        "macro_f1": round(float(f1_score(right, found, average="macro", zero_division=0)), 4),
        "accuracy": round(float(accuracy_score(right, found)), 4),
        "classes": {
            label: {
                "precision": round(float(precision), 4),
                "recall": round(float(recall), 4),
                "f1": round(float(f1), 4),
                "support": int(support),
            }
            for label, precision, recall, f1, support in zip(labels, *scores, strict=True)
        },
    }


def _baseline(train: Sequence[Example], texts: Sequence[str]) -> list[str]:
    """Answers as the plain model does: TF-IDF of one to three characters, linear SVM."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    features = vectors.fit_transform(row.text for row in train)
    model = LinearSVC(random_state=0).fit(features, [row.label for row in train])
    return list(model.predict(vectors.transform(texts)))


def _without_copies(extra: Sequence[CutExample], test: Sequence[Example]) -> list[CutExample]:
    """Returns the cut texts that repeat no test text; long words only, which both cuts share."""
    vectors = CountVectorizer(
        analyzer=lambda words: {word for word in words if len(word) > 1},
        binary=True,
        dtype=np.float32,
    )
    seen = vectors.fit_transform([*(row.words for row in extra), ["··"]])[:-1]
    asked = vectors.transform([cut(row.text) for row in test])
    shared = (seen @ asked.T).max(axis=1).toarray().ravel()
    share = shared / np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1)
    return [row for row, same in zip(extra, share, strict=True) if same < SAME_FROM]


def _rows(path: Path, columns: set[str]) -> Iterator[dict[str, str]]:
    return (row for row in tables.read(path, columns) if row["label"].strip())


def _some(path: Path, rows: list[Row]) -> list[Row]:
    if not rows:
        raise Invalid("empty", _("文件 %(path)s 没有带标签的行。") % {"path": path.name})
    return rows


# Replies


def replies(path: Path) -> dict[str, Any]:
    """Returns how often the check of replies is right, by what replies lack and of all together.

    The file's columns: demand, reply, contacted (true, false or empty), petitioner, and lacks, the
    codes that a person found, separated by semicolons. Raises Invalid as `read`.
    """
    columns = {"demand", "reply", "contacted", "petitioner", "lacks"}
    hits: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    rows = tables.read(path, columns)
    for row in rows:
        found = {
            finding.code
            for finding in check(
                row["demand"],
                row["reply"],
                contacted={"true": True, "false": False}.get(row["contacted"]),
                petitioner=row["petitioner"],
            )
        }
        wanted = {code for code in row["lacks"].split(";") if code}
        hits.update(found & wanted)
        missed.update(wanted - found)
        wrong.update(found - wanted)
    told = {
        code: _quality(hits[code], wrong[code], missed[code])
        for code in sorted({*hits, *missed, *wrong})
    }
    return {
        "replies": len(rows),
        **_quality(hits.total(), wrong.total(), missed.total()),
        "codes": told,
    }


def _quality(hits: int, wrong: int, missed: int) -> dict[str, Any]:
    """Returns precision and recall, None where there is nothing to divide by."""
    return {
        "precision": round(hits / (hits + wrong), 4) if hits + wrong else None,
        "recall": round(hits / (hits + missed), 4) if hits + missed else None,
        "wanted": hits + missed,
    }
