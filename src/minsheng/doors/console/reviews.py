"""研判会清单: a month's orders whose petitioners were not content, one decision each."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.demands.rules import Grade
from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices
from minsheng.doors.console.deeds import words
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.followups import reviews
from minsheng.followups.models import Review
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid

MOST_ROWS = 500


class DecideForm(ConsoleForm):
    decision = forms.ChoiceField(
        label=gettext_lazy("研判结论"), choices=Review.Decision.choices, widget=forms.RadioSelect
    )
    note = words(gettext_lazy("说明"), rows=2)


@require_GET
@staff_page("review.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The list of a month, this one's unless another is asked for."""
    month = request.GET.get("month", "") or f"{clock.now():%Y-%m}"
    rows = reviews.listed(request.actor, month)[:MOST_ROWS]
    names = choices.names()["reason_code"]
    may_decide = bool(scopes(request.actor.role, "review.decide"))
    context = {
        "month": month,
        "rows": [
            {
                "row": row,
                "grade": Grade(row.grade).label,
                "reason": "：".join(
                    part for part in (names.get(row.reason_code, ""), row.reason) if part
                ),
                "review": review,
                "form": DecideForm(auto_id=f"r{row.pk}_%s")
                if may_decide and review is None
                else None,
            }
            for row in rows
            for review in [getattr(row, "review", None)]
        ],
    }
    return render(request, "console/reviews.html", context)


@require_POST
@staff_page("review.decide")
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    form = DecideForm(request.POST)
    if not form.is_valid():
        raise Invalid("missing", form.main_error)
    review = reviews.decide(request.actor, pk, **form.cleaned_data)
    month = review.follow_up.evaluated_at
    assert month
    address = reverse("console:reviews")
    return done(
        request, _("已记录研判结论。"), f"{address}?month={month.astimezone(clock.ZONE):%Y-%m}"
    )
