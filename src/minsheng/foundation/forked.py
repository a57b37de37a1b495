"""What a process does first that was forked off one with a database."""

import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection

from django.db import connections


def let_go(inherited: Sequence[Connection]) -> None:
    """Lets go, in a child, of what is its leader's: lines, database connections, signals.

    `inherited` are the leader's ends of the lines to its children. Left open, no child would ever
    see one of them end.
    """
    for line in inherited:
        line.close()
    # Where the leader ran an event loop, it and we do not look at the same connections: whatever is
    # here is the leader's, open or not. Forgotten, not closed: that would end it for the leader.
    for theirs in connections.all(initialized_only=True):
        theirs.connection = None
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the leader
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
