"""考核: evaluations on record, each result with the lines it comes from."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console.appeals import may_submit
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.console.once import pressed, submitted
from minsheng.evaluation import actions, queries, schemes
from minsheng.evaluation.models import Appeal, Evaluation
from minsheng.indicators.periods import Period

MOST_ROWS = 100

#: What is counted, as the table of results names it.
COUNTS = (
    ("due", gettext_lazy("应办理")),
    ("handled", gettext_lazy("办理")),
    ("overdue", gettext_lazy("超期办理")),
    ("rework", gettext_lazy("返工")),
    ("sampled", gettext_lazy("参评")),
    ("dissatisfied", gettext_lazy("不满意")),
)


class EvaluateForm(OnceForm):
    """What to evaluate; the reason is asked for where the period is published already."""

    scheme = forms.ChoiceField(label=gettext_lazy("方案"), choices=schemes.names)
    period = forms.CharField(
        label=gettext_lazy("统计周期"),
        max_length=24,
        help_text=gettext_lazy("如 2026Q1、2026-03、2026H1。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("修订理由"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("已发布的周期重新评价时必填，例如哪一件获准剔除。"),
    )


@require_http_methods(["GET", "POST"])
@staff_page("evaluation.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The evaluations on record, each in its last revision, and the form for another one."""
    form = EvaluateForm(request.POST or None)
    answer, status = submitted(request, form, lambda: _evaluated(request, **form.given()))
    if answer:
        return answer
    context = {
        "evaluations": [
            (one, Period.parse(one.period).label)
            for one in queries.newest(request.actor)[:MOST_ROWS]
        ],
        "form": form if scopes(request.actor.role, "evaluation.compute") else None,
    }
    return render(request, "console/evaluations.html", context, status=status)


def _evaluated(request: StaffRequest, scheme: str, period: str, reason: str) -> tuple[str, str]:
    evaluation = actions.evaluate(request.actor, scheme, period, reason=reason)
    return _("已评价，存为草稿。"), reverse("console:evaluation", args=[evaluation.pk])


@require_GET
@staff_page("evaluation.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """One evaluation: every unit's counts, lines, result and place among its like.

    A unit sees its own result, with its place and the mean of those that it is compared with.
    """
    actor = request.actor
    evaluation = queries.find(actor, pk)
    period = Period.parse(evaluation.period)
    unit = 0 if queries.sees_all(actor) else actor.unit_id or 0
    name = evaluation.results.get(unit=unit).unit_name if unit else ""
    appealed = queries.appeals(actor).filter(evaluation=evaluation).order_by("pk")
    context = {
        "evaluation": evaluation,
        "period": period.label,
        "reason": queries.reason(actor, evaluation.reason),
        "groups": [
            (group, rows) for group in queries.groups(evaluation) if (rows := _rows(group, unit))
        ],
        "changes": [_told(change) for change in evaluation.changes if name in ("", change["unit"])],
        "notes": [note for note in queries.notes(period) if unit in (0, note.unit_id)],
        "appeals": appealed,
        "revisions": queries.seen(actor)
        .filter(scheme=evaluation.scheme, period=evaluation.period)
        .order_by("revision"),
        "may_appeal": may_submit(actor, evaluation)
        and not any(one.state == Appeal.State.SUBMITTED for one in appealed),
        "button": OnceForm(auto_id=False),
        "may_publish": evaluation.state == Evaluation.State.DRAFT
        and bool(scopes(actor.role, "evaluation.publish")),
    }
    return render(request, "console/evaluation.html", context)


def _rows(group: queries.Group, unit: int) -> list[tuple[queries.Ranked, list[tuple[Any, Any]]]]:
    """Returns the rows of a group with their counts in words; of one unit only, where told."""
    return [
        (row, [(label, row.result.counts.get(name)) for name, label in COUNTS])
        for row in group.rows
        if unit in (0, row.result.unit_id)
    ]


def _told(change: dict[str, list[object]]) -> tuple[object, list[tuple[str, list[object]]]]:
    """Returns the unit of a change and what is another now, in the words of the page."""
    labels = {**{name: str(label) for name, label in COUNTS}}
    labels |= {"composite": _("综合指标值"), "grade": _("等级")}
    pairs = [(labels[what], pair) for what, pair in change.items() if what in labels]
    return change["unit"], pairs


@require_POST
@staff_page("evaluation.publish")
def publish(request: StaffRequest, pk: int) -> HttpResponse:
    get_object_or_404(Evaluation, pk=pk)

    def do() -> tuple[str, str]:
        actions.publish(request.actor, pk)
        return _("已发布，结果从此不能改动。"), reverse("console:evaluation", args=[pk])

    return pressed(request, do)
