"""Who may work on the city by itself: jobs beside each other, a simulated life without them.

The locks are the database session's, so they end with the process that held them, however it ended.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_CITY = 0x12346  # the first half of all keys; the second is 0, or stands for a job


@contextmanager
def job(name: str) -> Iterator[bool]:
    """Gives whether the job may run: neither it nor a simulated life is under way elsewhere."""
    keys = (_CITY, zlib.crc32(name.encode()) >> 1)
    if not _ask("pg_try_advisory_lock_shared", _CITY, 0):
        yield False
        return
    try:
        if not _ask("pg_try_advisory_lock", *keys):
            yield False
            return
        try:
            yield True
        finally:
            _ask("pg_advisory_unlock", *keys)
    finally:
        _ask("pg_advisory_unlock_shared", _CITY, 0)


@contextmanager
def city() -> Iterator[None]:
    """Waits until no job runs, and keeps all of them away for the time of the block."""
    _ask("pg_advisory_lock", _CITY, 0)
    try:
        yield
    finally:
        _ask("pg_advisory_unlock", _CITY, 0)


def _ask(function: str, first: int, second: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [first, second])
        return bool(cursor.fetchone()[0])
