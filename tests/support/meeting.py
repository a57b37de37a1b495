"""Two people at once: real threads, real connections, made to meet at the same row."""

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction

PATIENCE = 60  # seconds that a busy machine may take


def at_once(*calls: Callable[[], Any], waiting: int | None = None, lock: str = "") -> list[Any]:
    """Runs each call in a thread of its own and returns what each returned or raised.

    Meanwhile this thread holds every demand's row locked (or what the statement `lock` locks), and
    lets go once `waiting` of them (all, by default) queue for it: so they do overlap.
    """
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            results[place] = calls[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(lock or "SELECT id FROM demands_demand FOR UPDATE")
        # Each in a copy of this context: the town's clock stands still for them, too.
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(run, place))
            for place in range(len(calls))
        ]
        for thread in threads:
            thread.start()
        _until_queued(len(calls) if waiting is None else waiting)
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "somebody waits for ever"
    return results


def _until_queued(number: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees one moment
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= number:
                return
        time.sleep(0.01)
    raise AssertionError(f"fewer than {number} came to wait")
