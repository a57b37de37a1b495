"""The permission table walked whole through the API: every role, every action, near and far.

What the table allows passes the check of permissions (whether the state then allows it is asked in
test_lifecycles); what it does not allow is refused with 403, or with 404 where the demand may not
even be seen.
"""

from collections.abc import Callable

import pytest
from django.core import signing

from minsheng.demands.models import Demand
from minsheng.directory.permissions import PERMISSIONS, Role, Scope, scopes
from minsheng.doors.api.keys import citizen_token
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.calling import Caller, taken_back
from support.deeds import DEMAND_DEEDS, ORDER_DEEDS, picture

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
# Nothing of this is done to a demand.
ELSEWHERE = {
    "demand.attach",  # a file, see below
    "identity.masked",  # what is shown, see below
    "journal.view",
    "knowledge.view",
    *("knowledge.propose", "knowledge.approve", "knowledge.remark"),  # in tests/knowledge
    *("knowledge.import", "knowledge.export"),
    *("enquiry.view", "enquiry.ask", "enquiry.pass_back"),  # in tests/demands
    *("evaluation.view", "evaluation.compute", "evaluation.publish"),  # in tests/evaluation
    *("review.view", "review.decide"),
    *("commission.view", "commission.manage"),
    *("campaign.view", "campaign.manage", "campaign.call"),
    *("sample.view", "sample.draw"),  # in tests/followups
    *("exclusion.view", "exclusion.apply", "exclusion.approve"),
    *("exclusion.confirm", "exclusion.refuse", "exclusion.withdraw"),
    *("appeal.view", "appeal.submit", "appeal.grant", "appeal.refuse", "appeal.withdraw"),
    *("bulletin.view", "bulletin.make", "bulletin.edit", "bulletin.publish"),  # in tests/bulletins
    *("insight.suggest", "insight.check_reply", "insight.view"),  # in tests/insight
    *("insight.train", "insight.approve", "insight.guess"),
    *("event.view", "event.settle", "hot_issue.view", "hot_issue.settle", "place.confirm"),
    "call.offer",  # in tests/calls
    "view.share",  # in tests/console
    "supervision.view",  # this and what follows in tests/supervision
    *("alert.watch", "alert.dismiss"),
    *("measure.issue", "measure.answer", "measure.send_back", "measure.escalate", "measure.close"),
    *("recheck.draw", "recheck.hold", "recheck.reopen"),
    *("field_check.order", "field_check.report", "joint.plan", "joint.judge", "joint.close"),
    *("ownership.roster", "ownership.open", "ownership.visit"),
    *("ownership.put_off", "ownership.decide"),
    *("meeting.call", "meeting.hold"),
    *("decision.report", "decision.settle", "decision.send_back"),
    *("clue.view", "clue.submit", "clue.receive", "clue.conclude"),
    *("instruction.give", "instruction.order", "instruction.report"),
    *("instruction.send_back", "instruction.close"),
    *("promise.record", "promise.report", "promise.postpone", "promise.judge"),
    *("register.view", "register.write", "register.step"),  # in tests/registers
    "order.export",  # in tests/console
    "settings.view",
    "settings.change",
    "staff.change",
    "token.issue",
    "journal.audit",
    "import.run",
}
ANYWHERE = {"demand.count", "petitioner.find", "petitioner.mark", "demand.register"}


def near(town, role: str, scope: Scope) -> tuple[Demand, Assignment]:
    """Returns a demand and an order of it that a permission of this scope reaches."""
    post = town.posts[role]
    if scope == Scope.SECRET:
        demand = town.secret()
        order = orders.assign(town.actor("discipline"), demand.pk, lead="traffic")[0]
    elif scope == Scope.UNIT:
        order = town.assign(lead=post.unit.code if post.unit.code != "hotline" else "traffic")
    elif scope == Scope.TREE:
        order = town.assign(lead="housing-repair")
    elif scope == Scope.PARENT:
        above = town.order("signed")
        order = orders.assign_onward(town.actor("clerk"), above.pk, units=["housing-repair"])[0]
    else:
        order = town.assign(lead="traffic")
    if scope == Scope.ENTERPRISE:
        Demand.objects.filter(pk=order.demand_id).update(enterprise=True)
    if scope == Scope.OWN:
        Demand.objects.filter(pk=order.demand_id).update(registered_by=post.staff)
    return Demand.objects.get(pk=order.demand_id), order


def far(town, role: str, action: str) -> list[tuple[Demand, Assignment]]:
    """Returns demands and orders that no permission of this role for this action reaches."""
    granted = {*scopes(role, action), *scopes(role, "demand.view")}
    found = []
    if Scope.SECRET not in granted:
        found.append(near(town, role, Scope.SECRET))
    if Scope.ALL not in granted:
        found.append(near(town, role, Scope.ALL))
    return found


