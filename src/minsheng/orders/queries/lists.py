"""Lists of orders by filter, and who sees which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress

from django.db.models import Q, QuerySet

from minsheng.catalogue.rules import LimitState
from minsheng.demands import queries as demands
from minsheng.demands.queries import (
    MARKS,
    DemandRow,
    Filters,
    Term,
    dictionaries,
    here,
    ids_below,
    of_matter,
    seen_by_role,
    standing,
    within_limit,
)
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, keyset, statements
from minsheng.foundation.keyset import Page
from minsheng.orders.models import Assignment
from minsheng.orders.rules import RUNNING, OrderState

#: The orders that a list may come in: the latest first, unless a limit is asked for.
SORTS = ("-assigned_at", "assigned_at", "due_at", "-due_at")

EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What a list of orders is narrowed down to; `matter` is about their demands.

    Units include all below them. `sign_overdue` leaves those that should have been signed by now.
    """

    matter: Filters = EVERYTHING
    states: Sequence[str] = ()
    units: Sequence[str] = ()
    part: str = ""
    limit_state: str = ""
    sign_overdue: bool = False
    assigned_from: datetime | None = None
    assigned_to: datetime | None = None


@dataclass
class OrderRow:
    """An order as a line of a list, with what its demand is about."""

    id: int
    number: str
    unit: Term
    part: str
    level: int
    state: str
    assigned_at: datetime
    sign_due_at: datetime | None
    signed_at: datetime | None
    due_at: datetime
    limit_state: LimitState | None
    handled_at: datetime | None
    completed_at: datetime | None
    rework_count: int
    extension_count: int
    urge_count: int
    demand: str
    title: str
    kind: Term | None
    category: Term | None
    district: Term | None
    place: str
    marks: tuple[str, ...]


_ROWS = """
SELECT a.id, w.number, a.unit_id, a.part, a.level, a.state, a.assigned_at, a.sign_due_at,
    a.signed_at, a.due_at, a.warn_at, a.handled_at, a.completed_at, a.rework_count,
    a.extension_count, a.urge_count, d.number, d.title, d.kind_id, d.category_id, d.district_id,
    d.place, d.urgent, d.confidential, d.enterprise, d.excluded, d.escalated, d.difficult
FROM orders_assignment a
JOIN orders_workorder w ON w.id = a.work_order_id
JOIN demands_demand d ON d.id = a.demand_id
WHERE a.id = ANY(%s::bigint[])
"""


def visible_orders(actor: Actor) -> Q:
    """Returns the condition on orders that `actor` may see. Raises Forbidden where none.

    Whoever sees all demands sees all orders; a unit sees its own and those of the units below it.
    """
    granted = require(actor, "demand.view")
    if actor.demand_id is not None:
        return Q(demand=actor.demand_id)
    seen = seen_by_role(actor, granted, "demand__")
    if actor.unit_id is not None and {Scope.UNIT, Scope.TREE} & {*granted}:
        tree = dictionaries().units.below(actor.unit_id)
        units = tree if Scope.TREE in granted else [actor.unit_id]
        seen |= Q(demand__restricted=False, unit_id__in=units)
    return seen


def page(
    actor: Actor, filters: OrderFilters, *, sort: str = "", cursor: str = "", limit: int = 50
) -> Page[OrderRow]:
    """Returns a page of orders. Without `sort` the latest come first, or those that are due."""
    sort = sort or ("due_at" if filters.limit_state else "-assigned_at")
    found: QuerySet[Assignment] = Assignment.objects.filter(
        visible_orders(actor), of_matter(filters.matter, "demand__")
    )
    if filters.states:
        found = found.filter(state__in=sorted(set(filters.states)))
    if filters.units:
        found = found.filter(unit_id__in=ids_below(dictionaries().units, filters.units, "unit"))
    if filters.part:
        found = found.filter(part=filters.part)
    if filters.limit_state:
        found = found.filter(within_limit(filters.limit_state, RUNNING))
    if filters.sign_overdue:
        found = found.filter(state=OrderState.ASSIGNED, sign_due_at__lt=clock.now())
    if filters.assigned_from:
        found = found.filter(assigned_at__gte=filters.assigned_from)
    if filters.assigned_to:
        found = found.filter(assigned_at__lt=filters.assigned_to)
    keys = keyset.fetch(found.values("id", sort.lstrip("-")), sort, cursor, limit)
    return Page(_rows([key["id"] for key in keys.items]), keys.next)


def _rows(ids: list[int]) -> list[OrderRow]:
    """Returns the rows of these orders, in this order."""
    names = dictionaries()
    found = {}
    for row in statements.rows(_ROWS, [ids]):
        id, number, unit_id, part, level, state, assigned_at, sign_due_at, signed_at = row[:9]
        due_at, warn_at, handled_at, completed_at, reworks, extensions, urges = row[9:16]
        demand, title, kind, category, district, place = row[16:22]
        unit = names.units.get(unit_id)
        assert unit
        found[id] = OrderRow(
            id=id,
            number=number,
            unit=unit,
            part=part,
            level=level,
            state=state,
            assigned_at=here(assigned_at),
            sign_due_at=here(sign_due_at),
            signed_at=here(signed_at),
            due_at=here(due_at),
            limit_state=limit_of(state, due_at, warn_at, handled_at),
            handled_at=here(handled_at),
            completed_at=here(completed_at),
            rework_count=reworks,
            extension_count=extensions,
            urge_count=urges,
            demand=demand,
            title=title,
            kind=names.kinds.get(kind),
            category=names.categories.get(category),
            district=names.districts.get(district),
            place=place,
            marks=tuple(compress(MARKS, row[22:])),
        )
    return [found[id] for id in ids]


def limit_of(
    state: str, due_at: datetime, warn_at: datetime | None, handled_at: datetime | None
) -> LimitState | None:
    """Returns how an order's limit stands; None where it rests or ended without a reply."""
    if handled_at is None and state not in RUNNING:
        return None
    return standing(due_at, warn_at, handled_at)


# Of several leads, the last one counts.
_LEAD = """
(SELECT a.unit_id FROM orders_assignment a
WHERE a.demand_id = d.id AND a.part = 'lead' AND a.parent_id IS NULL
ORDER BY a.assigned_at DESC, a.id DESC LIMIT 1)
"""


def demand_page(
    actor: Actor, filters: Filters, *, sort: str = "", cursor: str = "", limit: int = 50
) -> Page[DemandRow]:
    """Returns `demands.queries.page` with the unit that leads each demand."""
    return demands.page(actor, filters, sort=sort, cursor=cursor, limit=limit, lead=_LEAD)
