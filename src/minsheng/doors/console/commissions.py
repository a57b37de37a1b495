"""第三方评估: draw for an institute, take out without names, bring back the scores."""

from itertools import chain

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm, DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.doors.downloads import table
from minsheng.followups import thirdparty
from minsheng.followups.models import Commission
from minsheng.foundation.errors import Refused

MOST_ROWS = 100


class CommissionForm(OnceForm):
    institute = forms.CharField(label=gettext_lazy("评估机构"), max_length=120)
    first = forms.DateField(label=gettext_lazy("办结日期从"), widget=DateInput)
    last = forms.DateField(label=gettext_lazy("到"), widget=DateInput)
    size = forms.IntegerField(
        label=gettext_lazy("件数"), min_value=1, max_value=thirdparty.MOST_ITEMS
    )


class ScoresForm(ConsoleForm):
    file = forms.FileField(
        label=gettext_lazy("评分文件"),
        help_text=gettext_lazy("CSV，含列 code、score（0到100）、remark；有一行不对就都不导入。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )


@require_http_methods(["GET", "POST"])
@staff_page("commission.view")
def shelf(request: StaffRequest) -> HttpResponse:
    form = CommissionForm(request.POST or None)

    def do() -> tuple[str, str]:
        row = thirdparty.commission(request.actor, **form.given())
        return _("已抽取，可以导出。"), reverse("console:commission", args=[row.pk])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {
        "rows": Commission.objects.order_by("-at", "-pk")[:MOST_ROWS],
        "form": form if scopes(request.actor.role, "commission.manage") else None,
    }
    return render(request, "console/commissions.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page("commission.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One commission: scores by unit, the file that goes out, and the one that comes back."""
    row = thirdparty.find(request.actor, pk)
    form, status = ScoresForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                new = thirdparty.bring_back(request.actor, pk, form.cleaned_data["file"].read())
            except Refused as refused:
                form.add_error("file", str(refused))
                status = refused.status
            else:
                said = _("已导入%d件评分。") % new
                return done(request, said, reverse("console:commission", args=[pk]))
    context = {
        "row": row,
        "units": thirdparty.by_unit(row),
        "form": form if scopes(request.actor.role, "commission.manage") else None,
    }
    return render(request, "console/commission.html", context, status=status)


@require_GET
@staff_page("commission.manage")
def take_out(request: StaffRequest, pk: int) -> HttpResponse:
    """The file for the institute, as a download."""
    items = thirdparty.taken_out(request.actor, pk)
    rows = ([item[name] for name in thirdparty.COLUMNS] for item in items)
    return table(f"commission-{pk}.csv", chain([thirdparty.COLUMNS], rows))
