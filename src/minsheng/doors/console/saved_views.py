"""常用视图: a list narrowed down as somebody likes it, kept under a name, alone or for all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.doors.models import SavedView
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound

MOST = 20  # of one person
#: What of an address is no condition: where one has turned the pages to.
_PAGING = frozenset({"before", "after"})


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as it is shown; `by` is empty for one's own."""

    id: int
    name: str
    query: str
    shared: bool
    by: str


#: One's own views and those that others share, for `gather`; its one value is the person's key.
QUERY = """
SELECT v.id, v.name, v.query, v.shared, s.id AS staff, s.name AS by
FROM doors_savedview v JOIN directory_staff s ON s.id = v.staff_id
WHERE v.shared OR v.staff_id = %s
"""


def shown(actor: Actor, rows: Iterable[Mapping[str, Any]]) -> list[View]:
    """Returns the rows of `QUERY` as they are shown, one's own first."""
    views = [
        View(
            row["id"],
            row["name"],
            row["query"],
            row["shared"],
            "" if row["staff"] == actor.staff_id else row["by"],
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: bool(view.by))


def save(actor: Actor, *, name: str, query: str, shared: bool = False) -> SavedView:
    """Keeps conditions (a query as in an address) under a name; the same name is replaced.

    Raises Forbidden where the person may not share, Invalid without a name or conditions.
    """
    name = text.line(name, 20)
    given = [pair for pair in parse_qsl(query.lstrip("?")) if pair[0] not in _PAGING]
    if not name:
        raise Invalid("missing", _("请给这个视图起个名字。"), field="name")
    if shared:
        require(actor, "view.share")
    kept = urlencode(given)
    if len(kept) > 500:
        raise Invalid("too_long", _("条件太多，保存不下；请减少条件。"))
    with transaction.atomic(savepoint=False):
        mine = SavedView.objects.select_for_update().filter(staff=actor.staff_id)
        before = mine.filter(name=name).first()
        if before is None and mine.count() >= MOST:
            raise Conflict("too_many", _("最多保存%d个视图；请先删除不用的。") % MOST)
        row, _made = SavedView.objects.update_or_create(
            staff_id=actor.staff_id or 0,
            name=name,
            defaults={"query": kept, "shared": shared, "made_at": clock.now()},
        )
        if shared or (before and before.shared):
            _record(actor, "view.share", row)
    return row


def drop(actor: Actor, pk: int) -> None:
    """Deletes a view of one's own. Raises NotFound."""
    with transaction.atomic(savepoint=False):
        row = SavedView.objects.filter(pk=pk, staff=actor.staff_id).first()
        if row is None:
            raise NotFound("not_found", _("没有找到这个视图，或者它不是您保存的。"))
        if row.shared:
            _record(actor, "view.withdraw", row)
        row.delete()


def _record(actor: Actor, action: str, row: SavedView) -> None:
    """What all see is on record; what one keeps for oneself is one's own."""
    journal.write(
        subject_kind="view",
        subject_id=row.pk,
        ref=row.name,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"view": {"query": row.query, "shared": row.shared}},
    )
