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
from minsheng.foundation import journal
from minsheng.orders import queries as orders
from support.town import PHONE

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
    demands.mark(town.actor("dispatcher"), demand.pk, reason="怕报复", confidential=True)
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
