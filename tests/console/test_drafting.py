"""Drafts of the language model at the desks: only where there is one, masked, and harmless."""

import json

import pytest

from minsheng.foundation import clock
from minsheng.insight.models import Event, Membership, Suggestion
from minsheng.orders import actions as orders
from support.town import PHONE
from support.warning import raised

INTAKE = "/console/intake"
SUMMARY = "/console/insight/drafts/summary"
NOTES = {"text": "钱小满说楼道灯坏了，电话13900001234。", "name": "钱小满", "phone": PHONE}
DRAFTED = json.dumps({"title": "楼道灯坏了", "text": "【本人信息2】反映楼道灯坏了。"})


def slips(page) -> list[str]:
    return [given["value"] for _tag, given in page.tags if given.get("name") == "suggested"]


def offered(page) -> list[str]:
    """Returns where the page asks for drafts."""
    return [given["hx-post"] for _tag, given in page.tags if given.get("data-key") == "Alt+S"]


def editor(order) -> str:
    return f"/console/orders/{order.pk}/do/order.reply"


def test_without_an_endpoint_no_page_offers_drafts(town, at):
    order = town.order("signed")
    for who, address in (("agent", INTAKE), ("clerk", editor(order))):
        assert not offered(at(who).get(address))


def test_notes_become_a_draft_that_is_taken_by_one_press(town, at, model):
    model.says = lambda text: DRAFTED
    agent = at("agent")
    assert offered(agent.get(INTAKE)) == [SUMMARY]
    page = agent.post(SUMMARY, NOTES, 200)
    assert "钱小满反映楼道灯坏了" in page.text
    sent = json.dumps(model.asked, ensure_ascii=False)
    assert "钱小满" not in sent
    assert PHONE not in sent
    (slip,) = slips(page)
    taken = {"channel": "phone", "text": "钱小满反映楼道灯坏了。", "suggested": slip}
    agent.send(INTAKE, **taken, taken="draft:summary")
    row = Suggestion.objects.get()
    assert (row.what, row.model, row.chosen, row.rank) == ("draft", "stand-in", "summary", 0)
    shown = at("analyst").get("/console/insight/acceptance").text
    assert "stand-in 模型草稿 1 1 100.0%" in shown


def test_a_model_that_fails_says_so_in_one_sentence(town, at, model):
    model.status = 500
    page = at("agent").post(SUMMARY, NOTES, 200)
    assert "语言模型没有答复；已填写的内容不受影响" in page.text
    assert not slips(page)
    assert "没有内容可以整理" in at("agent").post(SUMMARY, {"text": " "}, 200).text


def test_a_reply_is_drafted_without_who_asked(town, at, model):
    order = town.order("signed", town.assign(town.accept(text="我是钱小满，楼顶漏水。")))
    page = at("clerk").post(f"/console/insight/drafts/orders/{order.pk}", {}, 200)
    assert "楼顶漏水" in page.text
    assert "钱小满" not in json.dumps(model.asked, ensure_ascii=False)
    at("clerk.traffic").post(f"/console/insight/drafts/orders/{order.pk}", {}, 404)
    at("agent").post(f"/console/insight/drafts/orders/{order.pk}", {}, 403)


def test_what_is_restricted_is_never_sent(town, at, model):
    secret = town.secret()
    (order, *_rest) = orders.assign(town.actor("discipline"), secret.pk, lead="housing")
    at("clerk").post(f"/console/insight/drafts/orders/{order.pk}", {}, None)
    assert not model.asked


@pytest.fixture
def event(town) -> Event:
    now = clock.now()
    made = Event.objects.create(
        number="SJ2603100000011", title="路灯", size=2, first_at=now, last_at=now, made_at=now
    )
    for told in ("路灯坏了，我叫钱小满", "路灯不亮"):
        demand = town.accept(title=told, text=told)
        Membership.objects.create(event=made, demand=demand, at=now)
    return made


def test_an_event_is_put_into_words(town, at, model, event):
    model.says = lambda text: "两件都反映路灯不亮。"
    address = f"/console/insight/drafts/events/{event.pk}"
    page = at("supervisor").get(f"/console/events/{event.pk}")
    assert address in {form["action"] for form in page.forms}
    assert "两件都反映路灯不亮" in at("supervisor").post(address, {}, 200).text
    assert "钱小满" not in json.dumps(model.asked, ensure_ascii=False)
    at("agent").post(address, {}, 403)


def test_a_warning_is_explained_and_the_words_are_taken_over(town, at, model, event):
    model.says = lambda text: "两件都反映路灯不亮。"
    # The name of who called stands in a text without any sign that it is one.
    told = town.accept(title="路灯又坏了", text="钱小满家门口路灯又坏了")
    ids = [*event.memberships.values_list("demand_id", flat=True), told.pk]
    issue = raised(demand_ids=ids)
    supervisor, address = at("supervisor"), f"/console/insight/drafts/hot-issues/{issue.pk}"
    page = supervisor.get(f"/console/hot-issues/{issue.pk}")
    assert address in {form["action"] for form in page.forms}
    page = supervisor.post(address, {}, 200)
    assert "写入意见" in page.text
    assert "钱小满" not in json.dumps(model.asked, ensure_ascii=False)
    assert "写入意见" not in at("leader").post(address, {}, 200).text  # who only reads
    (slip,) = slips(page)
    settle = f"/console/hot-issues/{issue.pk}/settle"
    given = {"do": "take", "taken": "draft:explanation", "reason": "两件都反映路灯不亮。"}
    supervisor.post(settle, {**given, "suggested": slip}, 302)
    row = Suggestion.objects.get()
    assert (row.model, row.chosen, row.rank) == ("stand-in", "explanation", 0)
    assert "热点预警 · 一天内类别激增 1 1 0 0 100.0%" in (
        at("analyst").get("/console/insight/acceptance").text
    )


def test_a_dead_model_leaves_a_warning_as_it_was(town, at, model, event):
    model.raw = b"no"
    page = at("supervisor").post(f"/console/insight/drafts/events/{event.pk}", {}, 200)
    assert "语言模型没有答复；已填写的内容不受影响" in page.text
