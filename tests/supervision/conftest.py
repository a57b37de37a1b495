"""The rules of the town, and a month in which somebody is on duty."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.town import Town

# code, kind, days, times, step, issues
RULES = [
    ("unsigned", "unsigned", 0, 1, "urge", False),
    ("silent", "silent", 2, 1, "", False),
    ("near", "near", 0, 1, "", False),
    ("overdue", "overdue", 0, 1, "urge", False),
    ("overdue3", "overdue", 3, 1, "supervise", True),
    ("late_extension", "late_extension", 0, 1, "", False),
    ("no_contact", "no_contact", 0, 1, "", False),
    ("returned", "returned", 0, 2, "", False),
    ("reopened", "reopened", 0, 1, "", False),
    ("recurring", "recurring", 30, 3, "", False),
    ("unanswered", "unanswered", 0, 1, "notice", False),
]


@pytest.fixture
def ruled(town: "Town") -> "Town":
    """The town with one warning rule of every kind."""
    from minsheng.supervision.models import AlertRule

    AlertRule.objects.bulk_create(
        AlertRule(
            code=code,
            name=f"规则{code}",
            kind=kind,
            days=days,
            times=times,
            step=step,
            issues=issues,
            effective_from=date(2020, 1, 1),
        )
        for code, kind, days, times, step, issues in RULES
    )
    return town


@pytest.fixture
def duty(town: "Town") -> "Town":
    """The town with 交通局 on duty for ownership cases this month."""
    from minsheng.supervision.models import DutyUnit

    DutyUnit.objects.create(month=date(2026, 3, 1), object="", unit=town.units["traffic"])
    return town
