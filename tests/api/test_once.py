"""`Idempotency-Key`: what is sent twice under one key is done once."""

from datetime import timedelta

import pytest

from minsheng.demands.models import Demand
from minsheng.doors.api.keys import citizen_token
from minsheng.doors.jobs import forget
from minsheng.doors.models import KeptAnswer
from minsheng.foundation import clock, journal
from support.calling import Caller
from support.deeds import picture
from support.meeting import at_once
from support.town import NOW

BODY = {"channel": "phone", "title": "路面坑洞"}


def demands_with_key(caller, key="key-1", body=BODY):
    return caller.post("/demands", body, None, Idempotency_Key=key)


def test_the_same_again_is_answered_again_and_not_done_again(call):
    agent = call("agent")
    first, second = demands_with_key(agent), demands_with_key(agent)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Demand.objects.count() == 1


def test_another_request_under_the_same_key_is_refused(call):
    agent = call("agent")
    demands_with_key(agent)
    said = agent.post("/demands", {**BODY, "title": "路灯不亮"}, 422, Idempotency_Key="key-1")
    assert said["code"] == "key_reused"
    agent.post("/drafts", BODY, 422, Idempotency_Key="key-1")
    assert Demand.objects.count() == 1


def test_a_key_is_its_senders_alone(call):
    demands_with_key(call("agent"))
    demands_with_key(call("agent2"))
    demands_with_key(call("dispatcher"), body={**BODY, "title": "路灯不亮"})
    assert Demand.objects.count() == 3


def test_a_refusal_is_not_kept(call, town):
    order = town.assign()
    call("clerk.traffic").post(f"/orders/{order.pk}/sign", {}, 404, Idempotency_Key="k")
    call("clerk").post(f"/orders/{order.pk}/sign_off", {}, 403, Idempotency_Key="k")
    reply = {"text": "已补漏。", "solved": True}
    call("clerk").post(f"/orders/{order.pk}/reply", reply, 409, Idempotency_Key="k")
    assert not KeptAnswer.objects.exists()
    call("clerk").post(f"/orders/{order.pk}/sign", {}, Idempotency_Key="k2")
    call("clerk").post(f"/orders/{order.pk}/reply", reply, Idempotency_Key="k")
    assert KeptAnswer.objects.count() == 2


def test_an_action_repeated_after_its_state_has_passed_is_answered_from_memory(call, town):
    order = town.assign()
    said = call("clerk").post(f"/orders/{order.pk}/sign", {}, Idempotency_Key="k")
    call("clerk").post(f"/orders/{order.pk}/reply", {"text": "已补漏。", "solved": True})
    assert call("clerk").post(f"/orders/{order.pk}/sign", {}, Idempotency_Key="k") == said
    call("clerk").post(f"/orders/{order.pk}/sign", {}, 409)


@pytest.mark.parametrize("key", ["", " ", "a b", "鍵", "x" * 256])
def test_a_key_must_be_one(call, key):
    assert demands_with_key(call("agent"), key).status_code == 422


def test_a_petitioner_may_use_keys_too(call, town):
    body = {"title": "路灯不亮"}
    first = call().post("/citizen/demands", body, 201, Idempotency_Key="k")
    assert call().post("/citizen/demands", body, 201, Idempotency_Key="k") == first
    petitioner = Caller(citizen_token(Demand.objects.get(number=first["number"]).pk))
    for _twice in range(2):
        petitioner.post("/citizen/demand/supplement", {"text": "还是不亮"}, Idempotency_Key="k")
    assert Demand.objects.get().supplements.count() == 1


def test_a_file_sent_twice_is_kept_once(call, town):
    demand = town.accept()
    agent = call("agent")
    agent.headers["Idempotency-Key"] = "k"
    first = agent.upload(f"/demands/{demand.number}/attach", file=picture())
    assert agent.upload(f"/demands/{demand.number}/attach", file=picture()) == first
    assert demand.attachments.count() == 1
    agent.upload(f"/demands/{demand.number}/attach", 422, file=picture("另一张.png"))


def test_no_secret_is_kept(call, town):
    demand = town.accept()
    call("dispatcher").post(
        f"/demands/{demand.number}/reveal", {"reason": "联系核实"}, Idempotency_Key="k"
    )
    call().post(
        "/citizen/session",
        {"number": demand.number, "query_code": demand.query_code},
        201,
        Idempotency_Key="k",
    )
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twice_at_once(call, town):
    def send():
        return demands_with_key(call("agent"))

    results = at_once(send, send, lock="LOCK TABLE demands_demand IN SHARE MODE", waiting=2)
    first, second = sorted(results, key=lambda r: "Idempotency-Replayed" in r.headers)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Demand.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_signatures_at_once_under_two_keys(call, town):
    order = town.assign()

    def sign(username):
        return call(username).post(f"/orders/{order.pk}/sign", {}, None, Idempotency_Key=username)

    results = at_once(lambda: sign("clerk"), lambda: sign("clerk2"))
    assert sorted(result.status_code for result in results) == [200, 409]
    assert KeptAnswer.objects.count() == 1
    assert not journal.verify().faults


def test_answers_are_forgotten_after_seven_days(call, town):
    demands_with_key(call("agent"))
    with clock.moved(NOW + timedelta(days=6)):
        assert forget() == 0
        assert "Idempotency-Replayed" in demands_with_key(call("agent")).headers
    with clock.moved(NOW + timedelta(days=8)):
        assert forget() == 1
        assert "Idempotency-Replayed" not in demands_with_key(call("agent")).headers
