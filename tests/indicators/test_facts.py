"""Facts: equal to the database, cheap to keep up, never half there."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock
from minsheng.indicators import facts, store
from minsheng.indicators.schema import FACT_TABLES
from minsheng.orders import actions as orders
from minsheng.orders.rules import OrderState
from support.fairly import exclude
from support.town import NOW


def month(table="demands"):
    return {m: part.file for m, part in store.read().parts[table].items() if m}


def rows(table):
    return facts.tables()[table].to_pyarrow().to_pylist()


def test_every_state_is_drawn_and_equals_the_database(town):
    for state in OrderState:
        town.order(state)
    for state in ("answered", "rejected", "merged", "withdrawn", "evaluated", "archived"):
        town.demand(state)
    watermark = facts.refresh()
    assert watermark.rows["demands"] == Demand.objects.filter(accepted_at__isnull=False).count()
    assert facts.check() == []


def test_drafts_and_restricted_demands_are_no_facts(town):
    town.demand("draft")
    town.secret()
    town.accept()
    assert facts.refresh().rows["demands"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_refresh_draws_only_what_changed(town):
    with clock.moved(NOW - timedelta(days=40)):
        old = town.assign()
    for _ in range(5):
        town.assign()
    facts.refresh()
    before = month("assignments")
    assert sorted(before) == ["2026-01", "2026-03"]
    assert facts.refresh().drawn == 0
    with clock.moved(NOW + timedelta(minutes=5)):
        orders.sign(town.actor("clerk"), old.pk)
    assert facts.refresh().drawn == 2
    assert month("assignments")["2026-03"] == before["2026-03"]
    assert facts.check() == []
    signed = [row["signed_at"] for row in rows("assignments") if row["assignment_id"] == old.pk]
    assert signed == [(NOW + timedelta(minutes=5)).replace(tzinfo=None)]


def test_what_leaves_a_month_or_the_facts_is_gone(town):
    demand, other = town.accept(), town.accept()
    facts.refresh()
    earlier = NOW - timedelta(days=60)
    Demand.objects.filter(pk=demand.pk).update(accepted_at=earlier)
    facts.refresh()
    assert facts.check() == []
    assert len(month()) == 2
    Demand.objects.filter(pk=other.pk).update(restricted=True)
    facts.refresh()
    assert facts.check() == []
    assert len(month()) == 1


def test_a_bulk_write_is_noted_by_months(town):
    demand = town.accept()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO demands_demand (state, state_at, channel_id, element, title, text, words,"
            " place, petitioner_kind, origin, external_no, call_no, urgent, confidential,"
            " restricted, enterprise, excluded, escalated, difficult, registered_at, accepted_at,"
            " number, query_code, reopened_count, disposal, answer, unit_ids, involved)"
            " SELECT 'accepted', d.accepted_at, channel_id, element, title, text, words, place,"
            " petitioner_kind, origin, '', '', false, false, false, false, false, false, false,"
            " d.accepted_at, d.accepted_at - n * interval '1 hour', 'B' || n, '', 0, '', '',"
            " '{}', '{}' FROM demands_demand d, generate_series(1, 3000) n WHERE d.id = %s",
            [demand.pk],
        )
        cursor.execute("SELECT what, count(*) FROM indicators_stale GROUP BY 1")
        assert dict(cursor.fetchall())["month"] <= 6
    facts.refresh()
    assert facts.status()["rows"]["demands"] == 3001
    assert facts.check() == []


@pytest.mark.django_db(transaction=True)
def test_check_finds_what_was_changed_behind_its_back(town):
    order = town.order("completed")
    facts.refresh()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_assignment DISABLE TRIGGER stale_changed")
        cursor.execute("UPDATE orders_assignment SET rework_count = 3 WHERE id = %s", [order.pk])
        cursor.execute("ALTER TABLE orders_assignment ENABLE ALWAYS TRIGGER stale_changed")
    (difference,) = facts.check()
    assert "rework_count is 0 in the facts, 3 in the database" in difference
    assert facts.rebuild().drawn
    assert facts.check() == []


def test_the_same_matter_raised_again_is_a_repeat(town):
    with clock.moved(NOW - timedelta(days=29)):
        town.accept()
    facts.refresh()
    with clock.moved(NOW):
        town.accept()
        town.accept(category="road.hole")
    facts.refresh()
    assert facts.check() == []
    found = {(row["repeats"], row["repeated"]) for row in rows("demands")}
    assert found == {(0, 1), (1, 0), (0, 0)}


def test_a_broken_or_foreign_manifest_is_drawn_anew(town):
    town.accept()
    facts.refresh()
    path = store.folder() / store.MANIFEST
    good = json.loads(path.read_text())
    for bad in ("", "{", json.dumps({**good, "source": "00000000-0000-0000-0000-000000000000"})):
        path.write_text(bad)
        assert facts.refresh().drawn
        assert facts.check() == []


@pytest.mark.django_db(transaction=True)
def test_what_a_rolled_back_transaction_drew_does_not_stay(town):
    town.accept()
    facts.refresh()
    with transaction.atomic():
        town.accept()
        facts.refresh()
        transaction.set_rollback(True)
    facts.refresh()
    assert facts.check() == []


def test_follow_ups_count_by_what_was_said_last(town):
    demand = town.demand("evaluated")
    order = demand.assignments.get()
    facts.refresh()
    (row,) = rows("assignments")
    assert (row["sampled"], row["evaluated"], row["dissatisfied"]) == (1, 1, 0)
    with clock.moved(NOW + timedelta(hours=1)):
        follow_ups.rework(town.actor("follow_up"), demand.pk, reason="又漏了")
    facts.refresh()
    (row,) = rows("assignments")
    assert (row["rework_count"], row["completed_at"], row["evaluated"]) == (1, None, 1)
    assert order.pk == row["assignment_id"]
    assert facts.check() == []


def test_facts_hold_neither_texts_nor_persons():
    known = {"title", "text", "name", "phone", "address", "answer", "reply", "place", "petitioner"}
    for table in FACT_TABLES.values():
        assert not known & {column.name for column in table.columns}


def test_exclusion_is_seen(town):
    order = town.order("completed")
    facts.refresh()
    exclude(town, order.demand.number)
    facts.refresh()
    (row,) = rows("demands")
    assert row["excluded"] == 1
    assert facts.check() == []
