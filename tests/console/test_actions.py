"""Every action through the page: its button, its form, what it asks for, what it refuses."""

import pytest
from django.urls import reverse

from minsheng.demands.models import Demand
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.directory.permissions import PERMISSIONS
from minsheng.doors.console.deeds import DEEDS
from minsheng.doors.models import Submission
from minsheng.foundation.models import JournalEntry
from minsheng.orders.models import Assignment
from minsheng.orders.rules import LIFECYCLE as ORDER_LIFECYCLE
from support.deeds import DEMAND_DEEDS, ORDER_DEEDS, picture
from support.meeting import at_once
from support.reading import Visitor

#: What nobody does by a button: it follows from something else.
FOLLOWS = {"demand.register", "lead.completed"}

#: What the page asks for in its own way.
ON_THE_PAGE = {
    "order.request_extension": {"amount": "2", "reason_code": "materials"},
    "order.reply": {"text": "已补漏。", "solved": "1", "public": "1", "anyway": "on"},
    "follow_up.evaluate": {"grade": "satisfied", "solved": "1"},
    "demand.mark": {"urgent": "on", "reason": "老人独居"},
}


def journal(demand: Demand) -> list[str]:
    found = JournalEntry.objects.filter(subject_kind="demand", subject_id=demand.pk)
    return list(found.order_by("seq").values_list("action", flat=True))


def test_every_action_has_its_form():
    actions = {*DEMAND_LIFECYCLE.rows, *ORDER_LIFECYCLE.rows} - FOLLOWS
    actions -= {  # pages of their own
        action for action in actions if action.startswith(("exclusion.", "review.", "enquiry."))
    }
    assert {*DEEDS} == actions | {"petitioner.mark"}
    assert {*DEEDS} <= {*PERMISSIONS}


def subject(town, action: str) -> tuple[Demand, str]:
    """Returns a demand for which an action is possible, and where its button leads."""
    if action in ORDER_DEEDS:
        state = sorted(ORDER_LIFECYCLE.rows[action].sources)[0]
        if action in ("order.reassign", "order.urge", "order.recall"):
            state = "signed"
        order = town.order(state)
        return order.demand, reverse("console:do-order", args=[order.pk, action])
    states = DEMAND_LIFECYCLE.rows[action].sources if action in DEMAND_LIFECYCLE.rows else ()
    state = {
        "demand.submit": "draft",
        "demand.attach": "accepted",
        "demand.supplement": "accepted",
        "petitioner.mark": "accepted",
        "follow_up.rework": "evaluated",
        "follow_up.plan": "completed",
        "follow_up.evaluate": "completed",
        "follow_up.attempt": "completed",
    }.get(action) or sorted(set(states) - {"draft"})[0]
    demand = town.demand(state)
    return demand, reverse("console:do-demand", args=[demand.pk, action])


def filled(town, action: str) -> tuple[str, dict]:
    """Returns who takes an action and what they fill in."""
    if action == "demand.submit":
        return "agent", {}
    if action == "demand.attach":
        return "agent", {"file": picture()}
    if action == "petitioner.mark":
        return "agent", {"abusive": "on", "reason": "辱骂话务员"}
    who, body = {**DEMAND_DEEDS, **ORDER_DEEDS}[action]
    if action == "demand.merge":
        earlier = town.accept()
        Demand.objects.filter(pk=earlier.pk).update(accepted_at="2026-03-01T09:00+08:00")
        return who, {"into": earlier.number}
    return who, ON_THE_PAGE.get(action, body)


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_every_button_does_what_it_says(town, at, action):
    demand, address = subject(town, action)
    who, fields = filled(town, action)
    visitor: Visitor = at(who)
    page = visitor.get(f"/console/demands/{demand.pk}")
    before = journal(demand)
    if DEEDS[action].at_once:
        form = page.form(address)
    else:
        assert address in {link["href"] for link in page.links}, action
        form = visitor.get(address).form()
    visitor.post(address, {**form["fields"], **fields})
    assert visitor.led_to == f"/console/demands/{demand.pk}"
    assert str(DEEDS[action].said) in visitor.follow().text
    if action == "petitioner.mark":
        assert JournalEntry.objects.filter(action=action).count() == 1
    else:
        assert journal(demand) == [*before, action]


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_a_form_says_what_is_missing_and_does_nothing(town, at, action):
    demand, address = subject(town, action)
    who, _fields = filled(town, action)
    visitor: Visitor = at(who)
    before = journal(demand)
    page = visitor.post(address, {}, 422)
    assert journal(demand) == before
    assert any(given.get("role") == "alert" for _tag, given in page.tags)


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_pressing_twice_does_it_once(town, at, action):
    demand, address = subject(town, action)
    who, fields = filled(town, action)
    visitor: Visitor = at(who)
    token = "0b0e9a52-9d9c-4e2b-8f51-5d0b4e2d3c11"
    form = {} if DEEDS[action].at_once else visitor.get(address).form()["fields"]
    visitor.post(address, {**form, **fields, "once": token})
    done = JournalEntry.objects.count()
    if "file" in fields:
        fields = {"file": picture()}
    visitor.post(address, {**form, **fields, "once": token})
    assert visitor.led_to == f"/console/demands/{demand.pk}"
    assert "刚才已经提交成功" in visitor.follow().text
    assert JournalEntry.objects.count() == done


