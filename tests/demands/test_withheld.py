"""What petitioners write of themselves stands in the vault and nowhere else."""

import pytest

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Supplement
from minsheng.foundation import journal
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
