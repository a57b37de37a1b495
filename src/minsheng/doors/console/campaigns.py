"""外呼调查: written, drawn, called person by person, and counted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console import claims
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm, words
from minsheng.doors.console.once import pressed, submitted
from minsheng.followups import campaigns
from minsheng.followups.models import Campaign, CampaignCall
from minsheng.foundation.errors import NotFound

MOST_ROWS = 100
DESK = "campaign"  # of the claims on who is called; its items are calls
_TRIED = 5  # of those that wait, where others claim them at the same moment

#: How a line of the form says what kind of question it is.
_KINDS = {"是非": Campaign.Kind.YES_NO, "打分": Campaign.Kind.SCALE, "文字": Campaign.Kind.WORDS}
_ANSWERS: dict[str, list[tuple[str, Any]]] = {
    Campaign.Kind.YES_NO: [("yes", gettext_lazy("是")), ("no", gettext_lazy("否"))],
    Campaign.Kind.SCALE: [(str(n), str(n)) for n in range(1, 6)],
}


class CampaignForm(OnceForm):
    title = forms.CharField(label=gettext_lazy("调查名称"), max_length=120)
    questions = forms.CharField(
        label=gettext_lazy("问题"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "每行一个，开头写题型：是非、打分（1至5）或文字。如：打分 您对热线服务满意吗"
        ),
    )
    first = forms.DateField(label=gettext_lazy("受理日期从"), widget=DateInput)
    last = forms.DateField(label=gettext_lazy("到"), widget=DateInput)
    size = forms.IntegerField(
        label=gettext_lazy("访问人数"), min_value=1, max_value=campaigns.MOST_PEOPLE
    )

    def clean_questions(self) -> list[dict[str, str]]:
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["questions"].splitlines())):
            kind = next((one for one in _KINDS if line.startswith(one)), None)
            if kind is None:
                raise forms.ValidationError(_("“%s”没有写题型：是非、打分或文字。") % line[:40])
            found.append({"kind": _KINDS[kind], "text": line.removeprefix(kind).strip(" ：:")})
        return found


class RecordForm(OnceForm):
    """The questions of a campaign, as they are asked."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("访问结果"),
        choices=[one for one in CampaignCall.State.choices if one[0] != "waiting"],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        self.campaign = campaign
        super().__init__(*args, **kwargs)
        for place, question in enumerate(campaign.questions):
            label, kind = f"{place + 1}. {question['text']}", question["kind"]
            if kind in _ANSWERS:
                field: forms.Field = forms.ChoiceField(
                    label=label, required=False, choices=_ANSWERS[kind], widget=forms.RadioSelect
                )
            else:
                field = words(label, required=False, rows=2, limit=500)
                field.widget.attrs["class"] = "form-control"
            self.fields[f"q{place}"] = field

    def answers(self) -> list[str]:
        return [self.cleaned_data[f"q{place}"] for place in range(len(self.campaign.questions))]


@require_http_methods(["GET", "POST"])
@staff_page("campaign.view")
def shelf(request: StaffRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)

    def do() -> tuple[str, str]:
        row = campaigns.create(request.actor, **form.given())
        return _("调查已建立，抽取名单后开始。"), reverse("console:campaign", args=[row.pk])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {
        "rows": Campaign.objects.order_by("-at", "-pk")[:MOST_ROWS],
        "form": form if scopes(request.actor.role, "campaign.manage") else None,
    }
    return render(request, "console/campaigns.html", context, status=status)


@require_GET
@staff_page("campaign.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    return _draw(request, campaigns.find(request.actor, pk))


def _mine(request: StaffRequest, row: Campaign) -> CampaignCall | None:
    """Returns whom this caller has before them, and keeps them there for a while more."""
    staff = request.post.staff_id
    mine = campaigns.waiting(row).filter(pk__in=claims.held(DESK, staff)).first()
    return mine if mine and claims.take(DESK, mine.pk, staff) else None


def _take_next(request: StaffRequest, row: Campaign) -> bool:
    """Puts the next person before this caller, whom nobody else has; False where there is none."""
    staff = request.post.staff_id
    free = campaigns.waiting(row).filter(claims.free(DESK, staff))
    return any(claims.take(DESK, one.pk, staff) for one in free[:_TRIED])


def _draw(
    request: StaffRequest,
    row: Campaign,
    form: RecordForm | None = None,
    status: int = 200,
    call: CampaignCall | None = None,
) -> HttpResponse:
    role, labels = request.actor.role, dict(CampaignCall.State.choices)
    calling = row.state == Campaign.State.RUNNING and bool(scopes(role, "campaign.call"))
    call = call or (_mine(request, row) if calling else None)
    manages = bool(scopes(role, "campaign.manage"))
    names = {kind: {code: str(name) for code, name in _ANSWERS[kind]} for kind in _ANSWERS}
    context = {
        "row": row,
        "tally": [(labels[state], n) for state, n in campaigns.tally(row)],
        "results": [
            {
                **one,
                "counts": [
                    (names[one["kind"]].get(code, code), n) for code, n in one["counts"].items()
                ],
            }
            for one in campaigns.results(row)
        ],
        "call": call,
        "waits": calling and not call and campaigns.waiting(row).exists(),
        "form": (form or RecordForm(campaign=row)) if call else None,
        "deed": {"draft": "start", "running": "close"}.get(row.state, "") if manages else "",
        "button": OnceForm(auto_id=False),
    }
    return render(request, "console/campaign.html", context, status=status)


@require_POST
@staff_page("campaign.manage")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    deed = {"start": campaigns.start, "close": campaigns.close}.get(action)
    if deed is None:
        raise NotFound("not_found", _("没有这个操作；请从页面上选择。"))

    def do() -> tuple[str, str]:
        deed(request.actor, pk)
        said = _("名单已抽取，可以开始访问。") if action == "start" else _("调查已结束。")
        return said, reverse("console:campaign", args=[pk])

    return pressed(request, do)


@require_POST
@staff_page("campaign.call")
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """Puts the next person to be called before this caller: only who asks for one gets one."""
    row = campaigns.find(request.actor, pk)
    if not (_mine(request, row) or _take_next(request, row)):
        said = _("余下的诉求人正由别人访问；稍后再试，没有访问完的会再轮到。")
        messages.error(request, said)
    return redirect("console:campaign", pk)


@require_POST
@staff_page("campaign.call")
def record(request: StaffRequest, pk: int, call: int) -> HttpResponse:
    """Takes down one call, and leads to the next one."""
    row = campaigns.find(request.actor, pk)
    asked = row.calls.filter(pk=call).select_related("petitioner__identity", "demand").first()
    if asked is None:
        raise NotFound("not_found", _("没有这次访问；请从名单中选择。"))
    form = RecordForm(request.POST, campaign=row)

    def do() -> tuple[str, str]:
        outcome, answers = form.cleaned_data["outcome"], form.answers()
        campaigns.record(request.actor, call, outcome=outcome, answers=answers)
        claims.release(DESK, call, request.post.staff_id)
        _take_next(request, row)
        return _("已记录，请访问下一位。"), reverse("console:campaign", args=[pk])

    answer, status = submitted(request, form, do)
    return answer or _draw(request, row, form, status, asked)
