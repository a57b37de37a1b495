"""Live counts: what is journaled anywhere is told, unasked, to those whom it concerns."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from minsheng.calls import actions as calls
from minsheng.doors import push
from minsheng.doors.push import Hub, Stream
from minsheng.foundation import clock, live, recent
from minsheng.orders import actions as orders
from support.town import NOW, PHONE, make_town

if TYPE_CHECKING:
    from support.town import Town

Event = tuple[str, Any]


@pytest.fixture
def committed_town(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Town]":
    """The town in a database in which transactions really end, its clock still for all threads."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(push, "ROUND", 0.05)
    monkeypatch.setattr(live, "GATHER", 0.02)
    yield make_town()
    recent.forget()


@pytest.fixture
def hub() -> Iterator[Callable[[], Hub]]:
    """Makes hubs, and ends their threads' connections."""
    made: list[Hub] = []

    def make() -> Hub:
        made.append(Hub())
        return made[-1]

    yield make
    for one in made:
        one._thread.submit(connections.close_all).result()
        one._thread.shutdown()


def cookie(town: "Town", username: str) -> str:
    """Signs somebody in and returns their cookie."""
    from support.reading import Visitor

    visitor = Visitor(town.posts[username])
    return f"{settings.SESSION_COOKIE_NAME}={visitor.client.cookies['sessionid'].value}"


class Page:
    """An open page: what its stream said so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.said: asyncio.Queue[Event] = asyncio.Queue()
        self.shut = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.shut.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        for block in message["body"].decode().split("\n\n"):
            if block.startswith("event: "):
                event, data = block.split("\n")
                self.said.put_nowait((event[7:], json.loads(data[6:])))

    async def hears(self, event: str) -> Any:
        """Returns the data of the next such event."""
        while True:
            name, data = await asyncio.wait_for(self.said.get(), 10)
            if name == event:
                return data


@asynccontextmanager
async def opened(hub: Hub, cookies: str, *more: tuple[bytes, bytes]) -> AsyncIterator[Page]:
    page = Page()
    headers = [(b"host", b"localhost:8001"), (b"cookie", cookies.encode()), *more]
    scope = {"path": "/console/live", "headers": headers}
    task = asyncio.create_task(hub.serve(scope, page.receive, page.send))
    try:
        yield page
    finally:
        page.shut.set()
        await asyncio.wait_for(task, 10)


async def elsewhere(work: Callable[[], Any]) -> None:
    """Does something in another thread with its own connection, as another process would."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(run)


def told() -> None:
    """Waits until all that was journaled is told."""
    while thread := live._thread:
        thread.join(10)


def run(hub: Hub, course: Callable[[], Any]) -> None:
    async def whole() -> None:
        try:
            await course()
        finally:
            await hub.end()

    asyncio.run(whole())


def test_a_new_demand_changes_the_count_of_an_open_page(committed_town, hub):
    town, hub = committed_town, hub()
    cookies = cookie(town, "dispatcher")

    async def course() -> None:
        async with opened(hub, cookies) as page:
            assert (await page.hears("counts"))["assign"] == 0
            await elsewhere(town.accept)
            assert (await page.hears("counts"))["assign"] == 1
            assert await page.hears("changed") >= 1
        assert page.status == 200
        assert not hub.streams

    run(hub, course)


def test_a_unit_is_told_of_its_own_and_not_of_others(committed_town, hub):
    town, hub = committed_town, hub()
    housing, water = cookie(town, "clerk"), cookie(town, "clerk.water")
    demand = town.accept()

    async def course() -> None:
        async with opened(hub, housing) as ours, opened(hub, water) as theirs:
            assert (await ours.hears("counts"))["sign"] == 0
            await theirs.hears("unread")
            await elsewhere(lambda: town.assign(demand))
            assert (await ours.hears("counts"))["sign"] == 1
            assert await ours.hears("unread") == 1
            assert theirs.said.empty()

    run(hub, course)


def test_what_one_has_read_is_read_in_every_window(committed_town, hub):
    town, hub = committed_town, hub()
    cookies = cookie(town, "clerk")
    order = town.assign()
    orders.urge(town.actor("dispatcher"), order.pk, reason="雨季将至")

    def read() -> None:
        from support.reading import Visitor

        Visitor(town.posts["clerk"]).post("/console/notices", {})

    async def course() -> None:
        async with opened(hub, cookies) as page:
            assert await page.hears("unread") == 2
            await elsewhere(read)
            assert await page.hears("unread") == 0

    run(hub, course)


