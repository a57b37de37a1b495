"""The working calendar: which days and hours count, by the official arrangement and the city's.

Pure: no database and no clock. `city_calendar.present()` gives the calendar as the city keeps it.

China's holidays and adjusted workdays (调休) are announced for one year at a time, by a notice of
the General Office of the State Council in the autumn before. A year whose notice is not known is
refused (UnknownYear) instead of guessed, because a guess would move limits that people rely on.

Every year is laid out once as a table of running totals, so that a question costs a look-up or a
binary search, not a walk from day to day.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate, compress
from types import MappingProxyType
from typing import NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid

# The years that the library `holidays` has whole. For any other it answers without adjusted days,
# and without a word about it; so this is literal, and a test says when the library knows more.
OFFICIAL_YEARS = range(2004, 2027)

_MINUTE = 60_000_000  # microseconds
_WEEKEND = {5: "周六", 6: "周日"}


class UnknownYear(Invalid):
    """A year whose adjusted workdays nobody has entered."""

    def __init__(self, year: int, known: Iterable[int]) -> None:
        super().__init__(
            "unknown_year",
            format_lazy(
                _(
                    "没有{year}年的节假日和调休安排（已知{known}年），不能计算期限；"
                    "请管理员按国务院办公厅的通知录入该年日历"
                    "（minsheng calendar enter {year} 文件.csv）。"
                ),
                year=year,
                known=_in_runs(known),
            ),
            year=year,
        )


def _in_runs(years: Iterable[int]) -> str:
    """Returns years as people write them: 2004—2026、2028."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and runs[-1][-1] == year - 1:
            runs[-1] = [runs[-1][0], year]
        else:
            runs.append([year])
    return "、".join("—".join(map(str, run)) for run in runs)


class Day(NamedTuple):
    """What an arrangement says of one day, against what its weekday would say."""

    is_workday: bool
    name: str  # for people: 国庆节, 国庆节调休上班, 台风


class Reason(NamedTuple):
    """A day and why it did not count, or why it did although it falls on a weekend."""

    day: date
    reason: str


Spans = tuple[tuple[int, int], ...]  # opening and closing, in minutes after midnight


def parse_spans(text: str) -> Spans:
    """Reads opening hours such as `8:30-12:00 13:30-17:30`: in order, apart, within one day.

    Raises Invalid.
    """
    spans: list[tuple[int, int]] = []
    for part in text.replace(",", " ").split():
        found = re.fullmatch(
            r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])", part
        )
        if not found:
            break
        numbers = [int(number) for number in found.groups()]
        opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if opens >= closes or (spans and opens <= spans[-1][1]):
            break
        spans.append((opens, closes))
    else:
        if spans:
            return tuple(spans)
    raise Invalid(
        "hours_malformed",
        format_lazy(
            _("“{text}”不是有效的工作时间；请按先后写起止时刻，如 8:30-12:00 13:30-17:30。"),
            text=text,
        ),
    )


def spans_text(spans: Spans) -> str:
    """Returns opening hours as `parse_spans` reads them."""
    return " ".join(
        "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span) for span in spans
    )


USUAL_HOURS = parse_spans("8:30-12:00 13:30-17:30")


@dataclass(frozen=True)
class WorkingHours:
    """The city's opening hours. Every row holds from its date until the next row's begins.

    Summer and winter hours are two rows a year. Before the first row the usual hours hold.
    """

    rows: Mapping[date, Spans] = field(default_factory=dict)

    def on(self, day: date) -> Spans:
        """Returns the hours of a working day."""
        begun = [start for start in self.rows if start <= day]
        return self.rows[max(begun)] if begun else USUAL_HOURS


