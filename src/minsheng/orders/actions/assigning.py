"""派单、向下交办、改派: an order comes into a unit's hands."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import city
from minsheng.demands.acting import Act, acting
from minsheng.demands.rules import Disposal
from minsheng.demands.withheld import bare_of
from minsheng.directory.access import Actor
from minsheng.directory.models import Unit
from minsheng.foundation import numbers, text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.foundation.recent import recent
from minsheng.foundation.statements import ByKey, insert, update
from minsheng.orders.acting import OrderAct, acting_on, under, until
from minsheng.orders.limits import limits
from minsheng.orders.models import Assignment, WorkOrder
from minsheng.orders.rules import OrderState, Part

MOST_UNITS = 20

_LAST = ByKey(lambda pk: WorkOrder.objects.filter(demand=pk).order_by("-pk")[:1])


@recent
def _units() -> dict[str, Unit]:
    return {unit.code: unit for unit in Unit.objects.filter(active=True)}


def units_by_code(codes: Sequence[str]) -> list[Unit]:
    """Returns active units in the order of their codes as given. Raises Invalid for any other."""
    if len(codes) > MOST_UNITS:
        raise Invalid("too_many_units", _("一次最多派给%d个单位；请分次派单。") % MOST_UNITS)
    found = _units()
    for code in codes:
        if code not in found:
            raise Invalid("unknown_unit", _("没有编码为“%s”的在用单位；请从列表中选择。") % code)
    if len(set(codes)) < len(codes):
        raise Invalid("unit_twice", _("同一单位不能重复派单；请去掉重复的单位。"))
    return [found[code] for code in codes]


def _give(
    act: Act,
    work_order: WorkOrder,
    unit: Unit,
    part: Part,
    basis: str,
    *,
    note: str = "",
    parent: Assignment | None = None,
) -> Assignment:
    """Puts a work order into a unit's hands, with its limits."""
    clocks = limits(act.demand, unit, act.now, within=parent.due_at if parent else None)
    order = insert(
        Assignment(
            work_order=work_order,
            demand=act.demand,
            unit=unit,
            part=part,
            parent=parent,
            level=parent.level + 1 if parent else 1,
            basis=basis,
            note=bare_of(act.actor, act.demand, note),
            state=OrderState.ASSIGNED,
            assigned_at=act.now,
            assigned_by_id=act.actor.staff_id,
            sign_due_at=clocks.sign_due_at,
            contact_due_at=clocks.contact_due_at,
            limit=clocks.limit,
            due_at=clocks.due_at,
            first_due_at=clocks.due_at,
            warn_at=clocks.warn_at,
        )
    )
    if part == Part.LEAD and parent is None:
        until(act, order.due_at, order.warn_at)
    demand = act.demand
    act.set(
        demand,
        unit_ids=[*dict.fromkeys([*demand.unit_ids, unit.pk])],
        involved=[*dict.fromkeys([*demand.involved, *unit.lineage])],
    )
    act.changes[order.ref] = {
        "state": ["", order.state],
        "part": ["", part],
        "due_at": [None, order.due_at],
    }
    return order


def _open_work_order(act: Act) -> WorkOrder:
    """Returns the demand's last work order where nobody completed it: a returned order keeps its
    number. Otherwise a new one."""
    last = _LAST.first(act.demand.pk)
    if last and not last.assignments.filter(state=OrderState.COMPLETED).exists():
        act.set(last, closed_at=None)
        return last
    issued = numbers.issue(city().order_prefix, act.now)
    return insert(WorkOrder(number=issued.number, demand=act.demand, issued_at=act.now))


def assign(
    actor: Actor,
    demand_id: int,
    *,
    lead: str,
    assists: Sequence[str] = (),
    basis: str = Basis.CATALOGUE,
    note: str = "",
) -> list[Assignment]:
    """派单: gives a demand to one lead unit and any assisting units (codes), on a stated basis.

    Returns the orders, the lead's first. Raises Invalid for an unknown unit, a unit named twice or
    an unknown basis; UnknownYear when a limit would run into a year that the calendar lacks.
    """
    if basis not in Basis.values:
        raise Invalid("unknown_basis", _("派单依据不正确；请从列表中选择。"))
    with acting(actor, "demand.assign", demand_id, lead=lead, basis=basis) as act:
        units = units_by_code([lead, *assists])
        _refuse_centre(units)
        work_order = _open_work_order(act)
        _refuse_busy(work_order, units)
        act.set(act.demand, disposal=Disposal.ASSIGN, completed_at=None)
        act.note(work_order=work_order, basis=basis)
        orders = [
            _give(
                act,
                work_order,
                unit,
                Part.ASSIST if place else Part.LEAD,
                basis,
                note=text.clean(note, 2000),
            )
            for place, unit in enumerate(units)
        ]
        act.about(orders[0])
    return orders


