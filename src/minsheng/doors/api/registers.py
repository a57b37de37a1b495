"""台账: the city's registers and their entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import BaseModel, Field

from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Day, In, Number, PageQuery, Reason
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.registers import actions, queries, rules, stories
from minsheng.registers.models import Entry

router = Routes(tags=["registers"])

RegisterCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
#: Values by the code of the field; what they may be, the register's own definition says.
Values = Annotated[
    dict[Annotated[str, Field(max_length=32)], str | int | None], Field(max_length=40)
]


@dataclass(frozen=True, slots=True)
class FieldOut:
    """`step` is the step that gives the field, empty for those of the entry itself."""

    code: str
    name: str
    kind: rules.FieldKind
    required: bool
    most: int
    options: Sequence[str]
    register: str
    step: str


@dataclass(frozen=True, slots=True)
class StepOut:
    code: str
    name: str
    sources: Sequence[str]
    to: str
    by: Sequence[str]


@dataclass(frozen=True, slots=True)
class RegisterOut:
    """A register's definition, and how many entries the caller sees. `states` are their names."""

    code: str
    name: str
    about: str
    unit: rules.Presence
    due: rules.Presence
    keepers: Sequence[str]
    fields: Sequence[FieldOut]
    states: Mapping[str, str]
    steps: Sequence[StepOut]
    open: int
    late: int
    total: int


@dataclass(frozen=True, slots=True)
class EntryOut:
    number: str
    register: str
    title: str
    state: str
    fields: Mapping[str, Any]
    unit: str
    demand: str
    due_on: date | None
    added_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryOut:
    """The steps of a demand, a line each, without names."""

    story: str


def _register(shelf: queries.Shelf) -> RegisterOut:
    one = shelf.register
    return RegisterOut(
        *(one.code, one.label, one.explained, one.unit, one.due, [*one.keepers]),
        [
            FieldOut(f.code, f.label, f.kind, f.required, f.most, f.options, f.register, f.step)
            for f in one.fields
        ],
        {state.code: state.label for state in one.states.values()},
        [StepOut(s.code, s.label, s.sources, s.to, [*s.by]) for s in one.steps.values()],
        *(shelf.open, shelf.late, shelf.total),
    )


def _entry(row: Entry) -> EntryOut:
    return EntryOut(
        *(row.number, row.register, row.title, row.state, row.fields),
        row.unit.code if row.unit else "",
        (row.demand.number or "") if row.demand else "",
        *(row.due_on, row.added_at, row.closed_at),
    )


@router.read("/registers", "台账目录", list[RegisterOut])
def register_list(request: HttpRequest) -> HttpResponse:
    """Every register with its fields, states and steps."""
    return answer([_register(shelf) for shelf in queries.shelves(caller(request))])


class EntryQuery(PageQuery):
    state: Code = ""
    late: bool = False
    query: Annotated[str, Field(max_length=100)] = ""


@router.read("/registers/{code}/entries", "台账条目", Page[EntryOut])
def entry_list(request: HttpRequest, code: RegisterCode, query: Query[EntryQuery]) -> HttpResponse:
    """The latest first. A unit sees its own."""
    only(request, EntryQuery)
    page = queries.entries(caller(request), code, **query.model_dump())
    return answer(Page([_entry(row) for row in page.items], page.next))


@dataclass(frozen=True, slots=True)
class SpellOut:
    """An entry of a register and the days, both included, on which it is in force."""

    number: str
    register: str
    title: str
    state: str
    first: date
    last: date


class SpellQuery(BaseModel):
    since: Day
    until: Day


@router.read("/register-calendar", "节假日和活动日历", list[SpellOut])
def register_calendar(request: HttpRequest, query: Query[SpellQuery]) -> HttpResponse:
    """What is planned for some of these days, such as holidays and events, by first day."""
    only(request, SpellQuery)
    found = queries.spells(caller(request), query.since, query.until)
    return answer(
        [
            SpellOut(
                *(one.entry.number, one.register.code, one.entry.title, one.entry.state),
                *(one.first, one.last),
            )
            for one in found
        ]
    )


class AddEntry(In):
    fields: Values
    unit: Code = ""
    due_on: Day | None = None


@router.act("/registers/{code}/entries", "登记台账条目", EntryOut)
def add_entry(request: HttpRequest, code: RegisterCode, body: AddEntry) -> HttpResponse:
    made = actions.add(caller(request), code, body.fields, unit=body.unit, due_on=body.due_on)
    return answer(_entry(made))


@router.read("/register-entries/{number}", "看台账条目", EntryOut)
def get_entry(request: HttpRequest, number: Number) -> HttpResponse:
    return answer(_entry(queries.entry(caller(request), number)))


class AmendEntry(In):
    """An empty value takes a field away."""

    fields: Values = {}
    due_on: Day | None = None
    reason: Reason


@router.act("/register-entries/{number}/amend", "更正台账条目", EntryOut)
def amend_entry(request: HttpRequest, number: Number, body: AmendEntry) -> HttpResponse:
    changed = actions.amend(
        caller(request), number, body.fields, reason=body.reason, due_on=body.due_on
    )
    return answer(_entry(changed))


class TakeStep(In):
    fields: Values = {}


@router.act("/register-entries/{number}/steps/{step}", "办理台账条目", EntryOut)
def step_entry(
    request: HttpRequest, number: Number, step: RegisterCode, body: TakeStep
) -> HttpResponse:
    return answer(_entry(actions.step(caller(request), number, step, body.fields)))


@router.read("/demands/{number}/story", "案例经过", StoryOut)
def demand_story(request: HttpRequest, number: Number) -> HttpResponse:
    """What became of a demand, for case libraries and bulletins."""
    return answer(StoryOut(stories.of_demand(caller(request), number)))
