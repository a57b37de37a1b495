"""Orders with all that belongs to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import LimitState
from minsheng.demands.models import Demand
from minsheng.demands.queries import Term, dictionaries, here
from minsheng.directory.access import Actor
from minsheng.foundation.errors import NotFound
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.statements import ByKey
from minsheng.orders.models import Assignment
from minsheng.orders.queries.lists import limit_of, visible_orders
from minsheng.orders.queries.possible import order_actions
from minsheng.orders.queries.timelines import JOURNAL


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
    `files` are the ids of files of the demand that go with it.
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
    files: list[int]


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
            t.signed_off_at, t.passed, t.audited_by, t.audited_at, t.remark, t.findings,
            t.files
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
    **JOURNAL,
}
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
                actions=tuple(order_actions(actor, demand, order)),
            )
        )
    return found
