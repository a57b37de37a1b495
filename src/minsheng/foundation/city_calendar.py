"""The calendar as the city keeps it: read by everyone who counts days, changed by administrators.

A change holds for limits that are set after it. Limits already set stay as they were announced.
"""

import csv
import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.foundation import clock, journal
from minsheng.foundation.calendar import (
    OFFICIAL_YEARS,
    Day,
    Spans,
    WorkingCalendar,
    WorkingHours,
    parse_spans,
    spans_text,
)
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.foundation.journal import Signature
from minsheng.foundation.models import CalendarDay, CalendarHours, CalendarYear, JournalEntry
from minsheng.foundation.recent import forget, recent

HORIZON = timedelta(days=62)  # how long before its beginning a year should be known
_WARNING = 0x12347  # an advisory lock: two workers warn once

# All of it in one statement, as text, which also shows whether anything has changed. What the city
# itself sets comes last and so prevails.
_STORED = """
SELECT json_build_array(
    (SELECT coalesce(json_agg(year ORDER BY year), '[]') FROM foundation_calendaryear),
    (SELECT coalesce(
        json_agg(json_build_array(date, is_workday, name) ORDER BY year_id NULLS LAST, date), '[]'
    ) FROM foundation_calendarday),
    (SELECT coalesce(
        json_agg(json_build_array(effective_from, hours) ORDER BY effective_from), '[]'
    ) FROM foundation_calendarhours)
)::text
"""


def stored() -> WorkingCalendar:
    """Returns the calendar of this moment, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED)
        return _built(cursor.fetchone()[0])


@recent
def present() -> WorkingCalendar:
    """Returns the calendar, which may be a few seconds old (`recent.SECONDS`)."""
    return stored()


@lru_cache(maxsize=1)
def _built(text: str) -> WorkingCalendar:
    """Builds the calendar from what is stored: only anew where that has changed."""
    years, days, hours = json.loads(text)
    return WorkingCalendar(
        {date.fromisoformat(day): Day(is_workday, name) for day, is_workday, name in days},
        frozenset(years),
        WorkingHours({date.fromisoformat(start): parse_spans(spans) for start, spans in hours}),
    )


def read_days(data: bytes) -> dict[date, Day]:
    """Reads the days of a year from CSV with the columns `date,day,name`; `day` is off or work.

    UTF-8 (with or without Excel's mark) or GB18030. Raises Invalid with the number of the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    reader = csv.DictReader(text.splitlines())
    if missing := [
        name for name in ("date", "day", "name") if name not in (reader.fieldnames or ())
    ]:
        raise Invalid(
            "columns_missing",
            _("文件缺少“%s”列；首行应为 date,day,name。") % "、".join(missing),
        )
    days: dict[date, Day] = {}
    for row in reader:
        name = (row["name"] or "").strip()
        try:
            day = date.fromisoformat((row["date"] or "").strip())
            is_workday = {"off": False, "work": True}[(row["day"] or "").strip()]
        except (ValueError, KeyError):
            day = None
        if day is None or not name or day in days:
            raise Invalid(
                "day_malformed",
                _(
                    "第%d行无效：应为日期、off（放假）或 work（上班）、名称，每个日期一行，"
                    "如 2027-01-01,off,元旦；请改正后重新录入。"
                )
                % reader.line_num,
                line=reader.line_num,
            )
        days[day] = Day(is_workday, name)
    return days


def enter_year(year: int, days: Mapping[date, Day], source: str, by: Signature) -> None:
    """Enters a year that the software does not know, or enters it anew as a whole.

    Its weekends are off and its other days are working days, except as `days` say. The notice for a
    year may also rule on the last days of the December before. `source` names the notice.

    Raises Conflict for a year that is official, Invalid for days that cannot be right.
    """
    if year in OFFICIAL_YEARS:
        raise Conflict(
            "year_official",
            _("%d年的节假日安排已经内置，不能整年录入；个别日期有变动，请单独设置该日。") % year,
        )
    if not 1950 <= year <= 2199:
        raise Invalid("year_implausible", _("%d不是可用的年份；请录入1950至2199年。") % year)
    strays = [day for day in days if day.year != year and (day.year, day.month) != (year - 1, 12)]
    if strays:
        raise Invalid(
            "day_elsewhere",
            _("%(day)s不属于%(year)d年（上年12月除外）；请核对文件后重新录入。")
            % {"day": strays[0], "year": year},
        )
    if all(rule.is_workday for rule in days.values()):
        raise Invalid("no_holidays", _("没有列出任何放假的日子；请按通知补全后重新录入。"))
    if not source.strip():
        raise Invalid("source_missing", _("请写明依据，如通知的文号。"))
    at = clock.now()
    with transaction.atomic():
        # Whoever enters the same year at the same time waits here, and then replaces it all.
        CalendarYear.objects.update_or_create(
            year=year,
            defaults={"source": source, "entered_by": by.staff, "entered_at": at},
        )
        CalendarDay.objects.filter(year=year).delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(
                date=day,
                year_id=year,
                is_workday=rule.is_workday,
                name=rule.name,
                entered_by=by.staff,
                entered_at=at,
            )
            for day, rule in sorted(days.items())
        )
        _record(
            year,
            "enter_year",
            by,
            {
                "source": source,
                "days": [
                    [str(day), rule.is_workday, rule.name] for day, rule in sorted(days.items())
                ],
            },
        )


