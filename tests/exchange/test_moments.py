"""A column of moments is read as each of its cells would be, however it is done."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minsheng.exchange.history.moments import moment, moments

USUAL = st.datetimes().map("{:%Y-%m-%d %H:%M:%S}".format)
NEARLY = st.from_regex(
    r"(1979|1980|2199|2200|202\d)[-/][01]\d-[0-3]\d( [0-2]\d:[0-6]\d(:[0-6]\d)?)?", fullmatch=True
)
CELLS = st.one_of(
    st.just(""), USUAL, NEARLY,
    st.sampled_from([
        "\n", "2025-03-03 09:00:00\n", "2025-03-03 09:00:00\n2025-03-04 09:00:00", "昨天",
        "2025-02-30 09:00:00", "２０２５-03-03 09:00:00", "2025-03-03T09:00:00Z", "2025-3-3 9:00",
    ]),
)  # fmt: skip


def one_by_one(column: Iterable[str], until: bool) -> list[str] | None:
    try:
        return [moment(cell, until=until) if cell else "" for cell in column]
    except ValueError:
        return None


@given(st.lists(CELLS, max_size=4), st.booleans())
def test_a_column_is_read_as_its_cells(column: list[str], until: bool) -> None:
    assert moments(column, until=until) == one_by_one(column, until)


@pytest.mark.parametrize(
    ("column", "read"),
    [
        ([], []),
        (["", ""], ["", ""]),
        (["2025-03-03 23:59:59", ""], ["2025-03-03 23:59:59+08", ""]),
        (["1980-01-01 00:00:00"], ["1980-01-01 00:00:00+08"]),
        (["1979-12-31 23:59:59"], None),
        (["2200-01-01 00:00:00"], None),
        (["2025-02-29 00:00:00"], None),
        (["2025-03-03 24:00:00"], None),
        (["2025-03-03 23:60:00"], None),
        (["2025-03-03 09:00:00\n"], ["2025-03-03 09:00:00+08"]),
        (["2025-03-03 09:00:00\n2025-03-03 09:00:00"], None),
    ],
)
def test_the_usual_form(column: list[str], read: list[str] | None) -> None:
    assert moments(column) == read
