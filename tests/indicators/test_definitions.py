"""The literal tables of indicators and dimensions hold together."""

import pytest

from minsheng.foundation.errors import Invalid
from minsheng.indicators.definitions import INDICATORS, Unit, find, half_up
from minsheng.indicators.dimensions import DIMENSIONS, label
from minsheng.indicators.schema import ALL_TABLES, FACT_TABLES, NAME_TABLES

# The indicators that domain and glossary name, by the names that they give.
NAMED = [
    "accepted_count",
    "direct_answer_rate",
    "assigned_count",
    "due_count",
    "sign_in_time_rate",
    "avg_sign_hours",
    "completion_rate",
    "on_time_completion_rate",
    "avg_completion_time",
    "rework_rate",
    "satisfaction_rate",
    "participation_rate",
    "effective_satisfaction_rate",
    "resolution_rate",
    "response_rate",
    "repeat_rate",
    "return_rate",
    "assignment_accuracy",
    "urgent_in_time_rate",
    "connect_rate",
    "service_level",
    "abandon_rate",
    "avg_speed_of_answer",
    "avg_talk_time",
    "avg_handle_time",
    "first_contact_resolution",
    "seats_per_100k",
    "overdue_open",
    "completed_late",
    "carried_over",
    "overdue_rate",
]


def test_all_that_a_hotline_speaks_of_is_there():
    assert set(NAMED) <= set(INDICATORS)


def test_each_says_what_it_is():
    names = [one.name for one in INDICATORS.values()]
    assert len({*names}) == len(names)
    for code, one in INDICATORS.items():
        assert one.code == code
        assert one.name
        assert one.name_en
        assert one.source
        assert one.base.table in ALL_TABLES
        assert set(one.base.scope) <= set(DIMENSIONS)
        assert (one.unit in (Unit.COUNT,)) == (
            one.denominator is None
        ) or one.numerator.how == "max"


def test_a_rate_is_printed_in_percent_rounded_half_up():
    rate, hours = INDICATORS["satisfaction_rate"], INDICATORS["avg_sign_hours"]
    assert rate.printed(31 / 32) == "96.88%"
    assert rate.printed(None) == "—"
    assert rate.printed(1.0) == "100.00%"
    assert hours.printed(0.755) == "0.76小时"
    assert INDICATORS["due_count"].printed(4195) == "4195"
    assert str(half_up(-0.125, 2)) == "-0.13"


def test_an_unknown_code_is_refused_with_its_neighbours():
    with pytest.raises(Invalid, match="completion_rate"):
        find("completionrate")


def test_every_dimension_has_its_columns():
    columns = {name for table in FACT_TABLES.values() for name in table.schema.names}
    for dimension in DIMENSIONS.values():
        assert dimension.of_time or dimension.column in columns
        if dimension.names:
            names = NAME_TABLES[dimension.names].schema.names
            assert {dimension.column, dimension.code, *dimension.also} <= {*names}


def test_codes_have_words_for_people():
    assert label("part", "lead", {}) == "主办"
    assert label("origin", "province", {}) == "省级交办"
    assert label("month", "2018-06", {}) == "2018年6月"
    assert label("hour", 9, {}) == "9时"
    assert label("urgent", 1, {}) == "是"
    assert label("unit", None, {}) == ""
    assert label("reason", "slow", {}) == "slow"
