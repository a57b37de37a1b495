"""The web application as `minsheng web` serves it: `minsheng.doors.asgi:application`.

Everything but one address goes to the WSGI application, in threads, each of which keeps a database
connection. Live counts need no thread while they wait, so that any number of open pages leaves the
threads to those who work.
"""

from functools import cache
from typing import TYPE_CHECKING

from minsheng.cli.runtime import connect
from minsheng.doors.threads import Receive, Scope, Send, Threads

if TYPE_CHECKING:
    from minsheng.doors.push import Hub

LIVE = "/console/live"

#: Each thread keeps a connection to the database: 4 processes × 8 threads, and two more for the
#: live counts of each process, stay well below the 100 that PostgreSQL allows.
THREADS = 8

connect()


@cache
def _parts() -> "tuple[Threads, Hub]":
    # Models can be imported only once Django is set up.
    from minsheng.doors.push import Hub
    from minsheng.doors.wsgi import application as pages

    return Threads(pages, THREADS), Hub()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers one request."""
    if scope["type"] != "http":
        return
    pages, hub = _parts()
    if scope["path"] == LIVE:
        await hub.serve(scope, receive, send)
    else:
        await pages(scope, receive, send)
