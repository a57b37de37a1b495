"""设置 · 考核方案: versions of the schemes; proposing one, which another person approves.

Usually weights, thresholds and grades change and the rest stays: those are fields of a form, filled
in with the latest version. Whatever else a scheme may say is written as in a scheme file.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from minsheng.directory.permissions import scopes
from minsheng.doors.console.choices import Select
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm, dress
from minsheng.doors.console.once import submitted
from minsheng.doors.console.settings import draw
from minsheng.evaluation import schemes
from minsheng.evaluation.actions import proposing
from minsheng.evaluation.models import SchemeVersion
from minsheng.evaluation.rules import Scheme, Term

MOST_ROWS = 100

#: What a form can change of a term, as far as the term has it: field → its words.
_OF_TERM: dict[str, Promise] = {
    "weight": gettext_lazy("权重"),
    "points": gettext_lazy("满分"),
    "threshold": gettext_lazy("达标线（%）"),
    "per_point": gettext_lazy("每低一个百分点扣"),
    "floor": gettext_lazy("最低得分"),
}


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("变更理由"),
        max_length=200,
        help_text=gettext_lazy("如依据的文件和文号；记入日志。"),
    )


def _fields(term: Term) -> list[str]:
    """Returns the fields of a term that mean something: by weight, or by points lost."""
    return ["weight"] if term.weight is not None else ["points", "threshold", "per_point", "floor"]


class ValuesForm(OnceForm):
    """The numbers of a scheme's latest version, to be changed into those of a new one."""

    version = forms.CharField(label=gettext_lazy("新版本号"), max_length=32)
    effective_from = forms.DateField(label=gettext_lazy("生效日期"), widget=DateInput)
    minimum_sample = forms.IntegerField(
        label=gettext_lazy("满意率的最少参评数"), min_value=0, max_value=100_000
    )
    small_due = forms.IntegerField(
        label=gettext_lazy("小单位：应办理少于"), min_value=0, max_value=100_000
    )

    def __init__(self, latest: Scheme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="values_%s", **kwargs)
        self.latest = latest
        for name in ("minimum_sample", "small_due"):
            self.fields[name].initial = getattr(latest, name)
        for place, term in enumerate(latest.terms):
            for name in _fields(term):
                label = f"{term.label} · {_OF_TERM[name]}"
                self._add(f"term_{place}_{name}", label, getattr(term, name))
        for place, (grade, start) in enumerate(latest.grades):
            self._add(f"grade_{place}", _("%s · 起分") % grade, start)
        self.fields["reason"] = _reason()
        dress(self.fields["reason"])

    def _add(self, name: str, label: str, value: Decimal) -> None:
        field = forms.DecimalField(
            label=label, initial=value, min_value=0, max_digits=8, decimal_places=4
        )
        dress(field)
        self.fields[name] = field

    def content(self) -> str:
        """Returns the new version as a scheme file writes it."""
        given = self.cleaned_data
        terms = tuple(
            replace(term, **{name: given[f"term_{place}_{name}"] for name in _fields(term)})
            for place, term in enumerate(self.latest.terms)
        )
        grades = tuple(
            (grade, given[f"grade_{place}"])
            for place, (grade, _start) in enumerate(self.latest.grades)
        )
        names = ("version", "effective_from", "minimum_sample", "small_due")
        values = {name: given[name] for name in names}
        return schemes.as_text(replace(self.latest, terms=terms, grades=grades, **values))


class TextForm(OnceForm):
    """A new version of a scheme, as a scheme file writes it."""

    scheme = forms.ChoiceField(label=gettext_lazy("方案"), choices=schemes.names, widget=Select)
    content = forms.CharField(
        label=gettext_lazy("新版本内容"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}),
        help_text=gettext_lazy("已填入现行版本；改版本号、生效日期和各项权重。权重之和须为1。"),
    )
    reason = _reason()


@require_http_methods(["GET", "POST"])
@staff_page("settings.view")
def versions(request: StaffRequest) -> HttpResponse:
    """The schemes with their versions, and the forms to propose another one."""
    known = [code for code, _name in schemes.names()]
    chosen = request.GET.get("scheme", "")
    chosen = chosen if chosen in known else known[0]
    found = schemes.all_versions(chosen)
    sent = request.POST or None
    as_text = "content" in request.POST
    values = ValuesForm(found[-1], None if as_text else sent)
    initial = {"scheme": chosen, "content": schemes.as_text(found[-1])}
    text = TextForm(sent if as_text else None, initial=initial)

    def do() -> tuple[str, str]:
        if as_text:
            proposing.propose(request.actor, **text.given())
        else:
            reason = values.cleaned_data["reason"]
            proposing.propose(request.actor, chosen, values.content(), reason=reason)
        return _("已提出，待另一人批准后生效。"), reverse("console:settings-schemes")

    answer, status = submitted(request, text if as_text else values, do)
    if answer:
        return answer
    return draw(
        request,
        "schemes",
        status,
        values=values,
        text=text,
        versions=found[::-1],
        names=schemes.names(),
        chosen=chosen,
        proposed=_proposed(),
        may_decide=bool(scopes(request.actor.role, "evaluation.publish")),
    )


def _proposed() -> list[tuple[SchemeVersion, str]]:
    """Returns the versions of the console with the names of their schemes, the latest first."""
    names = dict(schemes.names())
    found = SchemeVersion.objects.order_by("-pk")[:MOST_ROWS]
    return [(one, names.get(one.scheme, one.scheme)) for one in found]


@require_POST
@staff_page("evaluation.publish")
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    approve = request.POST.get("approve") == "1"
    reason = request.POST.get("reason", "")
    proposing.decide(request.actor, pk, approve=approve, reason=reason)
    said = _("已批准，自生效日期起执行。") if approve else _("已记录不批准。")
    return done(request, said, reverse("console:settings-schemes"))
