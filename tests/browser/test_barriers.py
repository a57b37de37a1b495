"""Every page of the console: nothing serious keeps anybody from using it, and nothing jumps."""

from typing import Any

import pytest

from minsheng.directory.permissions import Role
from minsheng.doors.console import urls
from minsheng.insight import gazetteer
from support.looking import MOST_SHIFTED, NARROW, WIDE, barriers, cut, shifted
from support.reading import Visitor

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
#: Pages about nothing in particular; those about one thing stand in test_looks.
PATHS = sorted(str(one.pattern) for one in urls.urlpatterns if "<" not in str(one.pattern))


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
