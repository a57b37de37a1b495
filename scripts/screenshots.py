"""Takes pictures of every page into docs/screenshots, in a demo city that lived for a while.

Run by `make screenshots`, which gives it a data folder of its own. The city lives once (`--days`,
`--demands`, always the same seed); a second run only takes the pictures again. Each page is shown
to the first role that it is open to, wide (1440 pixels) and on a phone (390).
"""

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {1440: 900, 390: 844}  # width: height, pixels
SEED = 12345
QUALITY = 10  # of WebP: words stay clear, and a hundred pictures small
MOST_BYTES = 3_500_000  # of all pictures together
CHROMIUM = "/usr/bin/chromium"
#: Who shows a page first, where several may open it; the other roles follow.
VIEWERS = ["leader", "agent", "dispatcher", "follow_up", "supervisor", "clerk", "unit_leader"]
#: Parts that scripts fetch, and what only leads on.
NO_PAGES = {"map/outlines", "map/points", "live", "palette", "knowledge/pick", "sign-out", "search"}


@dataclass(frozen=True)
class Shot:
    """A page, who looks at it (a role; "" for everybody), and the name of its picture."""

    role: str
    path: str
    name: str


def minsheng(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "minsheng", *arguments], check=True)  # noqa: S603


def live(days: int, demands: int) -> None:
    """Lets an empty city live, and draws up what its last whole month looked like."""
    from minsheng.cli.runtime import ready

    ready()
    from django.conf import settings

    from minsheng.bulletins import actions as bulletins
    from minsheng.bulletins.models import Issue
    from minsheng.demands.models import Demand
    from minsheng.directory.access import SYSTEM
    from minsheng.doors import tasks
    from minsheng.evaluation.models import Evaluation
    from minsheng.foundation import clock
    from minsheng.indicators.periods import Grain, Period

    month = str(Period.of(clock.now().date(), Grain.MONTH).previous())
    if not Demand.objects.exists():
        minsheng("simulate", "--last", str(days), "--demands", str(demands), "--seed", str(SEED))
    for job in ("take-in", "hot-issues", "warn"):  # as the worker will: their pages are wanted
        tasks.run(job)
    if not Evaluation.objects.exists():
        minsheng("evaluate", "--scheme", settings.CITY, "--period", month, "--store")
    if not Issue.objects.exists():
        bulletins.create(SYSTEM, "monthly", month)


@contextmanager
def served(port: int) -> Iterator[str]:
    """Serves the city while its pictures are taken."""
    up = [sys.executable, "-m", "minsheng", "up", "--no-demo", "--port", str(port)]
    process = subprocess.Popen(up, stdout=subprocess.DEVNULL)  # noqa: S603
    address = f"http://127.0.0.1:{port}"
    try:
        for _second in range(120):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310
                break
            except OSError:
                time.sleep(1)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def accounts() -> dict[str, str]:
    """Returns one account for each role, as `minsheng up` prints them."""
    from minsheng.directory.models import Post

    posts = Post.objects.filter(until=None, staff__is_active=True).order_by("role", "id")
    found = {post.role: post.staff.username for post in posts.distinct("role")}
    return {role: found[role] for role in sorted(found, key=_before)}


def _before(role: str) -> int:
    """Says who shows a page, where several roles may."""
    return VIEWERS.index(role) if role in VIEWERS else len(VIEWERS)


def things(names: dict[str, str]) -> list[Shot]:
    """Returns pages about one thing, for whom it is at hand."""
    from minsheng.bulletins.models import Issue
    from minsheng.demands.models import Demand
    from minsheng.directory.models import Post
    from minsheng.evaluation.models import Evaluation
    from minsheng.followups.models import Sample
    from minsheng.foundation import clock
    from minsheng.insight.models import Event, HotIssue
    from minsheng.knowledge.models import Item
    from minsheng.orders.models import Assignment

    clerk = Post.objects.get(staff__username=names["clerk"], role="clerk", until=None)
    own = Assignment.objects.filter(unit=clerk.unit_id, due_at__gt=clock.now())
    handling = own.filter(state="handling").first() or own.filter(state="signed").first()
    evaluated = Demand.objects.filter(state="evaluated", disposal="assign").order_by("-pk").first()
    waiting = Demand.objects.filter(state="accepted", restricted=False).order_by("pk").first()
    found: list[tuple[str, str, Any]] = [
        ("supervisor", "console/demands/{}", evaluated),
        ("supervisor", "console/demands/{}/print", evaluated),
        ("dispatcher", "console/demands/{}/do/demand.assign", waiting),
        ("dispatcher", "console/dispatch/assign/{}", waiting),
        ("dispatcher", "console/events/{}", Event.objects.order_by("-pk").first()),
        ("supervisor", "console/hot-issues/{}", HotIssue.objects.order_by("-pk").first()),
        ("supervisor", "console/samples/{}", Sample.objects.order_by("-pk").first()),
        ("clerk", "console/orders/{}/do/order.reply", handling),
        ("clerk", "console/orders/{}/do/order.request_extension", handling),
        ("agent", "console/knowledge/{}", Item.objects.filter(current=True).first()),
        ("supervisor", "console/evaluations/{}", Evaluation.objects.order_by("pk").last()),
        ("supervisor", "console/bulletins/{}", Issue.objects.order_by("pk").last()),
        ("analyst", "console/bulletins/{}/edit", Issue.objects.order_by("pk").last()),
        ("admin", "console/settings/staff/{}", clerk.staff),
    ]
    shots = [
        Shot(role, f"/{path.format(thing.pk)}", path.format("one"))
        for role, path, thing in found
        if thing
    ]
    return [
        *shots,
        Shot("dispatcher", "/console/desks/audit", "console/desk/audit"),
        Shot("unit_leader", "/console/desks/sign-off", "console/desk/sign-off"),
        Shot("follow_up", "/console/desks/call", "console/desk/call"),
        Shot("leader", "/console/indicators/on_time_completion_rate", "console/indicators/one"),
    ]


