"""Schemes score what bulletins print; broken schemes and tables are refused in one sentence."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minsheng.evaluation import schemes, tables
from minsheng.evaluation.rules import Counts, movement, score
from minsheng.foundation.errors import Invalid, NotFound

D = Decimal


def counts(unit: str = "某局", **values: object) -> Counts:
    usual: dict[str, object] = {"due": 100, "handled": 100, "overdue": 0, "rework": 0}
    return Counts(unit=unit, **{**usual, **values})  # type: ignore[arg-type]


@pytest.fixture
def yueyang() -> schemes.Scheme:
    return schemes.load("yueyang")


def test_a_result_as_printed_in_2017(yueyang: schemes.Scheme) -> None:
    # 临湘市, 2017Q2: 3068 due, 3057 handled, 66 late, 15 reworked, satisfaction 93.21 % → 97.7 A
    result = score(
        yueyang,
        counts(due=3068, handled=3057, overdue=66, rework=15, satisfaction_rate=D("93.21")),
    )
    assert (result.composite, result.grade, result.flags) == (D("97.7"), "A", ())
    assert result.lines[1].text == "按期办结率 97.49% × 0.3 = 29.247"


def test_no_data_gets_the_gift_of_the_scheme_and_says_so(yueyang: schemes.Scheme) -> None:
    # 市审计局, 2017Q2: one due, none handled, none sampled → 40
    result = score(yueyang, counts(due=1, handled=0))
    assert (result.composite, result.grade) == (D("40.0"), "E")
    assert result.flags == ("群众满意率没有数据，按100%计",)
    assert [line.gift for line in result.lines] == [False, False, False, True]


def test_a_unit_without_due_orders_is_not_scored(yueyang: schemes.Scheme) -> None:
    result = score(yueyang, counts(due=0, handled=0))
    assert result.composite is None
    assert result.grade == ""


def test_a_printed_rate_that_counts_cannot_give_is_flagged_and_scored(
    yueyang: schemes.Scheme,
) -> None:
    # 市长江修防处: one due and handled, none late, yet printed 0 % on time and 70.
    result = score(
        yueyang,
        counts(due=1, handled=1, satisfaction_rate=D(100), printed={"on_time_rate": D(0)}),
    )
    assert (result.composite, result.grade) == (D("70.0"), "D")
    assert result.flags == ("按期办结率印为0%，按件数应为100.00%",)


def test_a_print_that_cuts_off_instead_of_rounding_is_not_flagged(yueyang: schemes.Scheme) -> None:
    # 31 of 32 is 96.875 %, printed 96.87.
    result = score(
        yueyang, counts(sampled=32, dissatisfied=1, printed={"satisfaction_rate": D("96.87")})
    )
    assert result.flags == ()
    assert result.rates["satisfaction_rate"] == D("96.87")


@pytest.mark.parametrize(
    ("indicator", "rate", "points"),
    [
        ("on_time_rate", "89.82", "14.82"),
        ("provincial_satisfaction_rate", "87.5", "19.75"),
        ("provincial_satisfaction_rate", "75", "13.5"),
        ("satisfaction_rate", "70.59", "12.795"),
        ("satisfaction_rate", "10", "12.5"),
        ("on_time_rate", "60", "0"),
        ("on_time_rate", "95", "20"),
    ],
)
def test_points_lost_below_a_threshold(indicator: str, rate: str, points: str) -> None:
    scheme = schemes.load("lianyungang", date(2022, 5, 1))
    result = score(scheme, counts(printed={indicator: D(rate)}))
    assert {line.indicator: line.result for line in result.lines}[indicator] == D(points)


@given(st.integers(1, 5000), st.data())
def test_more_late_orders_never_raise_a_score(due: int, data: st.DataObject) -> None:
    scheme = schemes.load("yueyang")
    handled = data.draw(st.integers(0, due))
    late = data.draw(st.integers(0, handled))
    less = data.draw(st.integers(0, late))
    worse, better = (
        score(scheme, counts(due=due, handled=handled, overdue=n)).composite for n in (late, less)
    )
    assert worse is not None
    assert better is not None
    assert 0 <= worse <= better <= 100


def test_grades_move(yueyang: schemes.Scheme) -> None:
    assert [movement(yueyang, *pair) for pair in ("BA", "AC", "CC")] == ["up", "down", "same"]
    assert movement(yueyang, "", "A") == ""


GOOD = """
name = "试"
[[version]]
version = "1"
effective_from = 2020-01-01
{more}
[[version.term]]
indicator = "completion_rate"
label = "办结率"
weight = {weight}
"""


TERM = """
[[version.term]]
indicator = "{}"
label = "率"
weight = {}
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD.format(more="", weight="0.9"), "权重之和为0.9"),
        (GOOD.format(more="effective_to = 2019-01-01", weight="1.0"), "早于"),
        (GOOD.format(more="", weight="1.0") * 1 + "points = 3", "二者取一"),
        (GOOD.format(more="", weight="1.0") + "colour = 3", "不认识：colour"),
        (GOOD.format(more="", weight="'viel'"), "bad.toml"),
        (GOOD.format(more="", weight="1.0").replace("completion_rate", "charm"), "没有指标“charm”"),
        (GOOD.format(more="decimals = 9", weight="1.0"), "小数位数"),
        (GOOD.format(more="", weight="nan"), "bad.toml"),
        (GOOD.format(more="", weight="2") + TERM.format("on_time_rate", "-1"), "负"),
        (GOOD.format(more="", weight="1.0").split("[[version.term]]")[0], "term"),
        (GOOD.split("{more}")[0] + "term = []", "没有评分项"),
        ("name = 3 =", "bad.toml"),
        ("name = '空'", "version"),
        (
            GOOD.format(more="", weight="1.0")
            + GOOD.format(more="", weight="1.0").replace('name = "试"', "").replace("2020", "2021"),
            "重叠",
        ),
    ],
)
def test_a_broken_scheme_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        schemes.load(str(path))
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_scheme_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="yueyang"):
        schemes.load("nowhere")
    with pytest.raises(NotFound, match="2016"):
        schemes.load("yueyang", date(2016, 1, 1))


