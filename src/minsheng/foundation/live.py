"""Telling whoever watches that something was journaled, by PostgreSQL's NOTIFY.

Nobody's transaction carries the NOTIFY: PostgreSQL lets transactions that do commit one by one. The
journal only notes the subject once its transaction has committed, and a thread of this process
sends what was noted, on a connection of its own, a few times a second at most. Watchers are told
that something about a subject changed, not what: they look for themselves, with their own rights.
"""

import threading
import time

from django.db import DatabaseError, connection

CHANNEL = "minsheng_journal"
EVERYTHING = "*"

GATHER = 0.25  # seconds in which subjects are gathered
MOST = 300  # subjects of one message, which PostgreSQL limits to 8,000 bytes

_noted: set[str] = set()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def tell(subject: str) -> None:
    """Notes that something was journaled about a subject such as `demand:12`; returns at once.

    To be called after the commit. What cannot be told is lost: watchers look anew once a minute
    whatever they hear.
    """
    global _thread
    with _lock:
        _noted.add(subject)
        if _thread is None:
            # Not a daemon: the last words of a command are said before it ends.
            _thread = threading.Thread(target=_send, name="journal-teller", daemon=False)
            _thread.start()


def _send() -> None:
    """Sends what was noted until nothing is left, then ends, with its connection."""
    global _thread
    try:
        while subjects := _gathered():
            said = " ".join(subjects) if len(subjects) <= MOST else EVERYTHING
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, said])
            except DatabaseError:
                connection.close()
    finally:
        connection.close()
        with _lock:
            if _thread is threading.current_thread():
                _thread = None


def _gathered() -> list[str]:
    """Waits a little and returns what was noted; where that is nothing, this thread is over."""
    global _thread
    time.sleep(GATHER)
    with _lock:
        subjects = sorted(_noted)
        _noted.clear()
        if not subjects:
            _thread = None
        return subjects
