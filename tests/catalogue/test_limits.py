"""Limits: when they end, how pauses and extensions move them, and which one holds."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from minsheng.catalogue.rules import (
    CatalogueRule,
    Limit,
    LimitRule,
    LimitState,
    Unit,
    choose_limit,
    choose_units,
    due,
    extend,
    limit_state,
    refuse_ambiguous,
    resume,
    territory,
    warn_moment,
)
from minsheng.foundation.calendar import (
    Day,
    UnknownYear,
    WorkingCalendar,
    WorkingHours,
    parse_spans,
)
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Conflict, Invalid, NotFound

OFFICIAL = WorkingCalendar()
CITY = WorkingCalendar(
    {date(2026, 11, 23): Day(False, "台风"), date(2026, 11, 28): Day(True, "台风补班")},
    hours=WorkingHours({date(2026, 5, 1): parse_spans("8:00-12:00 14:30-18:00")}),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


calendars = st.sampled_from([OFFICIAL, CITY])
moments = st.datetimes(datetime(2004, 1, 1), datetime(2026, 6, 30)).map(
    lambda moment: moment.replace(tzinfo=ZONE)
)
working_days = st.integers(1, 90).map(lambda n: Limit(n, Unit.WORKING_DAYS))
working_hours = st.integers(1, 300 * 60).map(lambda n: Limit(n, Unit.WORKING_HOURS))
hours = st.integers(1, 3000 * 60).map(lambda n: Limit(n, Unit.HOURS))
limits = st.one_of(working_days, working_hours, hours)
pauses = st.timedeltas(timedelta(), timedelta(days=40))


def open_at(calendar: WorkingCalendar, moment: datetime) -> bool:
    minutes = timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
    minutes += timedelta(microseconds=moment.microsecond)
    spans = calendar._hours.on(moment.date())
    return calendar.is_workday(moment.date()) and any(
        timedelta(minutes=opens) <= minutes <= timedelta(minutes=closes) for opens, closes in spans
    )


# Reading and writing


@pytest.mark.parametrize(
    ("text", "amount", "unit", "written"),
    [
        ("5wd", 5, Unit.WORKING_DAYS, "5wd"),
        ("2wh", 120, Unit.WORKING_HOURS, "2wh"),
        ("0.5wh", 30, Unit.WORKING_HOURS, "0.5wh"),
        ("24h", 1440, Unit.HOURS, "24h"),
        ("1.5h", 90, Unit.HOURS, "90m"),
        ("30m", 30, Unit.HOURS, "30m"),
        (" 5WD ", 5, Unit.WORKING_DAYS, "5wd"),
    ],
)
def test_limits_are_read_and_written(text, amount, unit, written):
    limit = Limit.parse(text)
    assert limit == Limit(amount, unit)
    assert str(limit) == written
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "wd",
        "0wd",
        "0.0h",
        "-1wd",
        "+5wd",
        "0.5wd",
        "1.5m",
        "0.33h",
        "5d",
        "5 wd",
        "5wd2h",
        "５wd",
        "99999wd",
        "1e3h",
        "nan",
        "infh",
        "5wd\n5wd",
    ],
)
def test_rubbish_is_refused_in_words(text):
    with pytest.raises(Invalid, match="5wd（工作日") as refusal:
        Limit.parse(text)
    assert refusal.value.code == "limit_malformed"


@pytest.mark.parametrize(
    ("text", "words"),
    [("5wd", "5个工作日"), ("0.5wh", "0.5个工作小时"), ("24h", "24小时"), ("90m", "90分钟")],
)
def test_limits_have_words(text, words):
    assert Limit.parse(text).in_words() == words


# When a limit ends


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        # National Day: seven days off, and the Saturday after them is worked.
        ("2026-09-30T10:00", "5wd", "2026-10-13T17:30"),
        ("2026-09-30T23:59:59", "5wd", "2026-10-13T17:30"),
        ("2026-09-30T00:00", "1wd", "2026-10-08T17:30"),
        ("2026-10-03T10:00", "1wd", "2026-10-08T17:30"),
        ("2026-02-13T10:00", "1wd", "2026-02-14T17:30"),
        ("2011-12-30T10:00", "1wd", "2011-12-31T17:30"),
        ("2025-12-31T10:00", "1wd", "2026-01-04T17:30"),
        ("2026-09-30T10:00", "2wh", "2026-09-30T12:00"),
        ("2026-09-30T10:01", "2wh", "2026-09-30T13:31"),
        ("2026-09-30T12:30", "2wh", "2026-09-30T15:30"),
        ("2026-09-30T17:00", "2wh", "2026-10-08T10:00"),
        ("2026-10-09T17:30", "0.5wh", "2026-10-10T09:00"),
        ("2026-09-30T10:00", "24h", "2026-10-01T10:00"),
        ("2026-10-01T03:00", "30m", "2026-10-01T03:30"),
        ("2003-10-01T03:00", "24h", "2003-10-02T03:00"),  # plain hours need no calendar
    ],
)
def test_limits_end(start, limit, end):
    assert due(OFFICIAL, at(start), Limit.parse(limit)).at == at(end)


def test_what_was_skipped_is_told_with_the_reason():
    end = due(OFFICIAL, at("2026-09-30T10:00"), Limit.parse("5wd"))
    assert [(day.isoformat()[5:], reason) for day, reason in end.skipped] == [
        ("10-01", "国庆节"),
        ("10-02", "国庆节"),
        ("10-03", "国庆节"),
        ("10-04", "周日"),
        ("10-05", "国庆节（补假）"),
        ("10-06", "国庆节调休（9月20日补班）"),
        ("10-07", "国庆节调休（10月10日补班）"),
        ("10-11", "周日"),
    ]
    assert end.adjusted == ((date(2026, 10, 10), "国庆节调休上班"),)


def test_the_day_of_the_beginning_is_skipped_by_hours_only():
    saturday = at("2026-11-21T10:00")
    assert [day.day for day, _ in due(OFFICIAL, saturday, Limit.parse("1wd")).skipped] == [22]
    assert [day.day for day, _ in due(OFFICIAL, saturday, Limit.parse("1wh")).skipped] == [21, 22]
    assert due(OFFICIAL, saturday, Limit.parse("72h")).skipped == ()


def test_moments_of_other_zones_are_taken_as_they_are():
    utc = datetime.fromisoformat("2026-09-30T02:00:00+00:00")
    for limit in map(Limit.parse, ("5wd", "2wh", "24h")):
        end = due(OFFICIAL, utc, limit).at
        assert end == due(OFFICIAL, at("2026-09-30T10:00"), limit).at
        assert end.isoformat().endswith("+08:00")


@pytest.mark.parametrize("limit", ["5wd", "8wh"])
def test_unknown_years_are_refused_at_both_ends(limit):
    for start in ("2026-12-31T16:00", "2003-12-31T16:00", "2027-06-01T10:00"):
        with pytest.raises(UnknownYear):
            due(OFFICIAL, at(start), Limit.parse(limit))


@given(calendars, moments, limits)
def test_no_limit_ends_on_a_day_off_or_outside_working_hours(calendar, start, limit):
    assume(limit.unit is not Unit.HOURS)
    end = due(calendar, start, limit).at
    assert end > start
    assert open_at(calendar, end)


@given(calendars, moments, pauses, limits)
def test_a_later_beginning_never_ends_earlier(calendar, start, later, limit):
    assume(start + later < at("2026-07-01T00:00"))
    assert due(calendar, start, limit).at <= due(calendar, start + later, limit).at


@given(calendars, moments, limits, st.integers(1, 30))
def test_more_time_ends_later(calendar, start, limit, more):
    longer = Limit(limit.amount + more, limit.unit)
    assert due(calendar, start, limit).at < due(calendar, start, longer).at


@given(calendars, moments, limits)
def test_what_has_passed_by_the_end_is_the_limit(calendar, start, limit):
    end = due(calendar, start, limit).at
    if limit.unit is Unit.WORKING_DAYS:
        assert calendar.workdays(start.date(), end.date()) == limit.amount
    elif limit.unit is Unit.WORKING_HOURS:
        assert calendar.worked(start, end) == timedelta(minutes=limit.amount)
    else:
        assert end - start == timedelta(minutes=limit.amount)


@given(calendars, moments, limits)
def test_every_day_off_on_the_way_is_told_once_and_nothing_else(calendar, start, limit):
    assume(limit.unit is not Unit.HOURS)
    end, skipped, adjusted = due(calendar, start, limit)
    first = start.date() + timedelta(days=limit.unit is Unit.WORKING_DAYS)
    way = [first + timedelta(days=n) for n in range((end.date() - first).days + 1)]
    assert [day for day, _ in skipped] == [day for day in way if not calendar.is_workday(day)]
    assert all(reason for _, reason in skipped)
    assert all(day in way and calendar.is_workday(day) and reason for day, reason in adjusted)


# Pauses


@given(calendars, moments, limits, pauses, pauses)
def test_a_pause_taken_in_parts_is_the_same_as_the_whole(calendar, start, limit, one, other):
    end = due(calendar, start, limit).at
    middle, stop = start + one, start + one + other
    assume(stop < at("2026-07-01T00:00"))
    try:
        whole = resume(calendar, limit, end, start, stop)
    except UnknownYear:
        return
    parts = resume(calendar, limit, end, start, middle)
    assert resume(calendar, limit, parts, middle, stop) == whole


@given(calendars, moments, limits, pauses, pauses)
def test_after_a_pause_as_much_time_is_left_as_before(calendar, start, limit, until, pause):
    end = due(calendar, start, limit).at
    suspended, resumed = start + until, start + until + pause
    assume(suspended <= end)
    try:
        moved = resume(calendar, limit, end, suspended, resumed)
    except UnknownYear:
        return
    if limit.unit is Unit.HOURS:
        assert moved - resumed == end - suspended
    else:
        assert calendar.worked(resumed, moved) == calendar.worked(suspended, end)


def test_a_pause_over_a_holiday_moves_nothing():
    end = at("2026-10-13T17:30")
    pause = (at("2026-09-30T18:00"), at("2026-10-08T08:00"))
    assert resume(OFFICIAL, Limit.parse("5wd"), end, *pause) == end
    assert resume(OFFICIAL, Limit.parse("24h"), end, *pause) == end + (pause[1] - pause[0])


def test_a_pause_does_not_run_backwards():
    with pytest.raises(ValueError, match="pause"):
        resume(
            OFFICIAL, Limit.parse("24h"), at("2026-06-02T10:00"), at("2026-06-01T10:00"),
            at("2026-06-01T09:59"),
        )  # fmt: skip


# Extensions


def extended(limit: str, extension: str, *granted: str, times: int | Decimal = 1) -> datetime:
    return extend(
        OFFICIAL,
        at("2026-10-13T17:30"),
        Limit.parse(limit),
        Limit.parse(extension),
        granted=map(Limit.parse, granted),
        times=times,
    ).at


def test_an_extension_counts_from_the_old_end():
    assert extended("5wd", "5wd") == at("2026-10-20T17:30")
    assert extended("2wh", "1wh") == at("2026-10-14T09:30")
    assert extended("24h", "24h") == at("2026-10-14T17:30")


def test_all_extensions_together_last_at_most_as_often_as_allowed():
    assert extended("5wd", "2wd", "3wd") == at("2026-10-15T17:30")
    assert extended("5wd", "10wd", times=2) == at("2026-10-27T17:30")
    assert extended("5wd", "2wd", times=Decimal("0.5")) == at("2026-10-15T17:30")
    with pytest.raises(Invalid, match="最长还可申请5个工作日，不能申请6个工作日"):
        extended("5wd", "6wd")
    with pytest.raises(Invalid, match="最长还可申请2个工作日"):
        extended("5wd", "3wd", "3wd")
    with pytest.raises(Invalid) as refusal:
        extended("5wd", "1wd", "2wd", "3wd")
    assert refusal.value.code == "extension_used_up"
    with pytest.raises(Invalid) as refusal:
        extended("5wd", "1wd", times=0)
    assert refusal.value.code == "extension_used_up"


def test_an_extension_counts_like_its_limit():
    with pytest.raises(Invalid, match="同一单位"):
        extended("5wd", "24h")


# Warnings and states


def test_the_warning_comes_when_its_share_of_working_time_is_used():
    start, limit = at("2026-09-30T10:00"), Limit.parse("5wd")
    end = due(OFFICIAL, start, limit).at
    warning = warn_moment(OFFICIAL, limit, start, end, Decimal("0.8"))
    # 43.5 working hours in all: 6 on the first day, 7.5 on each of the five that count
    assert OFFICIAL.worked(start, warning) == timedelta(hours=43.5 * 0.8)
    assert warning == at("2026-10-12T16:18")
    assert warn_moment(OFFICIAL, Limit.parse("24h"), start, at("2026-10-01T10:00"), 0.75) == at(
        "2026-10-01T04:00"
    )


@given(calendars, moments, limits, st.floats(0.01, 1))
def test_the_warning_comes_before_the_end(calendar, start, limit, share):
    end = due(calendar, start, limit).at
    assert start <= warn_moment(calendar, limit, start, end, share) <= end
    assert warn_moment(calendar, limit, start, end, 1) == end


@pytest.mark.parametrize(
    ("now", "done", "state"),
    [
        ("09:59", None, LimitState.NORMAL),
        ("10:00", None, LimitState.NEAR),
        ("11:00", None, LimitState.NEAR),
        ("11:01", None, LimitState.OVERDUE),
        ("12:00", "11:00", LimitState.DONE),
        ("12:00", "11:01", LimitState.DONE_LATE),
    ],
)
def test_states_of_a_limit(now, done, state):
    day = "2026-06-01T"
    found = limit_state(
        at(day + now), at(day + "10:00"), at(day + "11:00"), done and at(day + done)
    )
    assert found is state
    assert found.label


# Which limit holds


def rule(limit: str, **fields: object) -> LimitRule:
    return LimitRule(**{"stage": "complete", "limit": Limit.parse(limit), **fields})


TABLE = [
    rule("5wd"),
    rule("3wd", kind="consult"),
    rule("24h", urgency="urgent"),
    rule("10wd", origin="provincial"),
    rule("4wd", kind="consult", unit_level="3"),
    rule("7wd", unit_level="3"),
    rule("8wd", origin="provincial", kind="consult"),
    rule("2wh", stage="sign"),
]


@pytest.mark.parametrize(
    ("case", "limit"),
    [
        ({}, "5wd"),
        ({"kind": "help"}, "5wd"),
        ({"kind": "consult"}, "3wd"),
        ({"kind": "consult", "unit_level": "3"}, "4wd"),
        ({"kind": "help", "unit_level": "3"}, "7wd"),
        ({"kind": "consult", "origin": "provincial"}, "8wd"),
        ({"kind": "help", "origin": "provincial", "unit_level": "3"}, "10wd"),
        ({"kind": "consult", "origin": "provincial", "urgency": "urgent"}, "24h"),
        ({"stage": "sign", "urgency": "urgent", "kind": "consult"}, "2wh"),
    ],
)
def test_the_most_telling_row_holds_whatever_the_order(case, limit):
    case = {"stage": "complete", "on": date(2026, 6, 1), **case}
    for table in (TABLE, TABLE[::-1]):
        assert str(choose_limit(table, **case).limit) == limit


def test_rows_hold_within_their_dates_both_included():
    table = [
        rule("5wd", effective_to=date(2026, 6, 30)),
        rule("7wd", effective_from=date(2026, 7, 1), effective_to=date(2026, 12, 31)),
    ]
    refuse_ambiguous(table)
    for day, limit in ((date(2026, 6, 30), "5wd"), (date(2026, 7, 1), "7wd")):
        assert str(choose_limit(table, stage="complete", on=day).limit) == limit
    with pytest.raises(NotFound) as refusal:
        choose_limit(table, stage="complete", on=date(2027, 1, 1), kind="help")
    assert "complete / * / * / help / *" in str(refusal.value)


def test_two_rows_for_the_same_case_are_refused():
    table = [*TABLE, rule("9wd", kind="consult", effective_from=date(2026, 6, 1))]
    with pytest.raises(Conflict, match="consult"):
        refuse_ambiguous(table)
    with pytest.raises(Conflict):
        choose_limit(table, stage="complete", on=date(2026, 6, 1), kind="consult")
    assert (
        str(choose_limit(table, stage="complete", on=date(2026, 5, 31), kind="consult").limit)
        == "3wd"
    )
    refuse_ambiguous(TABLE)


def test_rows_that_share_one_day_are_refused():
    with pytest.raises(Conflict):
        refuse_ambiguous(
            [
                rule("5wd", effective_to=date(2026, 7, 1)),
                rule("7wd", effective_from=date(2026, 7, 1)),
            ]
        )


def test_an_overlap_behind_a_long_row_is_found():
    table = [
        rule("5wd"),
        rule("6wd", kind="help", effective_from=date(2026, 1, 1), effective_to=date(2026, 12, 31)),
        rule("7wd", kind="help", effective_from=date(2026, 2, 1), effective_to=date(2026, 3, 1)),
    ]
    with pytest.raises(Conflict):
        refuse_ambiguous(table)


# Which units take it

CATALOGUE = [
    CatalogueRule("", "", "@district", basis="fallback"),
    CatalogueRule("city", "", "urban_bureau", ("@street",)),
    CatalogueRule("city.stalls", "", "@street", ("urban_bureau",)),
    CatalogueRule("city", "harbour", "harbour_office"),
    CatalogueRule("city.stalls", "harbour.quay", "quay_market", effective_from=date(2026, 7, 1)),
]


@pytest.mark.parametrize(
    ("category", "area", "on", "lead"),
    [
        (["water"], ["harbour"], "2026-06-01", "@district"),
        ([], [], "2026-06-01", "@district"),
        (["city", "city.lamps"], ["hills"], "2026-06-01", "urban_bureau"),
        (["city", "city.lamps"], ["harbour", "harbour.quay"], "2026-06-01", "harbour_office"),
        (["city", "city.stalls"], ["harbour", "harbour.quay"], "2026-06-01", "@street"),
        (["city", "city.stalls"], ["harbour", "harbour.quay"], "2026-07-01", "quay_market"),
    ],
)
def test_the_narrowest_category_decides_and_then_the_narrowest_area(category, area, on, lead):
    for rows in (CATALOGUE, CATALOGUE[::-1]):
        chosen = choose_units(category, area, rows, date.fromisoformat(on))
        assert chosen is not None
        assert chosen.lead == lead


def test_where_no_row_holds_a_person_decides():
    assert choose_units(["water"], ["harbour"], CATALOGUE[1:], date(2026, 6, 1)) is None


def test_two_rows_of_the_catalogue_for_the_same_case_are_refused():
    rows = [*CATALOGUE, CatalogueRule("city", "harbour", "other_office")]
    with pytest.raises(Conflict, match="city / harbour"):
        choose_units(["city"], ["harbour"], rows, date(2026, 6, 1))
    with pytest.raises(Conflict):
        refuse_ambiguous(rows)


def test_placeholders_mean_the_demands_own_area():
    area = ["harbour", "harbour.quay"]
    assert territory("@district", area) == "harbour"
    assert territory("@street", area) == "harbour.quay"
    assert territory("@street", area[:1]) == "harbour"
    assert territory("@district", []) is None
    with pytest.raises(ValueError):
        territory("urban_bureau", area)
