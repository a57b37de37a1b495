"""Live counts by server push: one stream for each open page, one LISTEN for all of them.

A stream (Server-Sent Events) costs a coroutine, no thread and no database connection. What the
journal tells (`foundation.live`) is gathered, and then counted anew once for each circle of people
who see the same, by one thread, one circle after the other: however many write and however many
watch, a process has one such count under way, and a slow reader finds the latest state, not a
queue. docs/adr/0008-push.md says why.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import psycopg
from django.conf import settings
from django.db import close_old_connections

from minsheng.doors.console import live
from minsheng.doors.console.live import Listener, Said
from minsheng.doors.console.streams import PATH
from minsheng.foundation.live import CHANNEL, EVERYTHING

ROUND = 1.0  # seconds at least between two rounds of counting
ANEW = 60.0  # seconds after which everything is counted again: limits pass without a journal line
ALIVE = 25.0  # seconds after which a silent stream says that it is there
LIFE = 600.0  # seconds of a stream; the browser comes back and is asked again who it is
MOST = 10_000  # streams of one process

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = Mapping[str, Any]
T = TypeVar("T")

_log = logging.getLogger(__name__)


class Stream:
    """What is still to be said on one open stream: of each kind the latest alone."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.read = 0
        self._waiting: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._something = asyncio.Event()

    def tell(self, event: str, data: Any) -> None:
        """Says something, unless it is what was said last."""
        text = orjson.dumps(data).decode()
        if self._last.get(event) != text:
            self._last[event] = self._waiting[event] = text
            self._something.set()

    def wake(self, *_given: object) -> None:
        """Ends the wait for something to say."""
        self._something.set()

    async def next(self, seconds: float) -> bytes:
        """Returns what is to be sent next; after so many silent seconds a sign of life."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._something.wait(), seconds)
        self._something.clear()
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return b": still here\n\n"
        said = (f"event: {event}\ndata: {data}\n\n" for event, data in waiting.items())
        return "".join(said).encode()


class Hub:
    """The streams of this process and what they are told."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._thread = ThreadPoolExecutor(1, "live")
        self._dirty = asyncio.Event()
        self._listening = asyncio.Event()
        self._demands: set[int] = set()
        self._posts: set[int] = set()
        self._rings: set[int] = set()  # staff at whom a call rings
        self._all = False
        self._changes = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = False

    async def ask(self, work: Callable[..., T], *given: Any) -> T:
        """Runs something with the database in the one thread that this process has for it."""

        def run() -> T:
            close_old_connections()
            return work(*given)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a browser's EventSource: an ASGI application."""
        given = dict(scope["headers"])
        cross = _leave(given)
        who = None
        if scope["path"] == PATH and len(self.streams) < MOST:
            who = await self.ask(live.listener, given.get(b"cookie", b"").decode("latin-1"))
        if who is None:  # 204 tells an EventSource not to ask again
            await send({"type": "http.response.start", "status": 204, "headers": cross})
            await send({"type": "http.response.body", "body": b""})
            return
        one = Stream(who)
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(one.wake)
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *cross]}
            )
            await self.join(one)
            # Not all at once: those who came together would come back together.
            ends = time.monotonic() + LIFE * random.uniform(0.8, 1.2)  # noqa: S311
            first = b"retry: 3000\n\n"
            while time.monotonic() < ends and not gone.done() and not self._ended:
                body = first + await one.next(ALIVE)
                first = b""
                await send({"type": "http.response.body", "body": body, "more_body": True})
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.leave(one)
            gone.cancel()

    async def join(self, stream: Stream) -> None:
        """Takes a stream in and tells it how things stand."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._listen()),
                asyncio.create_task(self._count()),
            ]
        with suppress(TimeoutError):  # so that nothing is missed between counting and listening
            await asyncio.wait_for(self._listening.wait(), 2)
        self.streams.add(stream)
        lines = await self.ask(live.read_lines, [stream.listener.post_id])
        stream.read = lines.get(stream.listener.post_id, 0)
        self._say([stream], await self.ask(live.said, stream.listener.actor))

    def leave(self, stream: Stream) -> None:
        self.streams.discard(stream)

    async def end(self) -> None:
        """Ends all streams, and what it does for them."""
        self._ended = True
        for stream in self.streams:
            stream.wake()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, payload: str) -> None:
        """Notes what changed; it is counted in the next round."""
        for subject in payload.split():
            kind, _colon, key = subject.partition(":")
            if subject == EVERYTHING:
                self._all = True
            elif kind == "demand":
                self._demands.add(int(key))
            elif kind == "post":
                self._posts.add(int(key))
            elif kind == "ring":
                self._rings.add(int(key))
            else:
                continue
            self._dirty.set()

    async def _listen(self) -> None:
        """Keeps one connection that listens, and takes a new one where it broke."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**_address(), autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    if self._listening.is_set():
                        self.heard(EVERYTHING)  # what was said meanwhile, nobody heard
                    self._listening.set()
                    async for said in connection.notifies():
                        self.heard(said.payload)
            except psycopg.Error as error:
                _log.warning("The live counts wait for the database: %s", error)
            await asyncio.sleep(2)

    async def _count(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dirty.wait(), ANEW)
            began = time.monotonic()
            try:
                await self._round()
            except Exception:
                _log.exception("A round of the live counts failed; the next one counts all anew.")
                self._all = True
            await asyncio.sleep(max(0.0, ROUND - (time.monotonic() - began)))

    async def _round(self) -> None:
        """Counts for the circles that something may have changed for, and tells their streams."""
        changed = bool(self._all or self._demands)
        everything = self._all or not self._dirty.is_set()
        demands, posts = sorted(self._demands), sorted(self._posts)
        self._demands, self._posts, self._all = set(), set(), False
        self._dirty.clear()
        self._changes += changed
        self._ring()
        if posts:
            lines = await self.ask(live.read_lines, posts)
            for stream in self.streams:
                stream.read = lines.get(stream.listener.post_id, stream.read)
        units = await self.ask(live.concerned, demands) if demands and not everything else set()
        for circle, streams in self._circles().items():
            one = streams[0].listener
            touched = everything or (demands and (one.everything or circle[1] in units))
            if touched or any(stream.listener.post_id in posts for stream in streams):
                self._say(streams, await self.ask(live.said, one.actor))
            if touched and changed:
                for stream in streams:
                    stream.tell("changed", self._changes)

    def _ring(self) -> None:
        """Tells those at whom a call rings; who calls, their page asks for itself."""
        rings, self._rings = self._rings, set()
        for stream in self.streams:
            if stream.listener.actor.staff_id in rings:
                stream.tell("ring", time.monotonic())

    def _circles(self) -> Mapping[tuple[str, int, int], list[Stream]]:
        circles: dict[tuple[str, int, int], list[Stream]] = {}
        for stream in self.streams:
            circles.setdefault(stream.listener.circle, []).append(stream)
        return circles

    def _say(self, streams: Iterable[Stream], found: Said) -> None:
        for stream in streams:
            stream.tell("counts", found.counts)
            stream.tell("unread", live.unread(stream.listener, found, stream.read))


def _address() -> dict[str, Any]:
    """Returns where the database is, as it stands in Django's settings now."""
    given = settings.DATABASES["default"]
    named = {
        "host": given.get("HOST"),
        "port": given.get("PORT"),
        "user": given.get("USER"),
        "password": given.get("PASSWORD"),
        "dbname": given.get("NAME"),
    }
    return {**given.get("OPTIONS", {}), **{name: value for name, value in named.items() if value}}


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy must not gather what is said
]


def _leave(given: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Returns the headers that let a page of another port of this very host read the stream.

    Cookies know no ports: whoever serves pages from this host gets them anyway.
    """
    origin = given.get(b"origin", b"")
    name = _host(origin)
    if name is None or name != _host(b"//" + given.get(b"host", b"")):
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


def _host(address: bytes) -> str | None:
    """Returns the name of the host in an address; None where there is none, or no address."""
    try:
        return urlsplit(address.decode("latin-1")).hostname
    except ValueError:
        return None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
