"""Many items at once: what a file or another system says, taken over item by item.

Whoever sends the same again changes nothing: what an item says already, waits to say, or was
refused or retired for saying, is known.
"""

import re
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid
from minsheng.knowledge.actions import Saying, lock, next_version, owner_of, write_journal
from minsheng.knowledge.models import Item

_CODE = re.compile(r"[\w.-]{1,32}")

#: What makes two versions say the same.
_SAID = (
    *("title", "question", "answer", "basis", "kind", "unit_id", "category_id", "district_id"),
    *("audience", "public", "valid_from", "valid_to", "review_on", "keywords"),
)


class Landed(StrEnum):
    """What became of an item that was taken over."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


def take_over(actor: Actor, saying: Saying, *, publish: bool = False) -> tuple[Item, Landed]:
    """Takes over one item: as a proposal, or published at once by who may approve.

    It is found by its code; without one by its title and unit. A code that nobody knows becomes
    that of a new item. Raises Forbidden, Invalid (see `propose`), and Conflict where another
    proposal waits.
    """
    granted = require(actor, "knowledge.import")
    if publish:
        require(actor, "knowledge.approve")
    if Scope.ALL not in granted and saying.unit not in ("", actor.unit_code):
        raise Forbidden("other_unit", _("这条知识属于其他单位；请由该单位导入。"))
    if saying.code and not _CODE.fullmatch(saying.code):
        raise Invalid("bad_code", _("编码只能用字母、数字、点和横线，最多32个。"), field="code")
    with transaction.atomic(savepoint=False):
        lock()
        versions = list(_versions(actor, granted, saying))
        last = versions[-1] if versions else None
        item = next_version(actor, granted, saying, last)
        for standing in versions:
            counts = standing.current or standing is last
            if counts and _says(standing) == _says(item):
                return standing, Landed.KNOWN
        if last and last.state == Item.State.PROPOSED:
            raise Conflict("proposed", _("这条知识已有一版待审核；请先等审核结果。"))
        if publish:
            Item.objects.filter(code=item.code, current=True).update(current=False)
            item.state, item.current = Item.State.APPROVED, True
            item.settled_by_id, item.settled_at = actor.staff_id, clock.now()
        item.save(force_insert=True)
        write_journal(actor, item, "knowledge.import", title=item.title, published=publish)
    return item, Landed.CHANGED if last else Landed.NEW


def _versions(actor: Actor, granted: tuple[Scope, ...], saying: Saying) -> QuerySet[Item]:
    """Returns all versions of the item that is meant, the latest last."""
    code: object = saying.code
    if not code:
        unit = owner_of(actor, granted, saying.unit)
        alike = Item.objects.filter(title=text.line(saying.title, 120), unit=unit).order_by("pk")
        code = alike.values("code")[:1]
    return Item.objects.filter(code=code).select_related("unit").order_by("version")


def _says(item: Item) -> list[object]:
    """Returns what an item says; a city's file may have said it in other blanks or widths."""
    said = [getattr(item, name) for name in _SAID]
    return [text.clean(one) if isinstance(one, str) else one for one in said]
