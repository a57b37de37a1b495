"""The working calendar: official days, the city's own, and the arithmetic on both."""

from datetime import date, datetime, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minsheng.foundation.calendar import (
    OFFICIAL_YEARS,
    USUAL_HOURS,
    Day,
    UnknownYear,
    WorkingCalendar,
    WorkingHours,
    local,
    parse_spans,
    spans_text,
)
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid

OFFICIAL = WorkingCalendar()
ODD = parse_spans("0:00-0:01 9:00-9:30 10:00-23:59")
SUMMER = parse_spans("8:00-12:00 14:30-18:00")
CITY = WorkingCalendar(
    {
        date(2026, 11, 23): Day(False, "台风"),
        date(2026, 11, 28): Day(True, "台风补班"),
        date(2026, 10, 8): Day(False, "市民节"),
        date(2026, 10, 3): Day(True, "国庆值守"),
    },
    hours=WorkingHours({date(2026, 5, 1): SUMMER, date(2026, 10, 1): USUAL_HOURS}),
)
ENTERED = WorkingCalendar(
    {
        date(2027, 1, 1): Day(False, "元旦"),
        date(2027, 1, 4): Day(False, "元旦调休"),
        date(2027, 1, 2): Day(True, "元旦调休上班"),
    },
    frozenset({2027}),
)

