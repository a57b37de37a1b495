"""One action on many orders of a work list at once: boxes are ticked, one key does it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from minsheng.directory.access import Actor
from minsheng.doors.console import batches
from minsheng.doors.console.batches import Step
from minsheng.doors.console.deeds import label
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.foundation.errors import Invalid
from minsheng.orders import actions
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders

MOST = 200  # orders at once


@dataclass(frozen=True, slots=True)
class Many:
    """An action that asks nothing: the words of its button and its key, the call, what is said."""

    label: Promise | str
    key: str
    run: Callable[[Actor, int], object]
    said: Promise | str


MANY: Mapping[str, Many] = {
    "order.sign": Many(gettext_lazy("签收所选"), "s", actions.sign, gettext_lazy("已签收。")),
}


@require_POST
@staff_page(*MANY)
def act(request: StaffRequest, action: str) -> HttpResponse:
    """Takes one action on all ticked orders, each in its own transaction."""
    if action not in MANY:
        raise Invalid("unknown_action", _("没有这个批量操作；请从列表中重新选择。"))
    try:
        chosen = [*dict.fromkeys(int(key) for key in request.POST.getlist("order"))]
        token = UUID(request.POST.get("once", ""))
    except ValueError as error:
        raise Invalid("form_broken", _("这个表单不完整；请刷新页面后重新填写。")) from error
    if not chosen:
        raise Invalid("none_chosen", _("还没有选择工单；请先勾选，再办理。"))
    if len(chosen) > MOST:
        raise Invalid("too_many", _("一次最多办理%d件；请分批办理。") % MOST)
    many = MANY[action]
    return batches.run(
        request, token, str(many.label), lambda: _steps(request.actor, action, chosen)
    )


def _steps(actor: Actor, action: str, chosen: list[int]) -> Iterator[Step]:
    many = MANY[action]
    found = Assignment.objects.filter(visible_orders(actor), pk__in=chosen).values_list(
        "pk", "work_order__number", "demand__title", "demand_id"
    )
    known = {pk: (number, title, demand) for pk, number, title, demand in found}
    for pk in chosen:
        number, title, demand = known.get(pk, ("—", "", 0))
        address = f"{reverse('console:demand', args=[demand])}#order-{pk}" if demand else ""

        def do(pk: int = pk) -> str:
            many.run(actor, pk)
            return str(many.said)

        yield Step(number, title, label(action), address, do)
