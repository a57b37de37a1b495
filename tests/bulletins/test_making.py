"""From records to a bulletin: its figures are the indicators', its words the template's."""

from dataclasses import replace
from datetime import date

import pytest

from minsheng.bulletins import templates
from minsheng.bulletins.checker import check, from_bulletin
from minsheng.bulletins.compose import compose
from minsheng.bulletins.figures import Subject
from minsheng.bulletins.making import draw, write_files
from minsheng.bulletins.model import Bulletin, Chart, Figure, Paragraph, Table
from minsheng.bulletins.render import charts, renderer
from minsheng.foundation.errors import Invalid
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from minsheng.indicators.periods import Period
from support.fairly import exclude

MARCH = Period.parse("2026-03")


@pytest.fixture
def tables(town, tmp_path, settings):
    settings.HOME = tmp_path
    for n in range(3):
        town.accept(title=f"楼道漏水{n}")
    town.order("completed")
    town.order("signed")
    facts.rebuild()
    return facts.tables()


def made(code: str, tables, period: Period = MARCH, **about: str) -> Bulletin:
    subject = Subject("小城市", "热线中心", period, **about)
    return compose(
        templates.load(code), subject, tables, number="第1期", issued_on=date(2026, 4, 1)
    )


PERIODS = {
    "daily": "2026-03-10",
    "weekly": "2026-W11",
    "monthly": "2026-03",
    "quarterly": "2026Q1",
    "half-year": "2026H1",
    "annual": "2026",
    "special": "2026-03",
    "unit": "2026-03",
}


def test_every_template_is_tried():
    assert set(PERIODS) == set(templates.files())


@pytest.mark.parametrize("code", PERIODS)
def test_every_template_can_be_made_and_does_not_contradict_itself(code, tables):
    about = {"special": {"category": "住房建设"}, "unit": {"unit": "住房局"}}.get(code, {})
    bulletin = made(code, tables, Period.parse(PERIODS[code]), **about)
    assert [block for block in bulletin.blocks() if isinstance(block, Paragraph)]
    assert all("{" not in b.text for b in bulletin.blocks() if isinstance(b, Paragraph))
    assert [f for f in check(from_bulletin(bulletin)) if f.confidence > 0.8] == []


def test_figures_are_those_of_the_indicators(tables):
    bulletin = made("monthly", tables)
    first = next(block for block in bulletin.blocks() if isinstance(block, Paragraph))
    told = {part.code: part.value for part in first.parts if isinstance(part, Figure)}
    (row,) = compute(list(told), period=MARCH, tables=tables)
    assert told == {code: value.value for code, value in row.values.items()}
    assert told["accepted_count"] == 5


def test_no_data_is_no_data(tables):
    bulletin = made("monthly", tables, Period.parse("2026-02"))
    text = "".join(b.text for b in bulletin.blocks() if isinstance(b, Paragraph))
    assert "没有到期的工单" in text
    assert "100" not in text
    assert not [block for block in bulletin.blocks() if isinstance(block, Chart)]


def test_a_table_adds_up_also_where_it_is_cut(tables):
    for block in made("annual", tables, Period.parse("2026")).blocks():
        if isinstance(block, Table) and block.total:
            column = [row[1] for row in block.rows]
            values = [cell.value or 0 for cell in column if isinstance(cell, Figure)]
            assert sum(values[:-1]) == values[-1], block.title


def alone(tables, **block: object) -> Bulletin:
    """Returns a bulletin of one block."""
    template = replace(templates.load("monthly"), sections=({"title": "一节", "block": [block]},))
    subject = Subject("小城市", "热线中心", MARCH)
    return compose(template, subject, tables, number="第1期", issued_on=date(2026, 4, 1))


@pytest.fixture
def kinds(town, tmp_path, settings):
    """Demands of three kinds, 1, 2 and 3 of them."""
    settings.HOME = tmp_path
    for count, kind in enumerate(("complain", "consult", "help"), 1):
        for _n in range(count):
            town.accept(kind=kind)
    facts.rebuild()
    return facts.tables()


def test_the_shares_of_a_chart_are_of_the_whole(kinds):
    (chart,) = alone(
        kinds, chart="类型", kind="pie", code="accepted_count", by="kind", top=1
    ).blocks()
    assert chart.series == {"受理量": (3, 3)}
    assert chart.labels[1] == "其余2个"
    drawn = charts.svg(chart)
    assert drawn.count("50.00%") >= 2


def test_nobody_both_leads_and_lags(kinds):
    given = {"code": "accepted_count", "by": "kind", "top": 3, "least": ["accepted_count", 1]}
    found = []
    for lowest in (False, True):
        (sentence,) = alone(kinds, list="是{list}。", lowest=lowest, **given).blocks()
        found.append([part.value for part in sentence.parts if isinstance(part, Figure)])
    assert found == [[3, 3], [1, 1]]  # the value and the sample, of one kind each
    given["least"] = ["accepted_count", 3]
    (sentence,) = alone(kinds, list="是{list}。", otherwise="不作排名。", **given).blocks()
    assert sentence.text == "不作排名。"


def test_a_table_without_rows_is_left_out(kinds):
    given = {"by": "unit", "codes": ["due_count"], "total": True}
    assert not list(alone(kinds, table="各单位", **given).blocks())


def test_a_report_on_a_category_has_all_below_it(tables):
    about = {"category": "住房建设"}
    first = next(draw("special", "2026-03", **about).blocks())
    assert isinstance(first, Paragraph)
    assert first.text.startswith("2026年3月，受理住房建设类诉求5件")


@pytest.mark.parametrize(
    ("code", "period", "about", "said"),
    [
        ("half-year", "2026-03", {}, "半年"),
        ("unit", "2026-03", {}, "单位"),
        ("special", "2026-03", {}, "诉求类别"),
    ],
)
def test_what_cannot_be_made_is_refused(tables, code, period, about, said):
    with pytest.raises(Invalid, match=said):
        made(code, tables, Period.parse(period), **about)


def test_an_unknown_template_is_refused():
    with pytest.raises(Invalid, match="half-year"):
        templates.load("yearbook")


@pytest.mark.parametrize(
    "text",
    ["name = 3", 'name = "x"\ntitle = "y"\ngrains = ["aeon"]', "[[", 'name="x"\ntitle="y"'],
)
def test_a_broken_template_says_where(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"mine\.toml"):
        templates.read(path)


def test_a_failing_format_leaves_no_file(bulletin, tmp_path):
    def fails(_bulletin: Bulletin) -> bytes:
        raise Invalid("x", "no")

    with pytest.raises(Invalid):
        write_files(bulletin, {"json": renderer("json"), "pdf": fails}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (path,) = write_files(bulletin, {"json": renderer("json")}, tmp_path / "out")
    assert [one.name for one in (tmp_path / "out").iterdir()] == [path.name]


def test_the_table_of_scores_is_followed_by_all_that_changed_one(town, tmp_path, settings):
    settings.HOME = tmp_path
    demand = town.demand("completed")
    exclude(town, demand.number)
    town.demand("completed")
    facts.rebuild()
    scores, changed = alone(facts.tables(), evaluation="综合得分").blocks()
    assert [row[0] for row in scores.rows] == ["住房局"]
    assert changed.rows == (("住房局", "剔除", demand.number, "不可抗力：道路封闭，非单位原因"),)
