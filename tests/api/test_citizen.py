"""What petitioners do for themselves, with nothing but a number and its query code."""

from datetime import timedelta

import pytest
from django.test import Client

from minsheng.demands.models import Demand
from minsheng.doors import receiving
from minsheng.doors.models import WrongCode
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.orders import actions as orders
from support.calling import Caller, as_if_alone
from support.deeds import picture
from support.town import NOW


@pytest.fixture
def enter(call):
    """Returns a caller for the petitioner of a demand, who gives its number and query code."""

    def enter(demand: Demand) -> Caller:
        opening = {"number": demand.number, "query_code": demand.query_code}
        return Caller(call().post("/citizen/session", opening, 201)["token"])

    return enter


def test_from_the_demand_to_its_evaluation(call, town, enter):
    made = call().post(
        "/citizen/demands",
        {
            "title": "楼顶漏水",
            "category": "build.home.leak",
            "petitioner": {"name": "钱小满", "phone": "13900001234"},
            "confidential": True,
        },
        201,
    )
    demand = Demand.objects.get(number=made["number"])
    assert demand.channel.code == "web"
    assert demand.registered_by is None
    petitioner = enter(demand)
    assert petitioner.get("/citizen/demand")["actions"] == [
        "demand.supplement",
        "demand.attach",
        "demand.withdraw",
    ]
    order = town.order("replied", town.assign(demand, note="内部意见：催物业"))
    petitioner.post("/citizen/demand/withdraw", {"reason": "不等了"}, 409)
    orders.pass_audit(town.actor("dispatcher"), order.pk, remark="内部审核意见")
    seen = petitioner.get("/citizen/demand")
    assert seen["state_label"] == "已办结"
    assert seen["answer"] == "已派人补漏，经查不再渗水。"
    assert [step["text"] for step in seen["steps"]] == [
        "诉求已受理。",
        "已交住房局办理。",
        "住房局已签收。",
        "住房局已办结。",
    ]
    assert "内部" not in str(seen)
    assert "clerk" not in str(seen)
    petitioner.post("/citizen/demand/evaluate", {"grade": "dissatisfied", "solved": False}, 422)
    said = petitioner.post("/citizen/demand/evaluate", {"grade": "satisfied", "solved": True})
    assert said["steps"][-1]["text"] == "您已评价：满意。"
    petitioner.post("/citizen/demand/evaluate", {"grade": "satisfied", "solved": True}, 409)
    follow_up = FollowUp.objects.get()
    assert (follow_up.source, follow_up.sampled) == ("portal", False)


def test_a_reply_that_is_not_public_is_not_shown(town, enter):
    order = town.order("signed")
    orders.reply(town.actor("clerk"), order.pk, text="涉及他人隐私。", solved=True, public=False)
    orders.sign_off(town.actor("unit_leader"), order.pk)
    orders.pass_audit(town.actor("dispatcher"), order.pk)
    seen = enter(order.demand).get("/citizen/demand")
    assert seen["answer"] == ""
    assert "隐私" not in str(seen)


def test_supplements_files_and_withdrawal(call, town, enter):
    demand = town.accept()
    petitioner = enter(demand)
    said = petitioner.post("/citizen/demand/supplement", {"text": "昨晚又漏了"})
    assert said["supplements"] == ["昨晚又漏了"]
    file = petitioner.upload("/citizen/demand/attach", file=picture())
    got = petitioner.get(f"/citizen/attachments/{file['id']}")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(got.streaming_content).startswith(b"\x89PNG")
    hidden = town.attach(demand, public=False)
    petitioner.get(f"/citizen/attachments/{hidden.pk}", 404)
    of_another = town.attach(town.accept(), public=True)
    petitioner.get(f"/citizen/attachments/{of_another.pk}", 404)
    said = petitioner.post("/citizen/demand/withdraw", {"reason": "已经修好"})
    assert said["state"] == "withdrawn"
    petitioner.post("/citizen/demand/supplement", {"text": "又来了"}, 409)


@pytest.mark.parametrize("spoil", ["number", "query_code"])
def test_a_wrong_code(call, town, spoil):
    demand = town.accept()
    opening = {"number": demand.number, "query_code": demand.query_code}
    other = town.accept()
    opening[spoil] = getattr(other, spoil)
    assert call().post("/citizen/session", opening, 404)["code"] == "wrong_code"


def test_codes_are_read_as_people_type_them(call, town):
    demand = town.accept()
    opening = {"number": f" {demand.number.lower()}", "query_code": demand.query_code.lower()}
    call().post("/citizen/session", opening, 201)


def test_a_draft_without_a_code_cannot_be_entered(call, town):
    town.demand("draft")
    for code in ("", " ", "\u3000"):
        call().post("/citizen/session", {"number": "None", "query_code": code or "x"}, 404)


def test_guessing_ends_after_twenty_and_begins_anew_later(call, town):
    demand = town.accept()
    right = {"number": demand.number, "query_code": demand.query_code}
    wrong = {**right, "query_code": "22222222"}
    for _ in range(20):
        call().post("/citizen/session", wrong, 404)
    assert call().post("/citizen/session", wrong, 429)["code"] == "locked"
    call().post("/citizen/session", right, 429)
    assert WrongCode.objects.count() == 20
    with as_if_alone():
        elsewhere = Client(REMOTE_ADDR="10.1.2.3").post(
            "/api/v1/citizen/session", right, content_type="application/json"
        )
    assert elsewhere.status_code == 201
    with clock.moved(NOW + timedelta(minutes=16)):
        call().post("/citizen/session", right, 201)


def test_one_address_sends_so_many_demands_and_no_more(call, town, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_SENT", 1)
    said = {"title": "路灯不亮"}
    call().post("/citizen/demands", said, 201, Idempotency_Key="k")
    call().post("/citizen/demands", said, 201, Idempotency_Key="k")  # that is the same one
    assert call().post("/citizen/demands", said, 429)["code"] == "too_many"
    assert Demand.objects.count() == 1
    with clock.moved(NOW + timedelta(hours=2)):
        call().post("/citizen/demands", said, 201)


def test_nobody_brings_in_a_demand_by_another_channel(call):
    call().post("/citizen/demands", {"title": "路灯不亮", "channel": "discipline"}, 422)
