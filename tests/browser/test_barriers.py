"""Every page of the console: nothing serious keeps anybody from using it, and nothing jumps."""

from typing import Any

import pytest
from playwright.sync_api import expect

from minsheng.directory.permissions import Role
from minsheng.doors.console import urls
from minsheng.insight import gazetteer
from support.looking import MOST_SHIFTED, NARROW, WIDE, barriers, cut, shifted
from support.reading import Visitor
from support.warning import raised

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
#: Pages about nothing in particular; those about one thing stand in test_looks.
PATHS = sorted(str(one.pattern) for one in urls.urlpatterns if "<" not in str(one.pattern))


#: Lists with tabs or filters, and who looks at them. Both lead to a new page.
LISTS = [
    ("dispatcher", ""),
    ("clerk", ""),
    ("follow_up", ""),
    ("dispatcher", "dispatch"),
    ("dispatcher", "events"),
    ("supervisor", "supervision/alerts"),
    ("supervisor", "supervision/measures"),
    ("supervisor", "hot-issues"),
    ("supervisor", "enquiries"),
    ("supervisor", "insight/acceptance"),
    ("agent", "knowledge"),
    ("leader", "cockpit"),
    ("leader", "map"),
    ("admin", "settings/units"),
]
NARROWING = ":is(.tabs, .segments, .filters)"
PRESSED = f"main {NARROWING} :is(a:not([aria-current], .btn), button:not([type=button]))"
#: Something is chosen in every field of a form: usually nothing is left of the list.
_CHOOSE = """() => document.querySelectorAll("main .filters form").forEach((form) => {
  for (const one of form.elements) {
    if (one.matches("select")) one.selectedIndex = one.length - 1;
    if (one.type === "search") one.value = "路灯";
  }
})"""
#: How far down the row of tabs begins, or that of filters where there are none.
_TOP = f"() => document.querySelector('main {NARROWING}').getBoundingClientRect().top"


def pages_of(visitor: Visitor, seen: set[str]) -> list[str]:
    """Returns the pages that are open to somebody and not seen yet, and their own first page."""
    found = []
    for path in PATHS:
        if not path or path not in seen:
            visitor.get(f"/console/{path}", None)
            if visitor.response.status_code == 200 and _whole(visitor.response):
                found.append(path)
    return found


def _whole(response: Any) -> bool:
    """Tells a page from a part of one that scripts fetch, and from what is no page."""
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return is_html and b"<!doctype html>" in response.content[:100].lower()


@pytest.mark.timeout(1200)  # some hundred pages, one after another
def test_nothing_serious_on_any_page(people, living_town):
    town = living_town
    for state in ("assigned", "handling", "replied", "suspended", "return_requested"):
        town.order(state)
    town.demand("evaluated")
    town.accept(urgent=True)
    for _time in range(3):
        town.accept(place="码头街道新月花园东门", district="east-quay")
    gazetteer.propose()
    seen: set[str] = {"sign-in", "sign-out"}
    wrong = []
    for role in ROLES:
        visitor = Visitor(town.posts[role])
        window = people.browser.new_context(base_url=people.address, viewport=WIDE)
        people.windows[role] = window
        people.let_in(window, str(role))
        page = people.watched(window)
        for path in pages_of(visitor, seen):
            seen.add(path)
            page.set_viewport_size(NARROW)
            page.goto(f"/console/{path}")
            moved = [shifted(page)]
            wrong += [(str(role), path, words) for words in cut(page)]
            page.set_viewport_size(WIDE)
            page.reload()
            moved.append(shifted(page))
            wrong += [(str(role), path, one) for one in moved if one > MOST_SHIFTED]
            wrong += [(str(role), path, words) for words in barriers(page)]
        window.close()
        del people.windows[role]
    assert not wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_jumps_when_a_list_is_narrowed_down(people, living_town, screen):
    for state in ("assigned", "handling", "replied"):
        living_town.order(state)
    living_town.demand("evaluated")
    raised()
    wrong = []
    for who, path in LISTS:
        page = people.at(who, f"/console/{path}", viewport=screen)
        count = page.locator(PRESSED).count()
        assert count, path
        for number in range(count):
            page.goto(f"/console/{path}")
            top = page.evaluate(_TOP)
            page.evaluate(_CHOOSE)
            with page.expect_navigation():
                page.locator(PRESSED).nth(number).click()
            # No browser reckons what moves between two pages; the eye does.
            if moved := page.evaluate(_TOP) - top:
                wrong.append((page.url, f"what was pressed moved by {moved} px"))
            if (moved := shifted(page)) > MOST_SHIFTED:
                wrong.append((page.url, moved))
    assert not wrong


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_is_put_in_moves_nothing_else(people, living_town, screen):
    order = living_town.order("signed")
    reply = people.at("clerk", f"/console/orders/{order.pk}/do/order.reply", viewport=screen)
    reply.get_by_label("答复内容").press_sequentially("高度重视，尽快处理。", delay=5)
    reply.keyboard.press("End")  # a key, after which browsers forgive
    expect(reply.locator("#findings")).to_contain_text("套话")
    assert shifted(reply) <= MOST_SHIFTED

    cockpit = people.at("leader", "/console/cockpit", viewport=screen)
    living_town.accept(urgent=True)
    with cockpit.expect_response("**/cockpit*"):
        cockpit.evaluate("htmx.trigger(document.body, 'live:changed')")
    expect(cockpit.locator("#now .htmx-settling, #now.htmx-request")).to_have_count(0)
    assert shifted(cockpit) <= MOST_SHIFTED
