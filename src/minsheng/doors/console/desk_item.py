"""One item of a desk: what it is about, what is to be decided, and then the next one."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from minsheng.demands import queries as demands
from minsheng.doors.console import calling, claims, desks
from minsheng.doors.console.deciding import finish
from minsheng.doors.console.deeds import DEEDS, label
from minsheng.doors.console.deeds.asking import DeedForm, Subject
from minsheng.doors.console.demand_page import order_view
from minsheng.doors.console.desks import Desk
from minsheng.doors.console.editor import NOTHING, shown
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.insight import keep_choices
from minsheng.doors.console.worklists import whereabouts
from minsheng.foundation.errors import NotFound
from minsheng.insight.actions import About
from minsheng.insight.replying import audited, findings
from minsheng.orders import queries as orders
from minsheng.orders.models import Assignment

#: Desk → what can be decided there: first what lets pass, then what sends back.
DECISIONS: Mapping[str, tuple[str, ...]] = {
    "audit": ("order.pass_audit", "order.fail_audit"),
    "sign-off": ("order.sign_off", "order.refuse_sign_off"),
}
_KEYS = ("p", "r")


@never_cache
@staff_page("demand.view")
def show(request: StaffRequest, code: str, item: int) -> HttpResponse:
    """Shows an item, renewing one's claim on it. One that is dealt with leads on to the next."""
    desk = desks.find(request, code)
    if not desk.rows(request.actor).filter(pk=item).exists():
        return redirect(desks.address(desk))
    claims.take(desk.code, item, request.post.staff_id)
    return draw(request, desk, item)


@staff_page("demand.view")
def decide(request: StaffRequest, code: str, item: int, action: str) -> HttpResponse:
    """Takes an action on an item and leads to the next one."""
    desk = desks.find(request, code)
    if desk.code == calling.DESK:
        return calling.decide(request, desk, item, action)
    if action not in DECISIONS[desk.code]:
        raise NotFound("not_found", _("没有这个操作；请从工作台重新选择。"))
    if request.method != "POST":
        return redirect(desks.address(desk, item))
    order = orders.find(request.actor, item)
    form = _form(request, order, action, request.POST)
    if not form.is_valid():
        return draw(request, desk, item, form, action, status=422)

    def run() -> None:
        DEEDS[action].run(request.actor, item, **form.given())
        keep_choices(request, order.demand_id, About.REPLY)

    return finish(
        request,
        desk,
        order,
        form,
        run,
        str(DEEDS[action].said),
        lambda refused: draw(request, desk, item, form, action, status=refused.status),
    )


def _form(request: StaffRequest, order: Assignment, action: str, given: Any = None) -> DeedForm:
    return DEEDS[action].form(
        given,
        actor=request.actor,
        subject=Subject(order.demand, order),
        auto_id=f"{action.partition('.')[2]}_%s",
    )


def draw(
    request: StaffRequest,
    desk: Desk,
    item: int,
    given: DeedForm | None = None,
    action: str = "",
    status: int = 200,
) -> HttpResponse:
    """Draws an item of a desk, with a form that was sent back in its place."""
    if desk.code == calling.DESK:
        return calling.draw(request, desk, item, given, action, status)
    actor = request.actor
    order = orders.find(actor, item)
    detail = orders.details(actor, order.demand, [order])[0]
    demand = demands.detail(actor, order.demand)
    decisions = [
        {
            "action": one,
            "label": label(one),
            "key": key,
            "tone": DEEDS[one].tone,
            "address": reverse("console:desk-do", args=[desk.code, item, one]),
            "form": given if one == action and given else _form(request, order, one),
        }
        for one, key in zip(DECISIONS[desk.code], _KEYS, strict=True)
    ]
    found = findings(order, order.reply)
    context = {
        "desk": desk,
        "item": item,
        "left": desks.left(request, desk),
        "held": claims.holder(desk.code, item, request.post.staff_id),
        "demand": demand,
        "whereabouts": whereabouts(demand.district, demand.place),
        "view": order_view(detail, order, NOTHING),
        "reply": detail.replies[-1] if detail.replies else None,
        "findings": shown(found),
        "slip": audited(found) if found else "",
        "checked": True,
        "decisions": decisions,
        "failed": given,
    }
    return render(request, "console/desk_order.html", context, status=status)
