"""What a page is told while it is open: how much waits under each tab, and how much is unread.

The stream itself is kept by `minsheng.doors.push`, outside Django's threads; here stands what is
said on it, and who may listen. All of it runs in a thread with a database connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from minsheng.directory.access import Actor, of_post
from minsheng.directory.models import Post, Staff
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console.entry import POST_KEY, held_posts
from minsheng.doors.console.notices import notices
from minsheng.doors.console.tabs import WORK
from minsheng.doors.console.worklists import counts
from minsheng.doors.nul import without_nul
from minsheng.foundation import statements

_NOBODY = -12345  # stands for a person's key while a table is asked whether it depends on it


@dataclass(frozen=True, slots=True)
class Listener:
    """One who listens: under which post, and for whom the same is said (`circle`).

    Everybody of a circle sees the same counts, so that they are counted once for all of them.
    """

    post_id: int
    actor: Actor
    circle: tuple[str, int, int]

    @property
    def everything(self) -> bool:
        """Whether any demand may concern them, and not only those of their unit."""
        return Scope.ALL in scopes(self.actor.role, "demand.view")


@dataclass(frozen=True, slots=True)
class Said:
    """What a circle is told: counts by tab, and the notices by line and author."""

    counts: dict[str, int]
    notices: tuple[tuple[int, str], ...]


def listener(cookies: str) -> Listener | None:
    """Returns who sends these cookies, None where nobody is signed in under a post."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(cookies)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    request.session = SessionStore(without_nul(key))
    staff = get_user(request)
    if not isinstance(staff, Staff):
        return None
    post = held_posts(staff).filter(pk=request.session.get(POST_KEY, 0)).first()
    if post is None:
        return None
    actor = of_post(post)
    own = actor.staff_id if _personal(actor) else 0
    return Listener(post.pk, actor, (actor.role.value, actor.unit_id or 0, own or 0))


def _personal(actor: Actor) -> bool:
    """Tells whether a tab of this role counts what is this very person's."""
    somebody = replace(actor, staff_id=_NOBODY)
    return any(
        _NOBODY in _values(tab.where(somebody)) for tab in WORK.get(actor.role, ()) if tab.counted
    )


def _values(condition: Q) -> Iterator[Any]:
    for part in condition.children:
        if isinstance(part, Q):
            yield from _values(part)
        elif isinstance(part, tuple):
            yield part[1]


def said(actor: Actor) -> Said:
    """Returns what a circle is told, for any one of it."""
    tabs = WORK.get(actor.role, ())
    found = tuple((one.id, one.staff) for one in notices(actor))
    return Said(counts(actor, tabs) if tabs else {}, found)


def unread(one: Listener, found: Said, read: int) -> int:
    """Returns how many of the notices somebody has not read, their own deeds left out."""
    return sum(line > read and staff != one.actor.username for line, staff in found.notices)


def read_lines(post_ids: Sequence[int]) -> dict[int, int]:
    """Returns how far the holders of these posts have read the notices."""
    return dict(Post.objects.filter(pk__in=post_ids).values_list("pk", "notices_read"))


def concerned(demand_ids: Sequence[int]) -> set[int]:
    """Returns the units that ever had an order of these demands, and all units above them."""
    return {
        unit
        for (unit,) in statements.rows(
            "SELECT DISTINCT unnest(involved) FROM demands_demand WHERE id = ANY(%s::bigint[])",
            [list(demand_ids)],
        )
    }
