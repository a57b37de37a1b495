"""The calendar in the database: what administrators enter holds for everyone, soon."""

from datetime import date

import pytest
from django.db import connection

from minsheng.foundation import city_calendar, recent
from minsheng.foundation.calendar import Day, UnknownYear, parse_spans
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.foundation.journal import Signature, timeline
from minsheng.foundation.models import CalendarDay, CalendarYear

pytestmark = pytest.mark.django_db

ADMIN = Signature("admin", "admin", "")
DAYS = {
    date(2026, 12, 27): Day(True, "元旦调休上班"),
    date(2027, 1, 1): Day(False, "元旦"),
    date(2027, 1, 4): Day(False, "元旦调休"),
}
FILE = """date,day,name
2026-12-27,work,元旦调休上班
2027-01-01,off,元旦
2027-01-04,off,元旦调休
"""


@pytest.fixture(autouse=True)
def _fresh():
    recent.forget()
    yield
    recent.forget()


def test_without_anything_entered_it_is_the_official_calendar():
    assert city_calendar.present().years == list(range(2004, 2027))


def test_entering_a_year_makes_it_known_and_is_on_record():
    with pytest.raises(UnknownYear):
        city_calendar.present().is_workday(date(2027, 1, 4))
    city_calendar.enter_year(2027, DAYS, "通知〔2026〕1号", ADMIN)
    calendar = city_calendar.present()
    assert not calendar.is_workday(date(2027, 1, 4))
    assert calendar.day(date(2026, 12, 27)) == Day(True, "元旦调休上班")  # a Sunday of 2026
    entry = timeline("calendar", 2027).get()
    assert (entry.action, entry.staff, entry.ref) == ("enter_year", "admin", "2027")
    assert entry.said["changes"]["days"][0] == ["2026-12-27", True, "元旦调休上班"]
    assert CalendarYear.objects.get().source == "通知〔2026〕1号"


def test_entering_a_year_again_replaces_it_but_not_the_citys_own_days():
    city_calendar.enter_year(2027, DAYS, "草稿", ADMIN)
    city_calendar.override(date(2027, 1, 4), Day(True, "抗台风值守"), ADMIN)
    city_calendar.enter_year(2027, {date(2027, 1, 1): Day(False, "元旦")}, "通知", ADMIN)
    calendar = city_calendar.present()
    assert calendar.day(date(2027, 1, 4)) == Day(True, "抗台风值守")
    assert not calendar.is_workday(date(2026, 12, 27))
    assert timeline("calendar", 2027).count() == 3


@pytest.mark.parametrize(
    ("year", "days", "source", "error", "code"),
    [
        (2026, DAYS, "通知", Conflict, "year_official"),
        (1900, DAYS, "通知", Invalid, "year_implausible"),
        (2028, DAYS, "通知", Invalid, "day_elsewhere"),
        (2027, {}, "通知", Invalid, "no_holidays"),
        (2027, {date(2027, 1, 2): Day(True, "补班")}, "通知", Invalid, "no_holidays"),
        (2027, DAYS, " ", Invalid, "source_missing"),
    ],
)
def test_a_year_that_cannot_be_right_is_refused_whole(year, days, source, error, code):
    with pytest.raises(error) as refusal:
        city_calendar.enter_year(year, days, source, ADMIN)
    assert refusal.value.code == code
    assert not CalendarYear.objects.exists()


def test_the_city_declares_a_day_off_and_takes_it_back():
    typhoon = date(2026, 11, 23)
    city_calendar.override(typhoon, Day(False, "台风"), ADMIN)
    assert city_calendar.present().day(typhoon) == Day(False, "台风")
    city_calendar.override(typhoon, Day(False, "强台风"), ADMIN)
    assert CalendarDay.objects.get().name == "强台风"
    city_calendar.withdraw(typhoon, ADMIN)
    assert city_calendar.present().is_workday(typhoon)
    with pytest.raises(NotFound):
        city_calendar.withdraw(typhoon, ADMIN)
    actions = [entry.action for entry in timeline("calendar", 2026)]
    assert actions == ["set_day", "set_day", "withdraw_day"]


def test_a_day_needs_a_known_year_and_a_reason():
    with pytest.raises(UnknownYear):
        city_calendar.override(date(2027, 1, 4), Day(False, "台风"), ADMIN)
    with pytest.raises(Invalid):
        city_calendar.override(date(2026, 1, 5), Day(False, " "), ADMIN)
    assert not CalendarDay.objects.exists()


def test_hours_hold_from_their_date_on():
    city_calendar.set_hours(date(2026, 6, 1), parse_spans("9:00-12:00 14:00-18:00"), ADMIN)
    city_calendar.set_hours(date(2026, 6, 1), parse_spans("9:00-12:00 15:00-18:00"), ADMIN)
    calendar = city_calendar.present()
    assert calendar.closing(date(2026, 5, 28), 1).isoformat() == "2026-05-29T17:30:00+08:00"
    assert calendar.closing(date(2026, 5, 29), 1).isoformat() == "2026-06-01T18:00:00+08:00"


def test_a_repair_by_hand_is_seen_without_a_restart(django_assert_num_queries):
    before = city_calendar.present()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_calendarday (date, is_workday, name, entered_by, entered_at)"
            " VALUES ('2026-11-23', false, '台风', 'hand', now())"
        )
    with django_assert_num_queries(0):
        assert city_calendar.present() is before
    recent.forget()  # what the passing of a few seconds does
    with django_assert_num_queries(1):
        assert not city_calendar.present().is_workday(date(2026, 11, 23))


def test_unchanged_tables_cost_no_new_calendar():
    before = city_calendar.present()
    recent.forget()
    assert city_calendar.present() is before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encodings_that_people_have(encoding):
    assert city_calendar.read_days(FILE.replace("\n", "\r\n").encode(encoding)) == DAYS


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("2027-13-01,off,元旦", 5),
        ("2027-02-07,holiday,春节", 5),
        ("2027-02-07,off,", 5),
        ("2027-02-07", 5),
        ("2027-01-01,off,又一个元旦", 5),
    ],
)
def test_a_bad_line_is_named(row, line):
    with pytest.raises(Invalid, match=f"第{line}行"):
        city_calendar.read_days((FILE + row).encode())


def test_a_missing_column_is_named():
    with pytest.raises(Invalid, match="day、name"):
        city_calendar.read_days(b"date\n2027-01-01")
