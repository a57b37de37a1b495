"""Demands that never became an order: what lands, what is refused, and what counts as direct."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from minsheng.demands.models import Demand, ImportBatch
from minsheng.directory.access import SYSTEM
from minsheng.exchange.answers import import_answers, open_answers
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from support.history import rejected
from support.town import Town

HEADER = "demand_no,accepted_at,channel,kind,category,disposal,answered_at,satisfaction,text"

Take = Callable[..., tuple[Counter[str], dict[int, str]]]


@pytest.fixture
def take(town: Town, tmp_path: Path) -> Take:
    def take(
        *lines: str, header: str = HEADER, **options: int
    ) -> tuple[Counter[str], dict[int, str]]:
        path, rejects = tmp_path / "answers.csv", tmp_path / "rejects.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        counts = import_answers(SYSTEM, *open_answers(path), rejects=rejects, **options)
        return counts, rejected(rejects)

    return take


def test_a_row_becomes_an_answered_demand(take: Take) -> None:
    counts, reasons = take(
        "A1,2025-03-01 09:00,电话,投诉,噪声扰民,,2025-03-01 09:04,satisfied,夜里什么时候必须停工？"
    )
    assert (counts["landed"], reasons) == (1, {})
    demand = Demand.objects.get(number="A1")
    assert (demand.state, demand.disposal, demand.restricted) == ("archived", "answer", False)
    assert demand.completed_at == datetime(2025, 3, 1, 9, 4, tzinfo=clock.ZONE)
    assert demand.unit_ids == []
    asked = FollowUp.objects.get(demand=demand)
    assert (asked.assignment, asked.state, asked.grade) == (None, "evaluated", "satisfied")
    (entry,) = journal.timeline("import", ImportBatch.objects.get().pk)
    assert entry.said["action"] == "import.answers"


def test_it_counts_among_the_direct_answers(take: Take) -> None:
    take(
        "A1,2025-03-01 09:00,电话,,,answer,,satisfied,",
        "A2,2025-03-01 09:00,电话,,,转接,,dissatisfied,",
        "A3,2025-03-01 09:00,电话,,,不予受理,,,",
    )
    facts.refresh()
    codes = ["direct_answered_count", "direct_answer_rate", "rejected_count"]
    codes += ["direct_satisfaction_rate"]
    (row,) = compute(codes, period="2025-03")
    found = {code: (value.numerator, value.denominator) for code, value in row.values.items()}
    assert found == {
        "direct_answered_count": (2, None),
        "direct_answer_rate": (2, 3),
        "rejected_count": (1, None),
        "direct_satisfaction_rate": (1, 2),
    }


def test_faulty_rows_are_told_and_the_others_land(take: Take) -> None:
    counts, reasons = take(
        ",2025-03-01 09:00,电话,,,,,,",
        "A2,昨天,电话,,,,,,",
        "A3,2025-03-01 09:00,电话,,,扔掉,,,",
        "A4,2025-03-01 09:00,电话,,,,2025-02-01,,",
        "A5,2099-03-01 09:00,电话,,,,,,",
        "A6,2025-03-01 09:00,电话,,,,,,",
        "A6,2025-03-01 09:00,电话,,,,,,",
    )
    assert (counts["landed"], counts["rejected"]) == (1, 6)
    assert [reason.split("。")[0] for _line, reason in sorted(reasons.items())] == [
        "缺少诉求号",
        "受理时间“昨天”不是可用的值",
        "处置方式“扔掉”不是可用的值",
        "答复时间早于受理时间",
        "答复时间在将来",
        "与第7行的诉求号相同",
    ]


def test_a_second_run_adds_nothing(take: Take) -> None:
    lines = [f"A{n},2025-03-01 09:00,新渠道,,新类别,,,," for n in range(5)]
    assert take(*lines, batch=2)[0]["landed"] == 5
    counts, reasons = take(*lines)
    assert (counts["landed"], counts["known"], reasons) == (0, 5, {})
    assert ImportBatch.objects.count() == 3


def test_columns_and_permission_are_needed(take: Take, town: Town, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="accepted_at"):
        take("A1,电话", header="demand_no,channel")
    path = tmp_path / "answers.csv"
    path.write_text("demand_no,accepted_at,channel\nA1,2025-03-01,电话\n")
    with pytest.raises(Forbidden):
        import_answers(town.actor("clerk"), *open_answers(path), rejects=tmp_path / "r.csv")
