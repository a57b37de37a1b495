"""Reads of orders: lists by filter, the orders of a demand, and what somebody may do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.rules import LimitState
from minsheng.demands import queries as demands
from minsheng.demands.acting import reaches
from minsheng.demands.models import Demand
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
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.demands.rules import Disposal
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role, Scope, scopes
from minsheng.foundation import clock, keyset, statements
from minsheng.foundation.errors import NotFound
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.keyset import Page
from minsheng.foundation.statements import ByKey
from minsheng.orders.actions.extensions import MOST_EXTENSIONS
from minsheng.orders.limits import ask_again_until
from minsheng.orders.models import Assignment
from minsheng.orders.rules import LIFECYCLE, OPEN, RUNNING, OrderState

#: The orders that a list may come in: the latest first, unless a limit is asked for.
SORTS = ("-assigned_at", "assigned_at", "due_at", "-due_at")


# Lists


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


# Orders with all that belongs to them


@dataclass
class ContactLine:
    """One contact with the petitioner."""

    id: int
    method: str
    reached: bool
    outcome: str
    by: str
    at: datetime


@dataclass
class ReplyLine:
    """One version of the reply, with the sign-off and the audit that it met.

    `findings` are the codes of what the reply check had to say; None where it was not asked.
    """

    id: int
    text: str
    public: bool
    solved: bool
    by: str
    at: datetime
    signed_off_by: str
    signed_off_at: datetime | None
    passed: bool | None
    audited_by: str
    audited_at: datetime | None
    remark: str
    findings: list[str] | None


@dataclass
class ReturnLine:
    """One request to be rid of the order, and what became of it."""

    id: int
    reason_code: str
    reason: str
    suggested_unit: str | None
    requested_by: str
    requested_at: datetime
    accepted: bool | None
    decided_by: str
    decided_at: datetime | None
    decision: str


@dataclass
class ExtensionLine:
    """One request for more time, with the limit before and after."""

    id: int
    limit: str
    reason_code: str
    reason: str
    requested_by: str
    requested_at: datetime
    old_due_at: datetime
    new_due_at: datetime
    approved: bool | None
    decided_by: str
    decided_at: datetime | None
    decision: str


@dataclass
class OrderDetail:
    """An order of a demand with all that belongs to it, and what may be done with it now."""

    id: int
    number: str
    unit: Term
    part: str
    level: int
    parent: int | None
    basis: str
    note: str
    state: str
    assigned_at: datetime
    sign_due_at: datetime | None
    signed_at: datetime | None
    contact_due_at: datetime | None
    contacted_at: datetime | None
    limit: str
    due_at: datetime
    first_due_at: datetime
    limit_state: LimitState | None
    handled_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None
    suspended_at: datetime | None
    review_on: date | None
    rework_count: int
    extension_count: int
    urge_count: int
    return_forbidden: bool
    reply: str
    reply_public: bool
    solved: bool | None
    contacts: tuple[ContactLine, ...]
    replies: tuple[ReplyLine, ...]
    returns: tuple[ReturnLine, ...]
    extensions: tuple[ExtensionLine, ...]
    actions: tuple[str, ...]


def of_demand(demand: Demand) -> list[Assignment]:
    """Returns all orders of a demand, the oldest first, ready for `details` and for actions."""
    return _OF_DEMAND.all(demand.pk)


_OF_DEMAND = ByKey(
    lambda demand_id: (
        Assignment.objects.filter(demand=demand_id)
        .select_related("unit", "work_order", "parent")
        .order_by("assigned_at", "pk")
    )
)


def find(actor: Actor, order_id: int) -> Assignment:
    """Returns an order that `actor` may see, with its demand. Raises NotFound."""
    order = (
        Assignment.objects.filter(visible_orders(actor), pk=order_id)
        .select_related("unit", "work_order", "parent", "demand")
        .first()
    )
    if order is None:
        raise NotFound("not_found", _("没有找到这张工单；请核对编号。"))
    return order


#: What belongs to a demand in this room, by the demand's id; see `gather_about`.
PARTS = {
    "contacts": """
        SELECT t.id, t.assignment_id, t.method, t.reached, t.outcome, t.by, t.at
        FROM orders_contact t
        JOIN orders_assignment a ON a.id = t.assignment_id WHERE a.demand_id = %s
    """,
    "replies": """
        SELECT t.id, t.assignment_id, t.text, t.public, t.solved, t.by, t.at, t.signed_off_by,
            t.signed_off_at, t.passed, t.audited_by, t.audited_at, t.remark, t.findings
        FROM orders_reply t
        JOIN orders_assignment a ON a.id = t.assignment_id WHERE a.demand_id = %s
    """,
    "returns": """
        SELECT t.id, t.assignment_id, t.reason_code, t.reason, u.name AS suggested_unit,
            t.requested_by, t.requested_at, t.accepted, t.decided_by, t.decided_at, t.decision
        FROM orders_return t LEFT JOIN directory_unit u ON u.id = t.suggested_unit_id
        JOIN orders_assignment a ON a.id = t.assignment_id WHERE a.demand_id = %s
    """,
    "extensions": """
        SELECT t.id, t.assignment_id, t."limit", t.reason_code, t.reason, t.requested_by,
            t.requested_at, t.old_due_at, t.new_due_at, t.approved, t.decided_by, t.decided_at,
            t.decision
        FROM orders_extension t
        JOIN orders_assignment a ON a.id = t.assignment_id WHERE a.demand_id = %s
    """,
    "journal": """
        SELECT e.seq AS id, e.at, e.action, e.staff, coalesce(s.name, '') AS name, e.role, e.unit,
            e.body
        FROM foundation_journalentry e LEFT JOIN directory_staff s ON s.username = e.staff
        WHERE e.subject_kind = 'demand' AND e.subject_id = %s
    """,
}
_JOURNAL = {"journal": PARTS["journal"]}
_BELONGINGS: dict[str, type[Any]] = {
    "contacts": ContactLine,
    "replies": ReplyLine,
    "returns": ReturnLine,
    "extensions": ExtensionLine,
}


def details(
    actor: Actor, demand: Demand, orders: Sequence[Assignment], parts: Gathered | None = None
) -> list[OrderDetail]:
    """Returns orders of one demand with all that belongs to them; for `parts` see `PARTS`."""
    more = parts or gather_about(demand.pk, PARTS)
    belongings: dict[int, dict[str, list[Any]]] = {}
    for name, kind in _BELONGINGS.items():
        for row in more[name]:
            of_order = belongings.setdefault(row["assignment_id"], {})
            line = {column: value for column, value in row.items() if column != "assignment_id"}
            of_order.setdefault(name, []).append(kind(**line))
    units = dictionaries().units
    found = []
    for order in orders:
        mine = belongings.get(order.pk, {})
        unit = units.get(order.unit_id)
        assert unit
        found.append(
            OrderDetail(
                id=order.pk,
                number=order.work_order.number,
                unit=unit,
                part=order.part,
                level=order.level,
                parent=order.parent_id,
                basis=order.basis,
                note=order.note,
                state=order.state,
                assigned_at=here(order.assigned_at),
                sign_due_at=here(order.sign_due_at),
                signed_at=here(order.signed_at),
                contact_due_at=here(order.contact_due_at),
                contacted_at=here(order.contacted_at),
                limit=order.limit,
                due_at=here(order.due_at),
                first_due_at=here(order.first_due_at),
                limit_state=limit_of(order.state, order.due_at, order.warn_at, order.handled_at),
                handled_at=here(order.handled_at),
                completed_at=here(order.completed_at),
                closed_at=here(order.closed_at),
                suspended_at=here(order.suspended_at),
                review_on=order.review_on,
                rework_count=order.rework_count,
                extension_count=order.extension_count,
                urge_count=order.urge_count,
                return_forbidden=order.return_forbidden,
                reply=order.reply,
                reply_public=order.reply_public,
                solved=order.solved,
                contacts=tuple(mine.get("contacts", ())),
                replies=tuple(mine.get("replies", ())),
                returns=tuple(mine.get("returns", ())),
                extensions=tuple(mine.get("extensions", ())),
                actions=tuple(_order_actions(actor, demand, order)),
            )
        )
    return found


# What may be done now


@dataclass(frozen=True, slots=True)
class Possible:
    """Which actions a person may take now: on the demand, and on each of its orders by id."""

    demand: tuple[str, ...]
    orders: Mapping[int, tuple[str, ...]]


def possible_actions(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> Possible:
    """Returns the actions that both tables allow: the permission reaches, the state permits.

    Names of actions as in the tables. `orders` come from `of_demand`.
    """
    return Possible(
        tuple(_demand_actions(actor, demand, orders)),
        {order.pk: tuple(_order_actions(actor, demand, order)) for order in orders},
    )


def _demand_actions(actor: Actor, demand: Demand, orders: Sequence[Assignment]) -> list[str]:
    return [
        action
        for action in DEMAND_LIFECYCLE.actions(demand.state)
        # What is done with an order, or with an application, is not done with the demand.
        if not action.startswith(("order.", "exclusion.", "review.", "enquiry."))
        and _may(actor, action, demand)
        and not _hindered(actor, action, demand, orders)
    ]


def _order_actions(actor: Actor, demand: Demand, order: Assignment) -> list[str]:
    return [
        action
        for action in LIFECYCLE.actions(order.state)
        if action.startswith("order.")
        and _may(actor, action, demand, order)
        and not _hindered_order(actor, action, order)
    ]


def _may(actor: Actor, action: str, demand: Demand, order: Assignment | None = None) -> bool:
    if actor.read_only:
        return False
    return reaches(actor, scopes(actor.role, action), demand, order)


# What both tables allow may still be refused by a rule of the action itself.


def _hindered(actor: Actor, action: str, demand: Demand, orders: Sequence[Assignment]) -> bool:
    match action:
        case "demand.submit":  # somebody else's draft is theirs to hand in
            return actor.demand_id is None and demand.registered_by_id != actor.staff_id
        case "demand.withdraw":
            return any(order.state == OrderState.REPLIED for order in orders)
        case "follow_up.plan" | "follow_up.send_link":
            return demand.petitioner is None or demand.petitioner.do_not_call
        case "follow_up.ask_rework":
            until = ask_again_until(demand)
            return until is None or clock.now() > until
        case "follow_up.rework":
            return demand.disposal != Disposal.ASSIGN
    return False


def _hindered_order(actor: Actor, action: str, order: Assignment) -> bool:
    match action:
        case "order.request_return":
            return order.return_forbidden
        case "order.request_extension":
            return order.extension_count >= MOST_EXTENSIONS or clock.now() > order.due_at
        case "order.approve_extension":
            return order.extension_count >= 1 and actor.role == Role.DISPATCHER
        case "order.assign_onward":
            return order.level >= 3
        case "order.reassign" | "order.recall":
            return order.parent_id is not None
    return False


# What an action led to


@dataclass
class OrderBrief:
    """An open order, in a few words."""

    id: int
    number: str
    unit: Term
    part: str
    state: str
    due_at: datetime


@dataclass
class Outcome:
    """Where a demand and its open orders stand, after something was done."""

    id: int
    number: str | None
    state: str
    due_at: datetime | None
    orders: tuple[OrderBrief, ...]


def outcome(demand_id: int) -> Outcome:
    """Returns where a demand stands, in one statement; for whoever just acted on it."""
    rows = statements.rows(
        """
        SELECT d.number, d.state, d.due_at, a.id, w.number, a.unit_id, a.part, a.state, a.due_at
        FROM demands_demand d
        LEFT JOIN orders_assignment a ON a.demand_id = d.id AND a.state = ANY(%s::text[])
        LEFT JOIN orders_workorder w ON w.id = a.work_order_id
        WHERE d.id = %s ORDER BY a.assigned_at, a.id
        """,
        [sorted(OPEN), demand_id],
    )
    units = dictionaries().units
    number, state, due_at = rows[0][:3]
    return Outcome(
        demand_id,
        number,
        state,
        here(due_at),
        tuple(
            OrderBrief(id, order, unit, part, order_state, here(order_due))
            for _n, _s, _d, id, order, unit_id, part, order_state, order_due in rows
            if (unit := units.get(unit_id))
        ),
    )


def outcome_of_order(order_id: int) -> Outcome:
    """Returns where the demand of an order stands; for whoever just acted on the order."""
    return outcome(Assignment.objects.values_list("demand_id", flat=True).get(pk=order_id))


# The timeline


@dataclass
class Line:
    """A line of the journal as people read it. `order` is the number of the order and its unit."""

    at: datetime
    action: str
    label: str
    staff: str
    name: str
    role: str
    unit: str
    order: str
    reason: str
    previous_due_at: datetime | None
    changes: Mapping[str, Any]


#: The words for every action that a demand's journal knows.
LABELS = {
    "identity.reveal": _("查看诉求人信息"),
    **{action: row.label for action, row in DEMAND_LIFECYCLE.rows.items()},
    **{action: row.label for action, row in LIFECYCLE.rows.items()},
    # What supervision does stands in the journal of the demand that it is about.
    "measure.issue": _("下发督办文书"),
    "measure.answer": _("答复督办"),
    "measure.send_back": _("督办退回重报"),
    "measure.escalate": _("提级督办"),
    "measure.close": _("督办销号"),
    "recheck.hold": _("回头看属实"),
    "recheck.reopen": _("回头看后重新受理"),
    "field_check.order": _("安排现场核查"),
    "field_check.report": _("现场核查结果"),
    "ownership.open": _("提请权属认定"),
    "ownership.visit": _("权属勘查"),
    "ownership.put_off": _("权属案件列入积存"),
    "ownership.decide": _("认定权属"),
    "instruction.give": _("作出批示"),
    "instruction.order": _("转为指令工单"),
    "instruction.report": _("反馈批示"),
    "instruction.send_back": _("批示退回再办"),
    "instruction.close": _("批示办结"),
}


def timeline(actor: Actor, demand: Demand, parts: Gathered | None = None) -> list[Line]:
    """Returns the journal of a demand (with all of its orders), the oldest line first.

    Empty for roles that may not read the journal. For `parts` see `PARTS`.
    """
    if not scopes(actor.role, "journal.view"):
        return []
    units = dictionaries().units
    lines = []
    for row in (parts or gather_about(demand.pk, _JOURNAL))["journal"]:
        said = orjson.loads(row["body"])
        previous = said["previous_due_at"]
        term = units.get(units.ids.get(row["unit"]))
        lines.append(
            Line(
                at=row["at"],
                action=row["action"],
                label=str(LABELS.get(row["action"], row["action"])),
                staff=row["staff"],
                name=row["name"],
                role=row["role"],
                unit=term.name if term else "",
                order=said["changes"].get("note", {}).get("order", ""),
                reason=said["reason"],
                previous_due_at=datetime.fromisoformat(previous) if previous else None,
                changes=said["changes"],
            )
        )
    return lines


# Counts


@dataclass
class UnitCount:
    """How many orders a unit has in a state; those of restricted demands are among them."""

    unit: Term | None
    state: str
    count: int


def counts(actor: Actor, states: Sequence[str] = ()) -> list[UnitCount]:
    """Returns how many orders there are by unit and state; of the open states by default."""
    require(actor, "demand.count")
    units = dictionaries().units
    found = statements.rows(
        """
        SELECT unit_id, state, sum(n)::bigint FROM orders_tally WHERE state = ANY(%s::text[])
        GROUP BY unit_id, state HAVING sum(n) <> 0 ORDER BY unit_id, state
        """,
        [sorted(set(states) or OPEN)],
    )
    return [UnitCount(units.get(unit), state, count) for unit, state, count in found]