class _Year:
    """One year laid out: running totals over its days, counted from 0 at 1 January."""

    def __init__(self, days: list[tuple[date, Day]], hours: WorkingHours) -> None:
        self.first = days[0][0].toordinal()
        off = [not rule.is_workday for _, rule in days]
        adjusted = [rule.is_workday and bool(rule.name) for _, rule in days]
        self.off = tuple(Reason(day, rule.name) for day, rule in compress(days, off))
        self.adjusted = tuple(Reason(day, rule.name) for day, rule in compress(days, adjusted))
        self.spans: list[Spans] = [  # in microseconds after midnight; none on a day off
            tuple((opens * _MINUTE, closes * _MINUTE) for opens, closes in hours.on(day))
            if rule.is_workday
            else ()
            for day, rule in days
        ]
        self.midnights = [datetime(day.year, day.month, day.day, tzinfo=ZONE) for day, _ in days]
        self.closings = [  # when business ends, for each working day
            midnight + timedelta(microseconds=spans[-1][1])
            for midnight, spans in zip(self.midnights, self.spans, strict=True)
            if spans
        ]
        # What lies before day i, and behind the last item the whole year.
        self.workdays_before = [0, *accumulate(rule.is_workday for _, rule in days)]
        self.adjusted_before = [0, *accumulate(adjusted)]
        self.time_before = [0, *accumulate(sum(b - a for a, b in spans) for spans in self.spans)]

    def time_until(self, moment: datetime) -> int:
        """Returns the working microseconds from 1 January to the moment (of this year)."""
        index = moment.toordinal() - self.first
        spent = self.time_before[index]
        minutes = moment.hour * 60 + moment.minute
        at = minutes * _MINUTE + moment.second * 1_000_000 + moment.microsecond
        for opens, closes in self.spans[index]:
            if at < closes:
                return spent + max(0, at - opens)
            spent += closes - opens
        return spent

    def moment_after(self, spent: int) -> datetime:
        """Returns the first moment at which `spent` (above 0) working microseconds have passed."""
        index = bisect_left(self.time_before, spent) - 1
        rest = spent - self.time_before[index]
        spans = iter(self.spans[index])
        opens, closes = next(spans)
        while rest > closes - opens:
            rest -= closes - opens
            opens, closes = next(spans)
        return self.midnights[index] + timedelta(microseconds=opens + rest)


def plain(day: date) -> Day:
    """Returns what a day is by its weekday alone."""
    weekend = _WEEKEND.get(day.weekday(), "")
    return Day(not weekend, weekend)


