"""台账: the city's registers, their entries and what is done with them; drawn by definition."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm, DateInput, OnceForm, dress
from minsheng.doors.console.once import submitted
from minsheng.doors.downloads import table
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
from minsheng.foundation.models import JournalEntry
from minsheng.registers import actions, queries, rules, stories
from minsheng.registers.models import Entry
from minsheng.registers.rules import Field, FieldKind, Presence, Register

ROWS = 50
_PREFIX = "value-"  # of a field's name in a form: a city may call a field as it likes


def _control(field: Field) -> forms.Field:
    """Returns the form field that asks for a field of a register."""
    shared: dict[str, Any] = {"label": field.label, "required": field.required}
    match field.kind:
        case FieldKind.LONG:
            return forms.CharField(
                max_length=rules.MOST_LONG, widget=forms.Textarea(attrs={"rows": 4}), **shared
            )
        case FieldKind.DATE:
            return forms.DateField(widget=DateInput, **shared)
        case FieldKind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=rules.MOST_NUMBER, **shared)
        case FieldKind.CHOICE:
            options = [("", _("请选择")), *((one, one) for one in field.options)]
            return forms.ChoiceField(choices=options, **shared)
        case FieldKind.DEMAND:
            shared["help_text"] = _("填诉求编号。")
        case FieldKind.ENTRY:
            shared["help_text"] = _("填“%s”里的编号。") % rules.find(field.register).label
    return forms.CharField(max_length=field.most, **shared)


class _Values(ConsoleForm):
    """The fields of an entry or of a step, as their register defines them."""

    def ask(self, fields: Iterable[Field], values: dict[str, Any] | None = None) -> None:
        for field in fields:
            control = _control(field)
            control.initial = (values or {}).get(field.code)
            dress(control)
            self.fields[_PREFIX + field.code] = control

    def values(self) -> dict[str, Any]:
        """Returns what was filled in, by the code of the field."""
        return {
            name.removeprefix(_PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(_PREFIX)
        }

    def refuse(self, refused: Refused) -> None:
        """Shows what was refused at the field that it is about."""
        code = str(refused.detail.get("field", ""))
        names = [name for name in (_PREFIX + code, code) if name in self.fields]
        self.add_error(names[0] if names else None, str(refused))


class AddForm(_Values, OnceForm):
    def __init__(self, *args: Any, register: Register, all_units: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(register.fields_of())
        if register.unit is not Presence.NONE and all_units:
            unit = choices.pick(
                _("责任单位"), choices.all_units, required=register.unit is Presence.REQUIRED
            )
            dress(unit)
            self.fields["unit"] = unit
        if register.due is not Presence.NONE:
            due = forms.DateField(
                label=_("期限"), widget=DateInput, required=register.due is Presence.REQUIRED
            )
            dress(due)
            self.fields["due_on"] = due


class AmendForm(_Values, OnceForm):
    reason = forms.CharField(label=gettext_lazy("更正原因"), max_length=200)


class StepForm(_Values, OnceForm):
    pass


def _may(request: StaffRequest, action: str) -> bool:
    return bool(scopes(request.actor.role, action))


def _keeps(request: StaffRequest, register: Register) -> bool:
    return _may(request, "register.write") and request.actor.role in register.keepers


@require_GET
@staff_page("register.view")
def catalogue(request: StaffRequest) -> HttpResponse:
    """All registers, with how many entries are open and late."""
    shelves = queries.shelves(request.actor)
    return render(request, "console/registers.html", {"shelves": shelves})


@require_GET
@staff_page("register.view")
def listing(request: StaffRequest, register: str) -> HttpResponse:
    one = rules.find(register)
    state = request.GET.get("state", "")[:32]
    query = request.GET.get("query", "").strip()[:100]
    late = request.GET.get("late") == "1"
    page = queries.entries(
        request.actor,
        register,
        state=state,
        late=late,
        query=query,
        cursor=request.GET.get("after", ""),
        limit=ROWS,
    )
    today = clock.now().date()
    context = {
        "register": one,
        "rows": [(row, one.states.get(row.state), queries.late(row, today)) for row in page.items],
        "after": page.next,
        "state": state,
        "query": query,
        "late": late,
        "keeps": _keeps(request, one),
    }
    return render(request, "console/register.html", context)


@require_GET
@staff_page("register.view")
def export(request: StaffRequest, register: str) -> HttpResponse:
    """The whole register as a spreadsheet's CSV."""
    one = rules.find(register)
    heads = {
        "number": _("编号"),
        "state": _("状态"),
        "unit": _("责任单位"),
        "due_on": _("期限"),
        "added_at": _("登记时间"),
        "closed_at": _("办结时间"),
        **{field.code: field.label for field in one.fields},
    }
    lines = queries.lines(request.actor, register)
    rows = ([line[name] for name in heads] for line in lines)
    return table(f"{one.code}.csv", chain([heads.values()], rows))


