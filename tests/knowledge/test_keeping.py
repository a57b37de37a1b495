"""Units propose, the centre approves, everybody remarks; and who may not, is told so."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from minsheng.demands import actions as demands
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.knowledge import actions, queries
from minsheng.knowledge.models import Item, Remark

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
SAID = {"title": "维修基金怎么用", "answer": "向业主委员会申请，公示七天。"}


@pytest.fixture
def proposal(town) -> Item:
    return actions.propose(town.actor("clerk"), code="fund", **SAID)


def test_a_proposal_answers_nobody_until_it_is_approved(town, proposal):
    assert (proposal.version, proposal.current, proposal.unit.code) == (2, False, "housing")
    assert Item.objects.get(code="fund", current=True).version == 1
    actions.approve(town.actor("dispatcher"), proposal.pk)
    assert Item.objects.get(code="fund", current=True).version == 2
    assert Item.objects.filter(code="fund").count() == 2
    old = Item.objects.get(code="fund", version=1)
    trail = [entry.action for entry in journal.timeline("knowledge", old.pk)]
    assert sorted(trail) == ["knowledge.approve", "knowledge.propose"]


def test_a_direct_answer_keeps_the_version_that_it_rested_on(town, proposal):
    demand = town.accept()
    demands.answer(town.actor("agent"), demand.pk, answer="可以申请。", knowledge="fund")
    actions.approve(town.actor("dispatcher"), proposal.pk)
    demand.refresh_from_db()
    assert (demand.knowledge.code, demand.knowledge.version) == ("fund", 1)


def test_nobody_approves_their_own(town):
    mine = actions.propose(town.actor("dispatcher"), code="fund", **SAID)
    with pytest.raises(Forbidden, match="另一位"), transaction.atomic():
        actions.approve(town.actor("dispatcher"), mine.pk)
    actions.approve(town.actor("dispatcher2"), mine.pk)


def test_a_refusal_says_why_and_leaves_what_holds(town, proposal):
    with pytest.raises(Invalid, match="原因"), transaction.atomic():
        actions.refuse(town.actor("dispatcher"), proposal.pk, reason=" ")
    refused = actions.refuse(town.actor("dispatcher"), proposal.pk, reason="缺少办理时限")
    assert (refused.state, refused.remark) == ("refused", "缺少办理时限")
    assert Item.objects.get(code="fund", current=True).version == 1
    with pytest.raises(Conflict, match="审核过"), transaction.atomic():
        actions.approve(town.actor("dispatcher"), proposal.pk)
    again = actions.propose(town.actor("clerk"), code="fund", **SAID)
    assert again.version == 3


def test_one_proposal_waits_at_a_time(town, proposal):
    with pytest.raises(Conflict, match="待审核"), transaction.atomic():
        actions.propose(town.actor("clerk"), code="fund", **SAID)
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.create(code="fund", version=9, state="proposed", current=False, unit_id=1)


def test_units_write_for_themselves_only(town):
    with pytest.raises(Forbidden, match="供水公司"), transaction.atomic():
        actions.propose(town.actor("clerk"), code="old", **SAID)
    made = actions.propose(town.actor("clerk"), unit="water", **SAID)
    assert made.unit.code == "housing"
    by_centre = actions.propose(town.actor("agent"), unit="water", **SAID)
    assert by_centre.unit.code == "water"
    assert (made.code, by_centre.code) == ("N000001", "N000002")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": " "}, "标题"),
        ({"answer": ""}, "答案"),
        ({"kind": "notice"}, "起止日期"),
        ({"kind": "rumour"}, "类型"),
        ({"valid_from": date(2026, 5, 2), "valid_to": date(2026, 5, 1)}, "早于"),
        ({"category": "nothing"}, "nothing"),
        ({"unit": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_proposed(town, given, said):
    with pytest.raises(Invalid, match=said), transaction.atomic():
        actions.propose(town.actor("agent"), **{**SAID, **given})
    assert not Item.objects.filter(state="proposed").exists()


def test_a_code_that_is_not_there(town):
    with pytest.raises(NotFound, match="nothing"), transaction.atomic():
        actions.propose(town.actor("agent"), code="nothing", **SAID)


def test_stale_items_are_listed_until_their_unit_looked(town):
    item = Item.objects.get(code="fund")
    item.review_on = date(2026, 3, 1)
    item.save()
    today = clock.now().date()
    assert [one.code for one in queries.stale(today)] == ["fund", "old"]
    with pytest.raises(Invalid, match="晚于今天"), transaction.atomic():
        actions.review(town.actor("clerk"), item.pk, next_on=today)
    with pytest.raises(Forbidden, match="住房局"), transaction.atomic():
        actions.review(town.actor("clerk.traffic"), item.pk, next_on=date(2026, 9, 1))
    actions.review(town.actor("clerk"), item.pk, next_on=date(2026, 9, 1))
    assert [one.code for one in queries.stale(today)] == ["old"]


def test_what_is_retired_is_found_no_more(town):
    item = Item.objects.get(code="fund")
    actions.retire(town.actor("supervisor"), item.pk, reason="政策废止")
    assert not Item.objects.filter(code="fund", current=True).exists()
    demand = town.accept()
    with pytest.raises(Invalid, match="fund"), transaction.atomic():
        demands.answer(town.actor("agent"), demand.pk, answer="可以", knowledge="fund")
    with pytest.raises(Conflict, match="现行"), transaction.atomic():
        actions.retire(town.actor("supervisor"), item.pk, reason="再次")


def test_remarks_wait_until_they_are_dealt_with(town):
    item = Item.objects.get(code="fund")
    with pytest.raises(Invalid, match="哪里不对"), transaction.atomic():
        actions.remark(town.actor("agent"), item.pk, kind="wrong")
    actions.remark(town.actor("agent"), item.pk, kind="useful")
    wrong = actions.remark(town.actor("agent"), item.pk, kind="wrong", said="电话变了")
    assert list(queries.open_remarks()) == [wrong]
    with pytest.raises(Forbidden, match="其他单位"), transaction.atomic():
        actions.settle_remark(town.actor("clerk.traffic"), wrong.pk, settlement="已改")
    actions.settle_remark(town.actor("clerk"), wrong.pk, settlement="已改")
    assert not queries.open_remarks()
    with pytest.raises(Conflict, match="处理过"), transaction.atomic():
        actions.settle_remark(town.actor("clerk"), wrong.pk, settlement="又改")


def test_what_nobody_found_is_counted(town):
    for query in ("养老驿站", "养老驿站", "地铁票价"):
        actions.searched(query, 0)
    actions.searched("维修基金", 3)
    told = queries.in_vain(clock.now() - timedelta(days=1))
    assert [(one.query, one.times) for one in told] == [("养老驿站", 2), ("地铁票价", 1)]
    assert queries.in_vain(clock.now() + timedelta(days=1)) == []


@pytest.mark.parametrize("role", ROLES)
def test_the_permission_table_walked_through_the_api(call, town, role):
    item = Item.objects.get(code="fund")
    proposal = actions.propose(town.actor("clerk2"), code="fund", **SAID)
    caller = call(role)
    asked = {
        "knowledge.view": lambda: caller.get("/knowledge", None, query="维修"),
        "knowledge.propose": lambda: caller.post("/knowledge", SAID, None),
        "knowledge.remark": lambda: caller.post(
            f"/knowledge/{item.pk}/remark", {"kind": "useful"}, None
        ),
        "knowledge.approve": lambda: caller.post(f"/knowledge/{proposal.pk}/approve", {}, None),
    }
    for action, ask in asked.items():
        allowed = bool(scopes(role, action))
        assert ask().status_code == (200 if allowed else 403), action


def test_the_whole_course_through_the_api(call, town):
    made = call("clerk").post("/knowledge", {**SAID, "keywords": ["大修基金"]})
    assert (made["state"], made["current"], made["unit"]) == ("proposed", False, "housing")
    assert call("agent").get("/knowledge", query="大修基金") == []
    path = f"/knowledge/{made['id']}"
    assert call("dispatcher").post(f"{path}/approve")["current"] is True
    (found,) = call("agent").get("/knowledge", query="大修基金")
    assert found["code"] == made["code"]
    call("agent").post(f"{path}/remark", {"kind": "outdated", "said": "标准变了"})
    assert Remark.objects.count() == 1
    call("clerk").post(f"{path}/review", {"next_on": "2026-12-01"})
    call("supervisor").post(f"{path}/retire", {"reason": "重复"})
    assert call("agent").get("/knowledge", query="大修基金") == []
    assert call("supervisor").post(f"{path}/retire", {"reason": "重复"}, 409)["message"]
    call("dispatcher").post(f"{path}/refuse", {"reason": "晚了"}, 409)
    call("dispatcher").post("/knowledge/999999/approve", {}, 404)
