"""Taking an action through a page: the form it asks for, the one call it makes, what came of it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from minsheng.demands import actions as demand_actions
from minsheng.demands import queries as demands
from minsheng.doors.console import choices, editor
from minsheng.doors.console.deeds import DEEDS, label
from minsheng.doors.console.deeds.asking import Subject
from minsheng.doors.console.demand_page import may_mark
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm, words
from minsheng.doors.console.once import submitted
from minsheng.foundation.errors import Conflict, NotFound, Refused
from minsheng.orders import queries as orders


def _draw(
    request: StaffRequest, form: ConsoleForm, subject: Subject, heading: str, status: int = 200
) -> HttpResponse:
    """Draws a form as a sheet over the page, or as a page of its own without scripts."""
    context = {
        "form": form,
        "heading": heading,
        "demand": subject.demand,
        "order": subject.order,
        "back": reverse("console:demand", args=[subject.demand.pk]),
    }
    template = "console/parts/sheet.html" if request.htmx else "console/act.html"
    return render(request, template, context, status=status)


def _do(request: StaffRequest, subject: Subject, action: str, possible: bool) -> HttpResponse:
    deed = DEEDS[action]
    heading = label(action)
    if request.method != "POST":
        if not possible:
            raise Conflict(
                "not_possible",
                _("现在不能“%s”：状态已经变化，或者不在您的办理范围内；请回到诉求页面查看。")
                % heading,
            )
        form = deed.form(actor=request.actor, subject=subject, auto_id="do_%s")
        return _draw(request, form, subject, heading)
    form = deed.form(
        request.POST, request.FILES, actor=request.actor, subject=subject, auto_id="do_%s"
    )

    def do() -> tuple[str, str]:
        deed.run(request.actor, subject.id, **form.given())
        return str(deed.said), reverse("console:demand", args=[subject.demand.pk])

    answer, status = submitted(request, form, do)
    return answer or _draw(request, form, subject, heading, status)


@staff_page("demand.view")
def on_demand(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    """Takes an action on a demand."""
    demand = demands.find(request.actor, id=pk)
    if action not in DEEDS or action.startswith("order."):
        raise NotFound("not_found", _("没有这个操作；请从诉求页面重新选择。"))
    its_orders = orders.of_demand(demand)
    possible = orders.possible_actions(request.actor, demand, its_orders)
    allowed = action in possible.demand
    if action == "petitioner.mark":
        allowed = may_mark(request.actor, demand)
    return _do(request, Subject(demand), action, allowed)


@staff_page("demand.view")
def on_order(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    """Takes an action on one unit's order."""
    order = orders.find(request.actor, pk)
    if action not in DEEDS or not action.startswith("order."):
        raise NotFound("not_found", _("没有这个操作；请从诉求页面重新选择。"))
    possible = orders.possible_actions(request.actor, order.demand, [order])
    if action == "order.reply":
        return editor.edit(request, order, possible=action in possible.orders[order.pk])
    return _do(request, Subject(order.demand, order), action, action in possible.orders[order.pk])


class RevealForm(ConsoleForm):
    """Why somebody wants to know who the petitioner is."""

    reason = words(
        gettext_lazy("查看理由"),
        rows=2,
        limit=200,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="do_%s", **kwargs)
        self.fields["reason"].help_text = gettext_lazy(
            "姓名、电话等只显示这一次；谁在何时为何查看，都记入办理经过。"
        )


@never_cache
@staff_page("identity.reveal")
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """Shows who the petitioner is, once and on record. The answer is kept nowhere."""
    demand = demands.find(request.actor, id=pk)
    subject, heading = Subject(demand), _("查看诉求人信息")
    usual = dict(choices.reasons("reveal")).get(request.GET.get("for", ""), "")
    form = RevealForm(request.POST or None, initial={"reason": usual})
    if request.method != "POST":
        return _draw(request, form, subject, heading)
    if not form.is_valid():
        return _draw(request, form, subject, heading, 422)
    try:
        person = demand_actions.reveal(request.actor, pk, reason=form.cleaned_data["reason"])
    except Refused as refused:
        form.refuse(refused)
        return _draw(request, form, subject, heading, refused.status)
    context = {
        "person": person,
        "heading": heading,
        "demand": demand,
        "back": reverse("console:demand", args=[pk]),
    }
    template = "console/parts/person.html" if request.htmx else "console/person.html"
    return render(request, template, context)
