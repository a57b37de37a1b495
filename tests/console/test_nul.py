"""What no database keeps never gets there, whichever way a browser sends it."""

from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from minsheng.doors.console import drafts, live
from support.reading import Visitor

ASKED = [
    "events?text=%00",
    *(f"settings/{name}?query=%00" for name in ("units", "staff", "categories", "catalogue")),
    *("intake?call=%00", "search?q=%00", "knowledge?query=%00", "figures?%00=%00"),
]
NOWHERE = ["numbers/%00", "registers/entries/a%00b", "registers/%00", "indicators/%00"]


@pytest.mark.parametrize("address", ASKED)
def test_an_address_is_read_without_it(town, at, address):
    somebody = at("admin" if address.startswith("settings") else "dispatcher")
    somebody.get(f"/console/{address}", None)
    assert somebody.response.status_code in (200, 302, 404)
    if "query=" in address or "text=" in address:
        said = somebody.get(f"/console/{address.replace('%00', 'ab%00c')}").text
        assert "\0" not in said


@pytest.mark.parametrize("address", NOWHERE)
def test_a_path_with_it_leads_nowhere(town, at, address):
    at("dispatcher").get(f"/console/{address}", 404)


def test_a_form_is_read_without_it(town, at):
    agent, once = at("agent"), str(uuid4())
    said = {"title": "漏\0水", "pla\0ce": "幸福里", "text": quote("\0")}
    agent.post("/console/intake/draft", {"once": once, "typed_at": "1", **said}, 200)
    kept = drafts.typed(town.actor("agent"), UUID(once))
    assert kept == {"title": "漏水", "place": "幸福里", "text": "%00"}
    at().post("/console/sign-in", {"username": "cl\0erk", "password": "wrong"}, 422)


@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME])
def test_a_cookie_is_read_without_it(town, name):
    cookie = f'{name}="{"a" * 32}\\000"'
    assert Visitor().client.get("/console/", headers={"cookie": cookie}).status_code == 302
    assert live.listener(cookie) is None
