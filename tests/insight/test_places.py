"""From text to a place, by a gazetteer of our own; and how the gazetteer grows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from minsheng.directory.models import District
from minsheng.foundation import recent
from minsheng.foundation.errors import Conflict, Forbidden, Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.insight import gazetteer, places, placing
from minsheng.insight.models import NamedPlace, PlaceProposal
from minsheng.insight.places import Area, Entry, Gazetteer
from support.reading import Visitor
from support.town import Town

CITY = Path(__file__).parents[2] / "cities" / "binhai"
SET = Path(__file__).with_name("places.csv")


@pytest.fixture(scope="module")
def binhai() -> Gazetteer:
    return placing.of_files(CITY)


def test_the_invented_set_is_placed(binhai: Gazetteer) -> None:
    found = placing.measure(binhai, placing.texts(SET))
    print(found["wrong"])
    assert int(str(found["texts"])) >= 40
    assert float(str(found["place_right"])) >= 0.9
    assert float(str(found["area_right"])) >= 0.9
    assert found["invented"] == 0  # no place where the text names none


@pytest.mark.parametrize("text", ["", "路", "路" * 50_000, "😀😀", "a\tb\n1\t2", "請問哪裡", "\0"])
def test_any_text_is_read(binhai: Gazetteer, text: str) -> None:
    assert binhai.find(text) is None


def test_a_name_that_is_twice_is_told_apart_by_what_stands_beside() -> None:
    areas = {
        "e": Area("e", "东湾区", "东湾", "district", "", 1.0, 2.0),
        "w": Area("w", "西岭县", "西岭", "district", "", 1.0, 2.0),
        "e1": Area("e1", "码头街道", "码头", "street", "e", 1.0, 2.0),
        "w1": Area("w1", "石渡镇", "石渡", "town", "w", 1.0, 2.0),
    }
    known = Gazetteer(
        [
            Entry("二院", "hospital", "e1", 1.0, 2.0),
            Entry("二院", "hospital", "w1", 3.0, 4.0),
            Entry("望海路", "road", "e1", 1.0, 2.0),
        ],
        areas,
    )
    unclear = known.find("二院挂号排队")
    assert unclear
    assert unclear.confidence < places.SURE
    assert unclear.lon is None
    assert len(unclear.others) == 1
    for text, area, street in (
        ("西岭县二院挂号排队", "", "w1"),
        ("二院挂号排队", "w", "w1"),
        ("二院挂号排队", "e1", "e1"),
        ("二院门口的望海路", "", "e1"),
    ):
        found = known.find(text, area)
        assert found
        assert (found.street, found.lon is not None) == (street, True), text
        assert found.confidence >= places.SURE
    number = known.find("望海路12号门前")
    assert number
    assert number.address == "东湾区码头街道望海路12号"


def test_a_gazetteer_is_imported_twice_without_doubling(town: Town) -> None:
    given = [
        {"name": "盐河路", "kind": "road", "street": "east-quay", "lon": "122.5", "lat": "33.5"},
        {"name": "柳荫花园", "kind": "estate", "street": "east-hill", "aliases": "柳荫小区;柳园"},
        {"name": "柳荫花园", "kind": "castle", "street": "east-hill"},
        {"name": "远方", "kind": "road", "street": "nowhere"},
        {"name": "错点", "kind": "road", "street": "east-hill", "lon": "700", "lat": "1"},
        {"name": "半点", "kind": "road", "street": "east-hill", "lon": "7"},
    ]
    first = gazetteer.import_places(town.actor("system"), given)
    assert (first.added, [line for line, _why in first.rejected]) == (2, [4, 5, 6, 7])
    again = gazetteer.import_places(town.actor("system"), given)
    assert (again.added, again.same, NamedPlace.objects.count()) == (0, 2, 2)
    given[0]["lon"] = "122.6"
    assert gazetteer.import_places(town.actor("system"), given).changed == 1
    recent.forget()
    found = places.find("柳园的路灯坏了")
    assert found
    assert (found.name, found.said, found.street) == ("柳荫花园", "柳园", "east-hill")


def test_the_gazetteer_grows_from_what_demands_name(town: Town) -> None:
    for n in range(3):
        town.accept(title=f"路灯不亮{n}", place="码头街道新月花园东门", district="east-quay")
    town.accept(place="半月花园", district="east-quay")  # one alone may be a slip of the pen
    assert gazetteer.propose() == 1
    assert gazetteer.propose() == 0
    dispatcher = town.actor("dispatcher")
    (found,) = gazetteer.proposed(dispatcher)
    assert (found.name, found.kind, found.told) == ("新月花园", "estate", 3)
    assert found.streets == ["east-quay"]
    with pytest.raises(Forbidden), transaction.atomic():
        gazetteer.settle(town.actor("clerk"), found.pk, accept=True)
    with pytest.raises(Invalid), transaction.atomic():
        gazetteer.settle(dispatcher, found.pk, accept=True, kind="estate", street="nowhere")
    gazetteer.settle(dispatcher, found.pk, accept=True, kind="estate", street="east-quay")
    with pytest.raises(Conflict), transaction.atomic():
        gazetteer.settle(dispatcher, found.pk, accept=False)
    recent.forget()
    assert gazetteer.propose() == 0
    assert not gazetteer.proposed(dispatcher)
    assert places.find("新月花园停水").kind == "estate"  # type: ignore[union-attr]
    assert District.objects.get(code="east-quay").namedplace_set.count() == 1


def test_what_is_no_place_is_not_proposed_again(town: Town, at: Callable[..., Visitor]) -> None:
    for n in range(3):
        town.accept(title=f"路灯不亮{n}", place="前面那条路口", district="east-quay")
    gazetteer.propose()
    row = PlaceProposal.objects.get()
    page = at("dispatcher").get("/console/places")
    assert "码头街道" in page.text
    assert page.form("/confirm")["fields"]["kind"] == "road"
    at("dispatcher").post(f"/console/places/{row.pk}/do/reject", {})
    assert JournalEntry.objects.get(action="place.reject").ref == row.name
    gazetteer.propose()
    assert "没有要确认的地名" in at("admin").get("/console/places").text


def test_a_place_is_taken_in_from_the_page(town: Town, at: Callable[..., Visitor]) -> None:
    for n in range(3):
        town.accept(title=f"路灯不亮{n}", place="新月花园", district="east-quay")
    gazetteer.propose()
    given = {"kind": "estate", "street": "east-quay"}
    at("dispatcher").send("/console/places", action="/confirm", **given)
    assert NamedPlace.objects.get().name == "新月花园"
