"""Links by which petitioners evaluate: sent as a try, good once, for a week, for one demand."""

from collections.abc import Callable
from datetime import timedelta

from django.core import signing

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.followups import links
from minsheng.followups.models import FollowUp, Link, Message
from minsheng.foundation import clock
from support.reading import Visitor
from support.town import NOW, PHONE, Town


def sent(town: Town, demand: Demand, channel: str = "sms") -> str:
    return links.token(links.send_link(town.actor("follow_up"), demand.pk, channel=channel))


def test_a_link_is_a_try_and_a_message_without_a_number(town: Town) -> None:
    demand = town.demand("completed")
    sent(town, demand)
    row = FollowUp.objects.get()
    assert (row.state, row.sampled, row.attempt_count) == ("planned", True, 1)
    assert [(one.channel, one.reached) for one in row.attempts.all()] == [("sms", False)]
    message = Message.objects.get()
    assert (message.state, message.to.phone_mask) == ("waiting", "139****1234")
    assert PHONE not in str([*Message.objects.values(), *Link.objects.values()])
    assert Demand.objects.get(pk=demand.pk).state == "following_up"


def test_the_petitioner_evaluates_once(town: Town) -> None:
    token = sent(town, town.demand("completed"), "wechat")
    row = links.evaluate(token, grade="satisfied", solved=True)
    assert (row.state, row.source, row.sampled) == ("evaluated", "wechat", True)
    with town.refused("used"):
        links.evaluate(token, grade="very_dissatisfied", solved=False, reason="反悔")
    assert FollowUp.objects.get().grade == "satisfied"


def test_who_is_dissatisfied_says_why_and_may_try_again(town: Town) -> None:
    token = sent(town, town.demand("completed"))
    with town.refused("reason_missing"):
        links.evaluate(token, grade="dissatisfied", solved=False)
    assert links.evaluate(token, grade="dissatisfied", solved=False, reason="还漏").solved is False


def test_a_link_ends_after_a_week_or_with_its_round(town: Town) -> None:
    one, other = town.demand("completed"), town.demand("completed")
    late, early = sent(town, one), sent(town, other)
    with clock.moved(NOW + timedelta(days=7, seconds=1)), town.refused("expired"):
        links.opened(late)
    follow_ups.give_up(town.actor("follow_up"), other.pk, reason="未接通")
    with town.refused("expired"):
        links.opened(early)


def test_nobody_opens_what_was_not_sent(town: Town) -> None:
    token = sent(town, town.demand("completed"))
    forged = signing.dumps(Link.objects.get().pk, salt="another")
    for wrong in ("", "x", token[:-1], token + "x", forged):
        with town.refused("not_found"):
            links.opened(wrong)


def test_to_whom_nothing_is_sent(town: Town) -> None:
    act = town.actor("follow_up")
    demand = town.demand("completed")
    with town.refused("unknown_channel"):
        links.send_link(act, demand.pk, channel="phone")
    with town.refused("forbidden"):
        links.send_link(town.actor("clerk"), demand.pk, channel="sms")
    for person, code in (
        (demands.PersonIn(name="无号"), "no_phone"),
        (demands.PersonIn(name="勿扰", phone="13900004321", do_not_call=True), "do_not_call"),
    ):
        other = town.accept(petitioner=person)
        Demand.objects.filter(pk=demand.pk).update(petitioner=other.petitioner_id)
        with town.refused(code):
            links.send_link(act, demand.pk, channel="sms")
    assert not Message.objects.exists()


def test_the_last_of_three_plus_one_may_be_a_link(town: Town) -> None:
    demand = town.demand("completed")
    Demand.objects.filter(pk=demand.pk).update(origin="province")
    act = town.actor("follow_up")
    for day in range(3):
        with clock.moved(NOW + timedelta(days=day)):
            follow_ups.attempt(act, demand.pk)
    with clock.moved(NOW + timedelta(days=2)):
        links.send_link(act, demand.pk, channel="sms")
        assert follow_ups.give_up(act, demand.pk, reason="四次未接通").state == "unreached"


def test_on_the_portal(town: Town) -> None:
    demand = town.demand("completed")
    address = f"/portal/evaluate/{sent(town, demand)}"
    phone = Visitor()
    page = phone.get(address)
    assert demand.title in page.text
    assert "钱" not in page.text
    phone.send(address, 422, solved="no", grade="dissatisfied")
    phone.send(address, 200, solved="no", grade="dissatisfied", reason="还在漏")
    assert "已经评价过" in phone.get(address).text
    row = FollowUp.objects.get()
    assert (row.grade, row.solved, row.reason, row.source) == (
        "dissatisfied",
        False,
        "还在漏",
        "sms",
    )
    phone.get("/portal/evaluate/nonsense", 404)


def test_through_the_api(town: Town, call: Callable[..., object]) -> None:
    demand = town.demand("completed")
    path = f"/demands/{demand.number}/send_link"
    call("clerk").post(path, {"channel": "sms"}, 403)
    call("follow_up").post(path, {"channel": "phone"}, 422)
    call("follow_up").post(path, {"channel": "sms"})
    body = {"token": links.token(Link.objects.get()), "grade": "satisfied", "solved": True}
    call().post("/citizen/evaluations", {**body, "token": "x"}, 404)
    said = call().post("/citizen/evaluations", body, 201)
    assert said == {"number": demand.number}
    call().post("/citizen/evaluations", body, 409)