def request(
    caller: Caller, action: str, demand: Demand, order: Assignment, earlier: str, role: str = ""
):
    """Does what the action stands for and returns the response."""
    name = action.split(".")[1]
    if action in ORDER_DEEDS:
        return caller.post(f"/orders/{order.pk}/{name}", ORDER_DEEDS[action][1], None)
    if action in DEMAND_DEEDS:
        body = {"into": earlier} if action == "demand.merge" else DEMAND_DEEDS[action][1]
        return caller.post(f"/demands/{demand.number}/{name}", body, None)
    match action:
        case "demand.view":
            return caller.get(f"/demands/{demand.number}", None)
        case "demand.count":
            return caller.get("/counts/demands", None)
        case "identity.reveal":
            return caller.post(f"/demands/{demand.number}/reveal", {"reason": "联系核实"}, None)
        case "petitioner.find":
            return caller.post("/petitioners/find", {"phone": "13900001234"}, None)
        case "petitioner.mark":
            body = {"abusive": True, "reason": "反复骚扰"}
            return caller.post(f"/petitioners/{demand.petitioner_id}/mark", body, None)
        case "demand.register" | "demand.submit":
            channel = {"discipline": "discipline", "collector": "patrol"}.get(role, "phone")
            path = "/drafts" if action == "demand.register" else "/demands"
            return caller.post(path, {"channel": channel, "title": "路面坑洞"}, None)
    raise AssertionError(f"no request for {action}")


def reached(response) -> bool:
    """Tells whether a request got past the permissions, whatever became of it."""
    if response.status_code in (403, 404):
        return False
    assert response.status_code in (200, 201, 409), response.content.decode()
    return True


def test_this_walk_leaves_nothing_out():
    walked = set(DEMAND_DEEDS) | set(ORDER_DEEDS) | ANYWHERE
    walked |= {"demand.view", "identity.reveal", "demand.submit"}
    assert set(PERMISSIONS) == walked | ELSEWHERE


@pytest.mark.parametrize("role", ROLES)
def test_what_the_table_allows(call, town, role):
    earlier = town.accept()
    for action in sorted(set(PERMISSIONS) - ELSEWHERE):
        for scope in scopes(role, action):
            with taken_back():
                demand, order = near(town, role, scope)
                response = request(call(role), action, demand, order, earlier.number, role)
                assert reached(response), (action, scope, response.content.decode())


@pytest.mark.parametrize("role", ROLES)
def test_what_the_table_does_not_list(call, town, role):
    earlier = town.accept()
    demand, order = near(town, role, Scope.UNIT)
    Demand.objects.filter(pk=demand.pk).update(registered_by=town.posts[role].staff)
    for action in sorted(set(PERMISSIONS) - ELSEWHERE):
        if not scopes(role, action):
            with taken_back():
                response = request(call(role), action, demand, order, earlier.number)
                assert response.status_code == 403, (action, response.content.decode())
                assert response.json()["code"] == "forbidden"


@pytest.mark.parametrize("role", ROLES)
def test_what_lies_out_of_reach(call, town, role):
    earlier = town.accept()
    for action in sorted(set(PERMISSIONS) - ELSEWHERE - ANYWHERE - {"demand.submit"}):
        if not scopes(role, action):
            continue
        with taken_back():
            for demand, order in far(town, role, action):
                response = request(call(role), action, demand, order, earlier.number)
                assert not reached(response), (action, demand)
                # Who may not see it does not learn that it exists.
                assert response.status_code == 404, (action, response.content.decode())


@pytest.mark.parametrize("role", ROLES)
def test_a_reading_token_changes_nothing(call, town, role):
    demand, order = near(town, role, Scope.UNIT)
    reader = call(role, "read")
    for action in sorted(set(PERMISSIONS) - ELSEWHERE - {"demand.view", "demand.count"}):
        with taken_back():
            response = request(reader, action, demand, order, demand.number)
            assert response.status_code == 403, (action, response.content.decode())
    if scopes(role, "demand.count"):
        reader.get("/counts/demands")
        assert reader.get(f"/demands/{demand.number}")["actions"] == []


@pytest.mark.parametrize("role", ROLES)
def test_files_masks_and_the_journal(call, town, role):
    for scope in Scope:
        if scope in (Scope.SELF, Scope.PARENT):
            continue
        with taken_back():
            demand, _order = near(town, role, scope)
            file = town.attach(demand)
            caller = call(role)
            seen = caller.get(f"/demands/{demand.number}", None)
            may_see = (
                scope in scopes(role, "demand.view")
                or (Scope.ALL in scopes(role, "demand.view") and not demand.restricted)
                or (scope == Scope.UNIT and Scope.TREE in scopes(role, "demand.view"))
            )
            assert seen.status_code == (
                200 if may_see else 404 if scopes(role, "demand.view") else 403
            )
            got = caller.get(f"/attachments/{file.pk}", None)
            assert got.status_code == seen.status_code
            if may_see:
                assert got.headers["Content-Disposition"].startswith("attachment")
                said = seen.json()
                assert (said["petitioner"] is not None) == bool(scopes(role, "identity.masked"))
                assert bool(said["timeline"]) == bool(scopes(role, "journal.view"))
                assert "钱小满" not in seen.content.decode()
                assert "13900001234" not in seen.content.decode()
            uploads = scopes(role, "demand.attach")
            wrote = caller.upload(f"/demands/{demand.number}/attach", None, file=picture())
            assert (wrote.status_code == 201) == (
                scope in uploads or (Scope.ALL in uploads and not demand.restricted)
            )


