"""知识使用情况: how often agents answered from each item, for analysts and for its owner."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from minsheng.demands.queries import answers_by_item
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.knowledge import RECENT
from minsheng.foundation import clock
from minsheng.knowledge.queries import exported, unsettled

MOST_ROWS = 300


@require_GET
@staff_page("knowledge.export")
def use(request: StaffRequest) -> HttpResponse:
    """The items in force that one keeps, the most used first; or those that nobody used."""
    uses, unused = answers_by_item(clock.now() - RECENT), request.GET.get("unused") == "1"
    items = [(uses.get(item.code, 0), item) for item in exported(request.actor)]
    shown = [(n, item) for n, item in items if not (unused and n)]
    shown.sort(key=lambda pair: -pair[0])
    remarks = unsettled([item.code for _n, item in shown[:MOST_ROWS]])
    context = {
        "rows": [(n, item, remarks.get(item.code, 0)) for n, item in shown[:MOST_ROWS]],
        "cut": max(len(shown) - MOST_ROWS, 0),
        "used": sum(1 for n, _item in items if n),
        "total": len(items),
        "unused": unused,
        "days": RECENT.days,
    }
    return render(request, "console/knowledge_use.html", context)
