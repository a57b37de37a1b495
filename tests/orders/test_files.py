"""附件: what a unit sends reaches the petitioner with a reply that has passed, and nothing else."""

import json
from collections.abc import Callable
from importlib import import_module

import pytest
from django.db import connection

from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment, Demand
from minsheng.demands.queries import attachment
from minsheng.foundation.errors import NotFound
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.calling import Caller
from support.deeds import picture
from support.reading import Visitor
from support.town import Town

SAID = {"text": "已派人补漏，经查不再渗水。", "solved": True}


def seen(town: Town, file: Attachment) -> bool:
    """Tells whether the petitioner can download a file of their demand."""
    try:
        attachment(town.petitioner(file.demand), file.pk)
    except NotFound:
        return False
    return True


def upload(town: Town, order: Assignment, by: str = "clerk", name: str = "现场.png") -> Attachment:
    return orders.attach(town.actor(by), order.demand_id, file=picture(name))


def pass_audit(town: Town, order: Assignment) -> None:
    orders.sign_off(town.actor("unit_leader"), order.pk)
    orders.pass_audit(town.actor("dispatcher"), order.pk)


def test_a_file_is_seen_once_its_reply_has_passed(town: Town) -> None:
    order = town.order("signed")
    file, kept = upload(town, order), upload(town, order)
    reply = orders.reply(town.actor("clerk"), order.pk, **SAID, attachments=[file.pk])
    assert (reply.files, reply.public, file.order_id) == ([file.pk], True, order.pk)
    assert not seen(town, file)
    orders.sign_off(town.actor("unit_leader"), order.pk)
    assert not seen(town, file)
    desk = Visitor(town.posts["dispatcher"]).get(f"/console/desks/audit/{order.pk}")
    assert desk.text.count("审核通过后诉求人可见") == 1
    orders.pass_audit(town.actor("dispatcher"), order.pk)
    assert (seen(town, file), seen(town, kept)) == (True, False)
    entry = JournalEntry.objects.filter(action="order.pass_audit").get()
    assert json.loads(entry.body)["changes"]["note"]["shown"] == "现场.png"


def test_a_reply_that_is_sent_back_shows_nothing(town: Town) -> None:
    order = town.order("signed")
    wrong, right = upload(town, order), upload(town, order)
    clerk, leader = town.actor("clerk"), town.actor("unit_leader")
    orders.reply(clerk, order.pk, **SAID, attachments=[wrong.pk])
    orders.refuse_sign_off(leader, order.pk, reason="照片里有邻居")
    assert not seen(town, wrong)
    orders.reply(clerk, order.pk, **SAID, attachments=[wrong.pk])
    orders.sign_off(leader, order.pk)
    orders.fail_audit(town.actor("dispatcher"), order.pk, reason="照片不是现场")
    assert not seen(town, wrong)
    orders.reply(clerk, order.pk, **SAID, attachments=[right.pk])
    pass_audit(town, order)
    assert (seen(town, wrong), seen(town, right)) == (False, True)


def test_the_files_of_a_reply_that_is_not_public_stay_with_the_house(town: Town) -> None:
    order = town.order("signed")
    file = upload(town, order)
    orders.reply(town.actor("clerk"), order.pk, **SAID, public=False, attachments=[file.pk])
    pass_audit(town, order)
    assert not seen(town, file)


@pytest.mark.parametrize("public", [True, False])
def test_a_reply_takes_no_files_of_others(town: Town, public: bool) -> None:
    order = town.order("signed")
    demand = order.demand
    internal = demands.attach(town.actor("dispatcher"), demand.pk, file=picture())
    sent = town.attach(demand, public=True)
    elsewhere = upload(town, town.order("signed"))
    for file in (internal, sent, elsewhere):
        with town.refused("unknown_file"):
            orders.reply(
                town.actor("clerk"), order.pk, **SAID, public=public, attachments=[file.pk]
            )
        file.refresh_from_db()
    assert (seen(town, internal), seen(town, sent), seen(town, elsewhere)) == (False, True, False)


def test_a_reply_takes_no_files_of_a_unit_that_assists(town: Town) -> None:
    lead, assist = orders.assign(
        town.actor("dispatcher"), town.accept().pk, lead="housing", assists=["traffic"]
    )
    town.order("signed", lead)
    file = upload(town, assist, "clerk.traffic")
    assert file.order_id == assist.pk
    with town.refused("unknown_file"):
        orders.reply(town.actor("clerk"), lead.pk, **SAID, attachments=[file.pk])


def test_a_unit_does_not_show_a_file_without_a_reply(
    town: Town, call: Callable[[str], Caller]
) -> None:
    order = town.order("signed")
    number = Demand.objects.get(pk=order.demand_id).number
    clerk = call("clerk")
    said = clerk.upload(f"/demands/{number}/attach", 422, file=picture(), public="true")
    assert said["code"] == "public_with_reply"
    file = clerk.upload(f"/demands/{number}/attach", file=picture())
    clerk.post(f"/orders/{order.pk}/reply", {**SAID, "attachments": [file["id"]]})
    assert not seen(town, Attachment.objects.get(pk=file["id"]))
    given = call("agent").upload(f"/demands/{number}/attach", file=picture(), public="true")
    assert seen(town, Attachment.objects.get(pk=given["id"]))


def test_the_form_of_a_unit_does_not_ask_whether_the_petitioner_may_see(town: Town) -> None:
    order = town.order("signed")
    address = f"/console/demands/{order.demand_id}/do/demand.attach"
    assert "诉求人也能看到" in Visitor(town.posts["dispatcher"]).get(address).text
    text = Visitor(town.posts["clerk"]).get(address).text
    assert "诉求人也能看到" not in text
    assert "请在答复里上传" in text


def test_what_a_unit_below_sent_goes_along_when_the_centre_passes_the_whole(town: Town) -> None:
    order = town.order("signed")
    below = orders.assign_onward(town.actor("clerk"), order.pk, units=["housing-repair"])[0]
    repair = town.actor("clerk.repair")
    file = upload(town, order, "clerk.repair")
    orders.sign(repair, below.pk)
    orders.reply(repair, below.pk, **SAID, attachments=[file.pk])
    orders.pass_audit(town.actor("clerk"), below.pk)
    assert not seen(town, file)  # the centre has not looked yet
    orders.reply(town.actor("clerk"), order.pk, **SAID)
    pass_audit(town, order)
    assert seen(town, file)


def test_what_replies_took_before_is_put_right(town: Town) -> None:
    order = town.order("sign_off")
    passed = town.order("completed")
    mine, shown = upload(town, order), upload(town, passed)
    internal = demands.attach(town.actor("dispatcher"), order.demand_id, file=picture())
    sent = town.attach(order.demand)
    Attachment.objects.filter(pk__in=[mine.pk, internal.pk]).update(order_id=order.pk, public=True)
    Attachment.objects.filter(pk=sent.pk).update(order_id=order.pk, public=False)
    Attachment.objects.filter(pk=shown.pk).update(public=True)
    forward = import_module("minsheng.orders.migrations.0005_reply_files").FORWARD
    with connection.cursor() as cursor:
        cursor.execute(forward)
    assert [seen(town, file) for file in (mine, internal, sent, shown)] == [
        False, False, True, True,
    ]  # fmt: skip
    assert (order.replies.get().files, passed.replies.get().files) == ([mine.pk], [shown.pk])
