"""What a city keeps registers (台账) of: `cities/<city>/registers.toml`, read and checked.

A register is a kind of entry: which fields it has, through which states it goes, which steps lead
from one to the next and who takes them. A city adds one without a programmer.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import cities, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.foundation.language import in_language

MOST_LONG = 5000  # characters
MOST_NUMBER = 10**9
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
# Below `registers/` in the console, these are pages of their own.
_TAKEN = frozenset({"calendar", "entries"})
_PREFIX = re.compile(r"[A-Z]{2,4}")


class FieldKind(StrEnum):
    """What a field holds. A demand and an entry (of another register) are told by number."""

    TEXT = "text"
    LONG = "long"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    DEMAND = "demand"
    ENTRY = "entry"


class Presence(StrEnum):
    """Whether a register has a responsible unit, or a day until which something is due."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Field:
    """A field; `step` is the step that gives it, empty for those of the entry itself.

    `options` are the words of a choice, `register` is where an entry is sought.
    """

    code: str
    name: str
    name_en: str = ""
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    most: int = 200
    options: tuple[str, ...] = ()
    register: str = ""
    step: str = ""

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class State:
    code: str
    name: str
    name_en: str = ""
    closed: bool = False

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class Step:
    """What leads from some states to one, `to` being empty where the state stays.

    `outcome` is what taking it decides about the entry, such as `adopted`: figures count by it.
    """

    code: str
    name: str
    sources: tuple[str, ...]
    by: tuple[Role, ...]
    name_en: str = ""
    to: str = ""
    outcome: str = ""

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


@dataclass(frozen=True)
class Register:
    """One register. `keepers` enter and amend; the first state is that of a new entry.

    Of entries that stand in the calendar `begins` and `ends` are the fields with their first and
    last day; without `ends` they last until they are due, or a day.
    """

    code: str
    name: str
    prefix: str
    about: str
    keepers: tuple[Role, ...]
    fields: tuple[Field, ...]
    states: Mapping[str, State]
    steps: Mapping[str, Step] = field(default_factory=dict)
    name_en: str = ""
    about_en: str = ""
    unit: Presence = Presence.NONE
    due: Presence = Presence.NONE
    begins: str = ""
    ends: str = ""

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def explained(self) -> str:
        return in_language(self.about, self.about_en)

    @property
    def first_state(self) -> State:
        return next(iter(self.states.values()))

    def fields_of(self, step: str = "") -> list[Field]:
        """Returns the fields that a step gives; without one, those of the entry itself."""
        return [one for one in self.fields if one.step == step]

    def steps_from(self, state: str, role: Role) -> list[Step]:
        """Returns the steps that somebody in this role may take in a state."""
        return [one for one in self.steps.values() if state in one.sources and role in one.by]

    def after(self, code: str, state: str) -> str:
        """Returns the state after a step. Raises NotFound, or Conflict where it is not its turn."""
        step = self.steps.get(code)
        if step is None:
            raise NotFound("unknown_step", _("“%s”没有这一步；请从页面上选择。") % self.label)
        if state not in step.sources:
            raise Conflict(
                "wrong_state",
                _("现在是“%(state)s”，不能%(step)s；请刷新后按当前状态办理。")
                % {"state": self.states[state].label, "step": step.label},
                state=state,
            )
        return step.to or state

    def cleaned(
        self, given: Mapping[str, object], step: str = "", *, whole: bool = True
    ) -> dict[str, Any]:
        """Returns the values of the entry's own fields, or of a step's, as they are kept.

        Empty values are left out. Without `whole` only what is given is looked at (an amendment),
        and an empty value, kept as None, takes the field away. Raises Invalid, which names the
        field, for what is missing, unknown or of the wrong kind.
        """
        known = {one.code: one for one in self.fields_of(step)}
        for code in given:
            if code not in known:
                raise Invalid(
                    "unknown_field", _("没有“%s”这一项；请去掉它。") % str(code)[:64], field=code
                )
        values: dict[str, Any] = {}
        for code, one in known.items():
            if code not in given and not whole:
                continue
            value = _value(one, given.get(code))
            if value is None and one.required:
                raise Invalid("field_missing", _("请填写“%s”。") % one.label, field=code)
            if value is not None or not whole:
                values[code] = value
        return values


def _value(one: Field, given: object) -> Any:
    """Returns a value as it is kept, None for an empty one."""
    if given is None or given == "":
        return None
    match one.kind:
        case FieldKind.NUMBER:
            return _number(one, given)
        case FieldKind.DATE:
            return _day(one, given)
    if not isinstance(given, str):
        raise _wrong(one, _("应为文字"))
    said = text.clean(given) if one.kind is FieldKind.LONG else text.line(given, MOST_LONG)
    most = MOST_LONG if one.kind is FieldKind.LONG else one.most
    if len(said) > most:
        raise _wrong(one, _("不能超过%d个字") % most)
    if one.kind is FieldKind.CHOICE and said not in one.options:
        raise _wrong(one, _("只能是：%s") % "、".join(one.options))
    return said or None


