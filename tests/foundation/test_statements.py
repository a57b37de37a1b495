"""Statements compiled once do what Django's own would do."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from minsheng.catalogue.models import CatalogueEntry, Category, TimeLimit
from minsheng.directory.models import District, Unit
from minsheng.foundation.statements import ByKey, insert, update

pytestmark = pytest.mark.django_db


def _unit(code: str, **given: object) -> Unit:
    return insert(Unit(code=code, name=f"单位{code}", kind="other", **given))


def test_a_row_comes_back_as_it_was_inserted() -> None:
    district = insert(District(code="d", name="区", level="district", outline={"type": "Polygon"}))
    unit = _unit("a", district=district, lineage=[3, 4_000_000_000], sign_off=False)
    assert unit.pk
    assert not unit._state.adding
    kept = Unit.objects.get(pk=unit.pk)
    assert (kept.code, kept.name, kept.district, kept.lineage) == ("a", "单位a", district, [3, 4e9])
    assert (kept.sign_off, kept.active, kept.parent) == (False, True, None)
    assert District.objects.get(pk=district.pk).outline == {"type": "Polygon"}


def test_only_the_named_fields_are_updated() -> None:
    category = Category.objects.create(code="c", name="路灯", keywords=["路灯"])
    category.name, category.keywords, category.level = "照明", [], 3
    update(category, ["keywords", "name"])
    kept = Category.objects.get(pk=category.pk)
    assert (kept.name, kept.keywords, kept.level) == ("照明", [], 1)


def test_constraints_hold_and_speak_django() -> None:
    _unit("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        _unit("a")


def test_a_query_by_key_finds_what_django_finds_however_often() -> None:
    above = _unit("above")
    for code in ("a", "b", "c"):
        _unit(code, parent=above)
    children = ByKey(
        lambda key: (
            Unit.objects.filter(parent=key, active=True).select_related("parent").order_by("-code")
        )
    )
    for _ in range(8):  # past the moment from which PostgreSQL keeps the plan
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = children.all(above.pk)
            assert [unit.code for unit in found] == ["c", "b", "a"]
            assert {unit.parent for unit in found} == {above}
        assert len(queries) == 1
    assert children.all(found[0].pk) == []
    assert children.first(found[0].pk) is None
    assert children.first(above.pk) == found[0]


def test_keys_of_any_type_and_deferred_columns() -> None:
    _unit("a", lineage=[1])
    by_code = ByKey(
        lambda key: Unit.objects.filter(code=key, name__startswith="单位").defer("lineage"),
        stand_in="-",
    )
    unit = by_code.first("a")
    assert unit is not None
    assert unit.get_deferred_fields() == {"lineage"}
    assert unit.lineage == [1]
    assert by_code.first("b") is None


def test_dates_and_floats_are_kept() -> None:
    rule = TimeLimit(
        stage="sign", limit="2wh", warn_share=0.75, effective_from=date(2026, 1, 1), unit_level=2
    )
    kept = TimeLimit.objects.get(pk=insert(rule).pk)
    assert (kept.warn_share, kept.effective_from, kept.effective_to) == (
        0.75,
        date(2026, 1, 1),
        None,
    )
    entry = insert(CatalogueEntry(lead="@district", assists=[], effective_from=date(2026, 1, 1)))
    assert CatalogueEntry.objects.get(pk=entry.pk).assists == []


def test_a_locking_query_locks() -> None:
    unit = _unit("a")
    locked = ByKey(lambda key: Unit.objects.select_for_update().filter(pk=key))
    with CaptureQueriesContext(connection) as queries:
        assert locked.first(unit.pk) == unit
    assert queries[0]["sql"].endswith("FOR UPDATE")
