"""What the rows of a batch belong to, looked up once for all of them.

PostgreSQL checks a foreign key row by row, which is half of what a bulk load costs it. The rows of
a batch point to a few hundred units, channels and categories; these are looked up and locked once,
exactly as each row would do it, and the checks are then left out (docs/adr/0014-parents.md).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def looked_up(parents: Mapping[str, Collection[int]]) -> Iterator[None]:
    """Lets new rows be written without a check of each, where all of their parents are there.

    `parents` are the ids, by table, of what the rows belong to and the same transaction did not
    make itself. They stay locked until its end: nobody can delete them meanwhile. Where one is
    missing, or the database does not allow this role to leave checks out, rows are checked one by
    one as ever, and the database says which is wrong.
    """
    with connection.cursor() as cursor:
        may = _may_leave_checks_out(cursor)
        if may and all(_are_there(cursor, table, ids) for table, ids in parents.items()):
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        if may:
            cursor.execute("SET LOCAL session_replication_role = origin")


def _may_leave_checks_out(cursor: Any) -> bool:
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    (may,) = cursor.fetchone()
    return bool(may)


def _are_there(cursor: Any, table: str, ids: Collection[int]) -> bool:
    cursor.execute(
        f"SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",  # noqa: S608
        [list(ids)],
    )
    return bool(cursor.rowcount == len(ids))
