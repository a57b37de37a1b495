"""What the queue's libraries say where the database goes away: one sentence in place of them all.

Each of their connections has a traceback to tell. None says more than that the worker has to end.
"""

import logging

import psycopg


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
    """Tells whether an error, or what caused it, is that of a connection that ended or never was.

    Other operational errors, such as a deadlock or a full disk, have a state of their own.
    """
    while error is not None:
        if isinstance(error, psycopg.OperationalError):
            return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
        error = error.__cause__ or error.__context__
    return False
