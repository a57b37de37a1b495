"""The follow-up desk: what to say, whom to call (masked), what they answered, and the next one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import Template
from minsheng.catalogue.queries import city, kind_codes, templates
from minsheng.demands import queries as demands
from minsheng.demands.acting import reaches
from minsheng.demands.models import Demand
from minsheng.demands.rules import DISSATISFIED
from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices, claims, desks
from minsheng.doors.console.deciding import finish
from minsheng.doors.console.deeds import DEEDS
from minsheng.doors.console.deeds.about_follow_ups import Evaluate
from minsheng.doors.console.deeds.asking import DeedForm, Given, Subject
from minsheng.doors.console.demand_page import follow_up_view, order_view
from minsheng.doors.console.desks import Desk
from minsheng.doors.console.editor import NOTHING, filled
from minsheng.doors.console.entry import StaffRequest
from minsheng.doors.console.worklists import whereabouts
from minsheng.followups import actions
from minsheng.followups import queries as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.followups.rules import TRIES
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound
from minsheng.orders import queries as orders

DESK = desks.CALL


class Answer(Evaluate):
    """What the petitioner said; what is not solved can go back to the unit in the same step."""

    rework = forms.BooleanField(
        label=gettext_lazy("同时退回承办单位重办"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-key": "r"}),
    )

    def clean(self) -> Given:
        given = super().clean() or {}
        content = given.get("grade") not in DISSATISFIED and given.get("solved") is not False
        if given.get("rework") and content:
            self.add_error("rework", _("评价满意且已解决的，不必退回重办；请核对后再提交。"))
        return given


_FORMS: Mapping[str, type[DeedForm]] = {
    "follow_up.evaluate": Answer,
    "follow_up.attempt": DEEDS["follow_up.attempt"].form,
    "follow_up.give_up": DEEDS["follow_up.give_up"].form,
}


def decide(request: StaffRequest, desk: Desk, item: int, action: str) -> HttpResponse:
    """Takes down an answer or a try, and leads to the next one."""
    if action not in _FORMS:
        raise NotFound("not_found", _("没有这个操作；请从工作台重新选择。"))
    if request.method != "POST":
        return redirect(desks.address(desk, item))
    row = desks.of_call(request.actor, item)
    form = _form(request, row.demand, action, request.POST)
    if not form.is_valid():
        return draw(request, desk, item, form, action, 422)
    return finish(
        request,
        desk,
        row,
        form,
        lambda: _run(request, row.demand, action, form.given()),
        str(DEEDS[action].said),
        lambda refused: draw(request, desk, item, form, action, refused.status),
    )


def _run(request: StaffRequest, demand: Demand, action: str, given: Given) -> None:
    again = given.pop("rework", False)
    DEEDS[action].run(request.actor, demand.pk, **given)
    if again:
        named = dict(choices.reasons("dissatisfied")).get(given["reason_code"], "")
        said = "：".join(part for part in (named, given["reason"].strip()) if part)
        actions.rework(request.actor, demand.pk, reason=said or _("回访：问题没有解决"))


def _form(request: StaffRequest, demand: Demand, action: str, given: Any = None) -> DeedForm:
    return _FORMS[action](
        given,
        actor=request.actor,
        subject=Subject(demand),
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
    """Draws one call: script, matter, earlier rounds, and the forms for what came of it."""
    actor = request.actor
    row = desks.of_call(actor, item)
    demand = demands.find(actor, id=row.demand_id)
    detail = demands.detail(actor, demand)
    its_orders = orders.of_demand(demand)
    asked = [order for order in its_orders if order.pk == row.assignment_id]
    units = {order.pk: order.unit.name for order in its_orders}
    views = [
        order_view(one, order, NOTHING)
        for one, order in zip(orders.details(actor, demand, asked), asked, strict=True)
    ]
    place = whereabouts(detail.district, detail.place)
    rounds = follow_ups.of_demand(demand)
    most = TRIES[actions.course_of(row)].tries
    context = {
        "desk": desk,
        "item": item,
        "left": desks.left(request, desk),
        "held": claims.holder(desk.code, item, request.post.staff_id),
        "row": row,
        "sample": desks.sample_of(request, desk),
        "demand": detail,
        "whereabouts": place,
        "view": views[0] if views else None,
        "reply": views[0].order.replies[-1] if views and views[0].order.replies else None,
        "scripts": _scripts(request, demand, units.get(row.assignment_id or 0, "")),
        "rounds": [follow_up_view(one, units) for one in rounds if one.attempts or one.grade],
        "may_reveal": detail.petitioner
        and reaches(actor, scopes(actor.role, "identity.reveal"), demand),
        "most_attempts": most,
        "given_up": row.attempt_count >= most,
        "forms": {
            one.partition(".")[2]: given if one == action and given else _form(request, demand, one)
            for one in _FORMS
        },
        "addresses": {
            one.partition(".")[2]: reverse("console:desk-do", args=[DESK, item, one])
            for one in _FORMS
        },
        "failed": given,
        "planned": row.state == FollowUp.State.PLANNED,
    }
    return render(request, "console/desk_call.html", context, status=status)


def _scripts(request: StaffRequest, demand: Demand, unit: str) -> list[Mapping[str, str]]:
    """Returns the city's scripts for this matter, the narrowest first, filled in."""
    known = {
        "title": demand.title,
        "unit": unit or _("热线中心"),
        "hotline": city().hotline,
        "me": request.actor.username,
        "accepted": f"{demand.accepted_at.astimezone(clock.ZONE):%m月%d日}"
        if demand.accepted_at
        else "",
    }
    kind = kind_codes().get(demand.kind_id or 0, "")
    found = templates(Template.Use.CALL, kind, demand.category_id, clock.now().date())
    return [{"name": row.name, "text": filled(row.text, known)} for row in found]