EVERY_DAY = [
    date(OFFICIAL_YEARS[0], 1, 1) + timedelta(days=n)
    for n in range((date(OFFICIAL_YEARS[-1], 12, 31) - date(OFFICIAL_YEARS[0], 1, 1)).days + 1)
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# A second opinion: no totals, no searches, one day after the other


def intervals(calendar: WorkingCalendar, day: date) -> list[tuple[datetime, datetime]]:
    """The stretches of working time on one day."""
    if not calendar.is_workday(day):
        return []
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return [
        (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
        for opens, closes in calendar._hours.on(day)
    ]


def slow_worked(calendar: WorkingCalendar, start: datetime, end: datetime) -> timedelta:
    total, day = timedelta(), start.date()
    while day <= end.date():
        for opens, closes in intervals(calendar, day):
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


def slow_after(calendar: WorkingCalendar, start: datetime, time: timedelta) -> datetime:
    day = start.date()
    while True:
        for opens, closes in intervals(calendar, day):
            begin = max(start, opens)
            if begin < closes:
                if time <= closes - begin:
                    return begin + time
                time -= closes - begin
        day += timedelta(days=1)


def slow_closing(calendar: WorkingCalendar, start: date, workdays: int) -> datetime:
    day = start
    while workdays:
        day += timedelta(days=1)
        workdays -= calendar.is_workday(day)
    return intervals(calendar, day)[-1][1]


calendars = st.sampled_from([OFFICIAL, CITY, ENTERED])
moments = st.one_of(
    st.datetimes(datetime(2004, 1, 1), datetime(2026, 12, 1)),
    st.datetimes(datetime(2026, 4, 20), datetime(2026, 11, 30)),  # where the city differs
).map(lambda moment: moment.replace(tzinfo=ZONE))
working_times = st.timedeltas(timedelta(microseconds=1), timedelta(hours=100))


@st.composite
def spells(draw):
    """Two moments in order, not too far apart for the slow opinion."""
    start = draw(moments)
    latest = at("2026-12-31T23:59")
    return start, min(latest, start + draw(st.timedeltas(timedelta(), timedelta(days=120))))


# Which days count


def test_every_official_day_is_as_the_library_says():
    library = holidays.country_holidays("CN", years=OFFICIAL_YEARS)
    wrong = [day for day in EVERY_DAY if OFFICIAL.is_workday(day) != library.is_working_day(day)]
    assert not wrong
    assert len(EVERY_DAY) > 8000


def test_the_library_knows_no_more_years_than_we_use():
    """When this fails, a new year has been announced: raise OFFICIAL_YEARS."""
    upcoming = range(OFFICIAL_YEARS[-1] + 1, OFFICIAL_YEARS[-1] + 5)
    library = holidays.country_holidays("CN", years=upcoming)
    assert not {day.year for day in library.weekend_workdays} & set(upcoming)


@pytest.mark.parametrize(
    ("day", "is_workday", "name"),
    [
        ("2026-10-01", False, "国庆节"),
        ("2026-10-04", False, "周日"),
        ("2026-10-07", False, "国庆节调休（10月10日补班）"),
        ("2026-10-10", True, "国庆节调休上班"),
        ("2026-02-14", True, "春节调休上班"),
        ("2026-04-06", False, "清明节（补假）"),
        ("2011-12-31", True, "元旦调休上班"),  # announced with the year 2012
        ("2007-12-31", False, "元旦调休（12月29日补班）"),
        ("2020-10-01", False, "中秋节、国庆节"),
        ("2020-02-02", False, "春节延长假期"),
        ("2026-11-21", False, "周六"),
        ("2026-11-23", True, ""),
    ],
)
def test_days_have_reasons_in_words(day, is_workday, name):
    assert OFFICIAL.day(date.fromisoformat(day)) == Day(is_workday, name)


def test_every_day_off_and_every_adjusted_workday_has_a_reason():
    for day in EVERY_DAY:
        rule = OFFICIAL.day(day)
        unusual = not rule.is_workday or day.weekday() >= 5
        assert bool(rule.name) == unusual, day
        assert "休息日" not in rule.name


@pytest.mark.parametrize("year", [2003, 2027, 1949])
def test_an_unknown_year_is_refused_with_what_to_do(year):
    with pytest.raises(UnknownYear) as refusal:
        OFFICIAL.is_workday(date(year, 6, 1))
    assert refusal.value.code == "unknown_year"
    assert str(year) in str(refusal.value)
    assert "2004—2026年" in str(refusal.value)
    assert "录入" in str(refusal.value)


def test_what_runs_into_an_unknown_year_is_refused_at_both_ends():
    for question in (
        lambda: OFFICIAL.closing(date(2026, 12, 30), 5),
        lambda: OFFICIAL.after(at("2026-12-31T16:00"), timedelta(hours=2)),
        lambda: OFFICIAL.worked(at("2026-12-31T16:00"), at("2027-01-01T00:00")),
        lambda: OFFICIAL.worked(at("2003-12-31T16:00"), at("2004-01-01T00:00")),
        lambda: OFFICIAL.workdays(date(2003, 12, 31), date(2004, 1, 1)),
        lambda: OFFICIAL.exceptions(date(2026, 12, 31), date(2027, 1, 1)),
        lambda: ENTERED.closing(date(2027, 12, 30), 5),
    ):
        with pytest.raises(UnknownYear):
            question()
    assert OFFICIAL.closing(date(2026, 12, 30), 1) == at("2026-12-31T17:30")


def test_an_entered_year_is_its_weekends_and_what_was_listed():
    assert ENTERED.day(date(2027, 1, 1)) == Day(False, "元旦")
    assert ENTERED.day(date(2027, 1, 2)) == Day(True, "元旦调休上班")
    assert ENTERED.day(date(2027, 1, 3)) == Day(False, "周日")
    assert ENTERED.day(date(2027, 10, 1)) == Day(True, "")  # the list is all there is
    assert ENTERED.closing(date(2026, 12, 31), 2) == at("2027-01-05T17:30")
    assert ENTERED.years == list(range(2004, 2028))


def test_a_gap_between_known_years_is_refused():
    later = WorkingCalendar({}, frozenset({2028}))
    with pytest.raises(UnknownYear, match="2004—2026、2028年"):
        later.workdays(date(2026, 6, 1), date(2028, 6, 1))


def test_the_city_comes_before_the_official_arrangement():
    assert not CITY.is_workday(date(2026, 11, 23))
    assert CITY.is_workday(date(2026, 11, 28))
    assert CITY.is_workday(date(2026, 10, 3))
    assert CITY.closing(date(2026, 11, 20), 1) == at("2026-11-24T17:30")


# Hours


def test_hours_change_with_the_season():
    assert CITY.closing(date(2026, 4, 29), 1) == at("2026-04-30T17:30")
    assert CITY.closing(date(2026, 4, 30), 1) == at("2026-05-06T18:00")
    assert CITY.worked(at("2026-06-01T00:00"), at("2026-06-02T00:00")) == timedelta(hours=7.5)
    assert CITY.after(at("2026-06-01T12:30"), timedelta(hours=1)) == at("2026-06-01T15:30")


def test_hours_hold_on_the_very_day_they_begin():
    hours = WorkingHours({date(2026, 6, 1): SUMMER})
    assert hours.on(date(2026, 5, 31)) == USUAL_HOURS
    assert hours.on(date(2026, 6, 1)) == SUMMER


def test_adjusted_workdays_have_hours_like_any_other():
    assert OFFICIAL.after(at("2026-10-09T17:00"), timedelta(hours=1)) == at("2026-10-10T09:00")


@pytest.mark.parametrize(
    "text", ["", "9-17", "9:00", "12:00-8:00", "8:00-12:00 11:00-17:00", "8:00-24:00", "8:00-8:00"]
)
def test_hours_that_cannot_be_are_refused(text):
    with pytest.raises(Invalid):
        parse_spans(text)


def test_hours_are_written_as_they_are_read():
    assert parse_spans("8:30-12:00, 13:30-17:30") == ((510, 720), (810, 1050))
    assert spans_text(USUAL_HOURS) == "08:30-12:00 13:30-17:30"
    assert parse_spans(spans_text(SUMMER)) == SUMMER


# Arithmetic, against the second opinion


@given(calendars, spells())
def test_working_time_is_what_a_walk_through_the_days_adds_up(calendar, spell):
    start, end = spell
    assert calendar.worked(start, end) == slow_worked(calendar, start, end)
    assert calendar.worked(end, start) == -calendar.worked(start, end)


@given(calendars, spells())
def test_working_days_are_what_a_walk_counts(calendar, spell):
    start, end = (moment.date() for moment in spell)
    walk = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    assert calendar.workdays(start, end) == sum(map(calendar.is_workday, walk))
    assert calendar.workdays(end, start) == -calendar.workdays(start, end)


@given(st.sampled_from([CITY, ENTERED]), moments, working_times)
def test_time_forward_is_what_a_walk_finds_and_runs_back_the_same(calendar, start, time):
    try:
        end = calendar.after(start, time)
    except UnknownYear:
        assert start > at("2026-11-01T00:00")
        return
    assert end == slow_after(calendar, start, time)
    assert calendar.worked(start, end) == time


@given(st.sampled_from([CITY, ENTERED]), moments, st.integers(1, 15))
def test_closing_is_what_a_walk_finds_and_counts_back_the_same(calendar, start, workdays):
    if calendar is CITY and start > at("2026-11-30T00:00"):
        return
    end = calendar.closing(start.date(), workdays)
    assert end == slow_closing(calendar, start.date(), workdays)
    assert calendar.workdays(start.date(), end.date()) == workdays


@given(
    st.dictionaries(
        st.dates(date(2026, 3, 1), date(2026, 6, 30)), st.booleans(), min_size=1, max_size=60
    ),
    st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 6, 30)), st.sampled_from([SUMMER, ODD])),
    st.datetimes(datetime(2026, 2, 25), datetime(2026, 6, 30)).map(
        lambda moment: moment.replace(tzinfo=ZONE)
    ),
    working_times,
    st.integers(1, 20),
)
@settings(max_examples=50)
def test_any_city_may_set_any_days_and_hours(days, hours, start, time, workdays):
    named = {day: Day(is_workday, "本市") for day, is_workday in days.items()}
    city = WorkingCalendar(named, hours=WorkingHours(hours))
    end = city.after(start, time)
    assert end == slow_after(city, start, time)
    assert city.worked(start, end) == time == slow_worked(city, start, end)
    end = city.closing(start.date(), workdays)
    assert end == slow_closing(city, start.date(), workdays)
    assert city.workdays(start.date(), end.date()) == workdays


