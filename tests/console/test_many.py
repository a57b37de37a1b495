"""One action on many orders at once: each by itself, and what became of each."""

from uuid import uuid4

from minsheng.doors.models import Batch
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment


def states(*found: Assignment) -> list[str]:
    return [Assignment.objects.get(pk=order.pk).state for order in found]


def test_ticked_orders_are_signed_and_each_result_is_told(town, at):
    first, second, signed = town.order("assigned"), town.order("assigned"), town.order("signed")
    alien = town.assign(lead="traffic")
    clerk = at("clerk")
    page = clerk.get("/console/?tab=sign")
    boxes = {given["value"] for _tag, given in page.tags if given.get("name") == "order"}
    assert boxes == {str(first.pk), str(second.pk)}
    form = page.form("many/order.sign")
    chosen = [first.pk, signed.pk, second.pk, alien.pk]
    clerk.post(form["action"], {**form["fields"], "order": chosen})
    page = clerk.follow()
    assert states(first, second, signed, alien) == ["signed", "signed", "signed", "assigned"]
    assert "办成 2" in page.text
    assert "没有办成 2" in page.text
    assert "不能签收" in page.text
    assert "没有找到这件诉求" in page.text
    assert alien.work_order.number not in page.text


def test_a_second_press_is_led_to_the_results_of_the_first(town, at):
    order, clerk, token = town.order("assigned"), at("clerk"), str(uuid4())
    clerk.post("/console/orders/many/order.sign", {"order": [order.pk], "once": token})
    done = JournalEntry.objects.count()
    clerk.post("/console/orders/many/order.sign", {"order": [order.pk], "once": token})
    assert "办成 1" in clerk.follow().text
    assert JournalEntry.objects.count() == done
    assert Batch.objects.count() == 1
    at("clerk2").get(f"/console/batches/{token}", 404)


def test_what_makes_no_sense_is_refused_as_a_whole(town, at):
    order = town.order("assigned")
    for given in ({}, {"order": [order.pk]}, {"order": ["x"], "once": str(uuid4())}):
        at("clerk").post("/console/orders/many/order.sign", given, 422)
    fields = {"order": [order.pk], "once": str(uuid4())}
    at("clerk").post("/console/orders/many/order.urge", fields, 422)
    at("dispatcher").post("/console/orders/many/order.sign", fields, 403)
    assert states(order) == ["assigned"]


def test_one_that_fails_leaves_nothing_of_itself_and_all_of_the_others(town, at, monkeypatch):
    first, second = town.order("assigned"), town.order("assigned")
    from minsheng.doors.console import many
    from minsheng.foundation.errors import Conflict

    def sign(actor, pk):
        orders.sign(actor, pk)
        if pk == first.pk:
            raise Conflict("stopped", "停在半途。")

    changed = many.Many("签收所选", "s", sign, "已签收。")
    monkeypatch.setattr(many, "MANY", {"order.sign": changed})
    given = {"order": [first.pk, second.pk], "once": str(uuid4())}
    at("clerk").post("/console/orders/many/order.sign", given)
    assert states(first, second) == ["assigned", "signed"]
