"""What stops everybody, brought about: a database that has no room left."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER no_room BEFORE INSERT ON foundation_journalentry EXECUTE FUNCTION no_room();
"""


@contextmanager
def full_disk() -> Iterator[None]:
    """Lets PostgreSQL say of every journal entry, and so of every action, that it has no room."""
    with connection.cursor() as cursor:
        cursor.execute(_FULL)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_room CASCADE")
