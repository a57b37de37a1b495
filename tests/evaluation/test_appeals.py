"""Appeals: in time, answered with reasons, put right in a next revision; the old result stays."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from minsheng.directory.access import SYSTEM
from minsheng.evaluation import actions, jobs, queries
from minsheng.evaluation.actions import appeals, exclusions
from minsheng.evaluation.models import Appeal, Correction, Evaluation, Exclusion
from minsheng.evaluation.rules import Counts, corrected
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.foundation import clock, journal
from minsheng.indicators.periods import Period
from support.calling import Caller
from support.history import row, text_of
from support.reading import Visitor
from support.town import Town

FEBRUARY = {
    "accepted_at": "2026-02-02 09:00:00",
    "assigned_at": "2026-02-02 09:30:00",
    "sign_due_at": "2026-02-02 11:30:00",
    "signed_at": "2026-02-02 10:00:00",
    "due_at": "2026-02-09 17:30:00",
    "completed_at": "2026-02-05 16:00:00",
}
LATE = {"due_at": "2026-02-04 17:30:00"}
TRAFFIC = {"unit": "交通局"}


@pytest.fixture
def published(town: Town, tmp_path: Path) -> Evaluation:
    """February, published: 住房局 with one of five late, 交通局 with three in time."""
    path = tmp_path / "history.csv"
    rows = [row(n, **FEBRUARY) for n in range(1, 5)] + [row(5, **{**FEBRUARY, **LATE})]
    path.write_text(text_of([*rows, *(row(n, **FEBRUARY, **TRAFFIC) for n in range(6, 9))]))
    import_orders(SYSTEM, open_history(path)[0], rejects=tmp_path / "rejects.csv")
    draft = actions.evaluate(SYSTEM, "binhai", "2026-02")
    return actions.publish(town.actor("supervisor"), draft.pk)


def submit(town: Town, evaluation: Evaluation, **given: object) -> Appeal:
    sent = {"reason": "S5因道路封闭无法施工，附通告。", "demands": ["S5"], **given}
    return appeals.submit(town.actor("unit_leader"), evaluation.pk, **sent)  # type: ignore[arg-type]


def overdue(evaluation: Evaluation, town: Town) -> int:
    return int(evaluation.results.get(unit=town.units["housing"]).counts["overdue"])


def test_a_corrected_count_makes_a_revision_and_the_old_one_stays(
    town: Town, published: Evaluation
) -> None:
    appeal = submit(town, published)
    assert list(jobs.revise()) == []
    with clock.moved(clock.now() + timedelta(days=1)):
        appeals.grant(
            town.actor("supervisor"), appeal.pk, answer="系统停机。", corrections={"overdue": -1}
        )
        (draft,) = jobs.revise()
        assert (draft.revision, draft.state) == (2, "draft")
        assert draft.reason == "住房局超期办理 -1：系统停机"
        assert draft.changes[0]["overdue"] == [1, 0]
        flags = draft.results.get(unit=town.units["housing"]).flags
        assert flags == ["申诉成立，更正超期办理-1"]
        with town.refused("own_correction"):
            actions.publish(town.actor("supervisor"), draft.pk)
        second = actions.publish(town.actor("supervisor2"), draft.pk)
        assert queries.current("binhai", Period.parse("2026-02")) == second
    published.refresh_from_db()
    assert (overdue(published, town), overdue(second, town)) == (1, 0)
    assert [entry.action for entry in journal.timeline("evaluation", published.pk)] == [
        *("evaluation.compute", "evaluation.publish", "appeal.submit", "appeal.grant")
    ]
    (note,) = queries.notes(Period.parse("2026-02"))
    assert (note.unit, note.what, note.why) == ("住房局", "超期办理 -1", "系统停机。")


def test_an_order_left_out_upon_an_appeal_takes_a_second_person(
    town: Town, published: Evaluation
) -> None:
    appeal = submit(town, published)
    appeals.grant(
        town.actor("supervisor"),
        appeal.pk,
        answer="同意剔除S5。",
        exclude=["S5"],
        reason_code="force_majeure",
    )
    waiting = Exclusion.objects.get()
    assert (waiting.state, waiting.applied_by) == ("approved", town.posts["unit_leader"].staff)
    assert list(jobs.revise()) == []
    with town.refused("second_person"):
        exclusions.confirm(town.actor("supervisor"), waiting.pk)
    exclusions.confirm(town.actor("supervisor2"), waiting.pk)
    (draft,) = jobs.revise()
    assert draft.changes[0]["due"] == [5, 4]
    (note,) = queries.notes(Period.parse("2026-02"))
    assert (note.ref, note.what) == ("S5", "剔除")
    assert note.why == "不可抗力：S5因道路封闭无法施工，附通告。"


def test_refused_it_changes_nothing(town: Town, published: Evaluation) -> None:
    appeal = submit(town, published)
    with town.refused("missing"):
        appeals.refuse(town.actor("supervisor"), appeal.pk, answer="")
    appeals.refuse(town.actor("supervisor"), appeal.pk, answer="通告在到期之后。")
    with town.refused("wrong_state"):
        appeals.grant(
            town.actor("supervisor"), appeal.pk, answer="改了主意", corrections={"overdue": -1}
        )
    assert list(jobs.revise()) == []
    assert not Correction.objects.exists()


def test_who_may_appeal_against_what_and_until_when(town: Town, published: Evaluation) -> None:
    with town.refused("forbidden"):
        appeals.submit(town.actor("clerk"), published.pk, reason="不服")
    with town.refused("not_found"):
        appeals.submit(town.actor("leader.east"), published.pk, reason="不服")  # has no result
    with town.refused("unknown_demand"):
        submit(town, published, demands=["S6"])
    with town.refused("missing"):
        submit(town, published, reason=" ")
    appeal = submit(town, published)
    assert appeal.due_at == clock.now().replace(day=17, hour=17, minute=30)
    with town.refused("pending"):
        submit(town, published)
    with town.refused("not_found"):
        appeals.withdraw(town.actor("leader.traffic"), appeal.pk)
    appeals.withdraw(town.actor("unit_leader"), appeal.pk)
    with clock.moved(clock.now() + timedelta(days=7, hours=7)):  # the fifth working day
        assert submit(town, published).state == "submitted"
    with clock.moved(clock.now() + timedelta(days=7, hours=8)), town.refused("too_late"):
        appeals.submit(town.actor("leader.traffic"), published.pk, reason="晚了")


def test_a_draft_and_what_was_revised_cannot_be_contested(
    town: Town, published: Evaluation
) -> None:
    appeal = submit(town, published)
    appeals.grant(
        town.actor("supervisor"), appeal.pk, answer="系统停机。", corrections={"overdue": -1}
    )
    (draft,) = jobs.revise()
    with town.refused("not_found"):
        submit(town, draft)
    actions.publish(SYSTEM, draft.pk)
    with town.refused("revised"):
        submit(town, published)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "nothing_put_right"),
        ({"corrections": {"overdue": 0}}, "nothing_put_right"),
        ({"corrections": {"luck": 1}}, "unknown_count"),
        ({"corrections": {"overdue": -2}}, "impossible_count"),
        ({"corrections": {"handled": 1}}, "impossible_count"),
        ({"exclude": ["S5"]}, "unknown_reason"),
        ({"exclude": ["S6"], "reason_code": "force_majeure"}, "unknown_demand"),
    ],
)
def test_what_cannot_be_put_right_leaves_the_appeal_waiting(
    town: Town, published: Evaluation, given: dict[str, object], code: str
) -> None:
    appeal = submit(town, published)
    with town.refused(code):
        appeals.grant(town.actor("supervisor"), appeal.pk, answer="同意", **given)  # type: ignore[arg-type]
    appeal.refresh_from_db()
    assert appeal.state == "submitted"
    assert not Correction.objects.exists()
    assert not Exclusion.objects.exists()


def test_through_the_api(town: Town, call: Callable[..., object], published: Evaluation) -> None:
    path = f"/evaluations/{published.pk}"
    body = {"reason": "道路封闭", "demands": ["S5"]}
    call("clerk").post(f"{path}/appeal", body, 403)
    made = call("unit_leader").post(f"{path}/appeal", body, 201)
    call("unit_leader").post(f"{path}/appeal", body, 409)
    one = f"/appeals/{made['id']}"
    call("unit_leader").post(f"{one}/grant", {"answer": "好"}, 403)
    call("leader.traffic").get(one, 404)
    call("supervisor").post(f"{one}/grant", {"answer": "好"}, 422)
    said = call("supervisor").post(
        f"{one}/grant", {"answer": "系统停机。", "corrections": {"overdue": -1}}
    )
    assert (said["state"], said["corrections"]) == ("granted", {"overdue": -1})
    call("supervisor").post(f"{one}/refuse", {"answer": "不"}, 409)
    assert [each["id"] for each in call("unit_leader").get("/appeals")["items"]] == [made["id"]]

    whole = call("leader").get(path)
    assert [(each["name"], each["small"], each["rank"]) for each in whole["results"]] == [
        ("交通局", True, 1),
        ("住房局", True, 2),
    ]
    mine = call("clerk").get(path)
    assert [(each["name"], each["rank"]) for each in mine["results"]] == [("住房局", 2)]
    call("clerk.east").get(path, 404)
    assert [each["id"] for each in call("clerk").get("/evaluations")["items"]] == [published.pk]


def test_a_unit_reads_nothing_of_what_was_decided_about_others(
    town: Town, call: Callable[..., Caller], published: Evaluation
) -> None:
    appeal = submit(town, published)  # of 住房局
    with clock.moved(clock.now() + timedelta(days=1)):
        appeals.grant(
            town.actor("supervisor"), appeal.pk, answer="S5系统停机。", corrections={"overdue": -1}
        )
        (draft,) = jobs.revise()
        second = actions.publish(town.actor("supervisor2"), draft.pk)
    reason = "住房局超期办理 -1：S5系统停机"
    for who, said in (("leader.traffic", ""), ("clerk", ""), ("analyst", reason)):
        assert call(who).get("/evaluations")["items"][0]["reason"] == said
        found = call(who).get(f"/evaluations/{second.pk}")
        assert found["reason"] == said
        text = Visitor(town.posts[who]).get(f"/console/evaluations/{second.pk}").text
        assert (reason in text) == bool(said)
        # Of what concerns the unit itself, the notes tell it.
        assert bool(found["notes"]) == ("S5" in text) == (who != "leader.traffic")


def test_units_are_ranked_among_their_like(town: Town, published: Evaluation) -> None:
    (group,) = queries.groups(published)
    assert (group.small, group.scored) == (True, 2)
    large = Evaluation.objects.get(pk=published.pk)
    large.rules["small_due"] = 4  # 住房局 had five due, 交通局 three
    assert [(g.small, [r.result.unit_name for r in g.rows]) for g in queries.groups(large)] == [
        (False, ["住房局"]),
        (True, ["交通局"]),
    ]
    assert [r.rank for g in queries.groups(large) for r in g.rows] == [1, 1]


def test_no_correction_makes_a_count_that_cannot_be() -> None:
    counts = Counts("住房局", due=5, handled=5, overdue=1, rework=0, sampled=2, dissatisfied=1)
    put = corrected(counts, {"handled": -5, "rework": -1, "sampled": -2}, "更正")
    assert (put.handled, put.overdue, put.rework, put.sampled, put.dissatisfied) == (0, 0, 0, 0, 0)
    assert put.notes == ("更正",)
