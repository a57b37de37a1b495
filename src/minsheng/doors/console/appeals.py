"""考核申诉: a unit's leader contests a published result; the centre answers and puts right."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm, words
from minsheng.doors.console.once import submitted
from minsheng.evaluation import queries
from minsheng.evaluation.actions import appeals, exclusions
from minsheng.evaluation.models import Appeal, Correction, Evaluation
from minsheng.foundation import clock, keyset
from minsheng.foundation.errors import NotFound
from minsheng.indicators.periods import Period

ROWS = 50  # of a page

STATE_TONES = {
    Appeal.State.SUBMITTED: "near",
    Appeal.State.GRANTED: "ok",
    Appeal.State.REFUSED: "late",
}


def _numbers(text: str) -> list[str]:
    """Returns the numbers in a text, however they are set apart."""
    for mark in "，,、；;\n":
        text = text.replace(mark, " ")
    return [number.upper() for number in text.split()]


class SubmitForm(OnceForm):
    """Why a result is not right, and which orders are meant."""

    reason = words(gettext_lazy("申诉理由"), rows=5)
    demands = forms.CharField(
        label=gettext_lazy("涉及的诉求号"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("可写多个，用空格或逗号分开。"),
    )


class GrantForm(OnceForm):
    """What is put right: demands left out, or counts."""

    answer = words(gettext_lazy("答复"), rows=4)
    exclude = forms.CharField(
        label=gettext_lazy("剔除的诉求号"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("您算初审同意，须由另一位复核后才剔除。"),
    )
    reason_code = forms.ChoiceField(
        label=gettext_lazy("剔除事由"),
        required=False,
        choices=lambda: [("", "—"), *choices.reasons("exclusion")],
        widget=Select,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in Correction.Count.choices:
            field = forms.IntegerField(
                label=_("更正：%s") % label,
                required=False,
                min_value=-appeals.MOST_CORRECTED,
                max_value=appeals.MOST_CORRECTED,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )
            self.fields[name] = field
        self.fields["due"].help_text = _("增减的件数，如 -1；不更正的留空。")

    def given(self) -> dict[str, Any]:
        """Returns what the action takes."""
        sent = self.cleaned_data
        return {
            "answer": sent["answer"],
            "exclude": _numbers(sent["exclude"]),
            "reason_code": sent["reason_code"],
            "corrections": {name: sent[name] or 0 for name in Correction.Count.values},
        }


class RefuseForm(OnceForm):
    answer = words(gettext_lazy("答复"), rows=4)


_DEEDS: dict[str, tuple[Any, type[OnceForm], Any, Any]] = {
    "grant": (
        gettext_lazy("申诉成立"),
        GrantForm,
        appeals.grant,
        gettext_lazy("已答复：申诉成立。考核结果会重新计算。"),
    ),
    "refuse": (
        gettext_lazy("申诉不成立"),
        RefuseForm,
        appeals.refuse,
        gettext_lazy("已答复：申诉不成立。"),
    ),
    "withdraw": (
        gettext_lazy("撤回申诉"),
        OnceForm,
        appeals.withdraw,
        gettext_lazy("申诉已撤回。"),
    ),
}


def _possible(actor: Actor, row: Appeal) -> dict[str, OnceForm]:
    """Returns the forms of what this person may do with an appeal now."""
    if row.state != Appeal.State.SUBMITTED:
        return {}
    return {
        name: kind(
            auto_id=f"{name}_%s",
            **({"initial": {"exclude": " ".join(row.demands)}} if name == "grant" else {}),
        )
        for name, (_label, kind, _do, _said) in _DEEDS.items()
        if scopes(actor.role, f"appeal.{name}")
    }


@require_GET
@staff_page("appeal.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The appeals, the latest first."""
    rows = queries.appeals(request.actor)
    page = keyset.fetch(
        rows.values("id", "submitted_at"), "-submitted_at", request.GET.get("after", ""), ROWS
    )
    found = rows.in_bulk([one["id"] for one in page.items])
    context = {"rows": [_shown(found[one["id"]]) for one in page.items], "next": page.next}
    return render(request, "console/appeals.html", context)


def _shown(row: Appeal) -> dict[str, Any]:
    waits = row.state == Appeal.State.SUBMITTED
    return {
        "row": row,
        "period": Period.parse(row.evaluation.period).label,
        "tone": STATE_TONES.get(Appeal.State(row.state), ""),
        "late": bool(waits and row.due_at and row.due_at < clock.now()),
    }


@require_GET
@staff_page("appeal.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    row = queries.appeal(request.actor, pk)
    return _draw(request, row, {})


def _draw(
    request: StaffRequest, row: Appeal, sent: dict[str, OnceForm], status: int = 200
) -> HttpResponse:
    """Draws an appeal, with a form for each thing that may be done; `sent` are filled in."""
    forms = _possible(request.actor, row) | sent
    context = {
        **_shown(row),
        "corrections": row.corrections.order_by("pk"),
        "exclusions": row.exclusions.select_related("demand").order_by("pk"),
        "deeds": [(name, _DEEDS[name][0], form) for name, form in forms.items()],
    }
    return render(request, "console/appeal.html", context, status=status)


@require_POST
@staff_page("appeal.grant", "appeal.withdraw")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    if action not in _DEEDS:
        raise NotFound("not_found", _("没有这个操作；请从页面上选择。"))
    _label, kind, do, said = _DEEDS[action]
    form = kind(request.POST, auto_id=f"{action}_%s")

    def act_once() -> tuple[str, str]:
        do(request.actor, pk, **form.given())
        return str(said), reverse("console:appeal", args=[pk])

    answer, status = submitted(request, form, act_once)
    return answer or _draw(request, queries.appeal(request.actor, pk), {action: form}, status)


def may_submit(actor: Actor, evaluation: Evaluation) -> bool:
    """Tells whether this person may contest their unit's result now."""
    if evaluation.state != Evaluation.State.PUBLISHED or not scopes(actor.role, "appeal.submit"):
        return False
    return queries.current(evaluation.scheme, Period.parse(evaluation.period)) == evaluation


@require_http_methods(["GET", "POST"])
@staff_page("appeal.submit")
def submit(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of an appeal against one evaluation."""
    evaluation = queries.find(request.actor, pk)
    form = SubmitForm(request.POST or None)

    def do() -> tuple[str, str]:
        given = form.cleaned_data
        numbers = _numbers(given["demands"])
        made = appeals.submit(request.actor, pk, reason=given["reason"], demands=numbers)
        return _("申诉已提交。"), reverse("console:appeal", args=[made.pk])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {
        "form": form,
        "evaluation": evaluation,
        "period": Period.parse(evaluation.period).label,
        "until": exclusions.deadline("appeal", evaluation.published_at, evaluation.scheme)
        if evaluation.published_at
        else None,
    }
    return render(request, "console/appeal_submit.html", context, status=status)
