"""地名确认: names that demands give as their place and the gazetteer lacks, taken in or not."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from minsheng.catalogue.queries import dictionaries
from minsheng.demands.models import Demand
from minsheng.demands.queries import visible
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.insight import gazetteer
from minsheng.insight.models import NamedPlace


@require_GET
@staff_page("place.confirm")
def shelf(request: StaffRequest) -> HttpResponse:
    """The names that wait, each with where it seems to be and demands that name it."""
    actor = request.actor
    found = gazetteer.proposed(actor)
    areas = dictionaries()["district"]
    numbers: dict[int, str | None] = {}
    if scopes(actor.role, "demand.view"):  # an administrator sees no demand
        ids = [pk for one in found for pk in one.demand_ids]
        seen = Demand.objects.filter(visible(actor), pk__in=ids)
        numbers = dict(seen.values_list("pk", "number"))
    rows = [
        (
            one,
            [(code, areas[code].name) for code in one.streets if code in areas],
            [(pk, numbers[pk]) for pk in one.demand_ids if pk in numbers],
        )
        for one in found
    ]
    context = {"rows": rows, "kinds": NamedPlace.Kind.choices, "days": gazetteer.LOOK_BACK.days}
    return render(request, "console/place_names.html", context)


@require_POST
@staff_page("place.confirm")
def settle(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    accept = action == "confirm"
    kind, street = (request.POST.get(name, "")[:64] for name in ("kind", "street"))
    row = gazetteer.settle(request.actor, pk, accept=accept, kind=kind, street=street)
    said = _("“%s”已加入地名库。") if accept else _("“%s”以后不再提示。")
    return done(request, said % row.name, reverse("console:places"))
