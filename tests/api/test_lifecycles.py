"""Both lifecycle tables walked whole through the API: what they list leads where they say, and
what they do not list is refused."""

import pytest

from minsheng.demands import rules as demand_rules
from minsheng.demands.models import Demand
from minsheng.directory.permissions import scopes
from minsheng.doors.api import demand_actions
from minsheng.doors.api import orders as api_orders
from minsheng.foundation.lifecycle import To
from minsheng.orders import rules as order_rules
from minsheng.orders.models import Assignment
from support.calling import taken_back
from support.deeds import DEMAND_DEEDS, ORDER_DEEDS, picture

# What happens to a demand or an order because of another's action; nobody calls it by itself.
FOLLOWS = {
    "order.accept_return",
    "order.recall",
    "order.pass_audit",
    "demand.assign",
    "demand.withdraw",
    "lead.completed",
    "follow_up.rework",
}


def path(action: str, demand: Demand) -> str:
    name = action.split(".")[1]
    if demand.state == "draft":
        return f"/drafts/{demand.pk}/{name}"
    return f"/demands/{demand.number}/{name}"


def test_every_action_of_the_tables_has_an_address():
    # Applications to leave a demand out of assessment, and enquiries, have their own addresses.
    of_demands = {
        action
        for action in demand_rules.LIFECYCLE.rows
        if not action.startswith(("order.", "exclusion.", "review.", "enquiry."))
    }
    by_themselves = {"demand.register", "demand.submit", "demand.attach"}
    assert of_demands - by_themselves == set(demand_actions.VERBS) == set(DEMAND_DEEDS)
    assert set(order_rules.LIFECYCLE.rows) - FOLLOWS <= set(api_orders.VERBS)
    assert {a for a in order_rules.LIFECYCLE.rows if a.startswith("order.")} == set(ORDER_DEEDS)


@pytest.mark.parametrize("state", list(demand_rules.DemandState))
def test_demand(call, town, state):
    earlier = town.accept()
    demand = town.demand(state)
    for action, (username, body) in DEMAND_DEEDS.items():
        if state == "draft" and action not in demand_actions.DRAFT_VERBS:
            continue  # has no number, and so no address for it
        row = demand_rules.LIFECYCLE.rows[action]
        sent = {**body, "into": earlier.number} if action == "demand.merge" else body
        with taken_back():
            if state in row.sources:
                said = call(username).post(path(action, demand), sent)
                assert said["state"] == (state if row.target == To.STAY else row.target), action
            else:
                said = call(username).post(path(action, demand), sent, 409)
                assert said["code"] == "wrong_state", action
                assert Demand.objects.get(pk=demand.pk).state == state


@pytest.mark.parametrize("state", list(demand_rules.DemandState))
def test_submitting_and_attaching(call, town, state):
    demand = town.demand(state)
    with taken_back():
        call("agent").post(f"/drafts/{demand.pk}/submit", status=201 if state == "draft" else 409)
    allowed = state in demand_rules.LIFECYCLE.rows["demand.attach"].sources
    call("agent").upload(path("demand.attach", demand), 201 if allowed else 409, file=picture())


@pytest.mark.parametrize("state", list(order_rules.OrderState))
def test_order(call, town, state):
    order = town.order(state)
    for action, (username, body) in ORDER_DEEDS.items():
        row = order_rules.LIFECYCLE.rows[action]
        with taken_back():
            if state in row.sources:
                call(username).post(f"/orders/{order.pk}/{action.split('.')[1]}", body)
                reached = {To.STAY: state, To.BACK: order.state_before}.get(row.target, row.target)
                assert Assignment.objects.get(pk=order.pk).state == reached, action
            else:
                said = call(username).post(f"/orders/{order.pk}/{action.split('.')[1]}", body, 409)
                assert said["code"] == "wrong_state", action
                assert Assignment.objects.get(pk=order.pk).state == state


@pytest.mark.parametrize("action", DEMAND_DEEDS | ORDER_DEEDS)
def test_what_an_action_needs_must_be_given(call, town, action):
    lifecycle = order_rules if action in ORDER_DEEDS else demand_rules
    username, body = (DEMAND_DEEDS | ORDER_DEEDS)[action]
    row = lifecycle.LIFECYCLE.rows[action]
    # `basis` has a default: the assignment catalogue.
    needs = [name for name in row.needs if name != "basis"]
    state = sorted(row.sources)[0]
    if action in ORDER_DEEDS:
        address = f"/orders/{town.order(state).pk}/{action.split('.')[1]}"
    else:
        if action == "demand.merge":
            body = {"into": town.accept().number}
        address = path(action, town.demand(state))
    for name in needs:
        short = {key: value for key, value in body.items() if key != name}
        said = call(username).post(address, short, 422)
        assert name in str(said["detail"])
        if isinstance(body[name], str):
            said = call(username).post(address, {**body, name: ""}, 422)
            assert name in str(said)
    call(username).post(address, body)


def test_what_possible_actions_offers_is_what_the_api_does(call, town):
    """The buttons: whatever is offered succeeds, and nothing else does."""
    earlier = town.accept()
    for state in order_rules.OrderState:
        order = town.order(state)
        for username in ("clerk", "unit_leader", "dispatcher", "supervisor", "follow_up"):
            seen = call(username).get(f"/demands/{order.demand.number}")
            offered = set(seen["actions"])
            offered |= next(set(one["actions"]) for one in seen["orders"] if one["id"] == order.pk)
            for action, (_who, body) in (DEMAND_DEEDS | ORDER_DEEDS).items():
                if not scopes(town.posts[username].role, action):
                    assert action not in offered
                    continue
                sent = {**body, "into": earlier.number} if action == "demand.merge" else body
                address = (
                    f"/orders/{order.pk}/{action.split('.')[1]}"
                    if action in ORDER_DEEDS
                    else path(action, order.demand)
                )
                with taken_back():
                    response = call(username).post(address, sent, None)
                assert (response.status_code == 200) == (action in offered), (
                    state,
                    username,
                    action,
                    response.content.decode(),
                )
