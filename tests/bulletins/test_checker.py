"""The consistency checker: what it finds in invented bulletins, and what it rightly leaves."""

import csv
import os
from pathlib import Path

import pytest

from minsheng.bulletins.checker import check, from_text, read
from minsheng.foundation.errors import Invalid


def found(text: str, rule: str = "") -> list[str]:
    """Returns what is printed in each finding (of a rule)."""
    return [f.printed for f in check(from_text(text)) if not rule or f.rule == rule]


# Each rule: a text with a fault that it finds, and the same text put right.
PAIRS = {
    "sums": (
        "本月热线共受理诉求1000件，其中咨询500件、求助300件、投诉150件。",
        "本月热线共受理诉求1000件，其中咨询500件、求助300件、投诉200件。",
    ),
    "shares": (
        "本月热线共受理诉求1000件，其中咨询512件，占51.20%；求助288件，占29.80%；"
        "投诉200件，占20.00%。",
        "本月热线共受理诉求1000件，其中咨询512件，占51.20%；求助288件，占28.80%；"
        "投诉200件，占20.00%。",
    ),
    "growth": (
        "本月热线共受理诉求1200件，上月为1000件，环比增长25%。",
        "本月热线共受理诉求1200件，上月为1000件，环比增长20%。",
    ),
    "rates": (
        "本月回访200件，满意180件，满意率95.00%。",
        "本月回访200件，满意190件，满意率95.00%。",
    ),
    "repeated": (
        "本月热线共受理诉求4555件。\n本月热线共受理诉求4556件，其中电话占多数。",
        "本月热线共受理诉求4555件。\n本月热线共受理诉求4555件，其中电话占多数。",
    ),
    "ambiguous": (
        "本月回访满意率88.2%，同比增长30.0%。",
        "本月回访满意率88.2%，同比提高3.0个百分点。",
    ),
    "serials": (
        "一、总体情况\n本月平稳。\n二、热点问题\n本月平稳。\n四、下步打算\n继续努力。",
        "一、总体情况\n本月平稳。\n二、热点问题\n本月平稳。\n三、下步打算\n继续努力。",
    ),
    "ranking": (
        "受理量排在前五位的依次为：甲局(50件)、乙局(40件)、丙局(45件)、丁局(30件)、戊局(20件)。",
        "受理量排在前五位的依次为：甲局(50件)、乙局(45件)、丙局(40件)、丁局(30件)、戊局(20件)。",
    ),
    "units": (
        "甲局、乙局、丙局等2家单位逾期。",
        "甲局、乙局、丙局等3家单位逾期。",
    ),
    "lost": (
        "今年36月份，热线共受理诉求1000件。",
        "今年3—6月份，热线共受理诉求1000件。",
    ),
}


@pytest.mark.parametrize("rule", PAIRS)
def test_a_fault_is_found_and_its_mending_ends_it(rule):
    faulty, mended = PAIRS[rule]
    assert found(faulty, rule), f"{rule} saw nothing"
    assert not found(mended), check(from_text(mended))


def test_a_finding_says_what_where_and_why():
    text = "一、总体情况\n" + PAIRS["sums"][0]
    (finding,) = [f for f in check(from_text(text)) if f.rule == "sums"]
    assert finding.where.line == 2
    assert "500+300+150=950" in finding.computed
    assert 0 < finding.confidence <= 1
    assert finding.cause


