"""研判会清单: a month's orders whose petitioners were not content, one decision each."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.demands.rules import DISSATISFIED, Grade
from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm, words
from minsheng.doors.console.once import submitted
from minsheng.followups import reviews
from minsheng.followups.models import Review
from minsheng.foundation import clock

MOST_ROWS = 500


class DecideForm(OnceForm):
    decision = forms.ChoiceField(
        label=gettext_lazy("研判结论"), choices=Review.Decision.choices, widget=forms.RadioSelect
    )
    note = words(gettext_lazy("说明"), rows=2)


@require_GET
@staff_page("review.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The list of a month, this one's unless another is asked for."""
    return _draw(request, request.GET.get("month", "") or f"{clock.now():%Y-%m}")


def _draw(
    request: StaffRequest, month: str, tried: dict[int, DecideForm] | None = None, status: int = 200
) -> HttpResponse:
    rows = reviews.listed(request.actor, month)[:MOST_ROWS]
    names = choices.names()["reason_code"]
    may_decide = bool(scopes(request.actor.role, "review.decide"))
    context = {
        "month": month,
        "rows": [
            {
                "row": row,
                "grade": Grade(row.grade).label,
                "dissatisfied": row.grade in DISSATISFIED,
                "reason": "：".join(
                    part for part in (names.get(row.reason_code, ""), row.reason) if part
                ),
                "review": review,
                "form": (tried or {}).get(row.pk) or DecideForm(auto_id=f"r{row.pk}_%s")
                if may_decide and review is None
                else None,
            }
            for row in rows
            for review in [getattr(row, "review", None)]
        ],
    }
    return render(request, "console/reviews.html", context, status=status)


@require_POST
@staff_page("review.decide")
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Takes down one decision, and leads back to the list of its month."""
    evaluated_at = reviews.find(request.actor, pk).evaluated_at
    assert evaluated_at
    month = f"{evaluated_at.astimezone(clock.ZONE):%Y-%m}"
    form = DecideForm(request.POST, auto_id=f"r{pk}_%s")

    def do() -> tuple[str, str]:
        reviews.decide(request.actor, pk, **form.given())
        return _("已记录研判结论。"), f"{reverse('console:reviews')}?month={month}"

    answer, status = submitted(request, form, do)
    return answer or _draw(request, month, {pk: form}, status)
