"""Verbs that change registers: add an entry, amend it, take it a step on.

Each is one transaction with one journal entry, under the entry's number. Who may do it is said
twice, and both must agree: in the permission table, and in the register's own definition.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands import queries as demands
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.directory.permissions import Scope, scopes
from minsheng.foundation import clock, journal, numbers
from minsheng.foundation.errors import Forbidden, Invalid, NotFound
from minsheng.registers import rules
from minsheng.registers.models import Entry
from minsheng.registers.rules import FieldKind, Presence, Register


def add(
    actor: Actor,
    register: str,
    fields: Mapping[str, object],
    *,
    unit: str = "",
    due_on: date | None = None,
) -> Entry:
    """登记: adds an entry; `fields` are values by code, `unit` is the code of who is responsible.

    Raises Forbidden, NotFound for an unknown register, Invalid (which names the field) otherwise.
    """
    granted = require(actor, "register.write")
    kind = rules.find(register)
    _keeper(actor, kind)
    values = kind.cleaned(fields)
    if Scope.ALL not in granted and kind.unit is not Presence.NONE:
        unit = actor.unit_code  # units keep their own
    with transaction.atomic(savepoint=False):
        now = clock.now()
        entry = Entry(
            number=numbers.issue(kind.prefix, now).number,
            register=kind.code,
            state=kind.first_state.code,
            added_at=now,
            unit=_unit(kind, unit),
            due_on=_due(kind, due_on),
        )
        _fill(actor, kind, entry, values)
        entry.save()
        _journal(actor, entry, "register.add", {"unit": unit, "due_on": due_on, **values})
    return entry


def amend(
    actor: Actor,
    number: str,
    fields: Mapping[str, object],
    *,
    reason: str,
    due_on: date | None = None,
) -> Entry:
    """更正: changes fields of an entry; an empty value takes one away. The old stays on record.

    Raises Forbidden, NotFound, Invalid.
    """
    require(actor, "register.write")
    if not reason.strip():
        raise Invalid("reason_missing", _("请写明更正的原因。"), field="reason")
    with transaction.atomic(savepoint=False):
        entry = _locked(actor, number, "register.write")
        kind = rules.find(entry.register)
        _keeper(actor, kind)
        given = kind.cleaned(fields, whole=False)
        before = {code: entry.fields.get(code) for code in given}
        if due_on and due_on != entry.due_on:
            before["due_on"], given["due_on"] = entry.due_on, due_on
            entry.due_on = _due(kind, due_on)
        changed = {code: value for code, value in given.items() if before[code] != value}
        if not changed:
            raise Invalid("nothing_changed", _("没有改动；请修改后再提交。"))
        values = {**entry.fields, **{c: v for c, v in given.items() if c != "due_on"}}
        _fill(actor, kind, entry, {c: v for c, v in values.items() if v is not None})
        entry.save()
        old = {code: before[code] for code in changed}
        _journal(actor, entry, "register.amend", {"before": old, "after": changed}, reason)
    return entry


def step(actor: Actor, number: str, code: str, fields: Mapping[str, object]) -> Entry:
    """办理: takes an entry a step on, with the fields that the step asks for.

    Raises Forbidden, NotFound, Conflict where it is not this step's turn, Invalid.
    """
    require(actor, "register.step")
    with transaction.atomic(savepoint=False):
        entry = _locked(actor, number, "register.step")
        kind = rules.find(entry.register)
        state = kind.after(code, entry.state)
        if actor.role not in kind.steps[code].by:
            raise Forbidden(
                "not_your_step",
                _("“%(step)s”由%(roles)s办理；请转给他们。")
                % {
                    "step": kind.steps[code].label,
                    "roles": "、".join(str(role.label) for role in kind.steps[code].by),
                },
            )
        values = kind.cleaned(fields, code)
        entry.fields = {**entry.fields, **values}
        entry.state = state
        entry.outcome = kind.steps[code].outcome or entry.outcome
        entry.closed_at = clock.now() if kind.states[state].closed else None
        entry.save()
        _journal(actor, entry, "register.step", {"step": code, "state": state, **values})
    return entry


def _keeper(actor: Actor, kind: Register) -> None:
    if actor.role not in kind.keepers:
        raise Forbidden(
            "not_your_register",
            _("台账“%(name)s”由%(roles)s登记；请转给他们。")
            % {"name": kind.label, "roles": "、".join(str(role.label) for role in kind.keepers)},
        )


def _locked(actor: Actor, number: str, action: str) -> Entry:
    entry = Entry.objects.select_for_update().filter(number=number).first()
    if entry is None or not may_reach(actor, entry, action):
        raise unknown(number)
    return entry


def may_reach(actor: Actor, entry: Entry, action: str) -> bool:
    """Tells whether an entry is within a person's reach: all of them, or those of the unit."""
    granted = scopes(actor.role, action)
    if Scope.ALL in granted:
        return True
    return Scope.UNIT in granted and entry.unit_id is not None and entry.unit_id == actor.unit_id


def unknown(number: str) -> NotFound:
    return NotFound("unknown_entry", _("没有编号为“%s”的台账条目；请核对编号。") % number[:64])


def _unit(kind: Register, code: str) -> Unit | None:
    if not code:
        if kind.unit is Presence.REQUIRED:
            raise Invalid("unit_missing", _("请选择责任单位。"), field="unit")
        return None
    unit = Unit.objects.filter(code=code, active=True).first()
    if kind.unit is Presence.NONE or unit is None:
        raise Invalid("unit_wrong", _("责任单位不可用；请重新选择。"), field="unit")
    return unit


def _due(kind: Register, due_on: date | None) -> date | None:
    if due_on is None and kind.due is Presence.REQUIRED:
        raise Invalid("due_missing", _("请填写期限。"), field="due_on")
    if due_on and kind.due is Presence.NONE:
        raise Invalid("due_wrong", _("这本台账没有期限；请去掉它。"), field="due_on")
    if due_on and due_on < clock.now().date():
        raise Invalid("due_past", _("期限已经过去；请填写今天或以后的日期。"), field="due_on")
    return due_on


def _fill(actor: Actor, kind: Register, entry: Entry, values: dict[str, Any]) -> None:
    """Puts values into an entry, with the demand and the entry that they name."""
    entry.fields = values
    entry.demand = entry.about = None
    for field in kind.fields:
        number = values.get(field.code)
        if number is None:
            continue
        if field.kind is FieldKind.DEMAND:
            try:
                entry.demand = demands.find(actor, number=number)
            except NotFound as error:
                raise Invalid("unknown_demand", str(error), field=field.code) from None
        elif field.kind is FieldKind.ENTRY:
            entry.about = Entry.objects.filter(number=number, register=field.register).first()
            if entry.about is None:
                raise unknown(number)
    said = (values.get(field.code) for field in kind.fields_of() if field.required)
    entry.title = next(str(value)[:200] for value in said if value is not None)


def _journal(
    actor: Actor, entry: Entry, action: str, note: Mapping[str, Any], reason: str = ""
) -> None:
    journal.write(
        subject_kind="register",
        subject_id=entry.pk,
        ref=entry.number,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": dict(note)},
        reason=reason,
    )
