"""Lists: what they find, in which order, page by page, and what they cost."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minsheng.demands.models import Demand
from minsheng.followups import accounting
from minsheng.foundation import clock
from minsheng.orders import actions as orders
from minsheng.orders.jobs import fold_tallies
from minsheng.orders.models import Assignment
from support.town import NOW


def numbers(page):
    return [row["number"] for row in page["items"]]


@pytest.fixture
def some(town):
    """Demands of several kinds, an hour apart."""

    def at(hours, **changed):
        with clock.moved(NOW + timedelta(hours=hours)):
            return town.accept(**changed).number

    made = {
        "leak": at(0),
        "lamp": at(
            1,
            category="road.lamp",
            kind="report",
            district="west-ford",
            urgent=True,
            title="路灯不亮",
            text="村口路灯坏了",
            place="石渡镇",
        ),
        "noise": at(
            2,
            category="noise",
            kind="consult",
            district="east-hill",
            channel="web",
            title="夜间施工噪声",
            text="每天夜里施工",
            confidential=True,
            place="",
        ),
        "lift": at(
            3,
            category="build.home.lift",
            district="east",
            channel="province",
            origin="province",
            title="电梯故障",
            text="电梯停运三天",
            place="",
        ),
    }
    with clock.moved(NOW + timedelta(hours=4)):
        yield made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["lift", "noise", "lamp", "leak"]),
        ({"sort": "accepted_at"}, ["leak", "lamp", "noise", "lift"]),
        ({"category": "build"}, ["lift", "leak"]),
        ({"category": ["road", "noise"]}, ["noise", "lamp"]),
        ({"category": "build.home.lift"}, ["lift"]),
        ({"district": "east"}, ["lift", "noise", "leak"]),
        ({"district": "town"}, ["lift", "noise", "lamp", "leak"]),
        ({"district": "west-ford"}, ["lamp"]),
        ({"kind": "consult"}, ["noise"]),
        ({"channel": ["web", "province"]}, ["lift", "noise"]),
        ({"origin": "province"}, ["lift"]),
        ({"mark": "urgent"}, ["lamp"]),
        ({"mark": ["urgent", "confidential"]}, []),
        ({"state": "accepted"}, ["lift", "noise", "lamp", "leak"]),
        ({"state": "archived"}, []),
        ({"text": "路灯"}, ["lamp"]),
        ({"text": "电梯停运"}, ["lift"]),
        ({"text": "漏水 幸福里"}, ["leak"]),
        ({"text": "飞机"}, []),
        ({"accepted_from": "2026-03-10T11:00:00+08:00"}, ["lift", "noise", "lamp"]),
        ({"accepted_to": "2026-03-10T03:00:00Z"}, ["leak"]),
        ({"category": "build", "district": "east-quay", "channel": "phone"}, ["leak"]),
        ({"unit": "housing"}, []),
    ],
)
def test_filters(call, some, query, found):
    assert numbers(call("dispatcher").get("/demands", **query)) == [some[name] for name in found]


def test_a_petitioners_demands(call, town, some):
    agent = call("agent")
    (known,) = agent.post("/petitioners/find", {"phone": "+86 139 0000 1234"})
    assert known["name"] == "钱**"
    assert len(numbers(agent.get("/demands", petitioner=known["id"]))) == 4
    assert numbers(agent.get("/demands", petitioner=known["id"] + 1)) == []
    call("clerk").get("/demands", 403, petitioner=known["id"])


def test_limits(call, town):
    """As time goes by a demand is in time, then near its limit, then overdue."""
    number = town.assign().demand.number
    later = town.assign(town.accept(urgent=True)).demand.number
    dispatcher = call("dispatcher")
    due = Demand.objects.get(number=number).due_at
    for moment, states in [
        (NOW, {"normal": [later, number], "near": [], "overdue": []}),
        (NOW + timedelta(hours=20), {"normal": [number], "near": [later], "overdue": []}),
        (due - timedelta(minutes=1), {"normal": [], "near": [number], "overdue": [later]}),
        (due + timedelta(minutes=1), {"normal": [], "near": [], "overdue": [later, number]}),
    ]:
        with clock.moved(moment):
            for state, found in states.items():
                page = dispatcher.get("/demands", limit_state=state)
                assert numbers(page) == found
                assert {row["limit_state"] for row in page["items"]} <= {state}
                ordered = dispatcher.get("/orders", limit_state=state)
                assert [row["demand"] for row in ordered["items"]] == found
    with clock.moved(NOW + timedelta(hours=3)):
        assert len(dispatcher.get("/orders", sign_overdue=True)["items"]) == 2
        assert numbers(dispatcher.get("/demands", sort="-due_at")) == [number, later]


def test_a_unit_is_found_with_those_below_it(call, town):
    order = town.assign(lead="east-gov")
    orders.sign(town.actor("clerk.east"), order.pk)
    orders.assign_onward(town.actor("clerk.east"), order.pk, units=["quay"])
    dispatcher = call("dispatcher")
    for unit, demands, given in (("east-gov", 1, 2), ("quay", 1, 1), ("hill", 0, 0)):
        assert len(dispatcher.get("/demands", unit=unit)["items"]) == demands
        assert len(dispatcher.get("/orders", unit=unit)["items"]) == given
    row = dispatcher.get("/demands")["items"][0]
    assert row["unit"]["code"] == "east-gov"
    assert row["category"]["path"] == ["住房建设", "房屋管理", "房屋漏水"]
    assert [row["level"] for row in dispatcher.get("/orders")["items"]] == [2, 1]


@pytest.mark.parametrize("sort", ["-accepted_at", "accepted_at", "due_at", "-due_at"])
def test_walking_through_sees_each_row_once_while_others_are_added(call, town, sort):
    """Also where many share one moment, as here, where the clock stands still."""
    there = {town.assign().demand.number for _ in range(23)}
    dispatcher = call("dispatcher")
    seen, cursor = [], ""
    while cursor is not None:
        page = dispatcher.get("/demands", sort=sort, limit=5, cursor=cursor)
        seen += numbers(page)
        cursor = page["next"]
        town.assign()
        with clock.moved(NOW - timedelta(days=1)):
            town.assign()
        with clock.moved(NOW + timedelta(days=1)):
            town.assign()
    assert len(seen) == len(set(seen))
    assert there <= set(seen)
    assert [number for number in seen if number in there] == sorted(
        there, reverse=sort.startswith("-")
    )


def test_orders_page_by_page(call, town):
    there = {town.assign().pk for _ in range(7)}
    seen, cursor = [], ""
    while cursor is not None:
        page = call("clerk").get("/orders", limit=3, cursor=cursor)
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
    assert seen == sorted(there, reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "é", "AAAA", "W10", "bnVsbA", "WyJkdWVfYXQiLCIyMDI2IiwxXQ", "=" * 9]
)
def test_a_broken_cursor(call, cursor):
    assert call("agent").get("/demands", 422, cursor=cursor)["code"] == "cursor_broken"


def test_a_cursor_of_another_order_of_rows(call, town):
    for _ in range(3):
        town.accept()
    cursor = call("agent").get("/demands", limit=1)["next"]
    said = call("agent").get("/demands", 422, limit=1, cursor=cursor, sort="accepted_at")
    assert said["code"] == "cursor_broken"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"state": "gone"},
        {"unit": "nobody"},
        {"category": "nothing"},
        {"sort": "title"},
        {"mark": "pretty"},
        {"limit_state": "late"},
        {"accepted_from": "2026-03-10"},
        {"accepted_from": "2026-03-10T10:00:00"},
        {"accepted_from": "0001-01-01T00:00:00Z"},
        {"accepted_to": "9999-12-31T23:59:59Z"},
        {"petitioner": 10**30},
        {"text": "，。"},
        {"text": "a\0b"},
        {"stat": "accepted"},
    ],
)
def test_a_wrong_filter_is_refused_by_name(call, query):
    said = call("dispatcher").get("/demands", 422, **query)
    assert next(iter(query)) in str(said)


def test_drafts_are_listed_to_their_writer(call, town):
    draft = town.demand("draft")
    assert [row["id"] for row in call("agent").get("/drafts")["items"]] == [draft.pk]
    assert call("agent2").get("/drafts")["items"] == []
    assert call("agent").get("/demands")["items"] == []
    assert call("agent").get(f"/drafts/{draft.pk}")["state"] == "draft"


def test_follow_ups_wait_in_a_list(call, town):
    demand = town.demand("completed")
    worker = call("follow_up")
    assert worker.get("/follow-ups")["items"] == []
    worker.post(f"/demands/{demand.number}/plan")
    (row,) = worker.get("/follow-ups")["items"]
    assert row["demand"] == demand.number
    worker.post(
        f"/demands/{demand.number}/evaluate",
        {"grade": "dissatisfied", "solved": False, "reason_code": "unsolved"},
    )
    assert worker.get("/follow-ups")["items"] == []
    (row,) = worker.get("/follow-ups", state="evaluated")["items"]
    assert (row["grade"], row["solved"]) == ("dissatisfied", False)
    (asked,) = worker.get(f"/demands/{demand.number}")["follow_ups"]
    assert [one["reached"] for one in asked["attempts"]] == [True]


def test_counts_follow_what_is_done(call, town):
    order = town.order("signed")
    town.accept(category="noise")
    dispatcher = call("dispatcher")
    counted = {row["code"]: row["count"] for row in dispatcher.get("/counts/demands")}
    assert counted == {"build.home.leak": 1, "noise": 1}
    assert dispatcher.get("/counts/demands", state="accepted") == [
        {"code": "noise", "name": "噪声扰民", "count": 1}
    ]
    (row,) = dispatcher.get("/counts/orders")
    assert (row["code"], row["state"], row["count"]) == ("housing", "signed", 1)
    orders.recall(town.actor("dispatcher"), order.pk, reason="派错")
    assert dispatcher.get("/counts/orders") == []
    (row,) = dispatcher.get("/counts/orders", state="recalled")
    assert row["count"] == 1
    town.secret()
    before = dispatcher.get("/counts/demands"), dispatcher.get("/counts/orders")
    assert sum(row["count"] for row in before[0]) == 2
    fold_tallies()
    assert (dispatcher.get("/counts/demands"), dispatcher.get("/counts/orders")) == before


def secret_order(town):
    officer = town.actor("discipline")
    (order,) = orders.assign(officer, town.secret().pk, lead="housing")
    return order


def test_orders_of_restricted_demands_are_counted_for_nobody(call, town):
    shown = town.order("signed")
    agent = call("agent")
    before = agent.get("/counts/orders")
    order = secret_order(town)
    assert agent.get("/counts/orders") == before
    Assignment.objects.filter(pk=order.pk).update(state="signed")
    Assignment.objects.filter(pk__in=[order.pk, shown.pk]).update(state="handling")
    (row,) = agent.get("/counts/orders")
    assert (row["code"], row["state"], row["count"]) == ("housing", "handling", 1)
    assert [fault.what for fault in accounting.faults() if "count of" in fault.what] == []
    Assignment.objects.filter(pk=order.pk).delete()
    assert agent.get("/counts/orders") == [row]


def test_what_was_counted_of_restricted_demands_is_taken_back(call, town):
    town.order("signed")
    secret_order(town)
    before = call("agent").get("/counts/orders")
    changed = import_module("minsheng.orders.migrations.0006_tally_without_restricted")
    with connection.cursor() as cursor:
        cursor.execute(changed.BACKWARD)
        assert len(call("agent").get("/counts/orders")) == len(before) + 1
        cursor.execute(changed.FORWARD)
    assert call("agent").get("/counts/orders") == before


# What they cost: statements, however many rows there are


def statements(call, path, **query):
    call.get(path, **query)  # dictionaries are kept for a few seconds
    with CaptureQueriesContext(
        connection,
    ) as caught:
        call.get(path, **query)
    return [each["sql"] for each in caught if "SAVEPOINT" not in str(each["sql"])]


@pytest.mark.parametrize("rows", [1, 30])
def test_statements(call, town, rows):
    for _ in range(rows):
        number = town.order("signed").demand.number
    dispatcher = call("dispatcher")
    # the token, the keys of the page, their rows
    assert len(statements(dispatcher, "/demands", limit=50)) == 3
    assert len(statements(dispatcher, "/demands", limit_state="normal", text="漏水")) == 3
    assert len(statements(call("clerk"), "/demands", limit=50)) == 3
    assert len(statements(dispatcher, "/orders", limit=50)) == 3
    assert len(statements(dispatcher, "/counts/demands")) == 2
    # the token, the demand, its orders, what belongs to all of them
    assert len(statements(dispatcher, f"/demands/{number}")) == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/supervision/meetings",
            {"title": "会办", "at": "2026-03-11T09:00:00+08:00", "units": ["housing", "water"]},
        ),
        (
            "/supervision/joints",
            {
                "title": "联合督查",
                "on": "2026-03-11",
                "units": ["housing"],
                "sites": [
                    {"place": "1号楼", "unit": "housing"},
                    {"place": "2号楼", "unit": "water"},
                ],
            },
        ),
    ],
)
def test_parts_are_asked_for_once_for_all_things_of_a_list(call, town, path, body):
    supervisor = call("supervisor")
    supervisor.post(path, body)
    alone = len(statements(supervisor, path))
    for _ in range(3):
        supervisor.post(path, body)
    assert len(supervisor.get(path)["items"]) == 4
    assert len(statements(supervisor, path)) == alone


def test_statements_of_accepting(call, town):
    body = {
        "channel": "phone",
        "title": "楼顶漏水",
        "category": "build.home.leak",
        "district": "east-quay",
        "kind": "complain",
        "petitioner": {"name": "钱小满", "phone": "13900001234"},
    }
    call("agent").post("/demands", body, 201)  # dictionaries are kept for a few seconds
    # the token, the petitioner, the number, the demand, the journal; a new petitioner takes two,
    # a key two
    for phone, key, expected in (
        ("13900001234", None, 5),
        ("13900005678", None, 7),
        ("13900006789", "k", 9),
    ):
        body["petitioner"]["phone"] = phone
        headers = {"Idempotency_Key": key} if key else {}
        with CaptureQueriesContext(connection) as caught:
            call("agent").post("/demands", body, 201, **headers)
        spent = [each["sql"] for each in caught if "SAVEPOINT" not in str(each["sql"])]
        assert len(spent) == expected, spent
