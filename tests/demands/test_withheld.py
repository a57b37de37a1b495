"""What petitioners write of themselves stands in the vault and nowhere else."""

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from minsheng.demands import actions as demands
from minsheng.demands import queries
from minsheng.demands.models import Attachment, Demand, Supplement
from minsheng.directory.access import Actor
from minsheng.doors.console.notices import notices
from minsheng.followups import actions as follow_ups
from minsheng.followups import queries as follow_up_queries
from minsheng.foundation import journal
from minsheng.foundation.vault import mask_name
from minsheng.insight.models import Event, Membership
from minsheng.orders import actions as orders_actions
from minsheng.orders import queries as orders
from minsheng.orders.models import Assignment
from support.deeds import picture
from support.town import NOW, PHONE

NAME = "孙小雨"
SPACED = f"{PHONE[:3]} {PHONE[3:7]}-{PHONE[7:]}"
WRITTEN = f"我叫{NAME}，电话{PHONE}，也可打+86 {SPACED}或办公室0518-12345678。"
MASKED = "电话139****1234，也可打139****1234或办公室0518-12345678。"


def told(demand: Demand) -> str:
    """Returns everything that units can read of a demand."""
    demand = Demand.objects.get(pk=demand.pk)
    added = Supplement.objects.filter(demand=demand).values_list("text", flat=True)
    lines = journal.timeline("demand", demand.pk).values_list("body", flat=True)
    return "\n".join([demand.title, demand.text, demand.place, *demand.words, *added, *lines])


def shown(actor: Actor, demand: Demand) -> str:
    """Returns what somebody reads of a demand and its journal."""
    demand = queries.find(actor, id=demand.pk)
    return f"{queries.detail(actor, demand)} {orders.timeline(actor, demand)}"


@pytest.mark.parametrize("confidential", [False, True])
def test_a_petitioners_number_is_masked_wherever_they_write_it(town, confidential):
    demand = town.accept(
        title=f"漏水，请回电{PHONE}",
        text=WRITTEN,
        place=f"幸福里（{SPACED}）",
        petitioner=demands.PersonIn(name=NAME, phone=PHONE),
        confidential=confidential,
    )
    demands.edit(town.actor("dispatcher"), demand.pk, text=f"改：{WRITTEN}")
    demands.supplement(town.petitioner(demand), demand.pk, text=WRITTEN)
    said = told(demand)
    assert said.count(MASKED) >= 2
    assert PHONE not in said.replace(" ", "").replace("-", "")
    assert (NAME in said) != confidential


def test_a_name_is_hidden_once_a_demand_becomes_confidential(town):
    demand = town.accept(
        title=f"{NAME}家漏水",
        text=WRITTEN,
        place=f"{NAME}家",
        petitioner=demands.PersonIn(name=NAME, phone=PHONE),
    )
    demands.supplement(town.petitioner(demand), demand.pk, text=f"补充：{NAME}下午在家")
    town.assign(demand)
    dispatcher, clerk = town.actor("dispatcher"), town.actor("clerk")
    demands.edit(dispatcher, demand.pk, title=f"反映{NAME}家漏水")
    assert NAME in shown(clerk, demand)
    demands.mark(dispatcher, demand.pk, reason="怕报复", confidential=True)
    demand.refresh_from_db()
    assert NAME not in shown(clerk, demand)
    assert "孙小" not in demand.words
    assert demand.title == "反映孙**家漏水"
    assert Supplement.objects.get().text == "补充：孙**下午在家"
    # Who may learn of the petitioner reads the journal as it was written.
    assert NAME in str(orders.timeline(dispatcher, demand))
    last = journal.timeline("demand", demand.pk).values_list("body", flat=True).last()
    assert NAME not in last
    assert "petitioner_hidden" in last


def test_nothing_is_said_of_hiding_where_there_was_nothing_to_hide(town):
    demand = town.accept(petitioner=demands.PersonIn(name=NAME, phone=PHONE))
    kept = town.attach(demand)
    demands.mark(town.actor("dispatcher"), demand.pk, reason="怕报复", confidential=True)
    assert Attachment.objects.get().file.name == kept.file.name
    last = journal.timeline("demand", demand.pk).values_list("body", flat=True).last()
    assert "petitioner_hidden" not in last


