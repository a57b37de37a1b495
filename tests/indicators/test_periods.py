"""Periods: what people write, what they hold, what they are compared with."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from minsheng.foundation.errors import Invalid
from minsheng.indicators.periods import Grain, Period

# text, first, last, previous, last year, label
TABLE = [
    ("2018", "2018-01-01", "2018-12-31", "2017", "2017", "2018年"),
    ("2018H1", "2018-01-01", "2018-06-30", "2017H2", "2017H1", "2018年上半年"),
    ("2018H2", "2018-07-01", "2018-12-31", "2018H1", "2017H2", "2018年下半年"),
    ("2018Q1", "2018-01-01", "2018-03-31", "2017Q4", "2017Q1", "2018年一季度"),
    ("2018Q4", "2018-10-01", "2018-12-31", "2018Q3", "2017Q4", "2018年四季度"),
    ("2018-01", "2018-01-01", "2018-01-31", "2017-12", "2017-01", "2018年1月"),
    ("2020-02", "2020-02-01", "2020-02-29", "2020-01", "2019-02", "2020年2月"),
    ("2018-W23", "2018-06-04", "2018-06-10", "2018-W22", "2017-W23", "2018年第23周"),
    ("2021-W01", "2021-01-04", "2021-01-10", "2020-W53", "2020-W01", "2021年第1周"),
    ("2020-W53", "2020-12-28", "2021-01-03", "2020-W52", "2019-W52", "2020年第53周"),
    ("2018-06-30", "2018-06-30", "2018-06-30", "2018-06-29", "2017-06-30", "2018年6月30日"),
    ("2020-02-29", "2020-02-29", "2020-02-29", "2020-02-28", "2019-02-28", "2020年2月29日"),
    (
        "2018-01-01..2018-06-30",
        "2018-01-01",
        "2018-06-30",
        "2017-07-04..2017-12-31",
        "2017-01-01..2017-06-30",
        "2018年1月1日至6月30日",
    ),
    (
        "2021-02-01..2021-02-28",
        "2021-02-01",
        "2021-02-28",
        "2021-01-04..2021-01-31",
        "2020-02-01..2020-02-29",
        "2021年2月1日至2月28日",
    ),
]


@pytest.mark.parametrize(("text", "first", "last", "previous", "last_year", "label"), TABLE)
def test_table(text, first, last, previous, last_year, label):
    period = Period.parse(text)
    assert (str(period.first), str(period.last)) == (first, last)
    assert (str(period), str(period.previous()), str(period.last_year())) == (
        text,
        previous,
        last_year,
    )
    assert period.label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2018", "2018"),
        ("2018H2", "H2 2018"),
        ("2018Q3", "Q3 2018"),
        ("2018-06", "June 2018"),
        ("2018-W01", "week 1 of 2018"),
        ("2018-06-30", "30 June 2018"),
        ("2018-06-30..2019-01-02", "30 June 2018 to 2 January 2019"),
    ],
)
def test_who_reads_english_reads_periods_in_it(text, label):
    with translation.override("en"):
        assert Period.parse(text).label == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        "18",
        "2018H3",
        "2018Q0",
        "2018-13",
        "2018-W54",
        "2019-W53",
        "2018-02-29",
        "2018-06-30..2018-01-01",
        "last month",
        "２０１８",
        "0001",
        "2018-06-30T00:00",
        "2018年",
    ],
)
def test_what_is_no_period_is_refused_in_one_line(text):
    with pytest.raises(Invalid) as refused:
        Period.parse(text)
    assert text in str(refused.value)


@given(
    st.dates(date(1950, 1, 1), date(2900, 1, 1)),
    st.sampled_from([grain for grain in Grain if grain is not Grain.RANGE]),
)
def test_periods_of_one_length_follow_each_other(day, grain):
    period = Period.of(day, grain)
    assert period.first <= day <= period.last
    assert Period.parse(str(period)) == period
    before = period.previous()
    assert before.grain is grain
    assert before.last + timedelta(days=1) == period.first
    assert Period.of(before.first, grain) == before
    assert 330 < (period.first - period.last_year().first).days < 400


@given(st.dates(date(1950, 1, 1), date(2900, 1, 1)), st.integers(0, 800))
def test_ranges_are_compared_with_ranges_of_their_length(day, days):
    period = Period(day, day + timedelta(days=days))
    before = period.previous()
    assert before.last - before.first == period.last - period.first
    assert before.last + timedelta(days=1) == period.first
    assert Period.parse(str(period)) == period
