"""派单台: what the centre decides, one after another, beside all that helps to decide."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from minsheng.catalogue.models import Basis
from minsheng.demands.models import Demand
from minsheng.demands.queries import find, visible
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console import batches, choices, claims, saved_views
from minsheng.doors.console.batches import Step
from minsheng.doors.console.beside import alike, catalogue_lead, catalogue_lines
from minsheng.doors.console.choices import pick
from minsheng.doors.console.deeds import DEEDS, label
from minsheng.doors.console.deeds.asking import DeedForm, Subject
from minsheng.doors.console.demand_page import view_of
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import OnceForm, words
from minsheng.doors.console.insight import keep_choices, put_right
from minsheng.doors.console.once import pressed, submitted
from minsheng.doors.console.tabs import DEMANDS, WORK, Tab
from minsheng.doors.console.work import FilterForm, page_of
from minsheng.doors.console.worklists import neighbours
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.foundation.gather import gather
from minsheng.insight.events.queries import event_of
from minsheng.orders import actions as orders
from minsheng.orders import queries
from minsheng.orders.precedents import precedents

DESK = "dispatch"  # for the claims
# Who else has which of some demands before them just now.
_HELD = """
SELECT c.item AS id, s.name FROM doors_claim c JOIN directory_staff s ON s.id = c.staff_id
WHERE c.desk = %s AND c.item = ANY(%s::bigint[]) AND c.until > %s AND c.staff_id <> %s
"""
MOST = 50  # demands that are assigned at once: one page

#: Tab of the work list → what is decided there, the usual decision first.
DECISIONS: Mapping[str, tuple[str, ...]] = {
    "assign": ("demand.assign",),
    "returns": ("order.accept_return", "order.overrule_return"),
    "extensions": ("order.approve_extension", "order.refuse_extension"),
}
#: The key of each decision, in the order in which they stand.
KEYS = ("F8", "F9")


def _tab(request: StaffRequest, code: str) -> Tab:
    """Returns a tab in which this person decides, the first by default. Raises NotFound."""
    for tab in _tabs(request):
        if tab.code == code or not code:
            return tab
    raise NotFound("not_found", _("派单台没有这个列表；请重新选择。"))


def _tabs(request: StaffRequest) -> list[Tab]:
    return [tab for tab in WORK[request.actor.role] if tab.code in DECISIONS]


# The queue


class BatchForm(OnceForm):
    """What is the same for all demands that are assigned at once."""

    lead = pick(
        gettext_lazy("主办单位"),
        choices.units,
        required=False,
        hint=gettext_lazy("不选就各按派单目录。"),
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("派单依据"),
        required=False,
        choices=Basis.choices,
        initial=Basis.CATALOGUE,
        widget=choices.Select,
    )
    note = words(gettext_lazy("派单意见"), required=False, rows=1)


@staff_page("demand.assign")
def queue(request: StaffRequest) -> HttpResponse:
    """The list of what waits, narrowed down, with several to be assigned at once."""
    actor, tab = request.actor, _tab(request, request.GET.get("tab", ""))
    form = FilterForm(request.GET, rows=tab.rows)
    page = page_of(request, tab, form)
    ids = [row.id for row in page.rows]
    of_demands = tab.rows == DEMANDS
    beside = gather(
        held=(_HELD, [DESK, ids if of_demands else [], clock.now(), actor.staff_id or 0]),
        views=(saved_views.QUERY, [actor.staff_id or 0]),
    )
    held = {row["id"]: row["name"] for row in beside["held"]}
    context = {
        "tabs": _tabs(request),
        "tab": tab,
        "form": form,
        "sheet": page,
        "rows": [
            (row, catalogue_lead(*row.matter)[1] if of_demands else "", held.get(row.id, ""))
            for row in page.rows
        ],
        "views": saved_views.shown(actor, beside["views"]),
        "may_share": bool(scopes(actor.role, "view.share")),
        "batch": BatchForm(auto_id="batch_%s") if of_demands else None,
        "query": request.GET.urlencode(),
        "first_page": f"{reverse('console:dispatch')}?tab={tab.code}",
    }
    return render(request, "console/dispatch.html", context)


@require_POST
@staff_page("demand.assign")
def assign_many(request: StaffRequest) -> HttpResponse:
    """Assigns all ticked demands, each wholly or not at all, and leads to what became of each."""
    form = BatchForm(request.POST)
    chosen = [int(key) for key in request.POST.getlist("demand") if key.isdecimal()]
    if not form.is_valid():
        raise Invalid("form_broken", form.main_error)
    if not chosen:
        raise Invalid("none_chosen", _("还没有选择诉求；请先勾选，再派单。"))
    if len(chosen) > MOST:
        raise Invalid("too_many", _("一次最多派%d件；请分批办理。") % MOST)
    given = form.cleaned_data
    steps = _steps(request.actor, [*dict.fromkeys(chosen)], given)
    return batches.run(request, given["once"], _("批量派单"), lambda: steps)


def _steps(actor: Actor, chosen: list[int], given: Mapping[str, Any]) -> Iterator[Step]:
    found = Demand.objects.filter(visible(actor), pk__in=chosen)
    columns = ("number", "title", "category_id", "district_id")
    known = {pk: rest for pk, *rest in found.values_list("pk", *columns)}
    names = choices.names()["unit"]
    for pk in sorted(chosen):
        number, title, *matter = known.get(pk, ["—", "", None, None])
        lead = given["lead"] or catalogue_lead(*matter)[0]

        def do(pk: int = pk, lead: str = lead) -> str:
            if not lead:
                raise Invalid("no_lead", _("派单目录没有对应的单位；请单独派单。"))
            basis = given["basis"] if given["lead"] else Basis.CATALOGUE
            orders.assign(actor, pk, lead=lead, basis=basis or Basis.CATALOGUE, note=given["note"])
            return _("已派给%s。") % names.get(lead, lead)

        address = reverse("console:demand", args=[pk])
        yield Step(str(number), str(title), str(label("demand.assign")), address, do)


# One after another


def _subject(request: StaffRequest, tab: Tab, pk: int) -> Subject:
    """Returns what is decided about: a demand, or an order. Raises NotFound."""
    if tab.rows == DEMANDS:
        return Subject(find(request.actor, id=pk))
    order = queries.find(request.actor, pk)
    return Subject(order.demand, order)


def _address(tab: Tab, pk: int | None, query: str) -> str:
    """Returns where a row is decided about, or the list where there is none."""
    if pk is None:
        return f"{reverse('console:dispatch')}?{query or f'tab={tab.code}'}"
    place = reverse("console:dispatch-item", args=[tab.code, pk])
    return f"{place}?{query}" if query else place


def _around(request: StaffRequest, tab: Tab, pk: int) -> tuple[int | None, int | None]:
    form = FilterForm(request.GET, rows=tab.rows)
    return neighbours(request.actor, tab, form.narrow(), pk)


@staff_page("demand.assign")
def item(request: StaffRequest, tab: str, pk: int) -> HttpResponse:
    """One demand beside the catalogue, its precedents and its likenesses, to be decided about."""
    return _draw(request, _tab(request, tab), pk)


@staff_page("demand.assign")
def following(request: StaffRequest, tab: str, pk: int) -> HttpResponse:
    """Leads to what comes behind a row, or to the list at the end."""
    where = _tab(request, tab)
    _before, behind = _around(request, where, pk)
    return redirect(_address(where, behind, request.GET.urlencode()))


@require_POST
@staff_page("demand.assign")
def decide(request: StaffRequest, tab: str, pk: int, action: str) -> HttpResponse:
    """Takes a decision and leads on to the next row."""
    where = _tab(request, tab)
    if action not in DECISIONS[where.code]:
        raise NotFound("not_found", _("没有这个操作；请从诉求页面重新选择。"))
    subject, deed = _subject(request, where, pk), DEEDS[action]
    if wanted := request.POST.get("take"):
        return _put_right(request, where, subject.demand, wanted)
    form = deed.form(request.POST, actor=request.actor, subject=subject, auto_id=f"{action}_%s")

    def do() -> tuple[str, str]:
        _before, behind = _around(request, where, pk)
        deed.run(request.actor, subject.id, **form.given())
        keep_choices(request, subject.demand.pk)
        return str(deed.said), _address(where, behind, request.GET.urlencode())

    answer, status = submitted(request, form, do)
    return answer or _draw(request, where, pk, {action: form}, status)


def _put_right(request: StaffRequest, tab: Tab, demand: Demand, wanted: str) -> HttpResponse:
    """Changes what is suggested to be wrong with a demand, and draws it anew: all follows it."""

    def do() -> tuple[str, str]:
        said = put_right(request, demand, wanted)
        return said, _address(tab, demand.pk, request.GET.urlencode())

    return pressed(request, do)


def _draw(
    request: StaffRequest,
    tab: Tab,
    pk: int,
    failed: Mapping[str, DeedForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    subject = _subject(request, tab, pk)
    demand = subject.demand
    its_orders = queries.of_demand(demand)
    possible = queries.possible_actions(actor, demand, its_orders)
    may = possible.orders.get(pk, ()) if subject.order else possible.demand
    decisions = [
        (action, label(action), key, _form(request, action, subject, failed or {}))
        for action, key in zip(DECISIONS[tab.code], KEYS, strict=False)
        if action in may or action in (failed or {})
    ]
    claimed = tab.rows == DEMANDS and "demand.assign" in may
    if claimed:
        claims.take(DESK, pk, request.post.staff_id)
    before, behind = _around(request, tab, pk)
    query, seen = request.GET.urlencode(), view_of(request, demand.pk)
    overtaken = not decisions or bool(failed)
    context = {
        **seen,
        "tab": tab,
        "pk": pk,
        "query": query,
        "decisions": decisions,
        "buttons": [one for one in seen["buttons"] if one.deed is not DEEDS["demand.assign"]],
        "holder": claims.holder(DESK, pk, request.post.staff_id) if claimed else None,
        "last": seen["lines"][0] if overtaken and seen["lines"] else None,
        "catalogue": catalogue_lines(demand),
        "precedents": precedents(demand.category_id, demand.district_id, demand.pk)
        if Scope.ALL in scopes(actor.role, "demand.view")
        else [],
        "alike": alike(actor, demand),
        "event": event_of(demand.pk) if scopes(actor.role, "event.view") else None,
        "back": _address(tab, None, query),
        "before": before and _address(tab, before, query),
        "behind": behind and _address(tab, behind, query),
    }
    return render(request, "console/dispatch_item.html", context, status=status)


def _form(
    request: StaffRequest, action: str, subject: Subject, failed: Mapping[str, DeedForm]
) -> DeedForm:
    if action in failed:
        return failed[action]
    return DEEDS[action].form(actor=request.actor, subject=subject, auto_id=f"{action}_%s")


# Saved views


@require_POST
@staff_page("demand.assign")
def save_view(request: StaffRequest) -> HttpResponse:
    """Keeps the conditions of a list under a name."""
    query = request.POST.get("query", "")
    saved_views.save(
        request.actor,
        name=request.POST.get("name", ""),
        query=query,
        shared=bool(request.POST.get("shared")),
    )
    return done(request, _("已保存视图。"), f"{reverse('console:dispatch')}?{query}")


@require_POST
@staff_page("demand.assign")
def drop_view(request: StaffRequest, pk: int) -> HttpResponse:
    saved_views.drop(request.actor, pk)
    return done(request, _("已删除视图。"), reverse("console:dispatch"))
