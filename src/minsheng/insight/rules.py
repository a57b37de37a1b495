"""What suggestions go by in a city: thresholds and telling words, `cities/<city>/suggestions.toml`.

The file has versions with the day from which each holds. A city without the file gets plain
thresholds and no telling words.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid, NotFound

_BEFORE, _AFTER = 6, 6  # characters around a word in which `unless` takes it back


@dataclass(frozen=True, slots=True)
class Danger:
    """A reason to call a demand urgent: the words that speak for it, and those that take back."""

    code: str
    name: str
    says: re.Pattern[str]
    unless: re.Pattern[str] | None

    def heard(self, text: str) -> list[str]:
        """Returns the words of `text` that speak for this danger, each once, in their order."""
        return list(dict.fromkeys(self._heard(text)))

    def _heard(self, text: str) -> Iterator[str]:
        for found in self.says.finditer(text):
            around = text[max(0, found.start() - _BEFORE) : found.end() + _AFTER]
            if self.unless is None or not self.unless.search(around):
                yield found[0]


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a city's file.

    `sure` is a probability; `catalogue_orders` says how many past orders the assignment catalogue
    weighs as much as; a unit that returned the share `returned` of at least `returned_least` orders
    does not come first. `kinds` are telling words by the code of the kind.
    """

    effective_from: date = date.min
    sure: float = 0.6
    catalogue_orders: float = 10
    returned: float = 0.3
    returned_least: int = 5
    dangers: tuple[Danger, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load(on: date, city: str = "") -> Rules:
    """Returns the rules that hold on a day in a city (this one by default). Raises Invalid."""
    try:
        path = cities.folder(city or settings.CITY) / "suggestions.toml"
    except NotFound:  # a database may serve a city that has no folder here
        return Rules()
    if not path.is_file():
        return Rules()
    begun = [rules for rules in _read(path, path.stat().st_mtime_ns) if rules.effective_from <= on]
    return max(begun, key=lambda rules: rules.effective_from, default=Rules())


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> tuple[Rules, ...]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(_version(row) for row in given["version"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, re.error) as error:
        raise _broken(path, error) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, why: Exception) -> Invalid:
    return Invalid(
        "bad_suggestions",
        _("智能建议的规则文件%(file)s不能使用：%(why)s。") % {"file": path.name, "why": why},
    )


def _version(row: dict[str, Any]) -> Rules:
    given = dict(row)
    dangers = tuple(_danger(one) for one in given.pop("urgency", ()))
    kinds = {code: tuple(words) for code, words in given.pop("kinds", {}).items()}
    rules = Rules(**given, dangers=dangers, kinds=kinds)
    if not 0 < rules.sure <= 1 or not 0 < rules.returned <= 1:
        raise ValueError("sure, returned: 0–1")
    return rules


def _danger(row: dict[str, Any]) -> Danger:
    # The longest first, so that the whole of what was said is quoted.
    words = sorted(row.get("words", ()), key=len, reverse=True)
    says = [*map(re.escape, words), *row.get("patterns", ())]
    if not says:
        raise ValueError(f"urgency {row['code']}: no words")
    unless = row.get("unless", ())
    return Danger(
        str(row["code"]),
        str(row["name"]),
        re.compile("|".join(says)),
        re.compile("|".join(map(re.escape, unless))) if unless else None,
    )
