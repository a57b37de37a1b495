"""A city's files become a city, once; files that do not fit together load nothing."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from minsheng.catalogue.models import City, TimeLimit
from minsheng.catalogue.queries import catalogue_units, limit_for
from minsheng.catalogue.rules import Stage
from minsheng.directory.models import District, Post, Staff, Unit
from minsheng.directory.permissions import Role
from minsheng.exchange import city
from minsheng.foundation import cities, clock, home, journal
from minsheng.foundation.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo city's files to break."""
    shutil.copytree(cities.folder("binhai"), tmp_path / "binhai")
    monkeypatch.setattr(cities, "root", lambda: tmp_path)
    return tmp_path / "binhai"


def test_the_demo_city_is_whole() -> None:
    loaded = city.load("binhai")
    assert loaded.name == "滨海市"
    assert District.objects.filter(level__in=["district", "zone"]).count() == 9
    assert Unit.objects.filter(level=1).count() >= 60
    held = set(Post.objects.values_list("role", flat=True))
    assert held == set(Role) - {Role.CITIZEN, Role.SYSTEM}
    agent = Staff.objects.get(username="agent")
    assert agent.check_password(home.demo_password())
    assert [entry.action for entry in journal.timeline("city", loaded.pk)] == ["city.load"]


def test_limits_as_the_demo_city_has_them() -> None:
    city.load("binhai")

    def limit(stage: Stage, kind: str = "complaint", urgent: bool = False) -> str:
        found = limit_for(
            stage,
            on=datetime(2026, 3, 10, tzinfo=clock.ZONE).date(),
            kind=kind,
            urgent=urgent,
            origin="city",
            unit_level=1,
        )
        return str(found.limit)

    assert limit(Stage.SIGN) == "2wh"
    assert limit(Stage.COMPLETE, "consult") == "3wd"
    assert limit(Stage.COMPLETE) == "5wd"
    assert limit(Stage.COMPLETE, urgent=True) == "24h"


def test_every_category_finds_a_unit_in_every_street() -> None:
    from minsheng.catalogue.models import Category

    city.load("binhai")
    on = datetime(2026, 3, 10, tzinfo=clock.ZONE).date()
    units = set(Unit.objects.values_list("code", flat=True))
    streets = District.objects.filter(level__in=["street", "town"]).values_list("pk", flat=True)
    for category in Category.objects.filter(level=3).values_list("pk", flat=True)[::7]:
        for street in streets[::9]:
            found = catalogue_units(category, street, on)
            assert found is not None
            lead, assists, basis = found
            assert {lead, *assists} <= units
            assert basis


def test_a_second_load_is_refused() -> None:
    city.load("binhai")
    with pytest.raises(Conflict):
        city.load("binhai")
    city.load_if_empty()
    assert City.objects.count() == 1


def test_an_unknown_city_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="binhai"):
        city.load("atlantis")


def _unknown_unit(text: str) -> str:
    return text.replace(",centre,", ",nowhere,", 1)


def _no_number(text: str) -> str:
    return text.replace("0.5,0,2004-01-01", "half,0,2004-01-01", 1)


@pytest.mark.parametrize(
    ("file", "spoil", "line"),
    [("staff.csv", _unknown_unit, None), ("limits.csv", _no_number, 2)],
)
def test_files_that_do_not_fit_load_nothing(
    copy: Path, file: str, spoil: Callable[[str], str], line: int | None
) -> None:
    path = copy / file
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(Invalid, match=file) as refused:
        city.load("binhai")
    assert line is None or f"第{line}行" in str(refused.value)
    assert not City.objects.exists()
    assert not TimeLimit.objects.exists()


def test_two_rows_for_the_same_case_are_refused(copy: Path) -> None:
    path = copy / "limits.csv"
    rows = path.read_text(encoding="utf-8")
    path.write_text(
        f"{rows.rstrip()}\ncomplete,,urgent,,,12h,0.8,1,2020-01-01,,\n", encoding="utf-8"
    )
    with pytest.raises(Conflict) as refused:
        city.load("binhai")
    assert refused.value.code == "rules_ambiguous"
    assert not City.objects.exists()
