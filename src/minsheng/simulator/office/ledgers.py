"""台账: entries in every register that the city has, and their steps, by the city's own words."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.registers import actions, rules
from minsheng.registers.models import Entry
from minsheng.registers.rules import Field, FieldKind, Presence, Register
from minsheng.simulator.office.desk import Desk

USUALLY = 1.0  # entries a month, where the city's words do not say
STEP = 0.04  # of what waits for a step, at each sitting, likewise
DUE = (15, 45)  # days
_LATEST = 300  # entries that somebody may take a step on


def keep(desk: Desk) -> None:
    """登记、办理: adds to registers, above all to empty ones, and takes entries a step on."""
    kinds = rules.registers()
    begun = set(Entry.objects.values_list("register", flat=True).distinct())
    for kind in kinds.values():
        if kind.code not in begun or desk.monthly(_book(desk, kind).get("monthly", USUALLY)):
            _add(desk, kind)
    waiting = Entry.objects.filter(
        register__in=[kind.code for kind in kinds.values() if kind.steps],
        closed_at=None,
        added_at__lt=desk.days_ago(1),
    )
    for entry in waiting.select_related("unit").order_by("-added_at", "-number")[:_LATEST]:
        kind = kinds[entry.register]
        if desk.chance(_book(desk, kind).get("step", STEP)):
            _step(desk, kind, entry)


def _book(desk: Desk, kind: Register) -> dict[str, Any]:
    """Returns the city's words for a register."""
    found: dict[str, Any] = desk.words("register", kind.code) or {}
    return found


def _add(desk: Desk, kind: Register) -> None:
    keeper = _one_of(desk, kind.keepers)
    said = desk.rng.choice(_book(desk, kind).get("entries") or [{}])
    fields = {one.code: _value(desk, one, said) for one in kind.fields_of()}
    if keeper is None or any(fields[one.code] is None for one in kind.fields_of() if one.required):
        return
    wanted = kind.unit is Presence.REQUIRED or (kind.unit is Presence.OPTIONAL and desk.chance(0.5))
    due_on = desk.today + timedelta(days=desk.rng.randint(*DUE))
    desk.do(
        "register.add",
        actions.add,
        keeper,
        kind.code,
        fields,
        unit=desk.unit() if wanted else "",
        due_on=None if kind.due is Presence.NONE else due_on,
    )


def _step(desk: Desk, kind: Register, entry: Entry) -> None:
    step = desk.rng.choice([one for one in kind.steps.values() if entry.state in one.sources])
    actor = _one_of(desk, step.by, entry.unit.code if entry.unit else "")
    words = _book(desk, kind).get("steps", {}).get(step.code, {})
    fields = {one.code: _value(desk, one, words) for one in kind.fields_of(step.code)}
    if actor is not None:
        desk.do("register.step", actions.step, actor, entry.number, step.code, fields)


def _one_of(desk: Desk, roles: Sequence[Role], unit: str = "") -> Actor | None:
    """Returns somebody in one of these roles, of a unit where the role is a unit's."""
    there = [role for role in roles if desk.world.staff.get(role)]
    if there:
        return desk.somebody(desk.rng.choice(there))
    return desk.clerk(unit) if Role.CLERK in roles else None


def _value(desk: Desk, one: Field, said: dict[str, Any]) -> Any:
    """Returns what to write into a field: as said, one of what was said, or what fits its kind."""
    given = said.get(one.code)
    if isinstance(given, list):
        given = desk.rng.choice(given)
    match one.kind:
        case FieldKind.DATE:
            return _day(desk, given or 0)
        case FieldKind.CHOICE:
            return given or desk.rng.choice(one.options)
        case FieldKind.DEMAND:
            return desk.demand() or None if one.required or desk.chance(0.5) else None
        case FieldKind.ENTRY:
            there = Entry.objects.filter(register=one.register, closed_at=None)
            numbers = list(there.order_by("-number").values_list("number", flat=True)[:_LATEST])
            return desk.rng.choice(numbers) if numbers else None
        case FieldKind.NUMBER:
            return desk.rng.randint(1, 60) if given is None else given
    if given is None:
        return desk.say("plain") if one.required else None
    return desk.fill(given)


def _day(desk: Desk, days: int) -> date:
    return desk.today + timedelta(days=days)
