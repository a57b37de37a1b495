"""Published bulletins, computed again from imported records: equal cell by cell, or explained."""

from pathlib import Path

import pytest

from minsheng.exchange.replay import plan as plans
from minsheng.exchange.replay.cells import Verdict
from minsheng.exchange.replay.run import Outcome, replay
from minsheng.foundation.errors import NotFound

pytestmark = pytest.mark.django_db


def differing(outcome: Outcome) -> list[str]:
    return [
        f"{cell.cell}: {cell.printed} / {cell.ours}"
        for cell in outcome.cells
        if cell.verdict is Verdict.DIFFERS
    ]


def test_a_month_comes_out_cell_by_cell(tmp_path: Path) -> None:
    outcome = replay(plans.load("huaibei-2022-02"), tmp_path)
    assert differing(outcome) == []
    assert outcome.verdicts == {Verdict.EQUAL: 107, Verdict.EXPLAINED: 8}
    assert outcome.landed == {"orders": 4804, "answers": 20411}


def test_an_unknown_replay_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotFound, match="huaibei-2022-02"):
        plans.load("atlantis-2022")