def test_nobody_without_a_token(town):
    demand, order = near(town, "agent", Scope.ALL)
    for action in sorted(set(PERMISSIONS) - ELSEWHERE):
        response = request(Caller(), action, demand, order, demand.number)
        assert response.status_code == 401, action
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_no_operation_is_open_but_those_meant_to_be(call):
    document = call().get("/openapi.json")
    open_to_all = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if not operation.get("security")
    }
    assert open_to_all == {
        "/api/v1/tokens",
        "/api/v1/citizen/demands",
        "/api/v1/citizen/session",
        "/api/v1/citizen/evaluations",
    }


@pytest.mark.parametrize("token", ["", "x", "read nobody", "Ω" * 50, "a" * 5000])
def test_no_operation_works_with_a_wrong_token(call, town, token):
    document = call().get("/openapi.json")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not operation.get("security"):
                continue
            address = path.replace("{number}", "SQ1").replace("{id}", "1")
            response = Caller().client.generic(
                method.upper(), address, headers={"Authorization": f"Bearer {token}"}
            )
            assert response.status_code == 401, (method, path, response.content)


def test_a_petitioners_token_opens_their_own_demand_and_nothing_else(call, town):
    demand, order = near(town, "agent", Scope.ALL)
    petitioner = Caller(citizen_token(demand.pk))
    assert petitioner.get("/citizen/demand")["number"] == demand.number
    for action in sorted(set(PERMISSIONS) - ELSEWHERE):
        response = request(petitioner, action, demand, order, demand.number)
        assert response.status_code == 401, action
    # And the other way round.
    call("agent").get("/citizen/demand", 401)
    Caller(signing.dumps(demand.pk, salt="another")).get("/citizen/demand", 401)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda post: post.staff.__class__.objects.filter(pk=post.staff_id).update(is_active=False),
        lambda post: post.__class__.objects.filter(pk=post.pk).update(until=post.since),
        lambda post: post.tokens.update(revoked_at=post.since),
        lambda post: post.tokens.update(expires_at=post.since),
    ],
    ids=["staff switched off", "post ended", "token revoked", "token expired"],
)
def test_a_token_ends_at_once(call, town, spoil: Callable):
    caller = call("agent")
    caller.get("/demands")
    spoil(town.posts["agent"])
    caller.get("/demands", 401)


def test_a_unit_learns_nothing_of_the_petitioner_of_a_confidential_demand(call, town):
    order = town.assign(town.accept(confidential=True))
    number = order.demand.number
    for username in ("clerk", "unit_leader"):
        assert call(username).get(f"/demands/{number}")["petitioner"] is None
        assert call(username).get("/demands")["items"][0]["petitioner"] is None
    said = call("clerk").post(f"/demands/{number}/reveal", {"reason": "联系核实"}, 403)
    assert said["code"] == "confidential"
    assert call("dispatcher").get(f"/demands/{number}")["petitioner"]["name"] == "钱**"


SUBJECTS = [
    ("agent", Scope.ALL),
    ("agent", Scope.SECRET),
    ("clerk", Scope.UNIT),
    ("clerk", Scope.TREE),
    ("vendor", Scope.UNIT),
    ("collector", Scope.OWN),
    ("specialist", Scope.OWN),
]


def test_lists_hold_what_may_be_seen_and_nothing_else(call, town):
    made = [near(town, role, scope)[0].number for role, scope in SUBJECTS]
    for role in ROLES:
        caller = call(role)
        if not scopes(role, "demand.view"):
            caller.get("/demands", 403)
            caller.get("/orders", 403)
            continue
        listed = {row["number"] for row in caller.get("/demands", limit=200)["items"]}
        for number in made:
            seen = caller.get(f"/demands/{number}", None).status_code == 200
            assert (number in listed) == seen, (role, number)
        of_orders = {row["id"] for row in caller.get("/orders", limit=200)["items"]}
        for id in Assignment.objects.values_list("pk", flat=True):
            seen = caller.get(f"/orders/{id}", None).status_code == 200
            assert (id in of_orders) == seen, (role, id)
        assert of_orders <= {
            pk
            for pk, number in Assignment.objects.values_list("pk", "demand__number")
            if number in listed
        }
