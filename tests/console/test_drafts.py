"""Drafts of the intake desk: kept while somebody types, found again, never lost, never doubled."""

from datetime import timedelta
from uuid import uuid4

import pytest

from minsheng.calls import actions as calls
from minsheng.demands.models import Demand
from minsheng.doors.console import drafts
from minsheng.doors.models import IntakeDraft
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.foundation.models import Identity
from support.town import PHONE

INTAKE, KEEP = "/console/intake", "/console/intake/draft"


def keep(visitor, token, at=1000, status=200, **typed):
    visitor.post(KEEP, {"once": token, "typed_at": at, **typed}, status)
    return visitor.response.json()["sent"] if status == 200 else None


def reopened(visitor, token):
    return visitor.get(f"{INTAKE}?draft={token}").form("intake")["fields"]


def test_what_was_typed_is_there_again_after_a_closed_window(town, at):
    token = uuid4()
    typed = {"phone": PHONE, "name": "钱小满", "text": "楼顶漏水", "category": "build.home.leak"}
    keep(at("agent"), token, **typed, urgent="on", channel="phone")
    fields = reopened(at("agent"), token)
    assert {name: fields[name] for name in typed} == typed
    assert (fields["urgent"], fields["once"]) == ("on", str(token))
    page = at("agent").get(INTAKE)
    assert "楼顶漏水" in page.text
    assert "钱** 139****1234" in page.text
    assert PHONE not in page.text


def test_the_caller_lies_in_the_vault(town, at):
    token = uuid4()
    keep(at("agent"), token, phone=PHONE, name="钱小满", text="楼顶漏水")
    keep(at("agent"), token, at=2000, phone=PHONE, name="钱小满", text="楼顶漏水三天了")
    row = IntakeDraft.objects.get()
    assert row.typed == {"text": "楼顶漏水三天了"}
    assert row.identity.phone_mask == "139****1234"
    assert Identity.objects.count() == 1


def test_a_save_that_comes_late_changes_nothing(town, at):
    token = uuid4()
    keep(at("agent"), token, at=2000, text="后写的")
    keep(at("agent"), token, at=1000, text="先写的")
    assert reopened(at("agent"), token)["text"] == "后写的"


def test_what_was_sent_is_no_draft_any_more(town, at):
    visitor = at("agent")
    page = visitor.get(INTAKE)
    fields = {**page.form("intake")["fields"], "title": "楼顶漏水", "do": "accept"}
    token = fields["once"]
    keep(visitor, token, text="楼顶漏水")
    visitor.post(INTAKE, fields)
    demand = Demand.objects.get()
    assert not IntakeDraft.objects.exists()
    # A save that was under way when the form was sent:
    assert keep(visitor, token, at=9000, text="楼顶漏水") == f"/console/demands/{demand.pk}"
    assert not IntakeDraft.objects.exists()
    visitor.get(f"{INTAKE}?draft={token}", 302)
    assert visitor.led_to == f"/console/demands/{demand.pk}"
    assert not Identity.objects.exists()


def test_a_draft_is_its_writers_own(town, at):
    token = uuid4()
    keep(at("agent"), token, text="楼顶漏水")
    keep(at("agent2"), token, at=5000, status=404, text="改掉")
    at("agent2").get(f"{INTAKE}?draft={token}", 404)
    at("agent2").post(f"{INTAKE}/drafts/{token}/drop", {})
    assert reopened(at("agent"), token)["text"] == "楼顶漏水"
    at("agent").post(f"{INTAKE}/drafts/{token}/drop", {})
    assert not IntakeDraft.objects.exists()


def test_a_call_opens_the_form_with_its_number(town, at):
    calls.offer(town.actor("system"), call_no="c1", agent="agent", phone=PHONE)
    assert "139****1234" in at("agent").get(INTAKE).text  # it rings
    visitor = at("agent")
    visitor.get(f"{INTAKE}?call=c1", 302)
    assert PHONE not in visitor.led_to
    first = visitor.led_to
    fields = visitor.follow().form("intake")["fields"]
    assert (fields["phone"], fields["call_no"]) == (PHONE, "c1")
    keep(visitor, fields["once"], at=5000, phone=PHONE, call_no="c1", text="楼顶漏水")
    visitor.get(f"{INTAKE}?call=c1", 302)  # the telephone's window opens it again
    assert visitor.led_to == first
    fields = {**visitor.follow().form("intake")["fields"], "do": "accept"}
    assert fields["text"] == "楼顶漏水"
    visitor.post(INTAKE, fields)
    assert Demand.objects.get().call_no == "c1"
    visitor.get(f"{INTAKE}?call=c1", 302)
    visitor.get(visitor.led_to, 302)
    assert visitor.led_to == f"/console/demands/{Demand.objects.get().pk}"


def test_somebody_elses_call_stays_shut(town, at):
    calls.offer(town.actor("system"), call_no="c1", agent="agent", phone=PHONE)
    page = at("agent2").get(f"{INTAKE}?call=c1", 404)
    assert "没有这通分配给您的来电" in page.text


def test_a_telephone_that_knows_only_the_number_leads_on_without_it(town, at):
    visitor = at("agent")
    visitor.get(f"{INTAKE}?phone={PHONE}", 302)
    assert PHONE not in visitor.led_to
    assert visitor.follow().form("intake")["fields"]["phone"] == PHONE


@pytest.mark.parametrize(
    "wrong", [{"once": "x"}, {"typed_at": ""}, {"typed_at": "-1"}, {"typed_at": "9" * 16}]
)
def test_a_broken_save_is_refused(town, at, wrong):
    at("agent").post(KEEP, {"once": str(uuid4()), "typed_at": "1", **wrong}, 422)


def test_more_than_a_form_holds_is_refused(town):
    with pytest.raises(Invalid):
        drafts.save(town.actor("agent"), uuid4(), {"text": "长" * 30_001}, 1)


def test_drafts_are_forgotten_after_a_month(town):
    drafts.save(town.actor("agent"), uuid4(), {"text": "楼顶漏水", "phone": PHONE}, 1)
    assert drafts.forget() == 0
    with clock.moved(clock.now() + timedelta(days=31)):
        assert drafts.forget() == 1
    assert not Identity.objects.exists()


def test_each_person_seals_their_browsers_copies_with_a_key_of_their_own(town):
    keys = {drafts.browser_key(town.actor(name)) for name in ("agent", "agent2")}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {64}
