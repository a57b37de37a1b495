"""Lets tests empty the database after themselves, though the journal refuses to be emptied.

So do evaluations that were published.

Tests that need real transactions end with Django's flush, one TRUNCATE over all tables. Here the
triggers that refuse it are switched off for that one transaction, as only the owner of the tables
can, and only by naming them: production code has no such switch.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

TABLES = (
    "foundation_journalentry",
    "foundation_journalhead",
    "evaluation_evaluation",
    "evaluation_result",
)


def triggers(switch: str) -> list[str]:
    return [f"ALTER TABLE {table} {switch} TRIGGER USER;" for table in TABLES]


@pytest.fixture(autouse=True, scope="session")
def journal_can_be_flushed() -> Iterator[None]:
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_all(self: Any, sql_list: list[str]) -> None:
        for left in reversed(range(5)):
            try:
                flush(self, [*triggers("DISABLE"), *sql_list, *triggers("ENABLE")])
                break
            except OperationalError:  # a page that was left is answered still, and both deadlock
                if not left:
                    raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_all)
        yield
