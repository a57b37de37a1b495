"""Finding a demand from anywhere: by number, by phone, by words."""

import re

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from minsheng.demands.models import Demand
from minsheng.demands.queries import Filters, visible
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console.callers import known
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.tabs import DEMANDS, Tab
from minsheng.doors.console.worklists import Narrow, Sheet, sheet
from minsheng.foundation import clock, vault
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.knowledge import queries as knowledge
from minsheng.orders.models import WorkOrder

MOST_ANSWERS = 3  # of the knowledge base, beside the demands
_PHONE = re.compile(r"[\d\s+()（）-]{7,24}")

#: What words are looked for in: every demand that the reader may see, the latest first.
FOUND = Tab(
    "found",
    gettext_lazy("查找"),
    DEMANDS,
    lambda actor: ~Q(state=DemandState.DRAFT),
    "-accepted_at",
    counted=False,
    empty=gettext_lazy("没有找到；请核对编号，或换一个说法、少写几个字再找。"),
)


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
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("demand.view")
def search(request: StaffRequest) -> HttpResponse:
    """Leads from a number to its demand, from a phone to who calls; words to what has them."""
    if request.method != "POST":
        return _by_words(request, request.GET.get("q", "").strip()[:100])
    typed = request.POST.get("q", "").strip()[:100]
    number = re.sub(r"[\s\-]", "", typed).upper()
    found = _numbered(request.actor, number) if typed else None
    if found is not None:
        return redirect("console:demand", found)
    if _PHONE.fullmatch(typed) and len(vault.normal_phone(typed)) >= 7:
        return _by_phone(request, typed)
    return redirect(f"{reverse('console:search')}?{urlencode({'q': typed})}")


def _by_words(request: StaffRequest, words: str) -> HttpResponse:
    """The demands that have all of the words, page by page, and answers that may do."""
    actor, found, wrong = request.actor, Sheet(), ""
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    if words:
        try:
            narrow = Narrow(matter=Filters(text=words))
            found = sheet(actor, FOUND, narrow, before=before, after=after)
        except Invalid as refused:
            wrong = str(refused)
    first = words and not (before or after) and scopes(actor.role, "knowledge.view")
    today = clock.now().date()
    context = {
        "words": words,
        "sheet": found,
        "empty": wrong or FOUND.empty,
        "answers": knowledge.search(words, today, valid=True, most=MOST_ANSWERS).items
        if first
        else [],
    }
    return render(request, "console/search.html", context)


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
