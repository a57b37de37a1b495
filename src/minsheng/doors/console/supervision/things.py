"""Lists, things and forms of all processes of supervision: three pages for all of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.demands.queries import dictionaries, ids_below
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.limit_badge import Badge
from minsheng.doors.console.once import once, submitted
from minsheng.doors.console.supervision.forms import Issue, ThingForm
from minsheng.doors.console.supervision.processes import PROCESSES, Deed, Process
from minsheng.doors.console.supervision.reading import Fact
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound, Refused
from minsheng.orders import queries as orders
from minsheng.supervision import queries
from minsheng.supervision.models import Draw, Measure

ROWS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A thing as a line of a list."""

    address: str
    number: str
    title: str
    unit: str
    state: str
    tone: str
    badge: Badge | None
    at: datetime


def _process(actor: Actor, code: str) -> Process:
    """Returns a process by its part of the address. Raises NotFound, or Forbidden."""
    if code not in PROCESSES:
        raise NotFound("unknown_process", _("没有这个栏目；请从督办首页选择。"))
    process = PROCESSES[code]
    require(actor, process.view)
    return process


def _state(process: Process, thing: Any) -> tuple[str, str]:
    tone = "ok" if thing.state in process.done else "near"
    return str(thing.get_state_display()), tone


def _line(process: Process, thing: Any) -> Line:
    unit = getattr(thing, "unit", None) if getattr(thing, "unit_id", None) else None
    state, tone = _state(process, thing)
    badge = process.badge(thing)
    return Line(
        address=reverse("console:supervision-thing", args=[process.code, thing.pk]),
        number=thing.number,
        title=process.title(thing),
        unit=unit.name if unit else "",
        state=state,
        tone="late" if badge and badge.look == "overdue" else tone,
        badge=badge,
        at=getattr(thing, process.sort.lstrip("-")),
    )


def _doors(actor: Actor) -> list[tuple[str, str]]:
    """Returns the processes that somebody may look at: their words and addresses."""
    return [
        (str(one.label), reverse("console:supervision-list", args=[one.code]))
        for one in PROCESSES.values()
        if scopes(actor.role, one.view)
    ]


def frame(request: StaffRequest) -> dict[str, Any]:
    """Returns what every supervision page shows around its own."""
    role, ways = request.actor.role, _doors(request.actor)
    sees = bool(scopes(role, "supervision.view"))
    if sees:
        ways = [
            (_("总览"), reverse("console:supervision")),
            (_("预警"), reverse("console:supervision-alerts")),
            *ways,
        ]
    if sees or scopes(role, "settings.view"):
        ways.append((_("预警规则"), reverse("console:supervision-rules")))
    if sees or scopes(role, "ownership.roster"):
        ways.append((_("权属值班表"), reverse("console:supervision-roster")))
    home = reverse("console:supervision")
    return {
        "ways": [
            (label, at, request.path == at or (at != home and request.path.startswith(f"{at}/")))
            for label, at in ways
        ]
    }


@require_GET
@staff_page("supervision.view", "clue.view")
def listing(request: StaffRequest, process: str) -> HttpResponse:
    """A list, the open ones or all, perhaps of one unit."""
    one = _process(request.actor, process)
    visible = one.kind.objects.filter(queries.visible(request.actor, one.kind, one.unit))
    unit, everything = request.GET.get("unit", "")[:64], request.GET.get("all") == "1"
    if unit and one.unit == "unit":
        visible = visible.filter(unit__in=ids_below(dictionaries().units, [unit], "unit"))
    if not everything:
        visible = visible.exclude(state__in=one.done)
    if one.unit != "unit":
        visible = visible.distinct()
    page = queries.latest(
        visible.select_related(*one.related), one.sort, request.GET.get("after", ""), ROWS
    )
    opens = one.opens if one.opens and scopes(request.actor.role, one.opens[0]) else None
    context = {
        **frame(request),
        "process": one,
        "lines": [_line(one, thing) for thing in page.items],
        "after": page.next,
        "everything": everything,
        "unit": unit,
        "units": choices.units() if one.unit == "unit" else [],
        "opens": opens[1].label if opens else "",
    }
    return render(request, "console/supervision/list.html", context)


# One thing


def _find(request: StaffRequest, process: Process, pk: int) -> Any:
    return queries.find(request.actor, process.kind, pk, process.unit)


def _possible(request: StaffRequest, process: Process, thing: Any) -> dict[str, Deed]:
    """Returns what this person may do with a thing now."""
    allowed = process.lifecycle.actions(thing.state)
    return {
        action: deed
        for action, deed in process.deeds.items()
        if action in allowed and queries.may(request.actor, action, thing)
    }