def test_files_lose_their_place_once_a_demand_becomes_confidential(town):
    taken = io.BytesIO()
    Image.new("RGB", (8, 8)).save(taken, "JPEG", comment=NAME.encode())
    demand = town.accept(petitioner=demands.PersonIn(name=NAME, phone=PHONE))
    agent = town.actor("agent")
    file = SimpleUploadedFile("现场.jpg", taken.getvalue(), content_type="image/jpeg")
    before = demands.attach(agent, demand.pk, file=file)
    demands.mark(town.actor("dispatcher"), demand.pk, reason="怕报复", confidential=True)
    after = Attachment.objects.get()
    content = after.file.read()
    assert NAME.encode() in taken.getvalue()
    assert NAME.encode() not in content
    assert (after.pk, after.name, after.by) == (before.pk, before.name, before.by)
    assert (after.size, after.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_others_numbers_stay(town):
    said = f"工地负责人电话13900001235，编号1{PHONE}。"
    demand = town.accept(text=said, petitioner=demands.PersonIn(phone=PHONE))
    assert demand.text == said
    assert town.accept(text=WRITTEN, petitioner=demands.PersonIn()).text == WRITTEN


def test_nobody_hears_by_a_number_that_its_owner_gave_a_clue(town):
    who = demands.PersonIn(name=NAME, phone=PHONE)
    town.secret(petitioner=who)
    assert not demands.find_by_phone(town.actor("agent"), PHONE)
    town.accept(petitioner=who)
    assert len(demands.find_by_phone(town.actor("agent"), PHONE)) == 1


# Who is known already


def test_a_citizen_learns_nothing_by_naming_a_number_or_an_id(town):
    """Neither who has it, nor the number that belongs to an id: both would be masked in words."""
    town.accept(petitioner=demands.PersonIn(name=NAME, phone=PHONE, id_number="320700199001011234"))
    for person in (
        demands.PersonIn(phone=PHONE),
        demands.PersonIn(id_number="320700199001011234"),
        demands.PersonIn(name=NAME, id_number="320700199001011234"),
        demands.PersonIn(name="李四", phone=PHONE),
    ):
        demand = town.accept("citizen", channel="web", petitioner=person, confidential=True)
        guesses = f"王小明、{NAME}、13900009999、{PHONE}"
        added = demands.supplement(town.petitioner(demand), demand.pk, text=guesses)
        said = guesses if not person.name else guesses.replace(person.name, mask_name(person.name))
        assert added.text == (said.replace(PHONE, "139****1234") if person.phone else said)


def test_a_citizen_who_says_all_of_it_again_is_the_same(town):
    who = demands.PersonIn(name=NAME, phone=PHONE)
    first, again = (town.accept("citizen", channel="web", petitioner=who) for _time in range(2))
    assert first.petitioner == again.petitioner
    silent = demands.PersonIn(phone="13900008888")
    first, again = (town.accept("citizen", channel="web", petitioner=silent) for _time in range(2))
    assert first.petitioner == again.petitioner


def test_staff_know_a_caller_by_the_number(town):
    known = town.accept(petitioner=demands.PersonIn(name=NAME, phone=PHONE))
    again = town.accept(
        petitioner=demands.PersonIn(phone=PHONE), confidential=True, title=f"{NAME}家漏水"
    )
    assert again.petitioner == known.petitioner
    assert again.title == "孙**家漏水"


def test_nobody_knows_a_caller_who_only_gave_clues(town):
    who = demands.PersonIn(name=NAME, phone=PHONE, address="幸福里3号")
    clue = town.secret(petitioner=who)
    called = town.accept(petitioner=demands.PersonIn(phone=PHONE))
    assert called.petitioner != clue.petitioner
    seen = demands.reveal(town.actor("agent"), called.pk, reason="回电")
    assert (seen.name, seen.address) == ("", "")
    # Those who keep clues know their own.
    assert town.secret(petitioner=demands.PersonIn(phone=PHONE)).petitioner == clue.petitioner
    with town.refused("not_found"):
        demands.mark_petitioner(
            town.actor("agent"), clue.petitioner_id, reason="多次骚扰", abusive=True
        )
    assert demands.markable(town.actor("agent"), called.petitioner_id) == called.petitioner


# What is said later

WHO = demands.PersonIn(name=NAME, phone=PHONE)


@pytest.mark.parametrize("confidential", [False, True])
def test_a_petitioners_reasons_and_names_of_files_are_as_bare_as_their_text(town, confidential):
    def said(demand: Demand) -> str:
        clerk = town.actor("clerk")
        found = queries.find(clerk, id=demand.pk)
        rounds = follow_up_queries.of_demand(found)
        return f"{shown(clerk, demand)} {rounds} {notices(clerk)}"

    def given() -> Assignment:
        return town.assign(town.accept(petitioner=WHO, confidential=confidential))

    words = f"我是{NAME}，电话{PHONE}，不用办了"
    withdrawn, filed = given().demand, given().demand
    orders_actions.withdraw(town.petitioner(withdrawn), withdrawn.pk, reason=words)
    file = SimpleUploadedFile(f"{NAME} {PHONE}.png", picture().read(), content_type="image/png")
    demands.attach(town.petitioner(filed), filed.pk, file=file)
    completed = town.order("completed", given()).demand
    follow_ups.evaluate(
        town.petitioner(completed), completed.pk, grade="dissatisfied", solved=False, reason=words
    )
    for demand in (withdrawn, filed, completed):
        heard = said(demand)
        assert "139" in heard
        assert PHONE not in heard
        assert (NAME in heard) != confidential


def test_notices_hide_what_the_timeline_hides(town):
    demand = town.accept(petitioner=WHO)
    town.assign(demand)
    clerk, dispatcher = town.actor("clerk"), town.actor("dispatcher")
    demands.mark(dispatcher, demand.pk, reason=f"{NAME}怕报复", confidential=True)
    assert "孙**怕报复" in str(notices(clerk))
    assert NAME not in str(notices(clerk))


def test_all_that_units_read_is_hidden_once_a_demand_becomes_confidential(town):
    latin = demands.PersonIn(name="John Smithson", phone=PHONE)
    demand = town.accept(petitioner=latin, title="John Smithson: leaking roof")
    order = town.assign(demand, note="Please ask John Smithson first")
    clerk, dispatcher = town.actor("clerk"), town.actor("dispatcher")
    orders_actions.sign(clerk, order.pk)
    orders_actions.contact(clerk, order.pk, method="phone", outcome="John Smithson agreed")
    demands.edit(dispatcher, demand.pk, title="John Smithson reports a leaking roof")
    event = Event.objects.create(
        number="SJ1", title=demand.title, first_at=NOW, last_at=NOW, made_at=NOW
    )
    Membership.objects.create(event=event, demand=demand, chance=1, at=NOW)

    def read() -> str:
        found = queries.find(clerk, id=demand.pk)
        details = orders.details(clerk, found, orders.of_demand(found))
        return f"{shown(clerk, demand)} {details} {Event.objects.get().title}"

    assert read().count("Smithson") >= 5
    demands.mark(dispatcher, demand.pk, reason="asked for", confidential=True)
    assert "Smithson" not in read()
