"""The rules by which a city is warned: its file `hot_issues.toml`, with effective dates."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid
from minsheng.insight.models import HotIssue


@dataclass(frozen=True, slots=True)
class Rule:
    """When to issue. `cities/README.md` describes the columns; a rule uses those of its kind."""

    code: str
    kind: str
    name: str
    window: timedelta
    least: int  # demands
    people: int = 1  # different petitioners; who is not known counts as one each
    odds: float = 1.0  # at most, that it is chance
    topic: int = 3  # level of the categories that are counted
    area: str = "district"  # whose areas they are counted in: city, district or street
    quiet: timedelta = timedelta(days=1)  # without another issue about the same
    effective_from: date = date.min
    effective_to: date = date.max


def rules(on: date) -> list[Rule]:
    """Returns the rules of the city that hold on a day. A city without the file has none."""
    return [rule for rule in _all() if rule.effective_from <= on <= rule.effective_to]


@cache
def _all() -> tuple[Rule, ...]:
    path = cities.folder(settings.CITY) / "hot_issues.toml"
    if not path.exists():
        return ()
    with path.open("rb") as file:
        return tuple(read(tomllib.load(file)))


def read(given: dict[str, Any]) -> Iterator[Rule]:
    """Yields the rules of a file as read. Raises Invalid, naming the rule that cannot be used."""
    for code, row in given.get("rule", {}).items():
        try:
            spans = {"hours": "window", "quiet": "quiet"}
            fields: dict[str, Any] = {
                spans.get(name, name): timedelta(hours=value) if name in spans else value
                for name, value in row.items()
            }
            rule = Rule(code=code, **fields)
            if rule.kind not in HotIssue.Kind:
                raise KeyError(rule.kind)
        except (KeyError, TypeError) as error:
            raise Invalid("bad_rule", _("预警规则“%s”不能使用；请核对。") % code) from error
        yield rule