def override(day: date, rule: Day, by: Signature) -> None:
    """Declares a day off or working in this city, whatever the arrangement says.

    Raises UnknownYear for a day in a year that is not known at all, Invalid without a name.
    """
    stored().day(day)
    if not rule.name.strip():
        raise Invalid("name_missing", _("请写明原因，如“台风停工”。"))
    with transaction.atomic():
        CalendarDay.objects.update_or_create(
            date=day,
            year=None,
            defaults={
                "is_workday": rule.is_workday,
                "name": rule.name,
                "entered_by": by.staff,
                "entered_at": clock.now(),
            },
        )
        _record(
            day.year,
            "set_day",
            by,
            {"date": str(day), "is_workday": rule.is_workday, "name": rule.name},
        )


def withdraw(day: date, by: Signature) -> None:
    """Takes back what the city declared of a day: the arrangement holds again.

    Raises NotFound where the city declared nothing.
    """
    with transaction.atomic():
        deleted, _by_model = CalendarDay.objects.filter(date=day, year=None).delete()
        if not deleted:
            raise NotFound("day_not_set", _("本市没有对%s作过单独设置，无须撤销。") % day)
        _record(day.year, "withdraw_day", by, {"date": str(day)})


def set_hours(effective_from: date, spans: Spans, by: Signature) -> None:
    """Sets the opening hours from a date on, until those of a later row begin."""
    text = spans_text(spans)
    with transaction.atomic():
        CalendarHours.objects.update_or_create(
            effective_from=effective_from,
            defaults={"hours": text, "entered_by": by.staff, "entered_at": clock.now()},
        )
        _record(effective_from.year, "set_hours", by, {"from": str(effective_from), "hours": text})


def unknown_ahead() -> int | None:
    """Returns the year that begins within two months and is not known, None where all is well.

    Limits that reach into it are refused; the arrangement comes out in November, as a rule.
    """
    year = (clock.now() + HORIZON).year
    return None if year in present().years else year


def warn() -> bool:
    """Records, once for each year, that it comes near and is not known; tells whether it did."""
    year = unknown_ahead()
    if year is None:
        return False
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WARNING])
        if JournalEntry.objects.filter(
            subject_kind="calendar", subject_id=year, action="warn"
        ).exists():
            return False
        _record(year, "warn", Signature("system", "system", ""), {"years": [*stored().years][-1:]})
    return True


def _record(year: int, action: str, by: Signature, changes: dict[str, object]) -> None:
    journal.write(
        subject_kind="calendar",
        subject_id=year,
        ref=str(year),
        action=action,
        by=by,
        at=clock.now(),
        changes=changes,
    )
    forget()
    transaction.on_commit(forget)
