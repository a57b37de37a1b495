"""Evaluations on record: drawn from facts, frozen when published, revised once things change."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from minsheng.directory.access import SYSTEM
from minsheng.evaluation import actions, jobs, queries, schemes
from minsheng.evaluation.models import Evaluation, Result
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.foundation import journal
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.indicators.periods import Period
from support.fairly import exclude
from support.history import row, text_of
from support.town import Town

D = Decimal
Import = Callable[[list[dict[str, str]]], None]

LATE = {"due_at": "2025-03-05 17:30:00"}
UNHAPPY = {"satisfaction": "dissatisfied", "solved": "0"}
TRAFFIC = {"unit": "交通局"}
LAST_QUARTER = {
    "accepted_at": "2024-12-02 09:00:00",
    "assigned_at": "2024-12-02 09:30:00",
    "sign_due_at": "2024-12-02 11:30:00",
    "signed_at": "2024-12-02 10:00:00",
    "due_at": "2024-12-09 17:30:00",
    "completed_at": "2024-12-05 16:00:00",
}


@pytest.fixture
def take(town: Town, tmp_path: Path) -> Import:
    def take(rows: list[dict[str, str]]) -> None:
        path = tmp_path / "history.csv"
        path.write_text(text_of(rows))
        summary = import_orders(SYSTEM, open_history(path)[0], rejects=tmp_path / "r.csv")
        assert summary.counts["landed"] == len(rows)

    return take


def quarter() -> list[dict[str, str]]:
    """Housing: five due, one late, one dissatisfied. Traffic: two due, one of them reworked."""
    return [
        row(1),
        row(2),
        row(3),
        row(4, **LATE),
        row(5, **UNHAPPY),
        row(6, **TRAFFIC),
        row(7, **TRAFFIC, rework_count="1"),
    ]


def test_results_follow_from_the_facts_line_by_line(take: Import, town: Town) -> None:
    take(quarter())
    evaluation = actions.evaluate(town.actor("analyst"), "yueyang", "2025Q1")
    assert (evaluation.state, evaluation.version, evaluation.revision) == ("draft", "2017", 1)
    traffic, housing = queries.results(evaluation)
    assert (traffic.unit, housing.unit) == (town.units["traffic"], town.units["housing"])
    counted = {name: housing.counts[name] for name in ("due", "handled", "overdue", "rework")}
    assert counted == {"due": 5, "handled": 5, "overdue": 1, "rework": 0}
    assert (housing.counts["sampled"], housing.counts["dissatisfied"]) == (5, 1)
    assert [line["text"] for line in housing.lines] == [
        "办结率 100.00% × 0.3 = 30",
        "按期办结率 80.00% × 0.3 = 24",
        "（100 − 返工率 0.00%）× 0.2 = 20",
        "群众满意率 80.00% × 0.2 = 16",
    ]
    assert (housing.composite, housing.grade) == (D("90.0"), "B")
    assert (traffic.composite, traffic.grade) == (D("90.0"), "B")
    (entry,) = journal.timeline("evaluation", evaluation.pk)
    assert (entry.action, entry.staff, entry.ref) == (
        "evaluation.compute",
        town.actor("analyst").username,
        "yueyang-2025Q1-1",
    )
    assert entry.said["changes"]["note"]["inputs"] == evaluation.inputs_sha256


def test_a_draft_is_computed_anew_in_its_place(take: Import, town: Town) -> None:
    take(quarter())
    first = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    take([row(8, **TRAFFIC, **LATE)])
    second = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    assert (second.pk, second.revision) == (first.pk, 1)
    assert second.inputs_sha256 != first.inputs_sha256
    assert second.results.get(unit=town.units["traffic"]).counts["due"] == 3


def test_what_is_published_the_database_keeps(take: Import, town: Town) -> None:
    take(quarter())
    evaluation = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    actions.publish(town.actor("supervisor"), evaluation.pk)
    result = evaluation.results.all()[0]
    for change in (
        lambda: Evaluation.objects.filter(pk=evaluation.pk).update(reason="改"),
        lambda: Evaluation.objects.filter(pk=evaluation.pk).update(state="draft"),
        lambda: Result.objects.filter(pk=result.pk).update(composite=D(100)),
        lambda: Result.objects.filter(pk=result.pk).delete(),
        lambda: Result(
            evaluation=evaluation, unit=town.units["water"], counts={}, rates={}, lines=[]
        ).save(),
    ):
        with pytest.raises(IntegrityError, match="published"), transaction.atomic():
            change()
    with pytest.raises(Conflict, match="已经发布"):
        actions.publish(SYSTEM, evaluation.pk)
    with pytest.raises(Conflict, match="没有变化"):
        actions.evaluate(SYSTEM, "yueyang", "2025Q1", reason="再算一遍")
    assert [entry.action for entry in journal.timeline("evaluation", evaluation.pk)] == [
        "evaluation.compute",
        "evaluation.publish",
    ]
    assert journal.verify().faults == []


def test_a_granted_exclusion_makes_a_revision_that_says_what_changed(
    take: Import, town: Town
) -> None:
    take(quarter())
    first = actions.publish(SYSTEM, actions.evaluate(SYSTEM, "yueyang", "2025Q1").pk)
    exclude(town, "S4")
    with pytest.raises(Invalid, match="说明理由"):
        actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    second = actions.evaluate(SYSTEM, "yueyang", "2025Q1", reason="S4申诉成立，准予剔除")
    assert (second.revision, second.state) == (2, "draft")
    assert second.changes == [
        {
            "unit": "住房局",
            "due": [5, 4],
            "handled": [5, 4],
            "overdue": [1, 0],
            "sampled": [5, 4],
            "composite": ["90", "95"],
            "grade": ["B", "A"],
        }
    ]
    assert queries.current("yueyang", Period.parse("2025Q1")) == first
    actions.publish(SYSTEM, second.pk)
    assert queries.current("yueyang", Period.parse("2025Q1")) == second
    assert first.results.get(unit=town.units["housing"]).grade == "B"


def test_a_draft_of_a_revision_may_be_computed_again(take: Import, town: Town) -> None:
    take(quarter())
    actions.publish(SYSTEM, actions.evaluate(SYSTEM, "yueyang", "2025Q1").pk)
    for number in ("S4", "S5"):
        exclude(town, number)
        draft = actions.evaluate(SYSTEM, "yueyang", "2025Q1", reason=f"{number}准予剔除")
    assert (draft.revision, draft.reason) == (2, "S5准予剔除")
    assert draft.changes[0]["due"] == [5, 3]


def test_what_was_granted_is_revised_by_night(take: Import, town: Town) -> None:
    take([*quarter(), row(11, **LAST_QUARTER)])
    for period in ("2024Q4", "2025Q1"):
        actions.publish(SYSTEM, actions.evaluate(SYSTEM, "yueyang", period).pk)
    assert list(jobs.revise()) == []
    exclude(town, "S4")
    (draft,) = jobs.revise()
    assert (draft.period, draft.revision, draft.state) == ("2025Q1", 2, "draft")
    assert draft.reason == "S4剔除：不可抗力：道路封闭，非单位原因"
    assert [change["unit"] for change in draft.changes] == ["住房局"]
    assert [again.pk for again in jobs.revise()] == [draft.pk]
    actions.publish(SYSTEM, draft.pk)
    assert list(jobs.revise()) == []


def test_grades_are_compared_with_the_period_before(take: Import, town: Town) -> None:
    take([
        *quarter(),
        row(11, **LAST_QUARTER),
        row(12, **LAST_QUARTER, **TRAFFIC, **UNHAPPY),
    ])  # fmt: skip
    before = actions.evaluate(SYSTEM, "yueyang", "2024Q4")
    draft = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    assert {result.moved for result in draft.results.all()} == {""}  # a draft is no result yet
    actions.publish(SYSTEM, before.pk)
    draft = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    found = {
        result.unit_name: (result.grade_before, result.grade, result.moved)
        for result in draft.results.all()
    }
    assert found == {"住房局": ("A", "B", "down"), "交通局": ("C", "B", "up")}


def test_who_may(take: Import, town: Town) -> None:
    take(quarter())
    for role in ("agent", "clerk", "leader", "admin"):
        with pytest.raises(Forbidden):
            actions.evaluate(town.actor(role), "yueyang", "2025Q1")
    draft = actions.evaluate(town.actor("analyst"), "yueyang", "2025Q1")
    with pytest.raises(Forbidden):
        actions.publish(town.actor("analyst"), draft.pk)
    assert actions.publish(town.actor("supervisor"), draft.pk).published_by


@pytest.mark.parametrize(
    ("scheme", "period", "error", "words"),
    [
        ("yueyang", "2026Q1", Invalid, "还没有结束"),
        ("yueyang", "2025Q9", Invalid, "不是统计周期"),
        ("yueyang", "2019Q1", Conflict, "没有应办理的工单"),
        ("yueyang", "2016Q1", NotFound, "没有生效的版本"),
        ("atlantis", "2025Q1", NotFound, "没有名为“atlantis”的评价方案"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_and_leaves_nothing(
    take: Import, scheme: str, period: str, error: type[Exception], words: str
) -> None:
    take(quarter())
    with pytest.raises(error, match=words):
        actions.evaluate(SYSTEM, scheme, period)
    assert not Evaluation.objects.exists()


def test_a_unit_below_the_minimum_sample_is_not_scored(take: Import, town: Town) -> None:
    take(quarter())
    evaluation = actions.evaluate(SYSTEM, "binhai", "2025Q1")
    assert evaluation.version == "1"
    housing, traffic = queries.results(evaluation)
    assert (housing.unit_name, housing.grade) == ("住房局", "良好")
    assert (traffic.composite, traffic.grade, traffic.flags) == (
        None,
        "",
        ["满意率没有数据，不评分"],
    )


def test_the_version_in_effect_counts() -> None:
    assert schemes.load("binhai", date(2025, 12, 31)).version == "1"
    assert schemes.load("binhai", date(2026, 1, 1)).version == "2"
