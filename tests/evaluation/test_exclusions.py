"""Leaving a demand out of assessment: on application, with evidence, by two persons, on record."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment, Demand
from minsheng.evaluation.actions import exclusions
from minsheng.evaluation.models import Exclusion
from minsheng.foundation import clock, journal
from support.deeds import picture
from support.town import Town


def apply(town: Town, demand: Demand, by: str = "clerk", **given: object) -> Exclusion:
    sent = {"reason_code": "unreasonable", "evidence": "已当面解释三次，附谈话记录。", **given}
    return exclusions.apply(town.actor(by), demand.pk, **sent)  # type: ignore[arg-type]


def excluded(demand: Demand) -> bool:
    return Demand.objects.get(pk=demand.pk).excluded


def test_two_persons_leave_a_demand_out_and_the_journal_says_so(town: Town) -> None:
    demand = town.demand("completed")
    row = apply(town, demand)
    assert (row.state, row.unit, excluded(demand)) == ("applied", town.units["housing"], False)
    exclusions.approve(town.actor("supervisor"), row.pk, reason="属实")
    assert not excluded(demand)
    row = exclusions.confirm(town.actor("supervisor2"), row.pk)
    assert (row.state, excluded(demand)) == ("granted", True)
    said = journal.timeline("demand", demand.pk)
    assert [entry.action for entry in said][-3:] == [
        "exclusion.apply",
        "exclusion.approve",
        "exclusion.confirm",
    ]
    assert [entry.staff for entry in said][-3:] == ["clerk", "supervisor", "supervisor2"]
    assert said.last().said["changes"]["demand"] == {"excluded": [False, True]}


def test_one_person_cannot_do_both(town: Town) -> None:
    row = apply(town, town.demand("completed"))
    with town.refused("wrong_state"):
        exclusions.confirm(town.actor("supervisor"), row.pk)  # nobody approved yet
    exclusions.approve(town.actor("supervisor"), row.pk)
    with town.refused("second_person"):
        exclusions.confirm(town.actor("supervisor"), row.pk)
    with town.refused("wrong_state"):
        exclusions.approve(town.actor("supervisor2"), row.pk)
    assert Exclusion.objects.get().state == "approved"


def test_who_applied_decides_nothing(town: Town) -> None:
    row = apply(town, town.demand("completed"), by="supervisor")
    for decide in (exclusions.approve, exclusions.refuse):
        with town.refused("own_application"):
            decide(town.actor("supervisor"), row.pk, reason="同意")
    exclusions.approve(town.actor("supervisor2"), row.pk)
    with town.refused("own_application"):
        exclusions.confirm(town.actor("supervisor"), row.pk)


def test_the_database_wants_two_persons_too(town: Town) -> None:
    row = apply(town, town.demand("completed"))
    one = town.posts["supervisor"].staff_id
    with pytest.raises(IntegrityError, match="exclusion_granted_by_two"), transaction.atomic():
        Exclusion.objects.filter(pk=row.pk).update(
            state="granted", approved_by=one, decided_by=one, decided_at=clock.now()
        )


def test_an_application_needs_evidence_and_a_reason_from_the_list(town: Town) -> None:
    demand = town.demand("completed")
    with town.refused("evidence_missing"):
        apply(town, demand, evidence=" ")
    with town.refused("unknown_reason"):
        apply(town, demand, reason_code="weather")
    with town.refused("unknown_file"):
        apply(town, demand, evidence="", attached=[town.attach(town.accept()).pk])
    with town.refused("file_type"):
        apply(town, demand, files=[picture("现场.exe")])
    assert not Exclusion.objects.exists()
    kept = town.attach(demand)
    row = apply(town, demand, evidence="", attached=[kept.pk], files=[picture()])
    assert len(row.files) == 2
    assert kept.pk in row.files


def test_evidence_is_stored_with_a_demand_that_is_archived(town: Town) -> None:
    demand = town.demand("evaluated")
    demands.archive(town.actor("supervisor"), demand.pk)
    row = apply(town, demand, evidence="", files=[picture()])
    file = Attachment.objects.get(pk=row.files[0])
    assert (file.demand_id, file.public) == (demand.pk, False)


def test_a_unit_applies_for_its_own_demands_and_one_at_a_time(town: Town) -> None:
    demand = town.demand("completed")
    with town.refused("not_found"):  # who may not see it learns nothing of it
        apply(town, demand, by="clerk.traffic")
    with town.refused("forbidden"):
        apply(town, demand, by="dispatcher")
    with town.refused("not_found"):
        apply(town, town.secret(), by="supervisor")
    row = apply(town, demand)
    with town.refused("pending"):
        apply(town, demand, by="unit_leader")
    with town.refused("not_found"):
        exclusions.withdraw(town.actor("clerk.traffic"), row.pk)
    with town.refused("other_unit"):
        exclusions.withdraw(town.actor("supervisor"), row.pk)
    assert exclusions.withdraw(town.actor("unit_leader"), row.pk).state == "withdrawn"
    with town.refused("wrong_state"):
        exclusions.approve(town.actor("supervisor"), row.pk)
    assert apply(town, demand).state == "applied"


def test_refused_it_counts_on_and_the_reason_stands(town: Town) -> None:
    demand = town.demand("completed")
    row = apply(town, demand)
    with town.refused("missing"):
        exclusions.refuse(town.actor("supervisor"), row.pk, reason=" ")
    exclusions.approve(town.actor("supervisor"), row.pk)
    exclusions.refuse(town.actor("supervisor2"), row.pk, reason="证据不足")
    row.refresh_from_db()
    assert (row.state, row.decision, excluded(demand)) == ("refused", "证据不足", False)


def test_applying_ends_with_its_limit_but_an_open_order_has_none(town: Town) -> None:
    open_one = town.demand("assigned")
    done = town.demand("completed")
    with clock.moved(clock.now() + timedelta(days=13)):  # the tenth working day
        assert apply(town, done).state == "applied"
    again = town.demand("completed")
    with clock.moved(clock.now() + timedelta(days=20)):
        with town.refused("too_late"):
            apply(town, again)
        assert apply(town, open_one).due_at == clock.now().replace(
            month=4, day=7, hour=17, minute=30
        )  # five working days; 清明 (4 to 6 April) is off


def test_the_centre_takes_a_demand_back_in_by_two_persons_as_well(town: Town) -> None:
    demand = town.demand("completed")
    with town.refused("nothing_to_do"):
        apply(town, demand, by="supervisor", restores=True)
    row = apply(town, demand)
    exclusions.approve(town.actor("supervisor"), row.pk)
    exclusions.confirm(town.actor("supervisor2"), row.pk)
    with town.refused("nothing_to_do"):
        apply(town, demand)
    with town.refused("centre_only"):
        apply(town, demand, restores=True)
    back = apply(town, demand, by="supervisor", restores=True)
    exclusions.approve(town.actor("supervisor2"), back.pk)
    with town.refused("second_person"):
        exclusions.confirm(town.actor("supervisor2"), back.pk)
    assert excluded(demand)


def test_through_the_api(town: Town, call) -> None:
    demand = town.demand("completed")
    path = f"/demands/{demand.number}/exclusion"
    body = {"reason_code": "unreasonable", "evidence": "已当面解释三次。"}
    call("agent").post(path, body, 403)
    call("clerk.traffic").post(path, body, 404)
    assert call("clerk").post(path, {**body, "evidence": ""}, 422)["code"] == "evidence_missing"
    made = call("clerk").post(path, body, 201, Idempotency_Key="one")
    assert call("clerk").post(path, body, 201, Idempotency_Key="one") == made
    call("clerk").post(path, body, 409)
    one = f"/exclusions/{made['id']}"
    call("clerk").post(f"{one}/approve", {}, 403)
    call("supervisor").post(f"{one}/approve", {"reason": "属实"})
    assert call("supervisor").post(f"{one}/confirm", {}, 403)["code"] == "second_person"
    assert call("supervisor2").post(f"{one}/refuse", {}, 422)["code"] == "invalid"
    granted = call("supervisor2").post(f"{one}/confirm", {})
    assert (granted["state"], granted["approved_by"]) == ("granted", "supervisor")
    assert "excluded" in call("clerk").get(f"/demands/{demand.number}")["marks"]
    assert [row["id"] for row in call("clerk").get("/exclusions")["items"]] == [made["id"]]
    assert call("clerk.traffic").get("/exclusions")["items"] == []
    call("clerk.traffic").get(one, 404)
    call("dispatcher").get("/exclusions", 403)
    said = call("supervisor").get(f"/demands/{demand.number}")["timeline"]
    assert [line["label"] for line in said][-3:] == ["申请剔除考核", "剔除初审同意", "剔除复核同意"]