HEAD = "unit,due,handled,overdue,rework,satisfaction_rate\n"


def table(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    (row,) = tables.read(table(tmp_path, (HEAD + "市城管局,10,9,1,0,97.49%\n").encode(encoding)))
    assert (row.unit, row.due, row.satisfaction_rate) == ("市城管局", 10, D("97.49"))


@pytest.mark.parametrize(("cell", "rate"), [("0.9749", "97.49"), ("1", "100"), ("", None)])
def test_a_rate_as_a_ratio_or_none(tmp_path: Path, cell: str, rate: str | None) -> None:
    (row,) = tables.read(table(tmp_path, (HEAD + f"局,10,9,1,0,{cell}\n").encode()))
    assert row.satisfaction_rate == (None if rate is None else D(rate))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("局,十,9,1,0,97%", "第2行due列“十”"),
        ("局,10,11,0,0,97%", "多于应办理数10"),
        ("局,10,9,10,0,97%", "多于办理数9"),
        ("局,10,9,1,0,97.49", "不是比率"),
        ("局,10,9,1,-1,97%", "rework"),
        (",10,9,1,0,97%", "unit"),
        ("局,10,9,1,0,97%\n局,10,9,1,0,97%", "出现两次"),
        ("局,10,9,1,0,97%,多", "单元格"),
        ("", "没有数据行"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, row: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        tables.read(table(tmp_path, (HEAD + row).encode()))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="handled、overdue、rework"):
        tables.read(table(tmp_path, b"unit,due\n"))
    with pytest.raises(Invalid, match="sampled"):
        tables.read(table(tmp_path, b"unit,due,handled,overdue,rework\n"))
