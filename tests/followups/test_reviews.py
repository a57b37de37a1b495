"""The monthly meeting: all discontent, by unit, decided once; what is not done is done again."""

from collections.abc import Callable
from datetime import timedelta

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.followups import reviews
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from support.reading import Visitor
from support.town import NOW, Town


def asked(town: Town, grade: str = "dissatisfied", solved: bool = False) -> FollowUp:
    demand = town.demand("completed")
    return follow_ups.evaluate(
        town.actor("follow_up"), demand.pk, grade=grade, solved=solved, reason="仍在渗水"
    )


def state(row: FollowUp) -> str:
    return Demand.objects.get(pk=row.demand_id).state


def test_the_list_holds_the_dissatisfied_and_the_unsolved_of_a_month(town: Town) -> None:
    unhappy, unsolved = asked(town), asked(town, "fairly_satisfied")
    asked(town, "satisfied", True)
    with clock.moved(NOW + timedelta(days=31)):
        april = asked(town)
    act = town.actor("leader")
    assert {row.pk for row in reviews.listed(act, "2026-03")} == {unhappy.pk, unsolved.pk}
    assert [row.pk for row in reviews.listed(act, "2026-04")] == [april.pk]
    assert not reviews.listed(act, "2025-12") | reviews.listed(act, "0001-01")
    for month in ("2026-13", "9999-12", "0000-01", "2026-03\0"):
        with town.refused("bad_month"):
            reviews.listed(act, month)
    with town.refused("forbidden"):
        reviews.listed(town.actor("clerk"), "2026-03")


def test_to_be_done_again_goes_back_with_the_reason(town: Town) -> None:
    row = asked(town)
    reviews.decide(town.actor("supervisor"), row.pk, decision="rework", note="未到现场")
    order = row.assignment
    assert order is not None
    order.refresh_from_db()
    assert (state(row), order.state, order.rework_count) == ("assigned", "handling", 1)
    with town.refused("decided"):
        reviews.decide(town.actor("supervisor2"), row.pk, decision="stands", note="到位")


def test_what_is_archived_is_taken_up_again(town: Town) -> None:
    row = asked(town)
    demands.archive(town.actor("supervisor"), row.demand_id)
    reviews.decide(town.actor("supervisor"), row.pk, decision="rework", note="未到现场")
    assert state(row) == "accepted"


def test_what_stands_stands(town: Town) -> None:
    row = asked(town)
    review = reviews.decide(town.actor("supervisor"), row.pk, decision="stands", note="已尽责")
    assert (review.decision, state(row)) == ("stands", "evaluated")


def test_what_is_refused(town: Town) -> None:
    row, happy = asked(town), asked(town, "satisfied", True)
    act = town.actor("supervisor")
    with town.refused("forbidden"):
        reviews.decide(town.actor("follow_up"), row.pk, decision="stands", note="好")
    with town.refused("unknown_decision"):
        reviews.decide(act, row.pk, decision="shrug", note="好")
    with town.refused("missing"):
        reviews.decide(act, row.pk, decision="stands", note=" ")
    with town.refused("not_found"):
        reviews.decide(act, happy.pk, decision="stands", note="好")
    follow_ups.rework(act, row.demand_id, reason="仍在渗水")
    with town.refused("under_way"):
        reviews.decide(act, row.pk, decision="rework", note="好")


def test_through_the_doors(
    town: Town, call: Callable[..., object], at: Callable[..., Visitor]
) -> None:
    row, other = asked(town), asked(town)
    said = call("analyst").get("/reviews", month="2026-03")
    assert [(one["follow_up"], one["unit"], one["decision"]) for one in said] == [
        (row.pk, "housing", ""),
        (other.pk, "housing", ""),
    ]
    call("analyst").get("/reviews", 422, month="2026")
    body = {"decision": "stands", "note": "已尽责"}
    call("analyst").post(f"/follow-ups/{row.pk}/review", body, 403)
    assert call("supervisor").post(f"/follow-ups/{row.pk}/review", body)["decision"] == "stands"
    call("supervisor").post(f"/follow-ups/{row.pk}/review", body, 409)

    supervisor = at("supervisor")
    page = supervisor.get("/console/reviews?month=2026-03")
    assert "已尽责" in page.text
    form = page.form(f"/console/reviews/{other.pk}")
    typed = {**form["fields"], "note": "未到现场"}
    again = supervisor.post(form["action"], typed, 422)
    assert "请选择“研判结论”" in again.text
    assert again.form(form["action"])["fields"]["note"] == "未到现场"  # nothing typed is lost
    supervisor.post(form["action"], {**form["fields"], "decision": "rework", "note": "未到现场"})
    assert "退回重办" in supervisor.follow().text
    assert state(other) == "assigned"
    looking = at("leader").get("/console/reviews?month=2026-03")
    assert not [form for form in looking.forms if "/reviews/" in form["action"]]
