"""One action on a demand: check, do, log. Every action of this and the higher rooms runs in it.

    with acting(actor, "demand.reject", demand_id, reason=reason) as act:
        act.set(act.demand, legal_route=route)

Entering locks the demand's row (the one lock of the house: whoever holds it may change the demand
and all of its orders), asks the permission table and then the lifecycle. Leaving writes the state,
what was set, and exactly one journal entry, in one transaction. An exception leaves nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand, Enquiry
from minsheng.demands.rules import LIFECYCLE, DemandState
from minsheng.demands.withheld import bare_of
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Forbidden, Invalid, NotFound
from minsheng.foundation.statements import ByKey, update

# Derived columns say nothing to a reader of the journal.
_SILENT = frozenset({"state_at", "words", "unit_ids", "involved", "warn_at"})


def reaches(actor: Actor, granted: tuple[Scope, ...], demand: Demand, order: Any = None) -> bool:
    """Tells whether a permission of these scopes reaches this demand (or this order of it)."""
    if actor.demand_id is not None:
        return Scope.SELF in granted and actor.demand_id == demand.pk
    if demand.restricted:
        return Scope.SECRET in granted
    if Scope.ALL in granted:
        return True
    if Scope.ENTERPRISE in granted and demand.enterprise:
        return True
    if Scope.OWN in granted and actor.staff_id and demand.registered_by_id == actor.staff_id:
        return True
    if actor.unit_id is None:
        return False
    if order is None:
        return (Scope.UNIT in granted and actor.unit_id in demand.unit_ids) or (
            Scope.TREE in granted and actor.unit_id in demand.involved
        )
    return (
        (Scope.UNIT in granted and order.unit_id == actor.unit_id)
        or (Scope.TREE in granted and actor.unit_id in order.unit.lineage)
        or (
            Scope.PARENT in granted
            and order.parent_id is not None
            and order.parent.unit_id == actor.unit_id
        )
    )


def check_reach(
    actor: Actor, action: str, granted: tuple[Scope, ...], demand: Demand, order: Any = None
) -> None:
    """Raises Forbidden unless the permission reaches; NotFound where even seeing is not allowed.

    Somebody who may not see a demand learns nothing from the refusal, not even that it exists.
    """
    if reaches(actor, granted, demand, order):
        return
    seeing = require(actor, "demand.view")
    if not reaches(actor, seeing, demand) and not (order and reaches(actor, seeing, demand, order)):
        raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
    raise Forbidden(
        "out_of_scope", _("这件诉求不在您的办理范围内；请由承办单位或有权限的岗位办理。")
    )


def plain(value: Any) -> Any:
    """Returns `value` as the journal writes it: things by their code or number, never by id."""
    if isinstance(value, models.Model):
        for name in ("ref", "number", "code", "username"):
            if hasattr(value, name):
                return getattr(value, name)
        raise TypeError(f"the journal has no name for {value!r}")
    return value


class Act:
    """An action under way. `set` changes things; `note` adds to the journal entry alone.

    `reason` is why it is taken, in words that units may read (`withheld.bare_of`).
    """

    def __init__(self, actor: Actor, action: str, now: datetime, reason: str = "") -> None:
        self.actor = actor
        self.action = action
        self.now = now
        self.reason = reason
        self.order_id: int | None = None
        self.order_ref = ""
        self.previous_due_at: datetime | None = None
        self.changes: dict[str, dict[str, Any]] = {}
        self._touched: dict[int, tuple[models.Model, set[str]]] = {}
        self.demand: Demand

    def set(self, thing: models.Model, **values: Any) -> None:
        """Sets fields of a row and remembers them for the journal as [before, after]."""
        name = getattr(thing, "ref", thing._meta.model_name)
        seen = self.changes.setdefault("demand" if isinstance(thing, Demand) else str(name), {})
        fields = self._touched.setdefault(id(thing), (thing, set()))[1]
        for field, value in values.items():
            before = getattr(thing, field)
            if before == value:
                continue
            if field not in _SILENT:
                was = seen[field][0] if field in seen else plain(before)
                seen[field] = [was, plain(value)]
            setattr(thing, field, value)
            fields.add(field)

    def note(self, **values: Any) -> None:
        """Adds facts to the journal entry that are no change of a row."""
        self.changes.setdefault("note", {}).update({k: plain(v) for k, v in values.items()})

    def about(self, order: Any) -> None:
        """Says which order of the demand the journal entry is about."""
        self.order_id, self.order_ref = order.pk, order.ref

    def move(self, state: str) -> None:
        """Brings the demand into `state`."""
        if self.demand.state != state:
            self.set(self.demand, state=state, state_at=self.now)

    def save(self) -> None:
        for thing, fields in self._touched.values():
            if fields:
                update(thing, fields)
        journal.write(
            subject_kind="demand",
            subject_id=self.demand.pk,
            ref=self.demand.ref,
            action=self.action,
            by=self.actor.signature,
            at=self.now,
            changes={name: fields for name, fields in self.changes.items() if fields},
            reason=self.reason,
            order_id=self.order_id,
            order_ref=self.order_ref,
            previous_due_at=self.previous_due_at,
        )


A = TypeVar("A", bound=Act)

_LOCKED = ByKey(lambda pk: Demand.objects.select_for_update().defer("words").filter(pk=pk))


def lock(demand_id: int) -> Demand:
    """Locks a demand's row until the end of the transaction and returns it."""
    demand = _LOCKED.first(demand_id)
    if demand is None:
        raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
    return demand


