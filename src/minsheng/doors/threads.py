"""A WSGI application in threads of an ASGI server.

A body is read before a thread is taken, so that a slow sender holds none; an answer is sent as fast
as it is read, so that a slow reader fills no memory.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

IN_MEMORY = 256 * 1024  # bytes of a body that are kept in memory
PIECE = 64 * 1024  # bytes of an answer that are sent at once

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = Mapping[str, Any]
Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Threads:
    """A WSGI application as an ASGI one."""

    def __init__(self, pages: Wsgi, threads: int) -> None:
        self.pages = pages
        self.pool = ThreadPoolExecutor(threads, "pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with SpooledTemporaryFile(IN_MEMORY) as body:
            length, more = 0, True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                piece = message.get("body", b"")
                length += len(piece)
                body.write(piece)
                more = message.get("more_body", False)
            body.seek(0)
            loop = asyncio.get_running_loop()
            answer = Answer(loop, send)
            environ = _environ(scope, body, length)
            for one in await loop.run_in_executor(self.pool, answer.make, self.pages, environ):
                await send(one)


class Answer:
    """What a WSGI application answers: returned where it is short, sent piece by piece if long."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self.loop = loop
        self.send = send
        self.head: Message = {}

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self.head = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
        }

    def make(self, pages: Wsgi, environ: Environ) -> list[Message]:
        """Runs the application, in its thread; returns what is still to be sent."""
        parts = pages(environ, self.start)
        try:
            begun, held = False, b""
            for part in parts:
                held += part
                if len(held) >= PIECE:
                    if not begun:
                        self._send(self.head)
                        begun = True
                    self._send({"type": "http.response.body", "body": held, "more_body": True})
                    held = b""
            last = {"type": "http.response.body", "body": held}
            return [last] if begun else [self.head, last]
        finally:
            if close := getattr(parts, "close", None):
                close()

    def _send(self, message: Message) -> None:
        """Sends a message and waits until it went: who reads slowly is not read ahead for."""
        sending: Awaitable[None] = self.send(message)
        asyncio.run_coroutine_threadsafe(sending, self.loop).result()  # type: ignore[arg-type]


def _environ(scope: Scope, body: Any, length: int) -> Environ:
    """Returns the WSGI environment (PEP 3333) of an ASGI request."""
    raw = scope.get("raw_path") or scope["path"].encode()
    server = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw.split(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": _errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if length:
        environ["CONTENT_LENGTH"] = str(length)
    for name, value in scope["headers"]:
        if b"_" in name:  # would pass for the same name with a hyphen
            continue
        key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
        if key == "CONTENT_TYPE":
            environ[key] = text
        elif key != "CONTENT_LENGTH":
            key = f"HTTP_{key}"
            joint = "; " if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{joint}{text}" if key in environ else text
    return environ


@cache
def _errors() -> IO[str]:
    return os.fdopen(os.dup(2), "w", buffering=1)