def test_a_refusal_is_one_sentence_at_the_form_and_loses_nothing(town, at):
    order = town.order("assigned")
    visitor: Visitor = at("clerk")
    address = reverse("console:do-order", args=[order.pk, "order.request_return"])
    form = visitor.get(address).form()
    town.order("signed", order)
    at("clerk2").send(address, reason_code="not_ours", reason="属物业职责")
    typed = {**form["fields"], "reason_code": "wrong_place", "reason": "不在我们辖区，请改派"}
    page = visitor.post(address, typed, 409)
    assert "不能申请退单" in page.text
    assert page.form()["fields"]["reason"] == "不在我们辖区，请改派"
    assert page.form()["fields"]["reason_code"] == "wrong_place"
    assert not Submission.objects.filter(token=form["fields"]["once"]).exists()


def test_a_field_that_is_wrong_is_named_at_the_field(town, at):
    order = town.order("signed")
    address = reverse("console:do-order", args=[order.pk, "order.suspend"])
    page = at("supervisor").send(address, 422, review_on="2020-01-01", reason="纳入改造")
    assert "复核日期须晚于今天" in page.text


def test_what_is_not_possible_now_has_no_button_and_no_form(town, at):
    order = town.order("completed")
    visitor: Visitor = at("clerk")
    page = visitor.get(f"/console/demands/{order.demand_id}")
    assert not [link for link in page.links if "/do/order." in link["href"]]
    page = visitor.get(reverse("console:do-order", args=[order.pk, "order.reply"]), 409)
    assert "现在不能" in page.text


def test_units_act_on_their_own_orders_only(town, at):
    order = town.assign(lead="traffic", assists=["housing"])
    address = reverse("console:do-order", args=[order.pk, "order.sign"])
    visitor: Visitor = at("clerk")  # of the assisting unit, who sees the demand
    visitor.get(f"/console/demands/{order.demand_id}")
    visitor.post(address, {"once": "0b0e9a52-9d9c-4e2b-8f51-5d0b4e2d3c11"}, 404)
    at("clerk.water").post(address, {}, 404)  # who does not even see it
    at("leader").post(address, {"once": "0b0e9a52-9d9c-4e2b-8f51-5d0b4e2d3c11"}, 403)
    assert Assignment.objects.get(pk=order.pk).state == "assigned"


@pytest.mark.parametrize("action", ["order.sign", "nonsense", "demand.register", "../settings"])
def test_what_is_no_action_on_a_demand_is_not_found(town, at, action):
    demand = town.accept()
    at("dispatcher").get(f"/console/demands/{demand.pk}/do/{action}", 404)


def test_a_reply_takes_its_files_along(town, at):
    order = town.order("signed")
    address = reverse("console:do-order", args=[order.pk, "order.reply"])
    fields = {**ON_THE_PAGE["order.reply"], "attachments": [picture("前.png"), picture("后.png")]}
    at("clerk").send(address, **fields)
    files = order.demand.attachments.order_by("pk")
    assert [(file.name, file.order_id, file.public) for file in files] == [
        ("前.png", order.pk, False),
        ("后.png", order.pk, False),
    ]
    assert order.replies.get().files == [file.pk for file in files]


def test_a_file_that_is_refused_takes_the_reply_back(town, at):
    order = town.order("signed")
    address = reverse("console:do-order", args=[order.pk, "order.reply"])
    bad = picture("现场.pdf")
    page = at("clerk").send(
        address, 422, **ON_THE_PAGE["order.reply"], attachments=[picture(), bad]
    )
    assert "与后缀" in page.text
    assert not order.demand.attachments.exists()
    assert Assignment.objects.get(pk=order.pk).state == "signed"


def test_assigning_starts_from_the_catalogue(town, at):
    demand = town.accept(category="build.home.lift", district="east-quay")
    page = at("dispatcher").get(reverse("console:do-demand", args=[demand.pk, "demand.assign"]))
    fields = page.form()["fields"]
    assert fields["lead"] == "housing"
    assert fields["assists"] == "east-gov"
    assert fields["basis"] == "catalogue"


def test_a_return_is_accepted_towards_the_unit_that_was_suggested(town, at):
    order = town.order("assigned")
    at("clerk").send(
        reverse("console:do-order", args=[order.pk, "order.request_return"]),
        reason_code="not_ours",
        reason="属交通",
        suggested_unit="traffic",
    )
    at("dispatcher").send(reverse("console:do-order", args=[order.pk, "order.accept_return"]))
    assert {(one.unit.code, one.state) for one in order.demand.assignments.all()} == {
        ("housing", "returned"),
        ("traffic", "assigned"),
    }


def test_only_changed_marks_are_recorded(town, at):
    demand = town.accept(urgent=True)
    address = reverse("console:do-demand", args=[demand.pk, "demand.mark"])
    page = at("dispatcher").send(address, 422, reason="没有改动")
    assert "请选择要设置的标记" in page.text
    fields = {**at("dispatcher").get(address).form()["fields"], "reason": "不急"}
    del fields["urgent"]
    at("dispatcher").post(address, fields)
    entry = JournalEntry.objects.get(action="demand.mark")
    assert entry.said["changes"]["demand"] == {"urgent": [True, False]}


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_do_it_once(town, at):
    demand = town.accept()
    address = reverse("console:do-demand", args=[demand.pk, "demand.supplement"])
    visitors = [at("agent"), at("agent")]
    fields = {"text": "昨晚又漏了", "once": "0b0e9a52-9d9c-4e2b-8f51-5d0b4e2d3c11"}
    at_once(
        *(lambda visitor=visitor: visitor.post(address, fields) for visitor in visitors),
        lock="SELECT id FROM directory_staff FOR UPDATE",
    )
    assert [visitor.response.status_code for visitor in visitors] == [302, 302]
    assert demand.supplements.count() == 1
