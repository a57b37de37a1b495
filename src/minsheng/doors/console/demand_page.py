"""One demand with everything on it, on the screen and on paper."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import Basis
from minsheng.catalogue.rules import Limit
from minsheng.demands import queries as demands
from minsheng.demands.acting import reaches
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import MARKS
from minsheng.demands.rules import DISSATISFIED, DemandState, Disposal, Grade
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.api.files import download
from minsheng.doors.console import choices, enquiries, limit_badge, timeline
from minsheng.doors.console.deeds import DEEDS, Deed, label
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.exclusions import may_apply
from minsheng.doors.console.limit_badge import Badge
from minsheng.doors.console.supervision import beside
from minsheng.doors.console.tabs import STATE_TONES
from minsheng.doors.console.worklists import whereabouts
from minsheng.followups import queries as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.orders import queries as orders
from minsheng.orders.models import Assignment
from minsheng.orders.queries import OrderDetail, Possible
from minsheng.orders.rules import OPEN, OrderState, Part

ELEMENTS = {"event": gettext_lazy("事件"), "component": gettext_lazy("部件")}


@dataclass(frozen=True, slots=True)
class Button:
    """A way to act: what it says, where it leads, how it looks."""

    label: str
    address: str
    deed: Deed


@dataclass(frozen=True, slots=True)
class OrderView:
    """One unit's course with the order, ready to be shown."""

    order: OrderDetail
    state: str
    tone: str
    part: str
    basis: str
    limit: str
    badge: Badge
    signing: Badge | None
    buttons: list[Button]
    ended: bool  # without having been completed


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """One round of asking, ready to be shown."""

    row: follow_ups.FollowUpDetail
    state: str
    grade: str
    unhappy: bool
    reason: str
    source: str
    unit: str


def buttons(kind: str, pk: int, actions: tuple[str, ...]) -> list[Button]:
    """Returns the buttons of `actions`, the usual next steps first and what ends things last."""
    tones, places = ("primary", "", "danger"), list(DEEDS)
    known = sorted(
        actions, key=lambda action: (tones.index(DEEDS[action].tone), places.index(action))
    )
    return [
        Button(label(action), reverse(f"console:do-{kind}", args=[pk, action]), DEEDS[action])
        for action in known
    ]


def may_mark(actor: Actor, demand: Demand) -> bool:
    """Tells whether the petitioner may be marked: that stands in no lifecycle."""
    known = demand.petitioner and demands.sees_masks(actor, confidential=demand.confidential)
    return bool(known and scopes(actor.role, "petitioner.mark"))


def order_view(detail: OrderDetail, order: Assignment, possible: Possible) -> OrderView:
    """Returns one unit's course with its buttons for what is possible."""
    actions = possible.orders.get(order.pk, ())
    if not choices.units_below(order.unit_id):
        actions = tuple(action for action in actions if action != "order.assign_onward")
    return OrderView(
        order=detail,
        state=str(OrderState(order.state).label),
        tone=STATE_TONES.get(order.state, ""),
        part=str(Part(order.part).label),
        basis=str(Basis(order.basis).label) if order.basis else "",
        limit=Limit.parse(order.limit).in_words() if order.limit else "",
        badge=limit_badge.of_order(order),
        signing=limit_badge.of_signing(order),
        buttons=buttons("order", order.pk, actions),
        ended=order.state not in OPEN and order.state != OrderState.COMPLETED,
    )


def _tree(found: list[OrderDetail]) -> list[OrderDetail]:
    """Returns orders with what a unit assigned onward right behind it, ended ones last."""
    below: dict[int | None, list[OrderDetail]] = {}
    for detail in found:
        below.setdefault(detail.parent, []).append(detail)

    def walk(parent: int | None) -> list[OrderDetail]:
        level = sorted(
            below.get(parent, []),
            key=lambda one: (
                one.state not in OPEN and one.state != OrderState.COMPLETED,
                one.part != Part.LEAD,
                one.assigned_at,
            ),
        )
        return [each for one in level for each in (one, *walk(one.id))]

    return walk(None)


def follow_up_view(row: follow_ups.FollowUpDetail, units: dict[int, str]) -> FollowUpView:
    """Returns one round of asking in words; `units` are names by the order's id."""
    reason = choices.names()["reason_code"].get(row.reason_code, row.reason_code)
    return FollowUpView(
        row=row,
        state=str(FollowUp.State(row.state).label),
        grade=str(Grade(row.grade).label) if row.grade else "",
        unhappy=row.grade in DISSATISFIED,
        reason=reason,
        source=str(FollowUp.Source(row.source).label) if row.source else "",
        unit=units.get(row.order or 0, ""),
    )


def _marks(demand: Demand) -> list[str]:
    marks = [mark for mark in MARKS if getattr(demand, mark)]
    if demand.origin != Demand.Origin.CITY:
        marks.append("provincial")
    if demand.restricted:
        marks.append("restricted")
    return marks


def view_of(request: StaffRequest, pk: int) -> dict[str, Any]:
    """Gathers all that a demand's page shows. Raises NotFound."""
    actor = request.actor
    demand = demands.find(actor, id=pk)
    its_orders = orders.of_demand(demand)
    possible = orders.possible_actions(actor, demand, its_orders)
    by_id = {order.pk: order for order in its_orders}
    details = _tree(orders.details(actor, demand, its_orders))
    detail = demands.detail(actor, demand)
    units = {one.id: one.unit.name for one in details}

    def may(action: str) -> bool:
        return reaches(actor, scopes(actor.role, action), demand)

    rounds = follow_ups.of_demand(demand) if may("journal.view") else []
    actions = possible.demand
    if any(row.state == FollowUp.State.PLANNED for row in rounds):
        actions = tuple(action for action in actions if action != "follow_up.plan")

    return {
        "demand": detail,
        "marks": _marks(demand),
        "state": DemandState(demand.state).label,
        "tone": STATE_TONES.get(demand.state, ""),
        "badge": limit_badge.of_demand(demand, its_orders),
        "origin": Demand.Origin(demand.origin).label,
        "disposal": Disposal(demand.disposal).label if demand.disposal else "",
        "element": ELEMENTS.get(demand.element, ""),
        "whereabouts": whereabouts(detail.district, detail.place),
        "anonymous": demand.petitioner_id is None,
        "petitioner_kind": Petitioner.Kind(demand.petitioner_kind).label
        if demand.petitioner_kind
        else "",
        "may_reveal": detail.petitioner and may("identity.reveal"),
        "may_mark": may_mark(actor, demand),
        "may_find": may("petitioner.find"),
        "sees_persons": may("identity.masked"),
        "buttons": buttons("demand", pk, actions),
        "may_exclude": may_apply(actor, demand),
        "enquiry": enquiries.possible(actor, demand),
        "orders": [order_view(one, by_id[one.id], possible) for one in details],
        "follow_ups": [follow_up_view(row, units) for row in rounds],
        "lines": timeline.of_demand(actor, demand),
        "supervision": beside.of_demand(actor, demand, its_orders),
    }


@staff_page("demand.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    return render(request, "console/demand.html", view_of(request, pk))


@staff_page("demand.view")
def on_paper(request: StaffRequest, pk: int) -> HttpResponse:
    context = {**view_of(request, pk), "printed_at": clock.now()}
    return render(request, "console/demand_print.html", context)


@staff_page("demand.view")
def attachment(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Hands out a file of a demand that the reader may see, always as a download."""
    return download(demands.attachment(request.actor, pk))