def test_a_call_rings_at_its_agent_alone(committed_town, hub):
    town, hub = committed_town, hub()
    mine, other = cookie(town, "agent"), cookie(town, "agent2")

    def ring() -> None:
        calls.offer(town.actor("system"), call_no="c1", agent="agent", phone=PHONE)

    async def course() -> None:
        async with opened(hub, mine) as ours, opened(hub, other) as theirs:
            await ours.hears("unread")
            await theirs.hears("unread")
            await elsewhere(ring)
            assert PHONE not in str(await ours.hears("ring"))
            assert theirs.said.empty()

    run(hub, course)


def test_strangers_are_told_not_to_ask_again(committed_town, hub):
    hub = hub()

    async def course() -> None:
        async with opened(hub, "sessionid=nothing") as page:
            pass
        assert page.status == 204

    run(hub, course)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8000", True),
        ("http://elsewhere:8000", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_only_pages_of_this_host_may_listen_from_another_port(committed_town, hub, origin, allowed):
    hub, cookies = hub(), cookie(committed_town, "dispatcher")

    async def course() -> None:
        async with opened(hub, cookies, (b"origin", origin.encode())) as page:
            await page.hears("counts")
        given = page.headers.get(b"access-control-allow-origin")
        assert given == (origin.encode() if allowed else None)

    run(hub, course)


@pytest.mark.parametrize("host", [b"localhost:8000", b"[", b""])
@pytest.mark.parametrize("origin", [b"http://[", b"http://]", b"http://[::1", b"\xff", b""])
def test_what_is_no_address_lets_no_page_read(origin, host):
    assert push._leave({b"origin": origin, b"host": host}) == []


def test_a_page_may_connect_to_the_port_of_the_streams_and_nowhere_else(town, at, settings):
    settings.LIVE = ":8001"
    visitor = at("clerk")
    page = visitor.get("/console/")
    (dialog,) = [given for _tag, given in page.tags if given.get("id") == "palette"]
    assert dialog["data-live"] == "http://testserver:8001/console/live"
    policy = visitor.response.headers["Content-Security-Policy"]
    assert "connect-src 'self' http://testserver:8001" in policy


def test_there_is_an_end_to_the_streams_of_a_process(committed_town, hub, monkeypatch):
    monkeypatch.setattr(push, "MOST", 0)
    hub, cookies = hub(), cookie(committed_town, "dispatcher")

    async def course() -> None:
        async with opened(hub, cookies) as page:
            pass
        assert page.status == 204

    run(hub, course)


def test_a_process_has_one_listening_connection_and_counts_once_for_a_circle(
    committed_town, hub, monkeypatch
):
    town, hub = committed_town, hub()
    all_cookies = [cookie(town, name) for name in ("dispatcher", "dispatcher2", "clerk", "clerk2")]
    counted: list[str] = []
    said = push.live.said
    monkeypatch.setattr(push.live, "said", lambda actor: counted.append(actor.role) or said(actor))
    demand = town.accept()
    told()

    async def course() -> None:
        pages = [opened(hub, one) for one in all_cookies]
        opened_pages = [await page.__aenter__() for page in pages]
        for page in opened_pages:
            await page.hears("unread")
        counted.clear()
        await elsewhere(lambda: town.assign(demand))
        for page in opened_pages:
            await page.hears("changed")
        assert sorted(counted) == ["clerk", "dispatcher"]
        listening: list[int] = []
        await elsewhere(lambda: listening.append(_listening()))
        assert listening == [1]
        for page in pages:
            await page.__aexit__(None, None, None)

    run(hub, course)


def _listening() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        return int(cursor.fetchone()[0])


def test_a_slow_reader_finds_the_latest_state_and_no_queue(committed_town):
    async def course() -> None:
        listener: Any = None
        stream = Stream(listener)
        for number in range(1000):
            stream.tell("counts", {"assign": number})
        assert await stream.next(1) == b'event: counts\ndata: {"assign":999}\n\n'
        stream.tell("counts", {"assign": 999})
        assert await stream.next(0.01) == b": still here\n\n"

    asyncio.run(course())


def test_nothing_is_told_before_it_is_committed(committed_town):
    with transaction.atomic():
        committed_town.accept()
        assert live._thread is None
    assert live._thread is not None
    told()
    assert not live._noted