def _written(facts: list[Fact]) -> list[dict[str, Any]]:
    """Returns facts as the page draws them: a link, a moment, a few words or many."""
    found = []
    for label, value in facts:
        one: dict[str, Any] = {"label": label}
        if isinstance(value, tuple):
            one |= {"link": value[0], "text": value[1]}
        elif isinstance(value, date):
            one["at"] = value
        else:
            one |= {"text": str(value), "long": len(str(value)) > 60}
        found.append(one)
    return found


@require_GET
@staff_page("supervision.view", "clue.view")
def show(request: StaffRequest, process: str, pk: int) -> HttpResponse:
    one = _process(request.actor, process)
    return _thing(request, one, _find(request, one, pk))


def _thing(
    request: StaffRequest, process: Process, thing: Any, tried: dict[str, ThingForm] | None = None
) -> HttpResponse:
    shown = []
    for action, deed in _possible(request, process, thing).items():
        form = (tried or {}).get(action) or deed.form(thing=thing, auto_id=f"{action[-6:]}_%s")
        shown.append((action, deed, form))
    state, tone = _state(process, thing)
    context = {
        **frame(request),
        "process": process,
        "thing": thing,
        "title": process.title(thing),
        "facts": _written(process.facts(thing)),
        "parts": [_written(part) for part in process.parts(thing)],
        "deeds": shown,
        "state": state,
        "tone": tone,
        "badge": process.badge(thing),
        "printable": isinstance(thing, Measure),
    }
    status = 422 if tried else 200
    return render(request, "console/supervision/thing.html", context, status=status)


@require_http_methods(["POST"])
@staff_page("supervision.view", "clue.view")
def act(request: StaffRequest, process: str, pk: int, action: str) -> HttpResponse:
    """Takes one action on a thing, once however often its button is pressed."""
    one = _process(request.actor, process)
    thing = _find(request, one, pk)
    deed = one.deeds.get(action)
    if deed is None:
        raise NotFound("unknown_action", _("没有这项操作；请从页面上选择。"))
    form = deed.form(request.POST, request.FILES, thing=thing, auto_id=f"{action[-6:]}_%s")
    if form.is_valid():

        def do() -> tuple[str, str]:
            given = form.given()
            if deed.by_form:
                deed.run(request.actor, **given)
            else:
                deed.run(request.actor, pk, **given)
            return str(deed.said), reverse("console:supervision-thing", args=[process, pk])

        try:
            return once(request, form.cleaned_data["once"], do)
        except Refused as refused:
            thing = _find(request, one, pk)
            if action not in _possible(request, one, thing):
                raise  # the page is out of date: say so, and nothing else
            form.refuse(refused)
    return _thing(request, one, thing, {action: form})


# Opening one


@require_http_methods(["GET", "POST"])
@staff_page("supervision.view", "clue.view")
def new(request: StaffRequest, process: str) -> HttpResponse:
    """The form by which one is opened; the address may say what about (`order_id`, `demand`)."""
    one = _process(request.actor, process)
    if one.opens is None:
        raise NotFound("unknown_action", _("没有这项操作；请从页面上选择。"))
    action, deed = one.opens
    require(request.actor, action)
    known = {name: value[:64] for name, value in request.GET.items()}
    form = deed.form(request.POST or None, initial=known)
    answer, status = submitted(
        request, form, lambda: _opened(one, deed, deed.run(request.actor, **form.given()))
    )
    if answer:
        return answer
    context = {**frame(request), "process": one, "deed": deed, "form": form}
    if isinstance(form, Issue) and form["order_id"].value():
        context["order"] = orders.find(request.actor, int(form["order_id"].value()))
    return render(request, "console/supervision/new.html", context, status=status)


def _opened(process: Process, deed: Deed, thing: Any) -> tuple[str, str]:
    if isinstance(thing, Draw):
        said = _("从%(all)d件中抽取了%(n)d件。") % {"all": thing.population, "n": thing.size}
        return said, reverse("console:supervision-list", args=[process.code])
    return str(deed.said), reverse("console:supervision-thing", args=[process.code, thing.pk])


@require_GET
@staff_page("supervision.view")
def on_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """A document of the ladder as it is sent: number, unit, what for, by when."""
    measure = queries.find(request.actor, Measure, pk)
    order = measure.assignment
    context = {"measure": measure, "order": order, "printed_at": clock.now()}
    return render(request, "console/supervision/print.html", context)
