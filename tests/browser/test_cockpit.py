"""The cockpit, the map, the palette and live counts, in a real browser."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import expect

from minsheng.demands.models import Demand
from minsheng.doors.push import Hub
from support.looking import MOST_SHIFTED, NARROW, WIDE, faint, overflow, shifted
from support.ports import free_port
from support.town import NOW
from support.walking import arrived

if TYPE_CHECKING:
    from support.town import Town


@pytest.fixture
def with_streams(living_town: "Town") -> Iterator[str]:
    """Runs the live counts beside the pages, as `minsheng live` does; yields their origin.

    Tests ask for it before `people`: it ends after their windows, which would miss it.
    """
    port = free_port()
    hub = Hub()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await hub.serve(scope, receive, send)

    server = Server(application, port=port, interface=Interfaces.ASGINL, log_enabled=False)
    loop = asyncio.new_event_loop()

    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve(),))
    thread.start()
    django_settings.LIVE = f":{port}"
    yield f"http://localhost:{port}"
    django_settings.LIVE = ""
    asyncio.run_coroutine_threadsafe(hub.end(), loop).result(20)
    loop.call_soon_threadsafe(server.stop)
    thread.join(20)
    hub._thread.submit(connections.close_all).result()
    loop.close()


def test_a_count_changes_without_a_reload(with_streams, people, living_town):
    people.streams = with_streams
    page = people.at("dispatcher")
    page.evaluate("window.notReloaded = true")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    count = page.locator("[data-live-count=assign]")
    expect(count).to_have_text("0")
    before = shifted(page)
    living_town.accept()
    expect(count).to_have_text("1")
    expect(page.locator("#list-changed")).to_be_visible()
    assert shifted(page) - before < MOST_SHIFTED
    assert page.evaluate("window.notReloaded")
    page.locator("#list-changed a").click()
    expect(page.locator("table.work")).to_contain_text("楼顶漏水")


def test_a_unit_sees_that_it_has_news(with_streams, people, living_town):
    people.streams = with_streams
    page = people.at("clerk")
    expect(page.locator("html[data-live=on]")).to_be_attached()
    bell = page.locator("[data-live-unread]")
    expect(bell).to_be_hidden()
    living_town.assign()
    expect(bell).to_have_text("1")
    page.get_by_title("通知").click()
    expect(page.locator(".notices")).to_contain_text("新工单")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator("#messages")).to_contain_text("已全部标为已读")
    expect(bell).to_be_hidden()


def test_the_palette_leads_anywhere_by_keyboard(people, living_town):
    demand = living_town.accept()
    page = people.at("supervisor")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="页面、列表")
    expect(field).to_be_focused()
    options = page.locator("#palette").get_by_role("option")
    expect(options.first).to_be_visible()
    page.keyboard.type("satisfaction_rate")
    expect(options.filter(visible=True).first).to_contain_text("满意率")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    arrived(page, re.compile("/console/indicators/satisfaction_rate"))
    page.keyboard.press("/")
    page.keyboard.type(demand.number)
    page.keyboard.press("Enter")
    arrived(page, re.compile(f"/console/demands/{demand.pk}"))
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


@pytest.fixture
def busy_town(living_town: "Town") -> "Town":
    """The town after a month in which something happened, here and there."""
    for days in range(1, 40, 3):
        demand = living_town.accept(lon=119.2 + days / 500, lat=34.6)
        # Its clock cannot be moved, for it runs for the server, too.
        Demand.objects.filter(pk=demand.pk).update(accepted_at=NOW - timedelta(days=days))
    living_town.order("assigned")
    living_town.demand("evaluated")
    return living_town


@pytest.mark.parametrize(
    ("screen", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"]
)
def test_the_pages_of_leaders_fit_and_can_be_read(people, busy_town, screen, scheme):
    wrong = []
    for who, path in (
        ("leader", "/console/cockpit"),
        ("leader", "/console/wall"),
        ("leader", "/console/map"),
        ("leader", "/console/indicators"),
        ("leader", "/console/indicators/accepted_count"),
        ("clerk", "/console/notices"),
        ("admin", "/console/settings/changes/entry/new"),
        ("admin", "/console/settings/schemes"),
    ):
        page = people.at(who, path, viewport=screen, color_scheme=scheme)
        if "cockpit" in path:
            expect(page.locator("[data-chart] canvas")).not_to_have_count(0)
        if more := overflow(page):
            wrong.append((path, f"{more} px too wide"))
        wrong += [(path, words) for words in faint(page)]
    assert not wrong


def test_each_chart_has_its_numbers_as_a_table(people, busy_town):
    page = people.at("leader", "/console/cockpit")
    charts = page.locator("figure.chart [data-chart]")
    expect(charts.first.locator("canvas")).to_be_visible()
    assert charts.count() == page.locator("figure.chart table").count() > 0
    page.get_by_text("看数据表").first.click()
    expect(page.locator("figure.chart table").first).to_contain_text("03-09")


def test_the_map_works_by_keyboard_and_goes_through_the_months(people, busy_town):
    page = people.at("leader", "/console/map")
    box = page.locator("#map")
    expect(box).to_have_attribute("data-drawn", "1")
    page.get_by_label("点位", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.locator("#map-said")).to_contain_text("2026-03 · 3 件")
    page.get_by_label("热力", exact=True).check()
    expect(page.locator("#map-said")).to_contain_text("2026-03 · 3 件")
    slider = page.locator("#map-time")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".slider output")).to_have_text("2026-02")
    expect(page.locator("#areas-title")).to_contain_text("2026年2月")
    arrived(page, re.compile("month=2026-02"))
    box.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