@given(calendars, spells())
def test_exceptions_are_the_days_off_and_the_adjusted_workdays(calendar, spell):
    start, end = (moment.date() for moment in spell)
    walk = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    off, adjusted = calendar.exceptions(start, end)
    assert [(day, name) for day, name in off] == [
        (day, calendar.day(day).name) for day in walk if not calendar.is_workday(day)
    ]
    assert [day for day, _ in adjusted] == [
        day for day in walk if calendar.is_workday(day) and calendar.day(day).name
    ]


def test_years_of_working_time_are_summed_over_every_year():
    start, end = at("2004-02-29T12:34:56"), at("2026-03-02T09:10:11")
    assert OFFICIAL.worked(start, end) == slow_worked(OFFICIAL, start, end)
    assert OFFICIAL.after(start, OFFICIAL.worked(start, end)) == end


def test_moments_of_other_zones_mean_the_same_moment_here():
    utc = datetime.fromisoformat("2026-09-30T02:00:00+00:00")
    assert OFFICIAL.after(utc, timedelta(hours=1)) == at("2026-09-30T11:00")
    assert local(utc).isoformat() == "2026-09-30T10:00:00+08:00"
    with pytest.raises(ValueError, match="zone"):
        local(datetime(2026, 9, 30))


def test_no_working_time_forward_stays_where_it_is():
    assert OFFICIAL.after(at("2026-10-01T10:00"), timedelta()) == at("2026-10-01T10:00")
    with pytest.raises(ValueError, match="forward"):
        OFFICIAL.after(at("2026-10-01T10:00"), timedelta(hours=-1))
