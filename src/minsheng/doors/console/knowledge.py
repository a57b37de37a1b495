"""The knowledge base: read as pages, and picked from while an answer is written."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.foundation import clock
from minsheng.knowledge.models import Item
from minsheng.knowledge.queries import found, valid_on

MOST = 50  # items on a page: whoever needs more should ask more precisely
MOST_TO_PICK = 8


def _query(request: StaffRequest) -> str:
    return request.GET.get("query", "").strip()[:100]


@require_GET
@staff_page("knowledge.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The items that answer a question, the whole answer under each."""
    query = _query(request)
    items = list(found(request.actor, query, clock.now().date())[: MOST + 1])
    context = {"query": query, "items": items[:MOST], "more": len(items) > MOST}
    return render(request, "console/knowledge.html", context)


@require_GET
@staff_page("demand.answer")
def pick(request: StaffRequest) -> HttpResponse:
    """What to choose from while typing; what was chosen before stays among it."""
    query, chosen = _query(request), request.GET.get("knowledge", "")[:32]
    items: list[Item] = []
    if query:
        today = clock.now().date()
        items = list(found(request.actor, query, today).filter(valid_on(today))[:MOST_TO_PICK])
    if chosen and chosen not in {item.code for item in items}:
        items = [*Item.objects.filter(code=chosen, current=True), *items]
    context = {"query": query, "items": items, "chosen": chosen}
    return render(request, "console/parts/knowledge_found.html", context)
