"""What stops everybody is told from what is wrong with one action."""

import errno

import psycopg
import pytest
from django.db import OperationalError, connection

from minsheng.foundation.unavailable import unavailable


def caused(cause: BaseException) -> Exception:
    """Returns an error as Django wraps what PostgreSQL says."""
    try:
        raise OperationalError("wrapped") from cause
    except OperationalError as error:
        return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (caused(psycopg.errors.DiskFull()), "disk_full"),
        (caused(psycopg.errors.TooManyConnections()), "overloaded"),
        (caused(psycopg.errors.AdminShutdown()), "database_away"),
        (caused(psycopg.OperationalError("the connection is closed")), "database_away"),
        (caused(psycopg.errors.DeadlockDetected()), None),
        (FileNotFoundError(errno.ENOENT, "No such file"), None),
        (ValueError("wrong"), None),
    ],
)
def test_causes(error, code):
    found = unavailable(error)
    assert (found and found.code) == code


def test_what_followed_from_it_is_told_alike():
    def fail_and_fail_again():
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        finally:
            raise KeyError("cleaning up")

    with pytest.raises(KeyError) as caught:
        fail_and_fail_again()
    assert unavailable(caught.value).code == "disk_full"


@pytest.mark.django_db
def test_postgresql_says_it_in_this_way():
    with connection.cursor() as cursor, pytest.raises(OperationalError) as caught:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$")
    assert unavailable(caught.value).code == "disk_full"
