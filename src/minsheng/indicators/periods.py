"""Reporting periods: what people write for them, the days they hold, the ones they compare with."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid
from minsheng.foundation.language import is_english


class Grain(StrEnum):
    """How long a period is. RANGE is any stretch of days."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    RANGE = "range"


#: How many months the periods last that are made of whole months.
MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF: 6, Grain.YEAR: 12}


@dataclass(frozen=True, order=True)
class Period:
    """A stretch of days, from `first` to `last`, both included.

    Written as `2018`, `2018H1`, `2018Q2`, `2018-06`, `2018-W23` (ISO week), `2018-06-30` or
    `2018-01-01..2018-06-30`; `str()` gives it back.
    """

    first: date
    last: date
    grain: Grain = Grain.RANGE

    @staticmethod
    def parse(text: str) -> "Period":
        """Returns the period that a text names. Raises Invalid where it names none."""
        for pattern, read in _FORMS.items():
            found = re.fullmatch(pattern, text.strip(), re.ASCII | re.IGNORECASE)
            if found:
                try:
                    return read(*found.groups())
                except (ValueError, OverflowError):
                    break
        raise Invalid(
            "unknown_period",
            _(
                "“%s”不是统计周期；请写成2018、2018H1、2018Q2、2018-06、2018-W23、2018-06-30"
                "或2018-01-01..2018-06-30。"
            )
            % text,
            field="period",
        )

    @staticmethod
    def of(day: date, grain: Grain) -> "Period":
        """Returns the period of a length (not RANGE) that a day lies in."""
        if grain is Grain.DAY:
            return Period(day, day, grain)
        if grain is Grain.WEEK:
            first = day - timedelta(days=day.weekday())
            return Period(first, first + timedelta(days=6), grain)
        months = MONTHS[grain]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        return Period(first, months_later(first, months) - timedelta(days=1), grain)

    @property
    def start(self) -> datetime:
        """The first moment, in the city's time without a zone, as facts have it."""
        return datetime.combine(self.first, time())

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.last, time()) + timedelta(days=1)

    def __str__(self) -> str:
        year, month = self.first.year, self.first.month
        match self.grain:
            case Grain.DAY:
                return f"{self.first}"
            case Grain.WEEK:
                week = self.first.isocalendar()
                return f"{week.year:04}-W{week.week:02}"
            case Grain.MONTH:
                return f"{year:04}-{month:02}"
            case Grain.QUARTER:
                return f"{year:04}Q{(month + 2) // 3}"
            case Grain.HALF:
                return f"{year:04}H{(month + 5) // 6}"
            case Grain.YEAR:
                return f"{year:04}"
        return f"{self.first}..{self.last}"

    @property
    def label(self) -> str:
        """How the reader writes it: 2018年上半年, which is how bulletins do; H1 2018 in English."""
        return self._english() if is_english() else self._chinese()

    def _chinese(self) -> str:
        year, month = self.first.year, self.first.month
        match self.grain:
            case Grain.DAY:
                return f"{year}年{month}月{self.first.day}日"
            case Grain.WEEK:
                week = self.first.isocalendar()
                return f"{week.year}年第{week.week}周"
            case Grain.MONTH:
                return f"{year}年{month}月"
            case Grain.QUARTER:
                return f"{year}年{'一二三四'[(month - 1) // 3]}季度"
            case Grain.HALF:
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case Grain.YEAR:
                return f"{year}年"
        start, end = (f"{day.year}年{day.month}月{day.day}日" for day in (self.first, self.last))
        if self.first.year == self.last.year:
            end = end.partition("年")[2]
        return f"{start}至{end}"

    def _english(self) -> str:
        year, month = self.first.year, self.first.month
        match self.grain:
            case Grain.DAY:
                return _day_in_english(self.first)
            case Grain.WEEK:
                week = self.first.isocalendar()
                return f"week {week.week} of {week.year}"
            case Grain.MONTH:
                return f"{MONTH_NAMES[month]} {year}"
            case Grain.QUARTER | Grain.HALF:
                return f"{str(self)[4:]} {year}"
            case Grain.YEAR:
                return f"{year}"
        return f"{_day_in_english(self.first)} to {_day_in_english(self.last)}"

    def previous(self) -> "Period":
        """Returns the period of the same length just before (环比)."""
        if self.grain in MONTHS:
            first = months_later(self.first, -MONTHS[self.grain])
        else:
            first = self.first - (self.last - self.first) - timedelta(days=1)
        return Period(first, self.first - timedelta(days=1), self.grain)

    def last_year(self) -> "Period":
        """Returns the same period of the year before (同比).

        A week is compared with the week of the same number; where that year has one week less, the
        53rd with the 52nd. The last day of February is compared with the last of February.
        """
        if self.grain is Grain.WEEK:
            week = self.first.isocalendar()
            weeks = date(week.year - 1, 12, 28).isocalendar().week
            first = date.fromisocalendar(week.year - 1, min(week.week, weeks), 1)
            return Period(first, first + timedelta(days=6), Grain.WEEK)
        first, last = months_later(self.first, -12), months_later(self.last, -12)
        if self.grain is not Grain.DAY and (self.last + timedelta(days=1)).month != self.last.month:
            last = last.replace(day=calendar.monthrange(last.year, last.month)[1])
        return Period(first, last, self.grain)


def _day_in_english(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month]} {day.year}"


def months_later(day: date, months: int) -> date:
    """Returns the same day of another month, or that month's last day where it has none such."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _whole_months(year: str, number: str, grain: Grain) -> Period:
    return Period.of(date(int(year), (int(number) - 1) * MONTHS[grain] + 1, 1), grain)


def _range(start: str, end: str) -> Period:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if last < first:
        raise ValueError
    return Period(first, last)


_YEAR = r"((?:19|2\d)\d\d)"
_DATE = r"((?:19|2\d)\d\d-\d{2}-\d{2})"
_FORMS: dict[str, Callable[..., Period]] = {
    _YEAR: lambda year: _whole_months(year, "1", Grain.YEAR),
    _YEAR + r"-?H([12])": lambda year, half: _whole_months(year, half, Grain.HALF),
    _YEAR + r"-?Q([1-4])": lambda year, quarter: _whole_months(year, quarter, Grain.QUARTER),
    _YEAR + r"-(\d{2})": lambda year, month: _whole_months(year, month, Grain.MONTH),
    _YEAR + r"-W(\d{2})": lambda year, week: Period.of(
        date.fromisocalendar(int(year), int(week), 1), Grain.WEEK
    ),
    _DATE: lambda day: Period.of(date.fromisoformat(day), Grain.DAY),
    rf"{_DATE}\.\.{_DATE}": _range,
}
