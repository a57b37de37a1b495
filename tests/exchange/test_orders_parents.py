"""An import leaves out the checks of single rows, and still nothing points to what is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction

from minsheng.demands.models import Demand, ImportBatch
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import Unit
from minsheng.exchange.history import copying
from minsheng.exchange.history.names import Names, UnitFound
from minsheng.exchange.history.parents import looked_up
from minsheng.exchange.history.plan import Job
from minsheng.exchange.history.run import Summary, import_orders, open_history
from minsheng.exchange.history.writing import Writing
from minsheng.orders.models import Assignment
from support.history import rejected, row, text_of
from support.town import NOW, Town, inhabited

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (copying.DEMANDS, copying.ORDERS, copying.PAIRS, copying.FOLLOW_UPS)


@pytest.fixture(autouse=True)
def town() -> Iterator[Town]:
    with inhabited() as town:
        yield town


def take(folder: Path, rows: list[dict[str, str]]) -> Summary:
    path = folder / "h.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    source, _ignored = open_history(path)
    return import_orders(SYSTEM, source, rejects=folder / "r.csv", lanes=1)


def leaves_checks_out() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        return bool(cursor.fetchone() == ("replica",))


@contextmanager
def ordinary_role() -> Iterator[None]:
    """Lets the connection act as a role that has our tables and may set nothing special."""
    with connection.cursor() as cursor:
        owner = connection.settings_dict["USER"]
        cursor.execute(f'CREATE ROLE ordinary; GRANT "{owner}" TO ordinary')
        cursor.execute("SET ROLE ordinary")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE; DROP ROLE ordinary")


def test_checks_are_left_out_within_the_batch_alone(town: Town) -> None:
    unit = town.units["housing"].pk
    with transaction.atomic():
        with looked_up({"directory_unit": {unit}}):
            assert leaves_checks_out()
        assert not leaves_checks_out()
    with pytest.raises(RuntimeError), transaction.atomic(), looked_up({"directory_unit": {unit}}):
        raise RuntimeError
    assert not leaves_checks_out()
    with transaction.atomic(), looked_up({"directory_unit": {unit, 10**9}}):
        assert not leaves_checks_out()


def test_a_parent_stays_while_rows_are_written(town: Town) -> None:
    unit = Unit.objects.create(code="leaving", name="将撤销的单位", kind="other")
    own = connection.copy()
    try:
        with transaction.atomic(), looked_up({"directory_unit": {unit.pk}}), own.cursor() as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError):
                other.execute("DELETE FROM directory_unit WHERE id = %s", [unit.pk])
    finally:
        own.close()


def test_a_row_without_its_parent_is_refused_and_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit is deleted after its name was looked up."""
    load = Names.load

    def stale(self: Names) -> None:
        load(self)
        self.units.pretend("撤销的单位", UnitFound(10**9, (10**9,), 1))

    monkeypatch.setattr(Names, "load", stale)
    summary = take(tmp_path, [row(1), row(2, unit="撤销的单位"), row(3)])
    assert (summary.counts["landed"], summary.counts["rejected"]) == (2, 1)
    (reason,) = rejected(tmp_path / "r.csv").values()
    assert "foreign key" in reason
    assert set(Demand.objects.values_list("number", flat=True)) == {"S1", "S3"}
    assert not Assignment.objects.filter(unit_id=10**9).exists()


def test_a_role_that_may_not_leave_checks_out_imports_the_same(tmp_path: Path, town: Town) -> None:
    with ordinary_role():
        with transaction.atomic(), looked_up({"directory_unit": {town.units["housing"].pk}}):
            assert not leaves_checks_out()
        summary = take(tmp_path, [row(1), row(2)])
    assert summary.counts["landed"] == 2
    assert ImportBatch.objects.get().rows == 2


def test_every_parent_of_what_is_copied_is_looked_up() -> None:
    """A foreign key that somebody adds to these tables has to be thought of here as well."""
    models = {model._meta.db_table: model for model in apps.get_models()}
    asked = set(Writing(Job(None, NOW, False, 0), [])._parents())
    # These are made in the same transaction, or locked before.
    asked |= {ImportBatch._meta.db_table, *(table.name for table in TABLES)}
    for table in TABLES:
        for field in models[table.name]._meta.concrete_fields:
            if field.related_model and f'"{field.column}"' in table.columns:
                assert field.related_model._meta.db_table in asked, field


def test_counts_and_facts_follow_without_the_checks() -> None:
    """Triggers of ours fire in any case, or else nobody would hear of what was imported."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger"
            " WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal AND tgenabled <> 'A'",
            [[table.name for table in TABLES]],
        )
        assert cursor.fetchall() == []
