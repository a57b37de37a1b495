"""The rules by which a city is warned: its file `hot_issues.toml`, and what was set since then.

A rule goes by its code. What an administrator sets in the console holds from its day on in the
place of whatever held under that code before, in the file or in the console.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.insight.models import HotIssueRule


def rules(on: date) -> list[HotIssueRule]:
    """Returns the rules of the city that hold on a day, by code."""
    latest = {rule.code: rule for rule in every_rule() if rule.effective_from <= on}
    return [rule for rule in latest.values() if rule.holds(on)]


def every_rule() -> list[HotIssueRule]:
    """Returns all rules, also those that are over or to come: by code, then in their order."""
    every = [*of_city(settings.CITY), *HotIssueRule.objects.all()]
    # The sort is stable: what was set for the day of a row of the file comes behind it.
    return sorted(every, key=lambda rule: (rule.code, rule.effective_from))


@cache
def of_city(city: str) -> tuple[HotIssueRule, ...]:
    """Returns the rules of a city's file, unsaved; none where it has no file. Raises Invalid."""
    try:
        path = cities.folder(city) / "hot_issues.toml"
    except NotFound:  # a database may serve a city that has no folder here
        return ()
    if not path.exists():
        return ()
    with path.open("rb") as file:
        return tuple(read(tomllib.load(file)))


def read(given: dict[str, Any]) -> Iterator[HotIssueRule]:
    """Yields the rules of a file as read. Raises Invalid, naming the rule that cannot be used."""
    for code, row in given.get("rule", {}).items():
        try:
            rule = HotIssueRule(code=code, **row)
            rule.full_clean(validate_unique=False, validate_constraints=False)
        except (TypeError, ValidationError) as error:
            raise Invalid("bad_rule", _("预警规则“%s”不能使用；请核对。") % code) from error
        yield rule
