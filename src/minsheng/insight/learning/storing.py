"""A learned model as files: flat arrays that all processes map into memory together, and a page.

`weights.npy` and `columns.npy` hold the parts of all forks one after another, `rarity.npy` is how
rare each gram is, `model.json` says what begins where. Nothing in them can run.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from minsheng.foundation import home
from minsheng.foundation.errors import NotFound
from minsheng.insight.learning.grams import Features
from minsheng.insight.learning.linear import Linear
from minsheng.insight.learning.tree import Tree

_FILES = ("model.json", "rarity.npy", "columns.npy", "weights.npy")


@dataclass(frozen=True, slots=True)
class Model:
    """All that one version has learned: grams, categories, kinds (None where never told)."""

    features: Features
    tree: Tree
    kinds: Linear | None


def folder(number: int) -> Path:
    """Returns where a version's files lie."""
    return home.folder() / "models" / f"M{number}"


def save(number: int, model: Model) -> str:
    """Writes a version's files and returns their digest (SHA-256, hex)."""
    path = folder(number)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = {f"/{code}": fork for code, fork in model.tree.forks.items()}
    if model.kinds:
        parts["kinds"] = model.kinds
    index: dict[str, Any] = {}
    column = weight = 0
    for name, part in parts.items():
        index[name] = {
            "labels": part.labels,
            "offsets": [float(offset) for offset in part.offsets],
            "scale": part.scale,
            "columns": [column, column + len(part.used)],
            "weights": [weight, weight + part.weights.size],
        }
        column += len(part.used)
        weight += part.weights.size
    np.save(path / "rarity.npy", model.features.rarity)
    np.save(path / "columns.npy", np.concatenate([part.used for part in parts.values()]))
    np.save(path / "weights.npy", np.concatenate([part.weights.ravel() for part in parts.values()]))
    (path / "model.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    return digest(number)


def digest(number: int) -> str:
    """Returns the digest of a version's files. Raises NotFound where one of them is missing."""
    total = hashlib.sha256()
    for name in _FILES:
        file = folder(number) / name
        if not file.is_file():
            raise NotFound(
                "model_missing",
                _("模型M%(number)d的文件%(name)s不在数据目录里；请恢复文件或重新训练。")
                % {"number": number, "name": name},
            )
        with file.open("rb") as opened:
            total.update(hashlib.file_digest(opened, "sha256").digest())
    return total.hexdigest()


def written(number: int) -> int:
    """Returns when a version's files were written (ns since 1970), 0 where they are missing."""
    page = folder(number) / "model.json"
    return page.stat().st_mtime_ns if page.is_file() else 0


def load(number: int) -> Model:
    """Returns a version's model; its arrays stay in the files until they are looked at."""
    path = folder(number)
    index = json.loads((path / "model.json").read_text(encoding="utf-8"))
    columns = np.load(path / "columns.npy", mmap_mode="r", allow_pickle=False)
    weights = np.load(path / "weights.npy", mmap_mode="r", allow_pickle=False)

    def part(said: dict[str, Any]) -> Linear:
        labels = said["labels"]
        return Linear(
            labels,
            columns[slice(*said["columns"])],
            weights[slice(*said["weights"])].reshape(-1, len(labels)),
            np.array(said["offsets"], dtype=np.float32),
            said["scale"],
        )

    parts = {name: part(said) for name, said in index.items()}
    kinds = parts.pop("kinds", None)
    rarity = np.load(path / "rarity.npy", mmap_mode="r", allow_pickle=False)
    forks = {name.removeprefix("/"): fork for name, fork in parts.items()}
    return Model(Features(rarity), Tree(forks), kinds)
