"""One action of this room: check, do, log. The same frame as in the rooms below.

    with acting(actor, "measure.answer", Measure, pk, answer=answer) as deed:
        deed.set(answer=answer)

What is about a demand is done under that demand's lock and stands in its journal, so that the unit
and everybody at the demand sees it at once; anything else is locked itself and has a journal of its
own, and so has what is secret. Leaving writes the thing, its state and one journal entry, in one
transaction. An exception leaves nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from minsheng.demands.acting import lock, missing, plain, reaches
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Forbidden, NotFound
from minsheng.foundation.lifecycle import Lifecycle
from minsheng.orders.models import Assignment
from minsheng.supervision.rules import LIFECYCLES

T = TypeVar("T", bound=models.Model)


class Deed(Generic[T]):
    """An action under way. `thing` is what it is done to; who opens one sets it."""

    thing: T

    def __init__(
        self,
        actor: Actor,
        action: str,
        demand: Demand | None,
        order: Assignment | None,
        reason: str,
    ) -> None:
        self.actor, self.action, self.reason = actor, action, reason
        self.demand, self.order = demand, order
        self.now: datetime = clock.now()
        self.note: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}

    def set(self, **values: Any) -> None:
        """Sets fields of the thing."""
        for name, value in values.items():
            setattr(self.thing, name, value)

    def tell(self, **values: Any) -> None:
        """Adds facts to the journal entry, by their codes and numbers."""
        self.note.update({name: plain(value) for name, value in values.items()})

    def log(self) -> None:
        """Writes the journal entry."""
        thing: Any = self.thing
        about = None if thing.secret else self.demand
        note = {"document": thing.number, **self.note}
        if about is not None and self.order is not None:
            note["order"] = self.order.ref
        journal.write(
            subject_kind="demand" if about else type(thing)._meta.model_name or "",
            subject_id=about.pk if about else thing.pk,
            ref=about.ref if about else thing.number,
            action=self.action,
            by=self.actor.signature,
            at=self.now,
            changes={**self.changes, "note": note},
            reason=self.reason,
            order_id=self.order.pk if about and self.order else None,
            order_ref=self.order.ref if about and self.order else "",
        )


def _needed(lifecycle: Lifecycle, action: str, given: dict[str, Any]) -> None:
    for name in lifecycle.rows[action].needs:
        if given.get(name) in (None, "", [], ()):
            raise missing(name)


def _not_found() -> NotFound:
    return NotFound("not_found", _("没有找到；请从列表中选择。"))


def _order(order_id: int) -> Assignment:
    found = Assignment.objects.select_related("unit", "work_order", "parent").filter(pk=order_id)
    order = found.first()
    if order is None:
        raise NotFound("not_found", _("没有找到这张工单；请核对编号。"))
    return order


@contextmanager
def opening(
    actor: Actor,
    action: str,
    kind: type[T],
    *,
    demand_id: int | None = None,
    order_id: int | None = None,
    reason: str = "",
    **given: Any,
) -> Iterator[Deed[T]]:
    """Opens something; the block sets `deed.thing` to what is to be saved.

    About a demand (or one of its orders) that the permission does not reach it raises NotFound:
    restricted demands exist for nobody here.
    """
    granted = require(actor, action)
    _needed(LIFECYCLES[kind._meta.model_name or ""], action, {"reason": reason, **given})
    with transaction.atomic(savepoint=False):
        order = demand = None
        if order_id is not None:
            # Read before the lock for its demand, and again under it.
            demand_id = _order(order_id).demand_id
        if demand_id is not None:
            demand = lock(demand_id)
            if not reaches(actor, granted, demand):
                raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
        if order_id is not None:
            order = _order(order_id)
        deed: Deed[T] = Deed(actor, action, demand, order, reason)
        if demand is not None:
            deed.now = max(deed.now, demand.state_at)
        yield deed
        if deed.thing.pk is None:
            deed.thing.save(force_insert=True)
        deed.log()


@contextmanager
def acting(
    actor: Actor, action: str, kind: type[T], pk: int, *, reason: str = "", **given: Any
) -> Iterator[Deed[T]]:
    """Does one row of the thing's lifecycle. Raises Forbidden, NotFound, Conflict or Invalid."""
    granted = require(actor, action)
    lifecycle = LIFECYCLES[kind._meta.model_name or ""]
    with transaction.atomic(savepoint=False):
        found: Any = kind._default_manager.filter(pk=pk).first()
        if found is None:
            raise _not_found()
        demand = order = None
        if getattr(found, "demand_id", None) is not None and not found.secret:
            demand = lock(found.demand_id)
            found.refresh_from_db()  # as it is under the lock
        else:
            found = kind._default_manager.select_for_update(of=("self",)).get(pk=pk)
        if not within(actor, granted, found):
            raise out_of_scope(actor, found)
        state = lifecycle.next_state(action, found.state)
        _needed(lifecycle, action, {"reason": reason, **given})
        if getattr(found, "assignment_id", None) is not None:
            order = _order(found.assignment_id)
        deed: Deed[T] = Deed(actor, action, demand, order, reason)
        deed.thing = found
        deed.set(state=state)
        yield deed
        deed.thing.save()
        deed.log()


def within(actor: Actor, granted: tuple[Scope, ...], thing: Any) -> bool:
    """Tells whether a permission of these scopes reaches a thing of this room.

    `own` is what one submitted or is to go and look at, `secret` what is secret.
    """
    if Scope.OWN in granted and actor.staff_id is not None:
        mine = thing.opened_by_id if thing.secret else getattr(thing, "assignee_id", None)
        if mine == actor.staff_id:
            return True
    if thing.secret:
        return Scope.SECRET in granted
    if Scope.ALL in granted:
        return True
    unit = thing.unit if getattr(thing, "unit_id", None) is not None else None
    if unit is None or actor.unit_id is None:
        return False
    return (Scope.UNIT in granted and unit.pk == actor.unit_id) or (
        Scope.TREE in granted and actor.unit_id in unit.lineage
    )


def out_of_scope(actor: Actor, thing: Any) -> Forbidden | NotFound:
    """Returns the refusal of who may see a thing but not act on it, or may not even see it."""
    view = "clue.view" if thing.secret else "supervision.view"
    if within(actor, require(actor, view), thing):
        return Forbidden(
            "out_of_scope", _("这件事项不在您的办理范围内；请由责任单位或有权限的岗位办理。")
        )
    return _not_found()