def pages(names: dict[str, str]) -> list[Shot]:
    """Returns the pages about nothing in particular: every role's first, and every other once."""
    from django.test import Client

    from minsheng.directory.models import Post
    from minsheng.doors.console import urls

    paths = [str(one.pattern) for one in urls.urlpatterns if "<" not in str(one.pattern)]
    seen = {*NO_PAGES, ""}
    found = [Shot("", "/console/sign-in", "console/sign-in")]
    for role, username in names.items():
        post = Post.objects.get(staff__username=username, role=role, until=None)
        client = Client(headers={"host": "localhost"})
        client.force_login(post.staff, "django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["post"] = post.pk
        session.save()
        found.append(Shot(role, "/console/", f"console/home/{role}"))
        for path in paths:
            if path in seen:
                continue
            answer = client.get(f"/console/{path}")
            html = answer.headers.get("Content-Type", "").startswith("text/html")
            if answer.status_code == 200 and html and b"<!doctype" in answer.content[:50].lower():
                seen.add(path)
                found.append(Shot(role, f"/console/{path}", f"console/{path}"))
    return found


def portal() -> list[Shot]:
    paths = ["", "?q=停水", "submit", "enterprise", "enterprise/ask", "query", "figures"]
    return [Shot("", f"/portal/{path}", f"portal/{path}") for path in paths]


class Photographer:
    """Takes pictures in one window for each person and width."""

    def __init__(self, browser: Browser, address: str, password: str) -> None:
        self.browser, self.address, self.password = browser, address, password
        self.taken: set[Path] = set()

    @contextmanager
    def window(self, width: int, username: str) -> Iterator[Page]:
        window = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": SIZES[width]},
            locale="zh-CN",
            color_scheme="light",
        )
        page = window.new_page()
        if username:
            page.goto("/console/sign-in")
            page.get_by_label("账号").fill(username)
            page.get_by_label("密码").fill(self.password)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(re.compile(r"/console/(?!sign-in)"))
        yield page
        window.close()

    def take(self, page: Page, name: str, width: int) -> None:
        page.wait_for_load_state("load")
        page.wait_for_timeout(400)  # charts and maps are drawn
        with Image.open(io.BytesIO(page.screenshot())) as picture:
            shown = picture.convert("RGB")
        name = re.sub(r"[^a-z0-9_]+", "-", name.lower().replace("?q=停水", "search")).strip("-")
        path = FOLDER / f"{name or 'home'}-{width}.webp"
        shown.save(path, quality=QUALITY, method=6)
        self.taken.add(path)


def mine(photographer: Photographer, width: int, number: str, code: str) -> None:
    """Takes the pictures of a petitioner's own demand."""
    with photographer.window(width, "") as page:
        page.goto("/portal/query")
        page.get_by_label("诉求号").fill(number)
        page.get_by_label("查询码").fill(code)
        page.get_by_role("button", name="查询").click()
        page.wait_for_url("**/portal/mine")
        photographer.take(page, "portal/mine", width)
        page.goto("/portal/mine/evaluate")
        photographer.take(page, "portal/mine/evaluate", width)


def main() -> None:
    given = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    given.add_argument("--days", type=int, default=182)
    given.add_argument("--demands", type=int, default=18_000)
    given.add_argument("--port", type=int, default=8299)
    given.add_argument("--only", default="", help="only pages whose address fits this pattern")
    options = given.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    live(options.days, options.demands)

    from minsheng.demands.models import Demand
    from minsheng.foundation import home

    names = accounts()
    shots = [*portal(), *pages(names), *things(names)]
    shots = [shot for shot in shots if re.search(options.only, shot.path)]
    asked = Demand.objects.filter(state="completed", query_code__gt="").order_by("-pk").first()
    FOLDER.mkdir(exist_ok=True)
    with served(options.port) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            # What the browser itself writes in fields is Chinese where chromium-l10n is installed.
            args=["--no-sandbox", "--lang=zh-CN"],
        )
        photographer = Photographer(browser, address, home.demo_password())
        for width in SIZES:
            for role in dict.fromkeys(shot.role for shot in shots):
                with photographer.window(width, names.get(role, "")) as page:
                    for shot in shots:
                        if shot.role == role:
                            page.goto(shot.path)
                            photographer.take(page, shot.name, width)
            if asked and re.search(options.only, "/portal/mine"):
                mine(photographer, width, asked.number or "", asked.query_code)
        browser.close()
    if not options.only:
        for path in {*FOLDER.iterdir()} - photographer.taken:
            path.unlink()  # of a page that is no more
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(photographer.taken)} pictures; {size / 1e6:.2f} MB in {FOLDER}")
    if size > MOST_BYTES:
        sys.exit(f"That is more than {MOST_BYTES / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
