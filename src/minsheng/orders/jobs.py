"""Housekeeping of the running counts, of orders and of the demands below them."""

from django.db import connection, transaction

# Lines that come in meanwhile are not seen, and stay as they are; two folds at once are harmless.
_FOLD = """
WITH gone AS (DELETE FROM {table} RETURNING {key}, state, n)
INSERT INTO {table} ({key}, state, n)
SELECT {key}, state, sum(n) FROM gone GROUP BY {key}, state HAVING sum(n) <> 0
"""
_TALLIES = (("demands_tally", "category_id"), ("orders_tally", "unit_id"))


def fold_tallies() -> None:
    """Folds the signed lines of both tallies into one line for each key, once a minute or so."""
    for table, key in _TALLIES:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FOLD.format(table=table, key=key))