def _number(one: Field, given: object) -> int:
    written = str(given).strip()
    if isinstance(given, bool) or not (written.isascii() and written.isdecimal()):
        raise _wrong(one, _("应为不小于0的整数"))
    if len(written) > 10 or int(written) > MOST_NUMBER:
        raise _wrong(one, _("太大"))
    return int(written)


def _day(one: Field, given: object) -> str:
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise _wrong(one, _("应为日期，如2026-03-01")) from None
    if not 1950 <= day.year <= 2199:
        raise _wrong(one, _("年份不对"))
    return day.isoformat()


def _wrong(one: Field, why: str) -> Invalid:
    return Invalid(
        "field_wrong",
        _("“%(field)s”%(why)s；请修改后再提交。") % {"field": one.label, "why": why},
        field=one.code,
    )


# Reading the file


def registers(city: str = "") -> Mapping[str, Register]:
    """Returns a city's registers by code; none for a city without the file. Raises Invalid."""
    try:
        path = cities.folder(city or settings.CITY) / "registers.toml"
    except NotFound:  # a database may serve a city that has no folder here
        return {}
    return read(path, path.stat().st_mtime_ns) if path.is_file() else {}


def find(code: str) -> Register:
    """Returns a register. Raises NotFound."""
    found = registers().get(code)
    if found is None:
        raise NotFound("unknown_register", _("没有名为“%s”的台账；请从台账目录选择。") % code[:64])
    return found


@lru_cache(maxsize=8)
def read(path: Path, _changed: int = 0) -> Mapping[str, Register]:
    """Reads a file of registers. Raises Invalid, which says what is wrong with it."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("register", [])
        found = {row["code"]: _register(row) for row in rows}
        if len(found) < len(rows):
            raise ValueError("a code stands there twice")
        prefixes = [one.prefix for one in found.values()]
        if len({*prefixes}) < len(prefixes):
            raise ValueError("a prefix stands there twice")
        for one in found.values():
            _check(one, found)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise _broken(path, str(error)) from None
    except (KeyError, AttributeError) as error:
        raise _broken(path, f"{error} is missing or misplaced") from None
    return MappingProxyType(found)


def _broken(path: Path, why: str) -> Invalid:
    return Invalid(
        "bad_registers",
        _("台账定义文件%(file)s不能使用：%(why)s。") % {"file": path.name, "why": why},
    )


def _register(row: Mapping[str, Any]) -> Register:
    given = dict(row)
    states = given.pop("state", [{"code": "kept", "name": "在册", "name_en": "kept"}])
    return Register(
        keepers=_roles(given.pop("keepers")),
        fields=tuple(
            Field(
                **{
                    **one,
                    "kind": FieldKind(one.get("kind", "text")),
                    "options": tuple(one.get("options", ())),
                }
            )
            for one in given.pop("field")
        ),
        states={one["code"]: State(**one) for one in states},
        steps={one["code"]: _step(one) for one in given.pop("step", [])},
        unit=Presence(given.pop("unit", "none")),
        due=Presence(given.pop("due", "none")),
        **given,
    )


def _step(row: Mapping[str, Any]) -> Step:
    given = dict(row)
    return Step(sources=tuple(given.pop("from")), by=_roles(given.pop("by")), **given)


def _roles(codes: Sequence[str]) -> tuple[Role, ...]:
    return tuple(Role(code) for code in codes)


def _check(one: Register, found: Mapping[str, Register]) -> None:
    for code in (one.code, *(part.code for part in one.fields), *one.states, *one.steps):
        if not _CODE.fullmatch(code):
            raise ValueError(f"{one.code}: {code!r} is no code")
    if one.code in _TAKEN:
        raise ValueError(f"{one.code!r} is the address of another page; choose another code")
    if not _PREFIX.fullmatch(one.prefix):
        raise ValueError(f"{one.code}: a prefix is 2 to 4 capital letters")
    if not any(part.step == "" and part.required for part in one.fields):
        raise ValueError(f"{one.code}: no required field, so an entry could be empty")
    for role in one.keepers:
        if not scopes(role, "register.write"):
            raise ValueError(f"{one.code}: {role} may not keep registers")
    for part in one.fields:
        if part.step and part.step not in one.steps:
            raise ValueError(f"{one.code}.{part.code}: there is no step {part.step!r}")
        if (part.kind is FieldKind.CHOICE) != bool(part.options):
            raise ValueError(f"{one.code}.{part.code}: a choice has options, and nothing else has")
        if part.kind is FieldKind.ENTRY and part.register not in found:
            raise ValueError(f"{one.code}.{part.code}: there is no register {part.register!r}")
    days = {part.code for part in one.fields_of() if part.kind is FieldKind.DATE}
    for code in filter(None, (one.begins, one.ends)):
        if code not in days:
            raise ValueError(f"{one.code}: {code!r} is no day of an entry")
    for step in one.steps.values():
        if step.outcome and not _CODE.fullmatch(step.outcome):
            raise ValueError(f"{one.code}.{step.code}: {step.outcome!r} is no code")
        for state in (*step.sources, *filter(None, [step.to])):
            if state not in one.states:
                raise ValueError(f"{one.code}.{step.code}: there is no state {state!r}")
        for role in step.by:
            if not scopes(role, "register.step"):
                raise ValueError(f"{one.code}.{step.code}: {role} may take no step")
