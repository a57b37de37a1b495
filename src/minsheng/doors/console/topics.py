"""What people raise: the categories as a tree, and those that grew beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from django.utils.translation import gettext as _

from minsheng.doors.console import counted
from minsheng.doors.console.moves import Move, direction
from minsheng.indicators.compute import compare, compute
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period

#: A topic of fewer cases than that is no hot topic, however fast it grew.
MINIMUM_TOPIC = 10
MOST_TOPICS = 8
_LEVELS = ("category1", "category2", "category3")


@dataclass(frozen=True, slots=True)
class Topic:
    """A category with its count, the count before, their cases, and the categories below it."""

    name: str
    count: int
    before: int
    cases: str
    cases_before: str
    share: float = 0.0
    below: Sequence["Topic"] = ()

    @property
    def move(self) -> Move:
        if not self.before:
            return Move(_("新增") if self.count else "—", "", "up" if self.count else "")
        change = (self.count - self.before) / self.before * 100
        return Move(f"{change:+.1f}%", "", direction(change))


def topic_tree(period: Period, tables: Tables) -> list[Topic]:
    """Returns the categories of three levels with what came in, now and in the period before."""
    now = _by_levels(period, tables)
    before = _by_levels(period.previous(), tables)

    def below(path: tuple[str, ...]) -> list[Topic]:
        depth = len(path)
        total = sum(count for key, count in now.items() if key[:depth] == path)
        names: dict[str, None] = {}
        for key in (*now, *before):
            if key[:depth] == path and depth < len(_LEVELS) and key[depth]:
                names.setdefault(key[depth])
        found = [_topic(name, (*path, name), total) for name in names]
        return sorted(found, key=lambda topic: (-topic.count, topic.name))

    def _topic(name: str, path: tuple[str, ...], total: int) -> Topic:
        depth = len(path)
        count = sum(n for key, n in now.items() if key[:depth] == path)
        was = sum(n for key, n in before.items() if key[:depth] == path)
        lower = below(path) if depth < len(_LEVELS) else []
        share = count / total if total else 0.0
        where = dict(zip(_LEVELS, path, strict=False))
        return Topic(name, count, was, *_accepted(period, **where), share, lower)

    return below(())


def _accepted(period: Period, **where: str) -> tuple[str, str]:
    """Returns where the accepted demands of a period are listed, and those of the one before."""
    now, before = (
        counted.address("accepted_count", one, **where) for one in (period, period.previous())
    )
    return now, before


def _by_levels(period: Period, tables: Tables) -> dict[tuple[str, ...], int]:
    rows = compute(["accepted_count"], by=_LEVELS, period=period, tables=tables)
    return {
        tuple(str(row.keys[level] or "") for level in _LEVELS): int(
            row.values["accepted_count"].value or 0
        )
        for row in rows
        if row.keys[_LEVELS[0]]
    }


def hot(period: Period, tables: Tables) -> list[Topic]:
    """Returns the categories that grew most beyond chance: by the growth over the root of before.

    Counts of independent cases scatter by about their root; what grew by several roots did not
    grow by chance alone. Categories below `MINIMUM_TOPIC` cases are left out.
    """
    rows = compare(
        ["accepted_count"], against="previous", by=["category"], period=period, tables=tables
    )
    topics = []
    for row in rows:
        name, change = row.keys["category"], row.changes["accepted_count"]
        now, before = int(change.now.value or 0), int(change.before.value or 0)
        if name and now >= MINIMUM_TOPIC and now > before:
            topics.append(Topic(str(name), now, before, *_accepted(period, category=str(name))))
    topics.sort(key=lambda topic: -(topic.count - topic.before) / sqrt(topic.before + 1))
    return topics[:MOST_TOPICS]
