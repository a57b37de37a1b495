"""Call records: what lands, what is refused, and what is told apart."""

import csv
from datetime import datetime
from pathlib import Path

import pytest

from minsheng.calls.models import Call
from minsheng.demands.models import ImportBatch
from minsheng.directory.access import SYSTEM
from minsheng.exchange.calls import COLUMNS, DIRECTIONS, REQUIRED, import_calls, open_calls
from minsheng.foundation import clock
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.indicators import facts
from minsheng.indicators.compute import compute

HEADER = "call_no,direction,offered_at,answered_at,ended_at,talk_seconds,wait_seconds,abandoned"


@pytest.fixture
def take(town, tmp_path):
    def take(*lines, header=HEADER, by=SYSTEM, encoding="utf-8", **options):
        path = tmp_path / "calls.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
        source, places = open_calls(path)
        take.rejects = tmp_path / "rejects.csv"
        return import_calls(by, source, places, rejects=take.rejects, **options)

    def reasons():
        with take.rejects.open(encoding="utf-8-sig") as file:
            return {int(row["line"]): row["reason"] for row in csv.DictReader(file)}

    take.reasons = reasons
    return take


def test_durations_follow_from_the_moments(take):
    counts = take(
        "A1,in,2026-03-01 09:00:00,2026-03-01 09:00:12,2026-03-01 09:03:12,,,",
        "A2,呼入,2026-03-01 09:00:00,,2026-03-01 09:00:40,,,",
        "A3,out,2026-03-01 09:00:00,,2026-03-01 09:00:30,,,",
        "A4,in,2026-03-01 09:00:00,2026-03-01 09:00:05,,01:30,7,0",
    )
    assert counts["landed"] == 4
    found = list(
        Call.objects.order_by("call_no").values_list(
            "direction", "wait_seconds", "talk_seconds", "abandoned", "unclosed"
        )
    )
    assert found == [
        ("in", 12, 180, False, False),
        ("in", 40, 0, True, False),
        ("out", 30, 0, False, False),
        ("in", 7, 90, False, False),
    ]


def test_a_record_that_was_never_closed_is_a_call_without_a_duration(take):
    counts = take(
        "A1,in,2026-03-01 09:00,2026-03-01 09:00,,101183,,",
        "A2,in,2026-03-01 09:00,2026-03-01 09:00,,,,",
        "A3,in,2026-03-01 09:00,2026-03-01 09:00,,100,,",
    )
    assert counts["unclosed"] == 2
    codes = ["answered_count", "connect_rate", "avg_talk_time", "longest_talk_time"]
    (row,) = compute(codes, period="2026-03")
    assert [row.values[code].value for code in codes] == [3, 1.0, 100.0, 100]


def test_what_is_wrong_is_refused_line_by_line(take):
    counts = take(
        "A1,in,2026-03-01 09:00,,,,,",
        ",in,2026-03-01 09:00,,,,,",
        "A2,sideways,2026-03-01 09:00,,,,,",
        "A3,in,2026-13-01 09:00,,,,,",
        "A4,in,2026-03-01 09:00,2026-03-01 08:59,,,,",
        "A5,in,2026-03-01 09:00,2026-03-01 09:01,,,,1",
        "A6,in,2026-03-01 09:00,,,minus one,,",
        "A7,in,2026-03-01 09:00,,,-5,,",
        "A1,in,2026-03-01 09:00,,,,,",
        "A8,in",
        "A9,in,2027-03-01 09:00,,,,,",
    )
    assert (counts["read"], counts["landed"], counts["rejected"]) == (11, 1, 10)
    reasons = take.reasons()
    for line, said in {
        3: "缺少通话编号",
        4: "方向“sideways”",
        5: "呼叫时间“2026-13-01 09:00”",
        6: "接通时间早于呼叫时间",
        7: "放弃",
        8: "通话时长“minus one”",
        9: "通话时长“-5”",
        10: "与第2行的通话编号相同",
        11: "单元格的个数",
        12: "将来",
    }.items():
        assert said in reasons[line]


def test_a_second_run_adds_nothing_and_tells_what_differs(take):
    lines = [f"A{n},in,2026-03-01 09:00,2026-03-01 09:01,,60,," for n in range(5)]
    assert take(*lines, batch=2)["landed"] == 5
    assert ImportBatch.objects.count() == 3
    lines[3] = lines[3].replace(",60,", ",61,")
    counts = take(*lines, batch=2)
    assert (counts["landed"], counts["known"], counts["differing"]) == (0, 4, 1)
    assert set(take.reasons()) == {5}
    assert Call.objects.get(call_no="A3").talk_seconds == 60
    assert ImportBatch.objects.count() == 3


def test_chinese_heads_and_encodings(take):
    counts = take(
        "甲1;呼入;2026/3/1 9:05;2026/3/1 9:06",
        header="话单号;呼叫方向;呼入时间;应答时间",
        encoding="gb18030",
    )
    assert counts["landed"] == 1
    assert Call.objects.get().offered_at == datetime(2026, 3, 1, 9, 5, tzinfo=clock.ZONE)


def test_facts_follow_the_records(take):
    take("A1,in,2026-03-01 09:00,,,,,", "A2,in,2026-02-01 09:00,2026-02-01 09:00,,5,,")
    facts.refresh()
    take("A3,in,2026-03-01 09:00,,,,,")
    rows = compute(["inbound_count", "abandon_rate"], by=["month"], period="2026")
    assert [(r.keys["month"], r.values["inbound_count"].value) for r in rows] == [
        ("2026-02", 1),
        ("2026-03", 2),
    ]
    assert facts.check() == []


def test_only_who_may_import_imports(take, town):
    with pytest.raises(Forbidden):
        take("A1,in,2026-03-01 09:00,,,,,", by=town.actor("agent"))


def test_a_file_without_the_columns_is_refused(take):
    with pytest.raises(Invalid, match="offered_at"):
        take("A1,in", header="call_no,direction")


def test_the_page_tells_all_columns():
    page = (Path(__file__).parents[2] / "docs" / "calls.md").read_text()
    for name, heads in COLUMNS.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert ", ".join(heads[1:]) in line
        assert ("required" in line) == (name in REQUIRED)
    assert {"in", "out"} <= set(DIRECTIONS)
