"""Published bulletins, computed again from imported records: equal cell by cell, or explained."""

from dataclasses import replace
from pathlib import Path

import pytest

from minsheng.bulletins.model import from_json
from minsheng.exchange.replay import plan as plans
from minsheng.exchange.replay import records, report
from minsheng.exchange.replay.cells import Verdict
from minsheng.exchange.replay.run import Outcome, replay
from minsheng.foundation.calendar import WorkingCalendar, WorkingHours
from minsheng.foundation.errors import NotFound

pytestmark = pytest.mark.django_db


CALENDAR = WorkingCalendar({}, frozenset(), WorkingHours({}))


def differing(outcome: Outcome) -> list[str]:
    return [
        f"{cell.cell}: {cell.printed} / {cell.ours}"
        for cell in outcome.cells
        if cell.verdict is Verdict.DIFFERS
    ]


def test_a_month_comes_out_cell_by_cell(tmp_path: Path) -> None:
    plan = plans.load("huaibei-2022-02")
    outcome = replay(plan, tmp_path)
    assert differing(outcome) == []
    assert outcome.verdicts == {Verdict.EQUAL: 107, Verdict.EXPLAINED: 8}
    assert outcome.landed == {"orders": 4804, "answers": 20411}
    assert {path.name for path in outcome.bulletin} == {
        "monthly-2022-02.json",
        "monthly-2022-02.html",
        "monthly-2022-02.docx",
    }
    assert outcome.in_bulletin > 25
    assert outcome.differing == []
    # A bulletin that said another number would be found out.
    bulletin = from_json(min(outcome.bulletin).with_suffix(".json").read_bytes())
    cells = [
        replace(cell, ours="16235" if cell.ours == "16234" else cell.ours) for cell in outcome.cells
    ]
    assert report.compared(plan, cells, bulletin)[1] == ["accepted: 16235 / 16234"]


def test_the_provincial_and_overdue_tables_of_a_half_year(tmp_path: Path) -> None:
    plan = plans.load("lianyungang-2018H1").short()
    # Two prints changed: one that the counts contradict now, and one that a misprint explains, but
    # by another value than ours.
    changed = {"province/赣榆区/total": "443", "open": "2050"}
    plan = replace(
        plan,
        cells=[replace(cell, printed=changed.get(cell.id, cell.printed)) for cell in plan.cells],
        misprints={"open": plans.Misprint("2050", "2049", "", "")},
    )
    outcome = replay(plan, tmp_path, bulletin=False)
    assert sorted(differing(outcome)) == ["open: 2050 / 2051", "province/赣榆区/total: 443 / 442"]
    assert outcome.verdicts[Verdict.EQUAL] == len(plan.cells) - 2 > 150
    assert outcome.landed == {"orders": 2164 + 2040, "answers": 53}


def test_grades_of_a_quarter_follow_from_imported_orders(tmp_path: Path) -> None:
    plan = plans.load("yueyang-2017Q2")
    parts = [part for part in plan.parts if "unit" in part.values]
    large = {part.values["unit"] for part in parts if part.count >= 500}
    plan = replace(
        plan,
        parts=[part for part in parts if part.values["unit"] not in large],
        cells=[cell for cell in plan.cells if cell.unit and cell.unit not in large],
        deals=(),
        aliases={},
    )
    outcome = replay(plan, tmp_path, bulletin=False)
    assert differing(outcome) == []
    composites = [cell for cell in outcome.cells if cell.cell.endswith("/composite")]
    assert len(composites) == 33
    assert {cell.verdict for cell in composites} == {Verdict.EQUAL}
    explained = {cell.cell for cell in outcome.cells if cell.verdict is Verdict.EXPLAINED}
    assert explained == {
        "units/市长江修防处/overdue",
        "units/市教育体育局/satisfaction_rate",
    }


def test_counts_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    plan = plans.load("huaibei-2022-02")
    with pytest.raises(ValueError, match="no records left"):
        list(records.write(replace(plan, parts=plan.parts[:3], cells=()), tmp_path, CALENDAR))
    with pytest.raises(ValueError, match="contradict"):
        plans._check(replace(plan.parts[0], late=plan.parts[0].count + 1))


def test_all_five_are_there_and_every_misprint_has_its_cell() -> None:
    assert sorted(plans.known()) == [
        "haian-2021",
        "hongze-2018",
        "huaibei-2022-02",
        "lianyungang-2018H1",
        "yueyang-2017Q2",
    ]
    for name in plans.known():
        plan = plans.load(name)
        assert all(known.reason and known.counts for known in plan.misprints.values())
        assert all(row["reason"] for row in plan.not_carried)


def test_an_unknown_replay_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotFound, match="huaibei-2022-02"):
        plans.load("atlantis-2022")