def missing(name: str) -> Invalid:
    """Returns the refusal of an action that came without `name`."""
    return Invalid(
        "missing", _("缺少必填项“%(name)s”；请补充后再提交。") % {"name": name}, field=name
    )


def need(action: str, given: Mapping[str, Any]) -> None:
    """Raises Invalid where something that the lifecycle asks for with `action` was not given."""
    for name in LIFECYCLE.rows[action].needs:
        if given.get(name) in (None, ""):
            raise missing(name)


@contextmanager
def acting_as(
    kind: type[A], actor: Actor, action: str, demand_id: int, *, reason: str = "", **given: Any
) -> Iterator[A]:
    """Runs one lifecycle action on a demand with the kind of Act that a higher room works with."""
    granted = require(actor, action)
    # No savepoint of its own: a refused action ends the whole request's transaction anyway.
    with transaction.atomic(savepoint=False):
        demand = lock(demand_id)
        check_reach(actor, action, granted, demand)
        state = LIFECYCLE.next_state(action, demand.state)
        need(action, {"reason": reason, **given})
        said = bare_of(actor, demand, reason)
        act = kind(actor, action, max(clock.now(), demand.state_at), said)
        act.demand = demand
        if demand.enterprise and demand.state == DemandState.ACCEPTED != state:
            end_enquiry(act)
        act.move(state)
        yield act
        act.save()


def end_enquiry(act: Act) -> None:
    """Ends what specialists are asked of a demand that somebody now deals with."""
    for enquiry in Enquiry.objects.filter(demand=act.demand, state=Enquiry.State.ASKED):
        answered = act.action == "demand.answer" and act.actor.unit_id == enquiry.unit_id
        state = Enquiry.State.ANSWERED if answered else Enquiry.State.ENDED
        enquiry.end(state, act.actor.name, act.now)


def acting(
    actor: Actor, action: str, demand_id: int, *, reason: str = "", **given: Any
) -> AbstractContextManager[Act]:
    """Runs one lifecycle action on a demand; see the module's docstring.

    `given` is what came with the action, checked against what the lifecycle row needs. Raises
    Forbidden, NotFound, Conflict (wrong state) or Invalid (something is missing); then nothing
    was changed.
    """
    return acting_as(Act, actor, action, demand_id, reason=reason, **given)