@require_http_methods(["GET", "POST"])
@staff_page("register.write")
def add(request: StaffRequest, register: str) -> HttpResponse:
    one = rules.find(register)
    everywhere = Scope.ALL in scopes(request.actor.role, "register.write")
    form = AddForm(request.POST or None, register=one, all_units=everywhere)

    def do() -> tuple[str, str]:
        made = actions.add(
            request.actor,
            register,
            form.values(),
            unit=form.cleaned_data.get("unit", ""),
            due_on=form.cleaned_data.get("due_on"),
        )
        return _("已登记。"), reverse("console:register-entry", args=[made.number])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {"register": one, "form": form}
    return render(request, "console/register_add.html", context, status=status)


# One entry


@require_GET
@staff_page("register.view")
def entry(request: StaffRequest, number: str) -> HttpResponse:
    found = queries.entry(request.actor, number)
    return _entry(request, found)


def _entry(
    request: StaffRequest, found: Entry, refused: dict[str, _Values] | None = None
) -> HttpResponse:
    one = rules.find(found.register)
    given = {**_forms(request, one, found), **(refused or {})}
    names = {field.code: field for field in one.fields}
    context = {
        "register": one,
        "entry": found,
        "state": one.states.get(found.state),
        "late": queries.late(found, clock.now().date()),
        "facts": [
            (names[code].label if code in names else code, names.get(code), value)
            for code, value in found.fields.items()
        ],
        "forms": [(code, _called(one, code), form) for code, form in given.items()],
        "tied": [
            (row, rules.find(row.register).states.get(row.state))
            for row in queries.tied(request.actor, found)[:100]
        ],
        "history": [_told(one, line) for line in queries.history(found)],
        "story": _story(request, found),
    }
    return render(request, "console/register_entry.html", context, status=422 if refused else 200)


def _forms(request: StaffRequest, one: Register, found: Entry) -> dict[str, _Values]:
    """Returns the forms of what this person may do with an entry now, by step; "" amends it."""
    given: dict[str, _Values] = {}
    if actions.may_reach(request.actor, found, "register.step"):
        for step in one.steps_from(found.state, request.actor.role):
            form = StepForm(auto_id=f"{step.code}_%s")
            form.ask(one.fields_of(step.code))
            given[step.code] = form
    keeps = _keeps(request, one)
    if keeps and actions.may_reach(request.actor, found, "register.write"):
        amend = AmendForm(auto_id="amend_%s")
        amend.ask(one.fields_of(), found.fields)
        given[""] = amend
    return given


def _called(one: Register, step: str) -> str:
    return one.steps[step].label if step else _("更正")


def _told(one: Register, line: JournalEntry) -> dict[str, Any]:
    note = line.said["changes"].get("note", {})
    words = {"register.add": _("登记"), "register.amend": _("更正")}
    step = one.steps.get(note.get("step", ""))
    return {
        "at": line.at,
        "who": line.staff,
        "what": step.label if step else words.get(line.action, line.action),
    }


def _story(request: StaffRequest, found: Entry) -> list[str]:
    if found.demand is None or not found.demand.number:
        return []
    try:
        return stories.of_demand(request.actor, found.demand.number).splitlines()
    except Refused:  # the demand is out of this person's reach
        return []


@require_http_methods(["POST"])
@staff_page("register.write", "register.step")
def act(request: StaffRequest, number: str, step: str = "") -> HttpResponse:
    """Takes an entry a step on; without a step, amends it."""
    found = queries.entry(request.actor, number)
    one = rules.find(found.register)
    form: StepForm | AmendForm
    if step:
        form = StepForm(request.POST, auto_id=f"{step}_%s")
    else:
        form = AmendForm(request.POST, auto_id="amend_%s")
    form.ask(one.fields_of(step))

    def do() -> tuple[str, str]:
        if step:
            actions.step(request.actor, number, step, form.values())
        else:
            reason = form.cleaned_data["reason"]
            actions.amend(request.actor, number, form.values(), reason=reason)
        return _("已办理。"), reverse("console:register-entry", args=[number])

    answer, _status = submitted(request, form, do)
    return answer or _entry(request, found, {step: form})
