"""企业专席: agent, specialist, order; who did which step is on record, and what is refused."""

from datetime import timedelta

import pytest

from minsheng.demands import actions as demands
from minsheng.demands import enquiring
from minsheng.demands.models import Demand, Enquiry
from minsheng.directory.models import Post
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, journal
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from support.calling import taken_back
from support.reading import Visitor
from support.town import NOW, Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
ANSWER = {"answer": "可以申请，材料三份。", "knowledge": "fund"}


def company(town: Town, **more: object) -> Demand:
    """Returns a demand of an enterprise."""
    return town.accept(
        kind="consult", petitioner=demands.PersonIn(name="青山机械厂", kind="enterprise"), **more
    )


def test_a_specialist_answers_what_the_agent_could_not(call, town: Town):
    demand = company(town)
    (one,) = call("agent").get("/specialists")
    assert one["unit"] == "housing"
    path = f"/demands/{demand.number}"
    asked = call("agent").post(f"{path}/enquiries", {"unit": "housing", "note": "能否减免？"})
    assert asked["due_at"][:10] == "2026-03-11"
    (mine,) = call("specialist").get("/enquiries", state="asked")["items"]
    assert (mine["demand"], mine["note"]) == (demand.number, "能否减免？")
    call("specialist").post(f"{path}/answer", ANSWER)
    (done,) = call("dispatcher").get("/enquiries")["items"]
    assert done["state"] == "answered"
    assert done["ended_by"] == town.actor("specialist").name
    trail = [(entry.action, entry.role) for entry in journal.timeline("demand", demand.pk)]
    assert trail[-2:] == [("enquiry.ask", "agent"), ("demand.answer", "specialist")]


def test_what_a_specialist_cannot_answer_becomes_an_order(call, town: Town):
    demand = company(town)
    path = f"/demands/{demand.number}"
    call("agent").post(f"{path}/enquiries", {"unit": "housing"})
    back = f"{path}/enquiries/pass_back"
    call("specialist").post(back, {"reason": " "}, 422)
    passed = call("specialist").post(back, {"reason": "要现场看"})
    assert (passed["state"], passed["reason"]) == ("passed", "要现场看")
    assert call("specialist").post(back, {"reason": "要现场看"}, 409)["code"] == "not_asked"
    call("dispatcher").post(f"{path}/assign", {"lead": "housing"})
    told = enquiring.steps(town.actor("leader"), NOW - timedelta(days=1))
    assert told == enquiring.Steps(agent=0, specialist=0, order=1, waiting=0)


def test_who_did_which_step_is_counted(town: Town):
    agent, specialist = town.actor("agent"), town.actor("specialist")
    at_once, asked, late, _waiting = (company(town) for _n in range(4))
    demands.answer(agent, at_once.pk, **ANSWER)
    for demand in (asked, late):
        demands.ask(agent, demand.pk, unit="housing")
    demands.answer(specialist, asked.pk, **ANSWER)
    with clock.moved(NOW + timedelta(days=3)):
        demands.answer(agent, late.pk, **ANSWER)  # the agent found it after all
        told = enquiring.steps(agent, NOW - timedelta(days=1))
        codes = ["enquiry_count", "enquiry_answer_rate", "enquiry_in_time_rate"]
        (row,) = compute(codes, period="2026-03")
    assert told == enquiring.Steps(agent=2, specialist=1, order=0, waiting=1)
    assert [row.values[code].value for code in codes] == [2, 0.5, 0.5]
    assert Enquiry.objects.get(demand=late).state == "ended"
    assert facts.check() == []


def test_what_turns_out_to_be_no_enterprises_is_nothing_for_specialists(town: Town):
    demand = company(town)
    demands.ask(town.actor("agent"), demand.pk, unit="housing")
    demands.mark(town.actor("dispatcher"), demand.pk, enterprise=False, reason="是个人")
    assert Enquiry.objects.get().state == "ended"


def test_what_is_refused(call, town: Town):
    agent, demand = call("agent"), company(town)
    path = f"/demands/{demand.number}/enquiries"
    private = town.accept()
    refused = agent.post(f"/demands/{private.number}/enquiries", {"unit": "housing"}, 409)
    assert refused["code"] == "no_enterprise"
    for unit in ("traffic", "moon"):  # nobody there is a specialist
        assert agent.post(path, {"unit": unit}, 422)["code"] == "no_specialist"
    agent.post(path, {"unit": ""}, 422)
    agent.post("/demands/SQ0/enquiries", {"unit": "housing"}, 404)
    secret = town.secret()
    Demand.objects.filter(pk=secret.pk).update(enterprise=True)
    agent.post(f"/demands/{secret.number}/enquiries", {"unit": "housing"}, 404)
    agent.post(path, {"unit": "housing"})
    assert agent.post(path, {"unit": "housing"}, 409)["code"] == "asked"
    Post.objects.filter(staff__username="specialist").update(unit=town.units["traffic"])
    said = call("specialist").post(f"{path}/pass_back", {"reason": "不归我"}, 403)
    assert said["code"] == "other_unit"
    assert call("specialist").get("/enquiries")["items"] == []
    assert call("specialist").get("/enquiries", 422, state="lost")


@pytest.mark.parametrize("role", ROLES)
def test_the_permission_table_walked_through_the_api(call, town: Town, role: Role):
    demand = company(town)
    asked = company(town)
    demands.ask(town.actor("agent"), asked.pk, unit="housing")
    caller, reason = call(role), {"reason": "要派单"}
    tried = {
        "enquiry.view": lambda: caller.get("/enquiries", None),
        "enquiry.ask": lambda: caller.post(
            f"/demands/{demand.number}/enquiries", {"unit": "housing"}, None
        ),
        "enquiry.pass_back": lambda: caller.post(
            f"/demands/{asked.number}/enquiries/pass_back", reason, None
        ),
    }
    for action, ask in tried.items():
        with taken_back():
            allowed = bool(scopes(role, action))
            assert ask().status_code == (200 if allowed else 403), action


def test_the_desk_in_the_console(town: Town):
    demand = company(town)
    agent, specialist = Visitor(town.posts["agent"]), Visitor(town.posts["specialist"])
    assert demand.title in agent.get("/console/enquiries").text
    ask = f"/console/enquiries/{demand.pk}/ask"
    assert "请选择" in agent.send(ask, 422, action=ask).text
    agent.send(ask, action=ask, unit="housing", note="能否减免？")
    assert "已转专员" in agent.follow().text
    assert "能否减免" in specialist.get("/console/enquiries").text
    back = f"/console/enquiries/{demand.pk}/pass_back"
    specialist.send(back, action=back, reason="要现场看")
    assert "转派单" in specialist.follow().text
    assert "要现场看" in Visitor(town.posts["dispatcher"]).get("/console/enquiries").text
    assert "转专员" in agent.get(f"/console/demands/{demand.pk}").text
    agent.get(f"/console/enquiries/{demand.pk}/hide", 404)
    Visitor(town.posts["clerk"]).get("/console/enquiries", 403)
