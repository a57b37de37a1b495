"""派单台: what waits, one after another, several at once, and two demands side by side."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minsheng.demands.models import Demand
from minsheng.doors.console import saved_views
from minsheng.doors.console.merging import differences
from minsheng.doors.models import SavedView
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from minsheng.insight.duplicates.feeding import catch_up
from minsheng.insight.models import Suggestion
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from minsheng.orders.precedents import precedents

DESK = "/console/dispatch"
MOST_STATEMENTS = 12  # also when nothing is kept from before


def numbers(page) -> list[str]:
    return re.findall(r"\b(?:SQ|GD)\d{13}\b", page.text)


def items(page) -> list[str]:
    """Returns where the rows of the list lead."""
    return [link["href"] for link in page.links if link.get("class") == "title"]


# The list


def test_the_list_says_whom_the_catalogue_names(town, at):
    demand = town.accept(category="road.lamp")
    unknown = town.accept(category="noise", district="")
    page = at("dispatcher").get(DESK)
    assert numbers(page) == [demand.number, unknown.number]
    assert "交通局" in page.text
    assert items(page)[0] == f"{DESK}/assign/{demand.pk}"


def test_the_list_says_who_has_a_demand_before_them(town, at):
    demand = town.accept()
    at("dispatcher2").get(f"{DESK}/assign/{demand.pk}")
    assert "dispatcher·hotline正在处理" in at("dispatcher").get(DESK).text
    page = at("dispatcher").get(f"{DESK}/assign/{demand.pk}")
    assert "正在处理这一件" in page.text
    assert "正在处理" not in at("dispatcher2").get(DESK).text


def test_only_who_assigns_has_the_desk(town, at):
    for who in ("agent", "clerk", "supervisor", "follow_up"):
        at(who).get(DESK, 403)
    secret = town.secret()
    page = at("discipline").get(DESK)
    assert numbers(page) == [secret.number]
    assert not numbers(at("dispatcher").get(DESK))


@pytest.mark.parametrize("tab", ["assign", "returns", "extensions"])
def test_a_list_costs_few_statements_however_long_it_is(town, at, tab, monkeypatch):
    monkeypatch.setattr(recent, "SECONDS", 3600)
    state = {"returns": "return_requested", "extensions": "extension_requested"}

    def more() -> None:
        town.order(state[tab]) if tab in state else town.accept()

    visitor = at("dispatcher")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            visitor.get(f"{DESK}?tab={tab}")
        return sum("SAVEPOINT" not in one["sql"] for one in seen)

    more()
    saved_views.save(town.actor("dispatcher"), name="本区", query="district=east")
    recent.forget()
    assert cost() <= MOST_STATEMENTS
    short = cost()
    for _time in range(3):
        more()
    assert cost() == short


# One after another


def test_assigning_leads_on_to_the_next(town, at):
    first, second = town.accept(category="road.lamp"), town.accept()
    visitor = at("dispatcher")
    visitor.send(f"{DESK}/assign/{first.pk}", action="demand.assign")
    assert Assignment.objects.get().unit.code == "traffic"  # as the catalogue filled it in
    assert visitor.led_to == f"{DESK}/assign/{second.pk}"
    assert "已派单。" in visitor.follow().text
    visitor.send(f"{DESK}/assign/{second.pk}", action="demand.assign", lead="water")
    assert visitor.led_to.startswith(f"{DESK}?")


def test_next_keeps_to_the_conditions(town, at):
    first, other, last = town.accept(), town.accept(district="west-ford"), town.accept()
    page = at("dispatcher").get(f"{DESK}/assign/{first.pk}?district=east")
    behind = next(link["href"] for link in page.links if link.get("rel") == "next")
    assert behind == f"{DESK}/assign/{last.pk}?district=east"
    assert not [link for link in page.links if link.get("rel") == "prev"]
    visitor = at("dispatcher")
    visitor.get(f"{DESK}/assign/{other.pk}/next?district=east", 302)
    assert visitor.led_to == behind


def test_of_two_at_once_the_second_is_told_who_was_first(town, at):
    demand = town.accept()
    address = f"{DESK}/assign/{demand.pk}"
    form = at("dispatcher2").get(address).form("demand.assign")
    at("dispatcher").send(address, action="demand.assign", lead="water")
    page = at("dispatcher2").post(form["action"], {**form["fields"], "lead": "housing"}, 409)
    assert "诉求现在是“办理中”，不能派单" in page.text
    assert "dispatcher·hotline 派单" in page.text
    assert [order.unit.code for order in Assignment.objects.all()] == ["water"]


def test_what_somebody_else_settled_says_so(town, at):
    demand = town.accept()
    town.assign(demand)
    page = at("dispatcher2").get(f"{DESK}/assign/{demand.pk}")
    assert "dispatcher·hotline已经办理：派单" in page.text
    assert not [form for form in page.forms if form["action"].endswith("demand.assign")]


def test_precedents_say_where_the_like_went_and_who_returned_it(town, at):
    before = town.accept(district="east-hill")
    order = town.order("return_requested", town.assign(before))
    orders.accept_return(town.actor("dispatcher"), order.pk, unit="water", reason="属供水")
    town.assign(town.accept(), lead="housing")
    town.assign(town.accept(category="noise"), lead="east-gov")
    demand = town.accept()
    found = precedents(demand.category_id, demand.district_id, demand.pk)
    assert [(one.unit, one.returned_by, one.near) for one in found] == [
        ("住房局", (), 2),
        ("供水公司", ("住房局",), 1),
    ]
    page = at("dispatcher").get(f"{DESK}/assign/{demand.pk}")
    assert "住房局退过" in page.text
    assert "同街道" in page.text


def test_a_return_is_decided_beside_its_history(town, at):
    order = town.order("return_requested")
    address = f"{DESK}/returns/{order.pk}"
    page = at("dispatcher").get(address)
    assert "属物业职责" in page.text
    at("dispatcher").send(address, action="order.overrule_return", reason="属住房局职责")
    order.refresh_from_db()
    assert order.return_forbidden
    with town.refused("return_forbidden"):
        orders.request_return(town.actor("clerk"), order.pk, reason_code="not_ours", reason="再退")


def test_a_return_goes_on_to_another_unit(town, at):
    order = town.order("return_requested")
    at("dispatcher").send(
        f"{DESK}/returns/{order.pk}", action="order.accept_return", unit="water", reason="属供水"
    )
    assert Assignment.objects.get(state="assigned").unit.code == "water"


def test_the_catalogue_lies_beside_the_demand(town, at):
    demand = town.accept(category="build.home.lift")
    page = at("dispatcher").get(f"{DESK}/assign/{demand.pk}")
    assert "住房局 协办 属地区县 适用" in page.text
    assert "住房建设 · 全市 · 派单目录" in page.text


# Several at once


def test_several_go_to_one_unit_each_wholly_or_not_at_all(town, at):
    first, taken, last = (town.accept() for _time in range(3))
    town.assign(taken, lead="traffic")
    visitor = at("dispatcher")
    form = visitor.get(DESK).form("many")
    chosen = [str(one.pk) for one in (first, taken, last)]
    visitor.post(form["action"], {**form["fields"], "demand": chosen, "lead": "water"})
    page = visitor.follow()
    assert page.text.count("已派给供水公司") == 2
    assert "诉求现在是“办理中”，不能派单" in page.text
    assert Demand.objects.filter(state="assigned").count() == 3
    assert Assignment.objects.filter(unit__code="water").count() == 2
    visitor.post(form["action"], {**form["fields"], "demand": chosen, "lead": "water"})
    assert Assignment.objects.count() == 3  # a second press does nothing more


def test_several_go_where_the_catalogue_sends_each(town, at):
    lamp, leak = town.accept(category="road.lamp"), town.accept()
    nowhere = town.accept(category="noise", district="")
    visitor = at("dispatcher")
    form = visitor.get(DESK).form("many")
    chosen = [str(one.pk) for one in (lamp, leak, nowhere)]
    visitor.post(form["action"], {**form["fields"], "demand": chosen})
    assert "派单目录没有对应的单位" in visitor.follow().text
    assert {order.unit.code for order in Assignment.objects.all()} == {"traffic", "housing"}


def test_nothing_chosen_is_said(town, at):
    town.accept()
    form = at("dispatcher").get(DESK).form("many")
    page = at("dispatcher").post(form["action"], form["fields"], 422)
    assert "还没有选择诉求" in page.text


# Two side by side


def test_differences_are_marked_on_both_sides():
    left, right = differences("三单元漏水", "五单元漏水三天")
    assert [(part.said, part.differs) for part in left] == [("三", True), ("单元漏水", False)]
    assert [(part.said, part.differs) for part in right] == [
        ("五", True),
        ("单元漏水", False),
        ("三天", True),
    ]


def test_the_later_one_is_merged_into_the_earlier(town, at):
    earlier, later = town.accept(), town.accept(text="三单元楼顶下雨就漏水，又漏了。")
    catch_up()
    page = at("dispatcher").get(f"{DESK}/assign/{later.pk}")
    address = f"{DESK}/compare/{later.pk}/{earlier.pk}"
    assert address in {link["href"] for link in page.links}
    assert "同一诉求人" in page.text
    page = at("dispatcher").get(address)
    assert [given for tag, given in page.tags if tag == "ins"]
    assert "可能是同一件" in page.text
    assert "同一诉求人" in page.text
    visitor = at("dispatcher")
    # From either side it is the later one that ends.
    visitor.send(f"{DESK}/compare/{earlier.pk}/{later.pk}", action="", reason="同一处漏水")
    later.refresh_from_db()
    assert (later.state, later.merged_into_id) == ("merged", earlier.pk)
    said = Suggestion.objects.get(what="similar")
    assert (said.chosen, said.rank, said.demand_id) == (earlier.number, 0, later.pk)


def test_another_desk_does_not_show_what_it_may_not_see(town, at):
    told = {"title": "楼顶漏水", "text": "三单元楼顶下雨就漏水，物业一直没有维修。"}
    town.accept(**told)
    secret = town.secret(**told)
    catch_up()
    page = at("discipline").get(f"{DESK}/assign/{secret.pk}")
    assert "没有相近的诉求" in page.text


def test_what_was_assigned_is_only_compared(town, at):
    earlier, later = town.accept(), town.accept()
    town.assign(later)
    page = at("dispatcher").get(f"{DESK}/compare/{earlier.pk}/{later.pk}")
    assert "不能再并单" in page.text
    at("dispatcher").get(f"{DESK}/compare/{earlier.pk}/{earlier.pk}", 409)


# Saved views


def test_a_view_is_kept_shared_and_dropped(town, at):
    visitor = at("dispatcher")
    query = "tab=assign&district=east&after=xyz"
    visitor.post(f"{DESK}/views", {"name": "旧小区", "query": query})
    assert SavedView.objects.get().query == "tab=assign&district=east"
    assert "旧小区" not in at("dispatcher2").get(DESK).text
    visitor.post(f"{DESK}/views", {"name": "旧小区", "query": query, "shared": "on"})
    assert "旧小区 dispatcher·hotline" in at("dispatcher2").get(DESK).text
    view = SavedView.objects.get()
    assert JournalEntry.objects.get(action="view.share").ref == "旧小区"
    at("dispatcher2").post(f"{DESK}/views/{view.pk}/drop", {}, 404)
    visitor.post(f"{DESK}/views/{view.pk}/drop", {})
    assert not SavedView.objects.exists()
    visitor.post(f"{DESK}/views", {"name": " ", "query": query}, 422)


def test_who_may_not_share_keeps_for_themselves(town):
    with town.refused("forbidden"):
        saved_views.save(town.actor("discipline"), name="x", query="", shared=True)
    for number in range(saved_views.MOST):
        saved_views.save(town.actor("discipline"), name=f"x{number}", query="")
    with town.refused("too_many"):
        saved_views.save(town.actor("discipline"), name="one more", query="")
    assert clock.now() >= SavedView.objects.earliest("made_at").made_at
