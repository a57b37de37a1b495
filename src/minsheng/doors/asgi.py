"""The live counts, as any ASGI server loads them: `minsheng.doors.asgi:application`."""

from functools import cache
from typing import TYPE_CHECKING, Any

from minsheng.cli.runtime import connect

if TYPE_CHECKING:
    from minsheng.doors.push import Hub

connect()


@cache
def _hub() -> "Hub":
    from minsheng.doors.push import Hub  # models can be imported only once Django is set up

    return Hub()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers one request, or sees to the beginning and the end."""
    if scope["type"] == "http":
        await _hub().serve(scope, receive, send)
    elif scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await _hub().end()
        await send({"type": "lifespan.shutdown.complete"})
