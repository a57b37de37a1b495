"""Lists of demands by filter, and of drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.catalogue.rules import LimitState
from minsheng.demands.models import Demand
from minsheng.demands.queries.limits import here, standing, within_limit
from minsheng.demands.queries.sight import Masked, sees_masks, visible
from minsheng.demands.queries.terms import Term, dictionaries, ids_below, ids_of
from minsheng.demands.rules import OPEN, DemandState
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, keyset, statements, text
from minsheng.foundation.errors import Invalid
from minsheng.foundation.keyset import Page

#: The orders that a list of demands may come in: the latest first, unless a limit is asked for.
SORTS = ("-accepted_at", "accepted_at", "due_at", "-due_at")
MARKS = ("urgent", "confidential", "enterprise", "excluded", "escalated", "difficult")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of demands is narrowed down to; dictionaries by code, empty for all.

    Units, districts and categories include all below them. A demand is a unit's once the unit or
    one below it got an order of it. `text` is found in title, text and place.
    """

    states: Sequence[str] = ()
    units: Sequence[str] = ()
    districts: Sequence[str] = ()
    categories: Sequence[str] = ()
    kinds: Sequence[str] = ()
    channels: Sequence[str] = ()
    origins: Sequence[str] = ()
    marks: Sequence[str] = ()
    limit_state: str = ""
    accepted_from: datetime | None = None
    accepted_to: datetime | None = None
    petitioner: int | None = None
    text: str = ""


@dataclass
class DemandRow:
    """A demand as a line of a list. `petitioner` is None where anonymous or not to be seen.

    `unit` leads it, or led it last: `orders.queries.demand_page` fills it in.
    """

    id: int
    number: str
    title: str
    state: str
    kind: Term | None
    category: Term | None
    district: Term | None
    place: str
    channel: Term
    origin: str
    marks: tuple[str, ...]
    petitioner: Masked | None
    accepted_at: datetime
    completed_at: datetime | None
    due_at: datetime | None
    limit_state: LimitState | None
    unit: Term | None


# What a row shows, for the keys that a page is made of.
_ROWS = """
SELECT d.id, d.number, d.title, d.state, d.kind_id, d.category_id, d.district_id, d.place,
    d.channel_id, d.origin, d.urgent, d.confidential, d.enterprise, d.excluded, d.escalated,
    d.difficult, d.accepted_at, d.completed_at, d.due_at, d.warn_at,
    p.id, p.kind, i.name_mask, i.phone_mask, p.do_not_call,
    p.abusive AND coalesce(p.abusive_until >= %s::date, true), {lead}
FROM demands_demand d
LEFT JOIN demands_petitioner p ON p.id = d.petitioner_id
LEFT JOIN foundation_identity i ON i.id = p.identity_id
WHERE d.id = ANY(%s::bigint[])
"""


def of_matter(filters: Filters, prefix: str = "") -> Q:
    """Returns the condition of those filters that are about the matter of a demand.

    `prefix` leads to the demand, for lists of what belongs to one.
    """
    names = dictionaries()
    found = Q()

    def narrow(**conditions: Any) -> None:
        nonlocal found
        found &= Q(**{prefix + name: value for name, value in conditions.items()})

    if filters.districts:
        narrow(district_id__in=ids_below(names.districts, filters.districts, "district"))
    if filters.categories:
        narrow(category_id__in=ids_below(names.categories, filters.categories, "category"))
    if filters.kinds:
        narrow(kind_id__in=ids_of(names.kinds, filters.kinds, "kind"))
    if filters.channels:
        narrow(channel_id__in=ids_of(names.channels, filters.channels, "channel"))
    if filters.origins:
        narrow(origin__in=filters.origins)
    for mark in filters.marks:
        narrow(**{mark: True})
    if filters.petitioner is not None:
        narrow(petitioner_id=filters.petitioner)
    if filters.text:
        tokens = text.query_tokens(filters.text)
        if not tokens:
            raise Invalid("empty_query", _("搜索词没有可查的内容；请换一个词。"), field="text")
        narrow(words__contains=tokens)
    return found


