"""What, and by when: the arithmetic of limits, and the choice of a limit and of units.

Pure: no database and no clock. Limits follow the Civil Code (art. 201 and 203): a limit in working
days does not count the day on which it begins, and ends when business ends on its last working day.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.calendar import Reason, WorkingCalendar, local
from minsheng.foundation.errors import Conflict, Invalid, NotFound

# Limits


class Unit(StrEnum):
    """What a limit counts."""

    WORKING_DAYS = "wd"
    WORKING_HOURS = "wh"
    HOURS = "h"


_A_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Limit:
    """A span of time that somebody has: `5wd`, `2wh`, `24h`.

    `amount` is in days for working days, in minutes for both kinds of hours.
    """

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Reads `5wd` (working days), `2wh`, `0.5wh` (working hours), `24h`, `1.5h`, `30m` (time).

        Working days are whole, because the Civil Code knows no half day; hours come to whole
        minutes. Raises Invalid for anything else.
        """
        found = re.fullmatch(r"([0-9]{1,4})(?:\.([0-9]{1,2}))?(wd|wh|h|m)", text.strip().lower())
        if found:
            whole, fraction, unit = found.groups()
            number = Decimal(f"{whole}.{fraction or 0}")
            amount = number * (60 if unit in ("wh", "h") else 1)
            if amount > 0 and amount == int(amount):
                return cls(int(amount), Unit("h" if unit == "m" else unit))
        raise Invalid(
            "limit_malformed",
            format_lazy(
                _(
                    "“{text}”不是有效的期限；请写大于零的数和单位，"
                    "如 5wd（工作日，取整数）、2wh（工作小时）、24h（小时）或 30m（分钟）。"
                ),
                text=text,
            ),
        )

    def __str__(self) -> str:
        """Returns the shortest form that `parse` reads."""
        if self.unit is Unit.WORKING_DAYS:
            return f"{self.amount}wd"
        if self.unit is Unit.HOURS and self.amount % 60:
            return f"{self.amount}m"
        return f"{self.amount / 60:g}{self.unit}"

    def in_words(self) -> str:
        """Returns the limit for people, in the language of the reader: 5个工作日."""
        if self.unit is Unit.WORKING_DAYS:
            return gettext("{n}个工作日").format(n=self.amount)
        if self.unit is Unit.WORKING_HOURS:
            return gettext("{n}个工作小时").format(n=f"{self.amount / 60:g}")
        if self.amount % 60:
            return gettext("{n}分钟").format(n=self.amount)
        if self.amount % _A_DAY == 0 and self.amount >= 7 * _A_DAY:
            return gettext("{n}天").format(n=self.amount // _A_DAY)
        return gettext("{n}小时").format(n=self.amount // 60)


class Due(NamedTuple):
    """When a limit ends, and what its count went by."""

    at: datetime
    skipped: tuple[Reason, ...] = ()  # days that did not count: weekends, holidays
    adjusted: tuple[Reason, ...] = ()  # weekend days that did count, being adjusted workdays


def due(calendar: WorkingCalendar, start: datetime, limit: Limit) -> Due:
    """Returns the moment at which a limit that begins at `start` (aware) ends.

    Working days: the day of `start` is not counted, the last day ends when business ends. Working
    hours: they run within opening hours only, and may end at the moment of closing. Hours run
    always, and ask the calendar nothing.

    Raises UnknownYear.
    """
    start = local(start)
    if limit.unit is Unit.HOURS:
        return Due(start + timedelta(minutes=limit.amount))
    if limit.unit is Unit.WORKING_DAYS:
        at = calendar.closing(start, limit.amount)
        first = start + timedelta(days=1)
    else:
        at = calendar.after(start, timedelta(minutes=limit.amount))
        first = start
    return Due(at, *calendar.exceptions(first, at))


def resume(
    calendar: WorkingCalendar,
    limit: Limit,
    moment: datetime,
    suspended_at: datetime,
    resumed_at: datetime,
) -> datetime:
    """Returns `moment` (when the limit ends, or warns) put off by the pause between the other two.

    A pause counts in working time for working days and working hours, so that whoever had three
    working hours left has three working hours left; for plain hours it counts as it is. Pauses add
    up, and a pause taken in parts is the same as the whole.

    Raises ValueError where the pause ends before it begins, and UnknownYear.
    """
    if resumed_at < suspended_at:
        raise ValueError("a pause ends after it begins")
    if limit.unit is Unit.HOURS:
        return local(moment) + (resumed_at - suspended_at)
    return calendar.after(moment, calendar.worked(suspended_at, resumed_at))


def extend(
    calendar: WorkingCalendar,
    due_at: datetime,
    limit: Limit,
    extension: Limit,
    *,
    granted: Iterable[Limit] = (),
    times: int | Decimal = 1,
) -> Due:
    """Returns the new end of a limit that ended at `due_at` and is extended, counted from there.

    All extensions together, with those `granted` before, may last at most `times` the original
    limit: 1 is “at most once as long”, 0 is none. Raises Invalid beyond that, and for an extension
    in another unit than the limit's; UnknownYear.
    """
    if extension.unit is not limit.unit:
        raise Invalid(
            "extension_unit",
            format_lazy(
                _("原期限为{limit}，延期须用同一单位计算，不能用{extension}。"),
                limit=limit.in_words(),
                extension=extension.in_words(),
            ),
        )
    used = sum(earlier.amount for earlier in granted)
    left = int(times * limit.amount) - used
    if left <= 0:
        raise Invalid("extension_used_up", _("本单已不能再延期，请按现有期限办结。"))
    if extension.amount > left:
        raise Invalid(
            "extension_too_long",
            format_lazy(
                _("延期最长还可申请{left}，不能申请{extension}。"),
                left=Limit(left, limit.unit).in_words(),
                extension=extension.in_words(),
            ),
        )
    return due(calendar, due_at, extension)


def warn_moment(
    calendar: WorkingCalendar,
    limit: Limit,
    start: datetime,
    due_at: datetime,
    share: float | Decimal,
) -> datetime:
    """Returns when `share` (a ratio, 0 to 1) of the time from `start` to `due_at` has been used.

    The time is working time, and plain time for plain hours.
    """
    if limit.unit is Unit.HOURS:
        return local(start) + (due_at - start) * float(share)
    return calendar.after(start, calendar.worked(start, due_at) * float(share))


class LimitState(StrEnum):
    """How a limit stands."""

    NORMAL = "normal"
    NEAR = "near"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_LATE = "done_late"

    @property
    def label(self) -> str:
        """Returns the word for people, in the language of the reader."""
        return str(_STATE_LABELS[self])


_STATE_LABELS = {
    LimitState.NORMAL: _("正常"),
    LimitState.NEAR: _("临近超期"),
    LimitState.OVERDUE: _("超期未办"),
    LimitState.DONE: _("按期办理"),
    LimitState.DONE_LATE: _("超期办理"),
}


def limit_state(
    now: datetime, warn_at: datetime, due_at: datetime, done_at: datetime | None
) -> LimitState:
    """Returns how a limit stands at `now`. What is done at the very end is done in time."""
    if done_at is not None:
        return LimitState.DONE_LATE if done_at > due_at else LimitState.DONE
    if now > due_at:
        return LimitState.OVERDUE
    return LimitState.NEAR if now >= warn_at else LimitState.NORMAL


# The choice of a limit


class Stage(StrEnum):
    """What a limit is for; the model's choices hold the words for people."""

    SIGN = "sign"
    CONTACT = "contact"
    COMPLETE = "complete"
    SUPERVISE = "supervise"
    REOPEN = "reopen"
    ABUSE = "abuse"
    ENQUIRE = "enquire"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One row of the table of limits. A blank field means any; both dates are included.

    `warn_share` is a ratio of the limit's time, `extension_times` a multiple of the limit (see
    `extend`).
    """

    stage: str  # one of Stage
    limit: Limit
    urgency: str = ""
    origin: str = ""
    kind: str = ""
    unit_level: str = ""
    warn_share: Decimal = Decimal("0.8")
    extension_times: int | Decimal = 1
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def scope(self) -> tuple[str, ...]:
        """Returns what the row is for; the most telling field first after the stage."""
        return (self.stage, self.urgency, self.origin, self.kind, self.unit_level)


@dataclass(frozen=True, slots=True)
class CatalogueRule:
    """One row of the assignment catalogue: who takes what, and where.

    `category` and `area` are codes, blank for any. `lead` and `assists` are unit codes, or
    `@district` and `@street` for the territorial unit of the demand's own area (see `territory`).
    Both dates are included.
    """

    category: str
    area: str
    lead: str
    assists: tuple[str, ...] = ()
    basis: str = ""
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def scope(self) -> tuple[str, ...]:
        """Returns what the row is for."""
        return (self.category, self.area)


class _Rule(Protocol):
    @property
    def scope(self) -> tuple[str, ...]: ...
    @property
    def effective_from(self) -> date | None: ...
    @property
    def effective_to(self) -> date | None: ...


R = TypeVar("R", bound=_Rule)


def effective(rule: _Rule, on: date) -> bool:
    """Returns whether a row holds on a day."""
    return (rule.effective_from or date.min) <= on <= (rule.effective_to or date.max)


def refuse_ambiguous(rules: Iterable[_Rule]) -> None:
    """Checks a whole table before it is taken in: no two rows say two things of the same case.

    Raises Conflict for rows of the same scope whose dates overlap.
    """
    latest: dict[tuple[str, ...], _Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.effective_from or date.min):
        earlier = latest.get(rule.scope)
        if earlier and (rule.effective_from or date.min) <= (earlier.effective_to or date.max):
            raise _ambiguous(rule)
        latest[rule.scope] = rule


def _ambiguous(rule: _Rule) -> Conflict:
    return Conflict(
        "rules_ambiguous",
        format_lazy(
            _("“{scope}”有两条同时生效的规则，无法确定用哪一条；请修改其中一条的生效日期。"),
            scope=_in_words(rule.scope),
        ),
    )


def _in_words(scope: tuple[str, ...]) -> str:
    return " / ".join(part or "*" for part in scope)


def _most_specific(ranked: Sequence[tuple[tuple[int, ...], R]]) -> R | None:
    """Returns the row of the highest rank, never one of two. Raises Conflict."""
    if not ranked:
        return None
    best = max(rank for rank, _ in ranked)
    rules = [rule for rank, rule in ranked if rank == best]
    if len(rules) > 1:
        raise _ambiguous(rules[0])
    return rules[0]


def choose_limit(
    rules: Iterable[LimitRule],
    *,
    stage: str,
    on: date,
    urgency: str = "",
    origin: str = "",
    kind: str = "",
    unit_level: str = "",
) -> LimitRule:
    """Returns the most specific row that holds on the day `on` for a stage of an order.

    A row with a matching urgency comes before all rows without one, whatever else these match;
    among equals origin decides, then kind, then the unit's level. Raises NotFound where no row
    holds, and Conflict where two hold alike.
    """
    case = (stage, urgency, origin, kind, unit_level)
    chosen = _most_specific(
        [
            (tuple(bool(want) for want in rule.scope), rule)
            for rule in rules
            if effective(rule, on)
            and all(want in ("", have) for want, have in zip(rule.scope, case, strict=True))
        ]
    )
    if chosen is None:
        raise NotFound(
            "limit_missing",
            format_lazy(
                _("期限表中没有适用于“{case}”的生效期限，请管理员在期限表中补充。"),
                case=_in_words(case),
            ),
        )
    return chosen


# The choice of units

_TERRITORIES = ("@district", "@street")


def choose_units(
    category_path: Sequence[str],
    area_path: Sequence[str],
    rows: Iterable[CatalogueRule],
    on: date,
) -> CatalogueRule | None:
    """Returns the row of the assignment catalogue for a demand, or None where a person decides.

    Both paths are codes from the widest to the narrowest; `area_path` begins with the district. The
    row of the narrowest category wins, among those the one of the narrowest area. Raises Conflict
    where two rows hold alike.
    """
    depths = [
        {"": 0} | {code: depth for depth, code in enumerate(path, 1)}
        for path in (category_path, area_path)
    ]
    categories, areas = depths
    return _most_specific(
        [
            ((categories[row.category], areas[row.area]), row)
            for row in rows
            if row.category in categories and row.area in areas and effective(row, on)
        ]
    )


def territory(unit: str, area_path: Sequence[str]) -> str | None:
    """Returns the code of the area whose territorial unit a placeholder of the catalogue means.

    `@street` means the district as long as the street is not known: the district assigns onward.
    None where not even the district is known. Raises ValueError for what is no placeholder.
    """
    depth = _TERRITORIES.index(unit) + 1
    known = area_path[:depth]
    return known[-1] if known else None
