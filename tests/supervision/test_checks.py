"""回头看、现场核查、联合督查, through the API, with what is refused."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment, Demand
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, journal
from minsheng.supervision import actions, rules
from minsheng.supervision.models import FieldCheck, Recheck
from support.calling import taken_back
from support.deeds import picture
from support.town import NOW, Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
DRAW = {"since": "2026-03-01", "until": "2026-03-10", "size": 2, "seed": "20260310"}
REPORT = {"verdict": "unsettled", "finding": "积水仍在，未见施工。", "place": "幸福里3号楼"}


def closed(town: Town) -> Demand:
    """Returns a demand that a unit completed and that is archived."""
    order = town.order("completed")
    return demands.archive(town.actor("supervisor"), order.demand_id)


# Re-checks


@given(st.sets(st.text("0123456789", min_size=3, max_size=6), max_size=60), st.integers(0, 70))
@settings(deadline=None)
def test_a_draw_is_of_the_population_and_the_same_again(numbers: set[str], count: int):
    drawn = rules.draw("s", sorted(numbers), count)
    assert drawn == rules.draw("s", sorted(numbers, reverse=True), count)
    assert len(set(drawn)) == len(drawn) == min(count, len(numbers))
    assert set(drawn) <= numbers
    assert rules.draw("s", numbers, count + 1)[: len(drawn)] == drawn


def test_every_number_has_the_same_chance():
    numbers = [f"SQ{n:05}" for n in range(200)]
    seen: Counter[str] = Counter()
    for seed in range(2000):
        seen.update(rules.draw(str(seed), numbers, 20))
    # 200 expected of each; five standard deviations of 2,000 draws at 1/10 are 67.
    assert all(abs(seen[number] - 200) < 67 for number in numbers)
    firsts = sum(seen[number] for number in numbers[:100])
    assert abs(firsts - 20_000) < 500


def test_the_course_of_a_recheck_through_the_api(call, town: Town):
    made = {closed(town).number for _ in range(3)}
    supervisor = call("supervisor")
    drawn = supervisor.post("/supervision/rechecks", DRAW)
    assert (drawn["population"], len(drawn["demands"])) == (3, 2)
    assert drawn["demands"] == rules.draw(DRAW["seed"], made, 2)
    first, second = supervisor.get("/supervision/rechecks")["items"]
    held = supervisor.post(f"/supervision/rechecks/{first['id']}/hold", {"finding": "未再渗水"})
    assert held["state"] == "held"
    again = supervisor.post(f"/supervision/rechecks/{second['id']}/reopen", {"finding": "又漏了"})
    assert again["state"] == "reopened"
    demand = Demand.objects.get(number=second["demand"])
    assert (demand.state, demand.reopened_count) == ("accepted", 1)
    trail = [line.action for line in journal.timeline("demand", demand.pk)][-2:]
    assert trail == ["demand.reopen", "recheck.reopen"]
    refused = supervisor.post(
        f"/supervision/rechecks/{first['id']}/reopen", {"finding": "再看"}, 409
    )
    assert refused["code"] == "wrong_state"
    # The unit reads what was found about it.
    assert len(call("clerk").get("/supervision/rechecks")["items"]) == 2
    assert call("clerk.traffic").get("/supervision/rechecks")["items"] == []


def test_what_is_never_drawn(call, town: Town):
    excluded, one = closed(town), closed(town)
    Demand.objects.filter(pk=excluded.pk).update(excluded=True)
    town.order("completed")  # not archived
    answered = town.demand("archived")  # by no unit
    restricted = closed(town)
    Demand.objects.filter(pk=restricted.pk).update(restricted=True)
    drawn = call("supervisor").post("/supervision/rechecks", {**DRAW, "size": 100})
    assert drawn["demands"] == [one.number]
    assert answered.number not in drawn["demands"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"seed": " "}, 422, "missing"),
        ({"until": "2026-02-01"}, 422, "out_of_range"),
        ({"until": "2026-03-11"}, 422, "out_of_range"),
        ({"size": 0}, 422, "invalid"),
        ({"since": "2025-01-01", "until": "2025-12-31"}, 409, "nothing_to_draw"),
        ({"units": ["traffic"]}, 409, "nothing_to_draw"),
        ({"units": ["nowhere"]}, 422, "unknown_unit"),
    ],
)
def test_what_cannot_be_drawn(call, town: Town, changed: dict, status: int, code: str):
    closed(town)
    said = call("supervisor").post("/supervision/rechecks", {**DRAW, **changed}, status)
    assert said["code"] == code
    assert not Recheck.objects.exists()


# Field checks


def ordered(town: Town, assignee: str = "collector") -> FieldCheck:
    order = town.order("replied")
    return actions.order_field_check(
        town.actor("supervisor"), demand_id=order.demand_id, reason="看是否修好", assignee=assignee
    )


def test_the_course_of_a_field_check_through_the_api(call, town: Town):
    order = town.order("replied")
    body = {"demand": order.demand.number, "reason": "看是否修好", "assignee": "collector"}
    check = call("supervisor").post("/supervision/field-checks", body)
    assert (check["state"], check["unit"], check["assignee"]) == ("ordered", "housing", "collector")
    (mine,) = call("collector").get("/supervision/field-checks")["items"]
    assert mine["number"] == check["number"]
    path = f"/supervision/field-checks/{check['id']}/report"
    said = call("collector").upload(path, 200, file=picture(), lon="119.2", lat="34.6", **REPORT)
    assert (said["state"], said["verdict"], said["lon"]) == ("reported", "unsettled", 119.2)
    stored = Attachment.objects.get(pk=said["evidence"][0])
    assert (stored.demand_id, stored.order_id) == (order.demand_id, order.pk)
    lines = call("clerk").get(f"/demands/{order.demand.number}")["timeline"]
    assert [line["action"] for line in lines][-2:] == ["field_check.order", "field_check.report"]
    call("supervisor").upload(path, 409, file=picture(), **REPORT)


def test_evidence_is_a_picture_with_place_and_time(call, town: Town):
    check = ordered(town)
    path = f"/supervision/field-checks/{check.pk}/report"
    collector = call("collector")
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = SimpleUploadedFile("现场.png", b"no picture", content_type="image/png")
    assert collector.upload(path, 422, file=text, **REPORT)["code"] == "file_content"
    pdf = SimpleUploadedFile("现场.pdf", b"%PDF-1.4\n%%EOF", content_type="application/pdf")
    assert collector.upload(path, 422, file=pdf, **REPORT)["code"] in (
        "not_a_picture",
        "file_content",
    )
    assert collector.upload(path, 422, **REPORT)["code"] == "invalid"
    for seen_at in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        late = {**REPORT, "seen_at": seen_at.isoformat()}
        assert collector.upload(path, 422, file=picture(), **late)["code"] == "seen_when"
    blank = {**REPORT, "place": " "}
    assert collector.upload(path, 422, file=picture(), **blank)["code"] == "missing"
    assert not Attachment.objects.exists()
    assert FieldCheck.objects.get().state == "ordered"


def test_only_who_was_asked_reports(call, town: Town):
    check = ordered(town, "supervisor")
    path = f"/supervision/field-checks/{check.pk}/report"
    call("collector").upload(path, 404, file=picture(), **REPORT)
    call("clerk").upload(path, 403, file=picture(), **REPORT)
    with town.refused("unknown_staff"):
        ordered(town, "agent")
    with town.refused("not_found"):
        actions.order_field_check(
            town.actor("supervisor"), demand_id=town.secret().pk, reason="看看"
        )


# Joint supervision

PLAN = {
    "title": "汛前排水联合督查",
    "on": "2026-03-12",
    "units": ["housing", "traffic"],
    "sites": [{"place": "幸福里下穿道", "unit": "traffic"}, {"place": "码头泵站", "unit": "water"}],
}


def test_the_course_of_a_joint_supervision_through_the_api(call, town: Town):
    supervisor = call("supervisor")
    plan = {**PLAN, "sites": [*PLAN["sites"], {"place": "3号楼", "unit": "housing"}]}
    plan["sites"][2]["demand"] = town.accept().number
    joint = supervisor.post("/supervision/joints", plan)
    assert (joint["units"], len(joint["sites"])) == (["housing", "traffic"], 3)
    said = supervisor.post(f"/supervision/joints/{joint['id']}/close", {"reason": "都好"}, 409)
    assert said["code"] == "sites_open"
    for site in joint["sites"]:
        verdict = {"verdict": "failed", "finding": "泵未启动"}
        supervisor.post(f"/supervision/sites/{site['id']}/judge", verdict)
    last = supervisor.post(
        f"/supervision/sites/{joint['sites'][0]['id']}/judge",
        {"verdict": "passed", "finding": "已整改"},
    )
    assert last["verdict"] == "passed"
    done = supervisor.post(f"/supervision/joints/{joint['id']}/close", {"reason": "一处合格"})
    assert done["state"] == "closed"
    supervisor.post(
        f"/supervision/sites/{joint['sites'][0]['id']}/judge",
        {"verdict": "failed", "finding": "晚了"},
        409,
    )
    # A unit sees those in which it answers for a place.
    assert len(call("clerk.water").get("/supervision/joints")["items"]) == 1
    assert call("clerk.east").get("/supervision/joints")["items"] == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sites": []}, "invalid"),
        ({"units": ["nowhere"]}, "unknown_unit"),
        ({"sites": [{"place": "x", "unit": "nowhere"}]}, "unknown_unit"),
        ({"sites": [{"place": "x", "unit": "water", "demand": "SQ0"}]}, "unknown_demand"),
        ({"title": " "}, "missing"),
    ],
)
def test_what_cannot_be_planned(call, town: Town, changed: dict, code: str):
    assert call("supervisor").post("/supervision/joints", {**PLAN, **changed}, 422)["code"] == code


def test_the_permission_table_walked_through_the_api(call, town: Town):
    for role in ROLES:
        with taken_back():
            _walk(call, town, role)


def _walk(call, town: Town, role: Role) -> None:
    supervisor = call("supervisor")
    demand = closed(town)
    actions.draw(
        town.actor("supervisor"), since=date(2026, 3, 1), until=date(2026, 3, 10), size=1, seed="1"
    )
    recheck = Recheck.objects.get()
    check = ordered(town)
    joint = supervisor.post("/supervision/joints", PLAN)
    site = joint["sites"][0]["id"]
    judged = {"verdict": "passed", "finding": "好"}
    caller = call(role)
    rechecks = f"/supervision/rechecks/{recheck.pk}"
    asked = {
        "recheck.draw": lambda: caller.post("/supervision/rechecks", DRAW, None),
        "recheck.hold": lambda: caller.post(f"{rechecks}/hold", {"finding": "好"}, None),
        "recheck.reopen": lambda: caller.post(f"{rechecks}/reopen", {"finding": "坏"}, None),
        "field_check.order": lambda: caller.post(
            "/supervision/field-checks", {"demand": demand.number, "reason": "看"}, None
        ),
        "field_check.report": lambda: caller.upload(
            f"/supervision/field-checks/{check.pk}/report", None, file=picture(), **REPORT
        ),
        "joint.plan": lambda: caller.post("/supervision/joints", PLAN, None),
        "joint.judge": lambda: caller.post(f"/supervision/sites/{site}/judge", judged, None),
        "joint.close": lambda: caller.post(
            f"/supervision/joints/{joint['id']}/close", {"reason": "完"}, None
        ),
    }
    for action, ask in asked.items():
        refused = ask().status_code == 403
        assert refused == (not scopes(role, action)), (role, action)
    assert clock.now() == NOW
