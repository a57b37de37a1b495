"""A real Chromium at a real server: each person in a window of their own."""

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from minsheng.foundation import clock
from support.looking import WATCH_SHIFTS, WIDE

if TYPE_CHECKING:
    from support.town import Town

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Playwright's loop runs in this thread, and Django takes that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PATIENCE = 60_000  # ms that a busy machine may take for a page or a part of it
expect.set_options(timeout=PATIENCE)

pytestmark = pytest.mark.browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    if report.when == "call":
        item.failed_here = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="module")  # no longer: its loop would run under other tests of this worker
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: scripts/browser.sh installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def living_town(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Town]":
    """The town with a clock that starts at `NOW` and runs, for the threads of the server, too."""
    from minsheng.foundation import recent
    from support.town import NOW, make_town

    began = monotonic()

    def now() -> datetime:
        return NOW + timedelta(seconds=monotonic() - began)

    monkeypatch.setattr(clock, "now", now)
    monkeypatch.setattr(clock, "moved_to", now)
    yield make_town()
    recent.forget()


class People:
    """The people of the town at their screens. What a browser complains about is kept."""

    def __init__(self, browser: Browser, address: str, town: "Town") -> None:
        self.browser, self.address, self.town = browser, address, town
        self.windows: dict[str, BrowserContext] = {}
        self.complaints: list[str] = []
        self.streams = address  # where live counts come from, in a test that has them

    def at(self, username: str, path: str = "/console/", **options: Any) -> Page:
        """Returns a page that somebody looks at; they are signed in when they first come."""
        name = f"{username} {sorted(options)}"
        if name not in self.windows:
            options = {"viewport": WIDE, "locale": "zh-CN", **options}
            self.windows[name] = self.browser.new_context(base_url=self.address, **options)
            page = self.watched(self.windows[name])
            if username and options.get("java_script_enabled", True):
                self.let_in(self.windows[name], username)
            elif username:
                self._sign_in(page, username)
        window = self.windows[name]
        page = window.pages[0]
        if not page.url.endswith(path):
            page.goto(path)
        page.wait_for_load_state()
        return page

    def let_in(self, window: BrowserContext, username: str) -> None:
        """Gives a window somebody's session: they need not pass by the page for signing in."""
        from support.reading import Visitor

        cookie = Visitor(self.town.posts[username]).client.cookies["sessionid"]
        window.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.address}])

    def _sign_in(self, page: Page, username: str) -> None:
        from support.town import PASSWORD

        page.goto("/console/sign-in")
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("登录")

    def watched(self, window: BrowserContext) -> Page:
        window.add_init_script(
            "addEventListener('securitypolicyviolation', (event) =>"
            " console.error('CSP', event.violatedDirective, event.blockedURI))"
        )
        window.add_init_script(WATCH_SHIFTS)
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._said(page.url, said.type, said.text))
        page.on("request", lambda request: self._asked(request.url))
        return page

    def _said(self, url: str, kind: str, text: str) -> None:
        # A refusal that the page shows (403, 404, 409, 422) is no fault of the page.
        if kind in ("error", "warning") and "the server responded with a status of 4" not in text:
            self.complaints.append(f"{url}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, self.streams, "data:", "blob:")):
            self.complaints.append(f"an address outside: {url}")

    def picture(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, window in enumerate(self.windows.values()):
            for page in window.pages:
                page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)


@pytest.fixture
def people(
    chromium: Browser,
    living_town: "Town",
    live_server: Any,
    request: pytest.FixtureRequest,
) -> Iterator[People]:
    """Lets the people of the town work; a test that fails leaves pictures in `var/browser`."""
    found = People(chromium, live_server.url, living_town)
    yield found
    if getattr(request.node, "failed_here", False):
        found.picture(request.config.rootpath / "var" / "browser", request.node.name)
    for window in found.windows.values():
        window.close()
    _wait_for_answers()
    assert not found.complaints


def _wait_for_answers() -> None:
    """Waits until the server has answered everybody, also those who left before it did.

    What it did later would meet the emptying of the database, or the next test.
    """
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(60)
            assert not thread.is_alive(), "a request is not answered, or a connection not closed"
