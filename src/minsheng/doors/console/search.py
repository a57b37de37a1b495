"""Finding a demand from anywhere: by number, by phone, by words."""

import re

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from minsheng.demands.models import Demand
from minsheng.demands.queries import visible
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console.callers import known
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.tabs import WORK
from minsheng.foundation import vault
from minsheng.foundation.errors import NotFound
from minsheng.orders.models import WorkOrder

_PHONE = re.compile(r"[\d\s+()（）-]{7,24}")


def _numbered(actor: Actor, number: str) -> int | None:
    """Returns the demand with this number, or with a work order of this number, if visible."""
    named = Demand.objects.filter(number=number)
    if not named.exists():
        of_order = WorkOrder.objects.filter(number=number).values("demand_id")
        named = Demand.objects.filter(pk__in=of_order)
    return named.filter(visible(actor)).values_list("pk", flat=True).first()


# Posted, so that a phone number stands in no address, no history and no log.
@never_cache
@sensitive_post_parameters()
@staff_page("demand.view")
def search(request: StaffRequest) -> HttpResponse:
    typed = request.POST.get("q", "").strip()[:100]
    if not typed:
        return redirect("console:home")
    number = re.sub(r"[\s\-]", "", typed).upper()
    found = _numbered(request.actor, number)
    if found is not None:
        return redirect("console:demand", found)
    if _PHONE.fullmatch(typed) and len(vault.normal_phone(typed)) >= 7:
        return _by_phone(request, typed)
    tabs = WORK[request.actor.role]
    last = next((tab for tab in tabs if tab.code == "all"), tabs[-1])
    query = urlencode({"tab": last.code, "text": typed})
    return redirect(f"{reverse('console:home')}?{query}")


def _by_phone(request: StaffRequest, typed: str) -> HttpResponse:
    allowed = bool(scopes(request.actor.role, "petitioner.find"))
    context = {"allowed": allowed, "masked": vault.mask_phone(typed)}
    if allowed:
        context |= known(request.actor, typed)
    return render(request, "console/caller.html", context)


@staff_page("demand.view")
def numbered(request: StaffRequest, number: str) -> HttpResponse:
    """Leads from a number to its demand."""
    found = _numbered(request.actor, number)
    if found is None:
        raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
    return redirect("console:demand", found)