def listed(actor: Actor, filters: Filters) -> "QuerySet[Demand]":
    """Returns the accepted demands that `actor` may see, narrowed down. Raises Invalid."""
    if filters.petitioner is not None:
        require(actor, "petitioner.find")
    found = Demand.objects.filter(visible(actor), of_matter(filters), accepted_at__isnull=False)
    if filters.states:
        found = found.filter(state__in=sorted(set(filters.states)))
    if filters.units:
        found = found.filter(involved__overlap=ids_of(dictionaries().units, filters.units, "unit"))
    if filters.limit_state:
        found = found.filter(within_limit(filters.limit_state, OPEN))
    if filters.accepted_from:
        found = found.filter(accepted_at__gte=filters.accepted_from)
    if filters.accepted_to:
        found = found.filter(accepted_at__lt=filters.accepted_to)
    return found


def page(
    actor: Actor,
    filters: Filters,
    *,
    sort: str = "",
    cursor: str = "",
    limit: int = 50,
    lead: str = "NULL::bigint",
) -> Page[DemandRow]:
    """Returns a page of demands. What is sorted by its limit is open and has one.

    Without `sort` the latest come first; with a limit state, those that are due first.
    `lead` is SQL for the id of the unit that leads demand `d`, which the room above knows.
    """
    sort = sort or ("due_at" if filters.limit_state else "-accepted_at")
    found = listed(actor, filters)
    if sort.endswith("due_at") and not filters.limit_state:
        found = found.filter(state__in=sorted(OPEN), due_at__isnull=False)
    keys = keyset.fetch(found.values("id", sort.lstrip("-")), sort, cursor, limit)
    ids = [key["id"] for key in keys.items]
    return Page(_rows(actor, ids, lead), keys.next)


def _rows(actor: Actor, ids: list[int], lead: str) -> list[DemandRow]:
    """Returns the rows of these demands, in this order."""
    names = dictionaries()
    now = clock.now()
    masks = {hidden: sees_masks(actor, confidential=hidden) for hidden in (False, True)}
    found = {}
    for row in statements.rows(_ROWS.format(lead=lead), [now.date(), ids]):
        id, number, title, state, kind, category, district, place, channel, origin = row[:10]
        marks, (accepted_at, completed_at, due_at, warn_at) = row[10:16], row[16:20]
        named = names.channels.get(channel)
        assert named
        found[id] = DemandRow(
            id=id,
            number=number,
            title=title,
            state=state,
            kind=names.kinds.get(kind),
            category=names.categories.get(category),
            district=names.districts.get(district),
            place=place,
            channel=named,
            origin=origin,
            marks=tuple(compress(MARKS, marks)),
            petitioner=Masked(*row[20:26]) if row[20] and masks[row[11]] else None,
            accepted_at=here(accepted_at),
            completed_at=here(completed_at),
            due_at=here(due_at),
            limit_state=standing(due_at, warn_at, now=now),
            unit=names.units.get(row[26]),
        )
    return [found[id] for id in ids]


@dataclass
class DraftRow:
    """A draft as a line of a list."""

    id: int
    title: str
    category: Term | None
    registered_at: datetime


def drafts(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[DraftRow]:
    """Returns a page of the drafts that `actor` wrote, the latest first."""
    require(actor, "demand.view")
    found = Demand.objects.filter(state=DemandState.DRAFT, registered_by=actor.staff_id)
    rows = keyset.fetch(
        found.values("id", "title", "category_id", "registered_at"),
        "-registered_at",
        cursor,
        limit,
    )
    categories = dictionaries().categories
    return Page(
        [
            DraftRow(
                row["id"],
                row["title"],
                categories.get(row["category_id"]),
                here(row["registered_at"]),
            )
            for row in rows.items
        ],
        rows.next,
    )
