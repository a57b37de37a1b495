"""来电: who learns who calls, and for how long."""

from datetime import timedelta

import pytest

from minsheng.calls import actions, queries
from minsheng.calls.models import Offer
from minsheng.foundation import clock, vault
from minsheng.foundation.models import Identity, JournalEntry
from support.town import PHONE


def offer(town, by="system", agent="agent", **given):
    given = {"call_no": "c1", "phone": PHONE, "line": "12345", **given}
    return actions.offer(town.actor(by), agent=agent, **given)


def test_only_the_agent_at_whom_it_rings_learns_who_calls(town):
    offer(town)
    ringing = queries.offered_to(town.actor("agent"), "c1")
    assert (ringing.phone, ringing.line) == (PHONE, "12345")
    assert PHONE not in repr(ringing)
    with town.refused("not_found"):
        queries.offered_to(town.actor("agent2"), "c1")


def test_the_number_lies_sealed_and_is_masked_in_the_journal(town):
    row = offer(town)
    assert PHONE.encode() not in bytes(row.identity.phone)
    entry = JournalEntry.objects.get(action="call.offer")
    assert vault.mask_phone(PHONE) in entry.body
    assert PHONE not in entry.body


def test_a_call_that_nobody_picks_up_goes_on_to_the_next(town):
    offer(town)
    offer(town, agent="agent2")
    assert queries.offered_to(town.actor("agent2"), "c1").phone == PHONE
    with town.refused("not_found"):
        queries.offered_to(town.actor("agent"), "c1")
    assert Offer.objects.count() == Identity.objects.count() == 1


def test_a_withheld_number_rings_all_the_same(town):
    offer(town, phone="")
    assert queries.offered_to(town.actor("agent"), "c1").phone == ""
    assert queries.ringing(town.actor("agent")) == ("c1", None)


def test_what_rang_ten_minutes_ago_rings_no_more(town):
    row = offer(town)
    assert queries.ringing(town.actor("agent")) == ("c1", vault.mask_phone(PHONE))
    assert queries.ringing(town.actor("agent2")) is None
    with clock.moved(row.offered_at + timedelta(minutes=11)):
        assert queries.ringing(town.actor("agent")) is None


def test_who_called_is_forgotten_after_a_day(town):
    row = offer(town)
    assert actions.forget() == 0
    with clock.moved(row.offered_at + timedelta(hours=25)):
        assert actions.forget() == 1
    assert not Offer.objects.exists()
    assert not Identity.objects.exists()


def test_agents_take_in_their_own_calls_only(town):
    offer(town, by="agent")
    with town.refused("not_own_call"):
        offer(town, by="agent", agent="agent2")
    with town.refused("forbidden"):
        offer(town, by="clerk")
    with town.refused("unknown_agent"):
        offer(town, agent="nobody")


@pytest.mark.parametrize("by", ["agent2", "dispatcher"])
def test_nobody_takes_a_call_that_rings_at_another(town, by):
    row = offer(town)
    with town.refused("not_own_call"):
        offer(town, by=by, agent=by, phone="")
    assert queries.offered_to(town.actor("agent"), "c1").phone == PHONE
    assert Identity.objects.count() == 1
    offer(town, by="agent")  # one's own, once more
    with clock.moved(row.offered_at + timedelta(minutes=11)):  # the number is used again
        offer(town, by=by, agent=by)
    assert queries.offered_to(town.actor(by), "c1").phone == PHONE
    assert Offer.objects.count() == Identity.objects.count() == 1


@pytest.mark.parametrize("by", ["system", "admin"])
def test_the_telephone_system_passes_a_call_on(town, by):
    offer(town, by="agent")
    offer(town, by=by, agent="agent2")
    assert queries.offered_to(town.actor("agent2"), "c1").phone == PHONE


def test_the_interface_leads_to_an_address_that_says_nothing_of_the_caller(town, call):
    said = call("admin").post(
        "/calls/offered", {"call_no": "c 1", "agent": "agent", "phone": PHONE}, 200
    )
    assert said["address"] == "/console/intake?call=c+1"
    assert queries.offered_to(town.actor("agent"), "c 1").phone == PHONE
