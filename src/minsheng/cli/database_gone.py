"""What the queue's libraries say where the database goes away: one sentence in place of them all.

Each of their connections has a traceback to tell. None says more than that the worker has to end.
"""

import logging

from minsheng.foundation.unavailable import unavailable


class Listener(logging.Handler):
    """Passes on what is said of anything else, and remembers that the database was `gone`."""

    gone = False

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("psycopg.pool") or lost(error):
            self.gone = True
        elif (usual := logging.lastResort) and record.levelno >= usual.level:
            usual.handle(record)


def listen() -> Listener:
    """Listens to the queue and to its connections from now on."""
    listener = Listener()
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.addHandler(listener)
        logger.propagate = False
    return listener


def lost(error: BaseException | None) -> bool:
    """Tells whether an error, or what caused it, is a connection that ended or never was."""
    found = unavailable(error)
    return found is not None and found.code == "database_away"