def _refuse_busy(work_order: WorkOrder, units: Sequence[Unit]) -> None:
    holding = {order.unit_id for order in under(work_order.pk)}
    busy = "、".join(unit.name for unit in units if unit.pk in holding)
    if busy:
        raise Conflict("already_assigned", _("%s已在办理这张工单；请选择其他单位。") % busy)


def _refuse_not_below(order: Assignment, unit: Unit) -> None:
    if unit.pk == order.unit_id or order.unit_id not in unit.lineage:
        raise Invalid("not_below", _("“%s”不是本单位的下级；请选择下属单位。") % unit.name)


def _refuse_centre(units: Sequence[Unit]) -> None:
    for unit in units:
        if unit.kind == Unit.Kind.CENTRE:
            raise Invalid("centre", _("热线中心不承办工单；请选择责任单位。"))


def assign_onward(
    actor: Actor, order_id: int, *, units: Sequence[str], note: str = ""
) -> list[Assignment]:
    """向下交办: a unit gives its order to units below it, down to the third level.

    It stays answerable itself; the units below reply to it. Raises Invalid for a unit that is not
    below, or at the third level; Conflict for one that has the order already.
    """
    with acting_on(actor, "order.assign_onward", order_id, units=units) as act:
        order = act.order
        if order.level >= 3:
            raise Invalid("too_deep", _("工单最多交办三级；请由本单位直接办理。"))
        below = units_by_code(units)
        for unit in below:
            _refuse_not_below(order, unit)
        _refuse_busy(order.work_order, below)
        return [
            _give(
                act,
                order.work_order,
                unit,
                Part(order.part),
                order.basis,
                note=text.clean(note, 2000),
                parent=order,
            )
            for unit in below
        ]


def reassign(
    actor: Actor,
    order_id: int,
    *,
    unit: str,
    reason: str,
    basis: str = Basis.DESIGNATED,
) -> Assignment:
    """改派: the centre takes an order from one unit and gives it to another, with new limits.

    Raises Invalid for an order that a unit assigned onward, and for the unit that has it.
    """
    if basis not in Basis.values:
        raise Invalid("unknown_basis", _("派单依据不正确；请从列表中选择。"))
    with acting_on(actor, "order.reassign", order_id, unit=unit, reason=reason) as act:
        order = act.order
        if order.parent_id is not None:
            raise Invalid("onward", _("这是下级单位的承办件；请由交办它的单位处理。"))
        order.returns.filter(accepted=None).update(
            accepted=True, decided_by=actor.name, decided_at=act.now, decision=reason
        )
        return give_to(act, unit, basis, reason)


def give_to(act: OrderAct, unit: str, basis: str, note: str) -> Assignment:
    """Ends the order at hand, which just left its unit, and gives it to `unit` (a code).

    Raises Invalid or Conflict for a unit that cannot take it: the one that it left, the centre,
    one that has a part of it.
    """
    order = act.order
    (new_unit,) = units_by_code([unit])
    _refuse_centre([new_unit])
    if new_unit.pk == order.unit_id:
        raise Invalid("same_unit", _("工单已在“%s”；请选择其他单位。") % new_unit.name)
    if order.parent:
        _refuse_not_below(order.parent, new_unit)
    _refuse_busy(order.work_order, [new_unit])
    act.close_below(order, "order.reassign")
    act.set(order, closed_at=act.now)
    # The place of the one lead must be free before the next one takes it.
    update(order, ["state", "state_before", "closed_at"])
    part = Part(order.part)
    return _give(act, order.work_order, new_unit, part, basis, note=note, parent=order.parent)