class WorkingCalendar:
    """Which days and hours are working time.

    `days` are the days that the city or an entered year sets (a date and what it is); they come
    before the official arrangement. `years_entered` are the years that an administrator entered:
    there weekends are off, and whatever `days` say. Without arguments it is the official calendar
    with the usual hours.

    Everything that looks at days raises UnknownYear beyond the known years.
    """

    def __init__(
        self,
        days: Mapping[date, Day] = MappingProxyType({}),
        years_entered: frozenset[int] = frozenset(),
        hours: WorkingHours | None = None,
    ) -> None:
        self._days = days
        self._entered = years_entered
        self._hours = hours or WorkingHours()
        self._years: dict[int, _Year] = {}

    @property
    def years(self) -> list[int]:
        """Returns the known years, ascending."""
        return sorted({*_official_years(), *self._entered})

    def day(self, day: date) -> Day:
        """Returns what the day is. A working day that needs no reason has no name."""
        given = self._days.get(day)
        if day.year not in self._entered:
            if day.year not in _official_years():
                raise UnknownYear(day.year, self.years)
            given = given or _official_days().get(day)
        return given or plain(day)

    def is_workday(self, day: date) -> bool:
        """Returns whether the day counts as a working day."""
        return self.day(day).is_workday

    def workdays(self, start: date, end: date) -> int:
        """Returns how many working days lie after the day `start`, up to and with the day `end`.

        This is how the Civil Code counts (art. 201): the day of the beginning is not counted. It is
        0 on the same day, and below 0 where `end` is before `start`.
        """
        if end < start:
            return -self.workdays(end, start)
        first, last = self._year(start.year), self._year(end.year)
        return (
            last.workdays_before[end.toordinal() - last.first + 1]
            - first.workdays_before[start.toordinal() - first.first + 1]
            + sum(len(self._year(year).closings) for year in range(start.year, end.year))
        )

    def closing(self, start: date, workdays: int) -> datetime:
        """Returns the end of business on the n-th working day (n ≥ 1) after the day `start`."""
        year = start.year
        laid = self._year(year)
        wanted = workdays + laid.workdays_before[start.toordinal() - laid.first + 1]
        while wanted > len(laid.closings):
            wanted -= len(laid.closings)
            year += 1
            laid = self._year(year)
        return laid.closings[wanted - 1]

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Returns the working time between two moments, below 0 where `end` is before `start`."""
        start, end = local(start), local(end)
        if end < start:
            return -self.worked(end, start)
        spent = self._year(end.year).time_until(end) - self._year(start.year).time_until(start)
        for year in range(start.year, end.year):
            spent += self._year(year).time_before[-1]
        return timedelta(microseconds=spent)

    def after(self, start: datetime, working_time: timedelta) -> datetime:
        """Returns the first moment at which that much working time has passed since `start`.

        It lies within working hours (the moment of closing belongs to them); no working time at all
        gives `start` itself. Raises ValueError for a time below 0.
        """
        start = local(start)
        if working_time <= timedelta():
            if working_time:
                raise ValueError("working time runs forward only")
            return start
        year = start.year
        laid = self._year(year)
        spent = laid.time_until(start) + working_time // timedelta(microseconds=1)
        while spent > laid.time_before[-1]:
            spent -= laid.time_before[-1]
            year += 1
            laid = self._year(year)
        return laid.moment_after(spent)

    def exceptions(self, start: date, end: date) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """Returns the days off, and the adjusted workdays, from `start` to `end`, both included."""
        off: tuple[Reason, ...] = ()
        adjusted: tuple[Reason, ...] = ()
        for year in range(start.year, end.year + 1):
            laid = self._year(year)
            begin = start.toordinal() - laid.first if year == start.year else 0
            stop = end.toordinal() - laid.first + 1 if year == end.year else len(laid.spans)
            before = laid.workdays_before
            off += laid.off[begin - before[begin] : stop - before[stop]]
            before = laid.adjusted_before
            adjusted += laid.adjusted[before[begin] : before[stop]]
        return off, adjusted

    def _year(self, year: int) -> _Year:
        laid = self._years.get(year)
        if laid is None:
            first = date(year, 1, 1)
            dates = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
            laid = self._years[year] = _Year([(d, self.day(d)) for d in dates], self._hours)
        return laid


def local(moment: datetime) -> datetime:
    """Returns the moment in the hotline's zone. Raises ValueError for one without a zone."""
    if moment.tzinfo is ZONE:
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(ZONE)


@cache
def _official_years() -> frozenset[int]:
    """Returns the official years that the installed library, maybe an older one, has whole.

    Every such year has at least one weekend day that is a working day.
    """
    _, workdays = _library()
    return frozenset(OFFICIAL_YEARS) & {day.year for day in workdays}


@cache
def _library() -> tuple[dict[date, str], frozenset[date]]:
    """Returns the holidays with their names, and the weekend days that are working days."""
    from holidays import country_holidays  # slow to import, and `minsheng --help` needs none

    found = country_holidays("CN", years=OFFICIAL_YEARS, language="zh_CN")
    return dict(found.items()), frozenset(found.weekend_workdays)


@cache
def _official_days() -> dict[date, Day]:
    """Returns the days on which the official arrangement differs from plain weeks.

    The library calls a day taken off in exchange “休息日（由 2026-10-10 调休）”. People say which
    holiday it belongs to, so both days of an exchange are named after the nearest holiday.
    """
    names, workdays = _library()
    swaps: dict[date, date] = {}
    holidays: dict[date, str] = {}
    for day, name in names.items():
        if found := re.fullmatch(r"休息日（由 (\d{4}-\d{2}-\d{2}) 调休）", name):
            swaps[day] = date.fromisoformat(found[1])
        else:
            holidays[day] = name.replace("; ", "、")
    days = {day: Day(False, name) for day, name in holidays.items()}
    days |= {day: Day(True, "调休上班") for day in workdays}
    for off, worked in swaps.items():
        nearest = min(holidays, key=lambda day: abs(day - off))
        name = holidays[nearest].removesuffix("（补假）")
        days[off] = Day(False, f"{name}调休（{worked.month}月{worked.day}日补班）")
        days[worked] = Day(True, f"{name}调休上班")
    return days
