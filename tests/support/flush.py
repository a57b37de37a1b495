"""Empties the database after tests that need real transactions, where it holds anything.

Django would TRUNCATE all tables, which makes some thousand files anew each time, and fill its own
again. Here rows are deleted from the tables that have any, in a fiftieth of the time, without
triggers: the journal and published evaluations refuse to be emptied by whoever may not switch
triggers off, and production code does not. Some triggers fire all the same (ADR 14): what they
write is deleted last, and facts are told to be drawn anew.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

#: What Django fills in when it makes the tables.
KEPT = {"django_content_type", "auth_permission"}

_FILLED = """
SELECT oid::regclass::text FROM pg_class WHERE relname = ANY(%s) AND pg_relation_size(oid) > 0
"""


_WRITTEN_BY_TRIGGERS = """
DELETE FROM demands_tally; DELETE FROM orders_tally; DELETE FROM indicators_stale;
INSERT INTO indicators_stale (what) VALUES ('all')
"""


@cache
def _tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [name for name in found if name not in KEPT]


def _empty(_test: TransactionTestCase) -> None:
    from minsheng.foundation import live, vault  # settings are not read when this module is

    with live._lock:  # a thread would tell of it during the next test, which may have no database
        live._noted.clear()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FILLED, [_tables()])
        deletions = "".join(f"DELETE FROM {name};" for (name,) in cursor.fetchall())
        cursor.execute(f"SET LOCAL session_replication_role = replica; {deletions}")
        cursor.execute(_WRITTEN_BY_TRIGGERS)
    vault.check()  # makes a key where there is none, as after making the tables


@pytest.fixture(autouse=True, scope="session")
def emptied_by_rows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)
        yield
