"""简报: issues made from the facts, read as they will look, reworded around their figures."""

from collections.abc import Iterator

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from minsheng.bulletins import actions, templates
from minsheng.bulletins.model import Figure, Paragraph
from minsheng.bulletins.models import Issue
from minsheng.bulletins.render import FORMATS, html, renderer
from minsheng.bulletins.render.numbering import day
from minsheng.directory.permissions import scopes
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.console.once import submitted
from minsheng.foundation import journal
from minsheng.indicators.periods import Period

MOST_ROWS = 100

#: What people call the formats, and what a browser is told of them.
KINDS = {
    "docx": (
        gettext_lazy("Word文档"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "pdf": ("PDF", "application/pdf"),
    "html": (gettext_lazy("网页"), "text/html; charset=utf-8"),
    "xlsx": (
        gettext_lazy("表格"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "json": ("JSON", "application/json"),
}
#: What was done to an issue, as its history says it.
DEEDS = {
    "bulletin.make": gettext_lazy("编制"),
    "bulletin.edit": gettext_lazy("改文字"),
    "bulletin.publish": gettext_lazy("发布"),
}


class MakeForm(OnceForm):
    """Which bulletin to make; a unit or category only for a template that is about one."""

    template = forms.ChoiceField(label=gettext_lazy("模板"), choices=templates.names)
    period = forms.CharField(
        label=gettext_lazy("统计周期"),
        max_length=24,
        help_text=gettext_lazy("如 2026-06-30、2026-W26、2026-06、2026Q2、2026H1、2026。"),
    )
    unit = forms.CharField(
        label=gettext_lazy("单位"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("名称或代码；仅单位通报单需要。"),
    )
    category = forms.CharField(
        label=gettext_lazy("诉求类别"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("名称或代码；仅专题分析需要。"),
    )


class EditForm(OnceForm):
    """The words of an issue's paragraphs, one field before, between and behind their figures.

    Figures are no fields: they stand between them and cannot be typed over.
    """

    edits = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, issue: Issue, data: object = None) -> None:
        self.paragraphs = [
            block for block in issue.bulletin.blocks() if isinstance(block, Paragraph)
        ]
        super().__init__(data, initial={"edits": issue.edits})
        for number, paragraph in enumerate(self.paragraphs, 1):
            for place, words in enumerate(_words(paragraph)):
                label = _("第%(number)d段第%(place)d处文字") % {
                    "number": number,
                    "place": place + 1,
                }
                self.fields[f"{paragraph.id}-{place}"] = forms.CharField(
                    label=label,
                    required=False,
                    max_length=2000,
                    initial=words,
                    widget=forms.Textarea(
                        attrs={"rows": 1, "aria-label": label, "class": "words form-control"}
                    ),
                )

    def lines(self) -> Iterator[list[tuple[forms.BoundField, Figure | None]]]:
        """Yields each paragraph as fields, each with the figure behind it."""
        for paragraph in self.paragraphs:
            figures = [part for part in paragraph.parts if isinstance(part, Figure)]
            yield [
                (self[f"{paragraph.id}-{place}"], figure)
                for place, figure in enumerate([*figures, None])
            ]

    def sentences(self) -> dict[str, list[str]]:
        """Returns the words as `actions.edit_sentences` takes them."""
        return {
            paragraph.id: [
                self.cleaned_data[f"{paragraph.id}-{place}"]
                for place in range(len(_words(paragraph)))
            ]
            for paragraph in self.paragraphs
        }


def _words(paragraph: Paragraph) -> list[str]:
    """Returns the words before, between and behind a paragraph's figures."""
    words = [""]
    for part in paragraph.parts:
        if isinstance(part, Figure):
            words.append("")
        else:
            words[-1] += part
    return words


@require_http_methods(["GET", "POST"])
@staff_page("bulletin.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The issues, newest first, and the form for another one."""
    form = MakeForm(request.POST or None)
    answer, status = submitted(request, form, lambda: _made(request, form.cleaned_data))
    if answer:
        return answer
    names = dict(templates.names())
    context = {
        "issues": [
            (issue, names.get(issue.template, issue.template), Period.parse(issue.period).label)
            for issue in Issue.objects.defer("content").order_by("-made_at", "-pk")[:MOST_ROWS]
        ],
        "form": form if scopes(request.actor.role, "bulletin.make") else None,
    }
    return render(request, "console/bulletins.html", context, status=status)


def _made(request: StaffRequest, given: dict[str, str]) -> tuple[str, str]:
    issue = actions.create(
        request.actor,
        given["template"],
        given["period"],
        unit=given["unit"],
        category=given["category"],
    )
    return _("已编制，存为草稿。"), reverse("console:bulletin", args=[issue.pk])


@require_GET
@staff_page("bulletin.view")
def show(request: StaffRequest, pk: int) -> HttpResponse:
    """An issue as it will look, its files, what was done to it, and what the reader may do."""
    issue = get_object_or_404(Issue, pk=pk)
    bulletin = issue.bulletin
    draft = issue.state == Issue.State.DRAFT
    context = {
        "issue": issue,
        "bulletin": bulletin,
        "issued": day(bulletin.issued_on),
        "body": mark_safe(html.body(bulletin)),  # noqa: S308 (it escapes all words)
        "formats": [(format, KINDS[format][0]) for format in FORMATS],
        "history": [
            (entry, DEEDS[entry.action], _rewordings(entry.said["changes"]["note"]))
            for entry in journal.timeline("bulletin", pk)
        ],
        "may": {
            verb: draft and bool(scopes(request.actor.role, f"bulletin.{verb}"))
            for verb in ("make", "edit", "publish")
        },
    }
    return render(request, "console/bulletin.html", context)


def _rewordings(note: dict[str, object]) -> list[list[str]]:
    """Returns each paragraph that an edit changed, before and after."""
    return [pair for pair in note.values() if isinstance(pair, list)]


@require_http_methods(["GET", "POST"])
@staff_page("bulletin.edit")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The editor: words in fields, figures locked between them."""
    issue = get_object_or_404(Issue, pk=pk)
    form = EditForm(issue, request.POST or None)
    answer, status = submitted(request, form, lambda: _edited(request, issue, form))
    if answer:
        return answer
    return render(
        request, "console/bulletin_edit.html", {"issue": issue, "form": form}, status=status
    )


def _edited(request: StaffRequest, issue: Issue, form: EditForm) -> tuple[str, str]:
    edits = form.cleaned_data["edits"]
    actions.edit_sentences(request.actor, issue.pk, form.sentences(), edits=edits)
    return _("文字已保存，数字未动。"), reverse("console:bulletin", args=[issue.pk])


@require_GET
@staff_page("bulletin.view")
def download(request: StaffRequest, pk: int, format: str) -> HttpResponse:
    """An issue as a file."""
    make = renderer(format)
    issue = get_object_or_404(Issue, pk=pk)
    name = f"{issue.title}.{format}"
    response = HttpResponse(make(issue.bulletin), content_type=KINDS[format][1])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@require_POST
@staff_page("bulletin.publish")
def publish(request: StaffRequest, pk: int) -> HttpResponse:
    actions.publish(request.actor, pk)
    return done(request, _("已发布，内容从此不能改动。"), reverse("console:bulletin", args=[pk]))


@require_POST
@staff_page("bulletin.make")
def discard(request: StaffRequest, pk: int) -> HttpResponse:
    actions.discard(request.actor, pk)
    return done(request, _("草稿已删除。"), reverse("console:bulletins"))
