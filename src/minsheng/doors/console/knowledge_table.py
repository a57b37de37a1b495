"""The knowledge base as a table: taken out as a file, brought in row by row."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console import batches
from minsheng.doors.console.batches import Same, Step
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm
from minsheng.exchange import knowledge
from minsheng.exchange.spreadsheet import MOST_BYTES, XLSX
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.knowledge.bulk import Landed
from minsheng.knowledge.queries import exported

MOST_ROWS = 500  # brought in with one press


class TableForm(OnceForm):
    """A file of items; whoever may approve may put them in force at once."""

    file = forms.FileField(
        label=gettext_lazy("知识表"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    publish = forms.BooleanField(label=gettext_lazy("导入后直接发布，不再审核"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not scopes(actor.role, "knowledge.approve"):
            del self.fields["publish"]


def part(actor: Actor, form: TableForm | None = None) -> dict[str, Any]:
    """Returns what the page of the keepers shows of this."""
    may_import = scopes(actor.role, "knowledge.import")
    return {
        "may_export": bool(scopes(actor.role, "knowledge.export")),
        "table": form or TableForm(actor=actor) if may_import else None,
        "most": MOST_ROWS,
    }


@never_cache
@require_GET
@staff_page("knowledge.export")
def take_out(request: StaffRequest) -> HttpResponse:
    """All items in force that one keeps, as a spreadsheet or as CSV."""
    sheet = request.GET.get("format") != "csv"
    data = knowledge.written(exported(request.actor), sheet=sheet)
    name = f"{_('知识库')}-{clock.now():%Y%m%d%H%M}.{'xlsx' if sheet else 'csv'}"
    response = HttpResponse(data, content_type=XLSX if sheet else "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@require_POST
@staff_page("knowledge.import")
def bring_in(request: StaffRequest) -> HttpResponse:
    """Takes a file over row by row and leads to what became of each."""
    form = TableForm(request.POST, request.FILES, actor=request.actor)
    if not form.is_valid():
        raise Invalid("bad_form", form.main_error)
    file, publish = form.cleaned_data["file"], form.cleaned_data.get("publish", False)
    lines = _lines(file)
    return batches.run(
        request,
        form.cleaned_data["once"],
        _("知识导入：%s") % file.name[:40],
        lambda: _steps(request.actor, lines, publish),
    )


def _lines(file: "UploadedFile[bytes]") -> list[knowledge.Line]:
    """Returns the rows of a file. Raises Invalid for one that cannot be read, or is too long."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"items{Path(str(file.name)).suffix[:8]}"
        path.write_bytes(file.read(MOST_BYTES + 1))
        lines = list(islice(knowledge.lines(path), MOST_ROWS + 1))
    if not lines:
        raise Invalid("no_rows", _("表里没有知识条目；请填写后再导入。"))
    if len(lines) > MOST_ROWS:
        raise Invalid("too_many_rows", _("一次最多导入%d行；请分成几份。") % MOST_ROWS)
    return lines


_SAID = {Landed.NEW: gettext_lazy("新增。"), Landed.CHANGED: gettext_lazy("提交了新版本。")}


def _steps(actor: Actor, lines: list[knowledge.Line], publish: bool) -> Iterator[Step]:
    for line in lines:

        def do(line: knowledge.Line = line) -> str:
            landed = knowledge.land(actor, line, publish=publish)
            if landed is Landed.KNOWN:
                raise Same(_("已有同样的内容。"))
            return str(_SAID[landed])

        yield Step(
            ref=line.cells.get("code", "")[:32] or "—",
            title=line.cells.get("title", "")[:120],
            what=_("第%d行") % line.number,
            address=reverse("console:knowledge-keeping"),
            do=do,
        )
