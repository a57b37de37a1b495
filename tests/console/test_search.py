"""Finding a demand from anywhere: by number, by phone, by words."""

import pytest

from minsheng.doors.console import worklists
from minsheng.foundation import text
from minsheng.foundation.models import JournalEntry
from minsheng.knowledge.models import Item
from minsheng.orders.models import WorkOrder
from support.town import PHONE

SEARCH = "/console/search"


def test_a_number_leads_to_its_demand_however_it_was_typed(town, at):
    order = town.assign()
    number, order_number = order.demand.number, WorkOrder.objects.get().number
    visitor = at("dispatcher")
    for typed in (number, number.lower(), f" {number[:8]} {number[8:]} ", order_number):
        visitor.post(SEARCH, {"q": typed})
        assert visitor.led_to == f"/console/demands/{order.demand_id}"


def test_a_phone_number_is_found_by_its_hash_and_stands_in_no_address(town, at):
    demand = town.accept()
    visitor = at("dispatcher")
    page = visitor.post(SEARCH, {"q": PHONE}, 200)
    assert demand.number in page.text
    assert "139****1234" in page.text
    assert PHONE not in page.text
    assert "no-store" in visitor.response.headers["Cache-Control"]
    assert JournalEntry.objects.filter(action="petitioner.find", staff="dispatcher").exists()


def test_a_unit_finds_nobody_by_phone(town, at):
    town.assign()
    page = at("clerk").post(SEARCH, {"q": PHONE}, 200)
    assert "不能按电话查找" in page.text
    assert "钱**" not in page.text


def test_words_lead_to_a_page_of_what_has_them(town, at):
    demand = town.accept(title="电梯停运")
    other = town.accept(title="路灯不亮", text="", place="")
    for role in ("dispatcher", "agent", "leader", "vendor"):
        visitor = at(role)
        visitor.post(SEARCH, {"q": "电梯"})
        page = visitor.follow()
        assert (demand.number in page.text) == (role != "vendor")
        assert other.number not in page.text
        assert ("没有找到" in page.text) == (role == "vendor")


def test_many_are_shown_by_pages_and_answers_stand_beside_the_first(town, at, monkeypatch):
    monkeypatch.setattr(worklists, "ROWS", 2)
    item = Item.objects.get(code="fund")
    item.words = text.tokens(item.title)
    item.save()
    demands = [town.accept(title=f"维修基金怎么用（{n}）") for n in range(3)]
    visitor = at("agent")
    visitor.post(SEARCH, {"q": "维修基金"})
    first = visitor.follow()
    assert "知识库里的答案" in first.text
    assert demands[2].number in first.text
    assert demands[0].number not in first.text
    (onward,) = [link["href"] for link in first.links if link.get("rel") == "next"]
    second = visitor.get(SEARCH + onward)
    assert demands[0].number in second.text
    assert demands[2].number not in second.text
    assert "知识库里的答案" not in second.text


@pytest.mark.parametrize("typed", ["", "   ", "SQ9999999999999", "，。", "x" * 500])
def test_what_is_not_found_is_no_error(town, at, typed):
    visitor = at("dispatcher")
    visitor.post(SEARCH, {"q": typed})
    visitor.follow()


def test_nobody_finds_what_they_may_not_see(town, at):
    secret = town.secret()
    other = town.assign(lead="traffic")
    visitor = at("clerk")
    for number in (secret.number, other.demand.number, other.work_order.number):
        visitor.post(SEARCH, {"q": number})
        assert "没有找到" in visitor.follow().text
