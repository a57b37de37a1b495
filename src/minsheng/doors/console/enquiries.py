"""企业专席: agents ask, specialists answer or pass back, and everybody sees who did which step."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.demands import actions, enquiring
from minsheng.demands.models import Demand, Enquiry
from minsheng.demands.queries import visible
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.directory.queries import specialists
from minsheng.doors.console import choices
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.console.once import submitted
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound

ROWS = 50  # of a page
COUNTED = timedelta(days=30)


class AskForm(OnceForm):
    """To whom a demand goes; only units that have specialists."""

    unit = forms.ChoiceField(label=gettext_lazy("专员所在单位"), widget=choices.Select)
    note = forms.CharField(
        label=gettext_lazy("问什么"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names: dict[str, str] = {}
        staff: dict[str, list[str]] = {}
        for post in specialists(clock.now()):
            names[post.unit.code] = post.unit.name
            staff.setdefault(post.unit.code, []).append(post.staff.name)
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (code, f"{name}（{'、'.join(staff[code])}）") for code, name in names.items()
        ]


class PassBackForm(OnceForm):
    """Why it needs an order."""

    reason = forms.CharField(
        label=gettext_lazy("转派单理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_GET
@staff_page("enquiry.view")
def desk(request: StaffRequest) -> HttpResponse:
    """What waits to be asked, what was asked, and how many ended at which step."""
    actor, state = request.actor, request.GET.get("state", "")
    if state not in Enquiry.State.values:
        state = ""
    page = enquiring.enquiries(actor, state=state, cursor=request.GET.get("after", ""), limit=ROWS)
    may_ask = bool(scopes(actor.role, "enquiry.ask"))
    context = {
        "steps": enquiring.steps(actor, clock.now() - COUNTED),
        "days": COUNTED.days,
        "waiting": enquiring.to_be_asked(ROWS) if may_ask else [],
        "rows": page.items,
        "next": page.next,
        "state": state,
        "states": Enquiry.State.choices,
        "now": clock.now(),
        "may_pass_back": bool(scopes(actor.role, "enquiry.pass_back")),
    }
    return render(request, "console/enquiries.html", context)


def possible(actor: Actor, demand: Demand) -> str:
    """Returns what this person may do about an enterprise's demand now: `ask`, `pass_back`, ""."""
    if demand.state != DemandState.ACCEPTED or not demand.enterprise or demand.restricted:
        return ""
    asked = demand.enquiries.filter(state=Enquiry.State.ASKED).first()
    if asked is None:
        return "ask" if scopes(actor.role, "enquiry.ask") else ""
    mine = asked.unit_id == actor.unit_id and scopes(actor.role, "enquiry.pass_back")
    return "pass_back" if mine else ""


#: What is done with a demand: its form, its action, what is said then, its heading.
_DEEDS: dict[str, tuple[type[OnceForm], Callable[..., object], Any, Any]] = {
    "ask": (AskForm, actions.ask, gettext_lazy("已转专员。"), gettext_lazy("转专员")),
    "pass_back": (
        PassBackForm,
        actions.pass_back,
        gettext_lazy("已转派单台。"),
        gettext_lazy("转派单"),
    ),
}


@require_http_methods(["GET", "POST"])
@staff_page("enquiry.ask", "enquiry.pass_back")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    """The form of a step about one demand, and the step."""
    if action not in _DEEDS:
        raise NotFound("unknown_action", _("没有这项操作；请从页面上选择。"))
    demand = get_object_or_404(Demand.objects.filter(visible(request.actor)), pk=pk)
    kind, do, said, heading = _DEEDS[action]
    form = kind(request.POST or None)

    def done() -> tuple[str, str]:
        do(request.actor, pk, **form.given())
        return str(said), reverse("console:enquiries")

    answer, status = submitted(request, form, done)
    if answer:
        return answer
    context = {"form": form, "demand": demand, "heading": heading, "action": action}
    return render(request, "console/enquiry_act.html", context, status=status)
