"""双随机抽检: the draws on record, each proved again, and the form for another one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.followups import sampling
from minsheng.followups.models import Sample
from minsheng.foundation import keyset
from minsheng.foundation.errors import Conflict

ROWS = 50  # of a page


class DrawForm(OnceForm):
    """Among what to draw, and by which seed."""

    first = forms.DateField(label=gettext_lazy("办结日期从"), widget=DateInput)
    last = forms.DateField(label=gettext_lazy("到"), widget=DateInput)
    seed = forms.CharField(
        label=gettext_lazy("种子"),
        required=False,
        max_length=64,
        help_text=gettext_lazy(
            "任意文字，如当众抽出的号码；不填则随机产生。同一种子抽出同一名单。"
        ),
    )
    share = forms.FloatField(
        label=gettext_lazy("抽取比例"),
        required=False,
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("如 0.3；不填则按各组规则的比例。"),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


@require_http_methods(["GET", "POST"])
@staff_page("sample.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The draws, the latest first, and the form for another one."""
    form = DrawForm(request.POST or None)
    answer, status = submitted(request, form, lambda: _drawn(request, form.cleaned_data))
    if answer:
        return answer
    page = keyset.fetch(
        Sample.objects.values("id", "at"), "-at", request.GET.get("after", ""), ROWS
    )
    found = Sample.objects.in_bulk([row["id"] for row in page.items])
    context = {
        "rows": [found[row["id"]] for row in page.items],
        "next": page.next,
        "form": form if scopes(request.actor.role, "sample.draw") else None,
    }
    return render(request, "console/samples.html", context, status=status)


def _drawn(request: StaffRequest, given: dict[str, Any]) -> tuple[str, str]:
    first, last, share = given["first"], given["last"], given["share"]
    shares = None
    if share is not None:
        groups = sampling.groups_of(sampling.candidates(first, last), "")
        shares = {group["rule"]: share for group in groups}
    row = sampling.sample(request.actor, first, last, seed=given["seed"], shares=shares)
    if row is None:
        raise Conflict("nobody", _("这些日子没有可抽的诉求；请换一段日期。"))
    return _("已抽取，被抽中的将列入回访。"), reverse("console:sample", args=[row.pk])


@require_GET
@staff_page("sample.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One draw, repeated from its seed: lists, block and scattered numbers."""
    row = sampling.find(request.actor, pk)
    context = {
        "row": row,
        "groups": [(group, len(sampling.drawn_in(group))) for group in row.groups],
        "alike": not sampling.again(row),
        "planned": row.followup_set.count(),
        "may_call": scopes(request.actor.role, "follow_up.evaluate"),
    }
    return render(request, "console/sample.html", context)