TABLE = """单位,due,handled,overdue,on_time_rate
甲局,100,99,2,97.00%
乙局,200,200,4,98.00%
丙局,50,50,1,98.00%
丁局,400,396,4,98.00%
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_of_a_table_are_held_against_what_most_rows_say(tmp_path):
    clean = written(tmp_path, "clean.csv", TABLE)
    text = written(tmp_path, "text.txt", "本月各单位办理情况见表。")
    assert [f for f in check(read(text, [clean])) if f.rule == "rates"] == []
    faulty = written(tmp_path, "faulty.csv", TABLE.replace("丙局,50,50,1,98", "丙局,50,50,1,89"))
    (finding,) = [f for f in check(read(text, [faulty])) if f.rule == "rates"]
    assert "丙局" in finding.printed


def test_words_in_a_cell_of_numbers_are_told_and_left_out_of_the_sums(tmp_path):
    text = written(tmp_path, "text.txt", "本月各单位办理情况见表。")
    path = written(tmp_path, "words.csv", TABLE.replace("丙局,50,", "丙局,很多,"))
    (finding,) = check(read(text, [path]))
    assert (finding.rule, finding.where.cell) == ("cells", "“丙局”行“due”列")
    path = written(tmp_path, "percent.csv", TABLE.replace("97.00%", "97.00%%"))
    (finding,) = check(read(text, [path]))
    assert (finding.rule, finding.printed) == ("lost", "甲局：97.00%%")
    path = written(tmp_path, "dash.csv", TABLE.replace("丙局,50,50,1,98.00%", "丙局,0,0,0,—"))
    assert not check(read(text, [path]))


#: Each table rule: a table, the cell that is misprinted, and the rule that must see it.
PLANTED = [
    (TABLE, "乙局,200,200,4,98.00%", "乙局,200,200,4,99.00%", "rates"),
    (TABLE, "丁局,400,396,4,98.00%", "丁局,400,396,6,98.00%", "rates"),
    (
        "类别,数量(件),占比\n咨询,500,50.00%\n求助,300,30.00%\n投诉,200,20.00%\n合计,1000,100%\n",
        "求助,300,30.00%",
        "求助,300,33.00%",
        "shares",
    ),
    (
        "单位,受理量(件)\n甲局,520\n乙局,310\n丙局,170\n合计,1000\n",
        "乙局,310",
        "乙局,301",
        "sums",
    ),
    (
        "单位,本月(件),上月(件),环比\n甲局,120,100,20.00%\n乙局,90,100,-10.00%\n丙局,330,300,10.00%\n丁局,52,50,4.00%\n",
        "丙局,330,300,10.00%",
        "丙局,330,300,11.00%",
        "growth",
    ),
    (
        "序号,单位,办理量(件)\n1,甲局,50\n2,乙局,40\n3,丙局,30\n4,丁局,20\n",
        "3,丙局",
        "5,丙局",
        "serials",
    ),
]


@pytest.mark.parametrize(("table", "right", "wrong", "rule"), PLANTED)
def test_a_misprint_planted_in_a_clean_table_is_found(tmp_path, table, right, wrong, rule):
    text = written(tmp_path, "text.txt", "本月各单位办理情况见表。")
    assert right in table
    assert not check(read(text, [written(tmp_path, "clean.csv", table)]))
    told = check(read(text, [written(tmp_path, "faulty.csv", table.replace(right, wrong))]))
    assert rule in {finding.rule for finding in told}, told


def test_one_bulletin_as_text_and_docx_is_the_same(tmp_path):
    import docx

    text = PAIRS["sums"][0]
    document = docx.Document()
    document.add_paragraph(text)
    path = tmp_path / "report.docx"
    document.save(str(path))
    assert [f.computed for f in check(read(path))] == [f.computed for f in check(from_text(text))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("binary.txt", bytes(range(256)) * 50),
        ("broken.docx", b"PK\x03\x04 this is no archive"),
        ("other.json", b'{"a": 1}'),
        ("spaces.txt", b"  \n \n"),
        ("long.txt", "今日天晴，热线平稳。\n".encode() * 100_000),
        ("numbers.txt", "咨询500件、".encode() * 2_000),
    ],
)
def test_rubbish_is_refused_in_one_sentence(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        check(read(path))
    assert name in str(refused.value) or "简报" in str(refused.value)


def test_a_long_text_is_read_in_one_go(tmp_path):
    path = written(tmp_path, "long.txt", "今日天晴，热线平稳。\n" * 20_000 + PAIRS["sums"][0])
    assert [f.rule for f in check(read(path))] == ["sums"]


# -- the five published bulletins

SEEDS = Path(os.environ.get("MINSHENG_SEEDS") or Path(__file__).parents[3] / "shared" / "seeds")
published = pytest.mark.skipif(not SEEDS.is_dir(), reason="the published bulletins are not here")

#: Misprint → the rule that sees it and words of what it says. The others need what is not there:
#: rows of tables that were cut off, or somebody who knows the city.
SEEN = {
    "L1": ("sums", "190633"),
    "L2": ("serials", "缺7"),
    "L3": ("names", "公安局"),
    "L4": ("lost", "36月"),
    "L6": ("balance", "2695"),
    "H1": ("growth", "-2.5%"),
    "H2": ("growth", "-54.5%"),
    "H3": ("ambiguous", "百分点"),
    "A1": ("tables", "29510"),
    "A2": ("tables", "44194"),
    "A3": ("tables", "7416"),
    "A4": ("tables", "98.55"),
    "A5": ("rates", "83.33"),
    "A6": ("weighted", "85.78"),
    "A7": ("weighted", "141.30"),
    "A8": ("outliers", "28.1"),
    "A9": ("growth", "31.67"),
    "A10": ("names", "部门"),
    "A11": ("names", "量词"),
    "A12": ("repeated", "23名"),
    "B1": ("shares", "16198"),
    "B2": ("weighted", "99.74"),
    "B3": ("rates", "31/32"),
    "B5": ("names", "交通运输"),
    "Y1": ("sums", "5580"),
    "Y3": ("rates", "市长江修防处"),
    "Y7": ("grades", "C类"),
    "Y8": ("shares", "39705"),
    "Y9": ("tables", "3068"),
    "Y10": ("rates", "4/150"),
    "Y12": ("nodata", "没有样本"),
}
#: Rows that are no faults, and words that a finding about them would have.
NO_FAULTS = {"L5": "赣榆区", "B7": "4804", "Y11": "38742"}


@pytest.fixture(scope="module")
def findings():
    told = {}
    for path in sorted(SEEDS.glob("*.txt")):
        city = path.stem.split("-")[0]
        tables = sorted((SEEDS / "tables").glob(f"{city}_*.csv"))
        told[city] = check(read(path, tables))
    return told


@published
@pytest.mark.parametrize("misprint", SEEN)
def test_published_misprints_are_found(findings, misprint):
    with (SEEDS / "misprints.csv").open(encoding="utf-8", newline="") as file:
        city = {row["id"]: row["seed"] for row in csv.DictReader(file)}[misprint]
    rule, words = SEEN[misprint]
    said = [f"{f.printed} {f.computed} {f.cause}" for f in findings[city] if f.rule == rule]
    assert any(words in one for one in said), said


@published
@pytest.mark.parametrize(("row", "words"), NO_FAULTS.items())
def test_what_is_no_fault_is_left(findings, row, words):
    for told in findings.values():
        assert not any(words in f.printed for f in told), row


@published
def test_there_are_few_other_findings(findings):
    assert sum(len(told) for told in findings.values()) <= 50
