"""Orders by spreadsheet: taken out, filled in by the unit's own system, brought back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from minsheng.demands.queries import dictionaries, sees_masks
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console import batches, choices
from minsheng.doors.console.batches import Outcome, Same, Step
from minsheng.doors.console.deeds import DEEDS, label
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import ConsoleForm, OnceForm
from minsheng.doors.console.tabs import ORDERS, WORK, Tab
from minsheng.doors.console.timeline import FINDINGS
from minsheng.doors.console.worklists import whereabouts
from minsheng.doors.models import SheetRow
from minsheng.exchange import unit_sheet
from minsheng.exchange.spreadsheet import MOST_BYTES, XLSX
from minsheng.exchange.unit_sheet import MOST_ROWS, Faulty, Filled, OrderLine
from minsheng.foundation import city_calendar, clock
from minsheng.foundation.calendar import UnknownYear
from minsheng.foundation.errors import Invalid, NotFound, Refused
from minsheng.foundation.language import listed
from minsheng.insight import replying
from minsheng.orders import actions
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import OPEN, RUNNING, OrderState, Part


def _lists(actor: Actor) -> list[Tab]:
    return [tab for tab in WORK.get(actor.role, ()) if tab.rows == ORDERS]


class ExportForm(ConsoleForm):
    """Which list is taken out."""

    tab = forms.ChoiceField(label=gettext_lazy("列表"), widget=choices.Select)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tab"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(tab.code, tab.label) for tab in _lists(actor)]


class ImportForm(OnceForm):
    """The sheet as it comes back."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


@staff_page("order.export")
def page(request: StaffRequest) -> HttpResponse:
    """Where orders are taken out and brought back."""
    return _draw(request, ImportForm())


def _draw(request: StaffRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    context = {
        "export": ExportForm(actor=actor, initial={"tab": request.GET.get("tab", "")}),
        "form": form,
        "may_import": bool(scopes(actor.role, "order.sign")),
        "most": MOST_ROWS,
    }
    return render(request, "console/sheets.html", context, status=status)


# Out


@never_cache
@require_POST
@staff_page("order.export")
def take_out(request: StaffRequest) -> HttpResponse:
    """A list of orders as a file. Petitioners are masked; that it was taken is on record."""
    form = ExportForm(request.POST, actor=request.actor)
    if not form.is_valid():
        raise NotFound("not_found", _("没有这个列表；请重新选择。"))
    tab = next(tab for tab in _lists(request.actor) if tab.code == form.cleaned_data["tab"])
    lines = list(_lines(request.actor, tab))
    actions.export(request.actor, what=tab.code, rows=len(lines))
    name = f"{request.post.unit.short_name or request.post.unit.name}-{tab.label}"
    return _file(f"{name}-{clock.now():%Y%m%d%H%M}.xlsx", unit_sheet.write(lines))


@never_cache
@staff_page("demand.view")
def batch(request: StaffRequest, token: UUID) -> HttpResponse:
    """What became of a batch, line by line, as a file."""
    found = batches.find(request, token)
    lines = [{**line, "label": str(Outcome(line["outcome"]).label)} for line in found.lines]
    return _file(f"{found.heading}.xlsx", unit_sheet.results(lines))


def _file(name: str, data: bytes) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


_COLUMNS = (
    *("work_order__number", "unit_id", "part", "state", "assigned_at", "sign_due_at"),
    *("contact_due_at", "due_at", "limit", "rework_count", "extension_count", "urge_count"),
    *("demand__number", "demand__title", "demand__text", "demand__kind_id"),
    *("demand__category_id", "demand__district_id", "demand__place", "demand__urgent"),
    *("demand__confidential", "demand__petitioner__identity__name_mask"),
    "demand__petitioner__identity__phone_mask",
)


def _lines(actor: Actor, tab: Tab) -> Iterator[OrderLine]:
    """Yields the rows of a list in its order, `MOST_ROWS` at most."""
    names, now = dictionaries(), clock.now()
    found = Assignment.objects.filter(visible_orders(actor)).filter(tab.where(actor))
    for row in found.order_by(tab.sort, "pk").values(*_COLUMNS)[:MOST_ROWS]:
        unit = names.units.get(row["unit_id"])
        kind = names.kinds.get(row["demand__kind_id"])
        category = names.categories.get(row["demand__category_id"])
        district = names.districts.get(row["demand__district_id"])
        masks = sees_masks(actor, confidential=row["demand__confidential"])
        yield OrderLine(
            number=row["work_order__number"],
            unit_code=unit.code if unit else "",
            unit=unit.name if unit else "",
            part=str(Part(row["part"]).label),
            state=str(OrderState(row["state"]).label),
            demand=row["demand__number"] or "",
            title=row["demand__title"],
            text=row["demand__text"],
            kind=kind.name if kind else "",
            category=" / ".join(category.path) if category else "",
            place=whereabouts(district, row["demand__place"]),
            urgent=_("急") if row["demand__urgent"] else "",
            petitioner=(row["demand__petitioner__identity__name_mask"] or "") if masks else "",
            phone=(row["demand__petitioner__identity__phone_mask"] or "") if masks else "",
            assigned_at=row["assigned_at"],
            sign_due_at=row["sign_due_at"],
            contact_due_at=row["contact_due_at"],
            due_at=row["due_at"],
            days_left=_days_left(now, row["due_at"]) if row["state"] in RUNNING else None,
            rework_count=row["rework_count"],
            extension_count=row["extension_count"],
            urge_count=row["urge_count"],
        )


def _days_left(now: datetime, due_at: datetime) -> float | None:
    """Returns the working days until a limit, negative behind it; None where no calendar knows."""
    calendar = city_calendar.present()
    first, last = sorted((now, due_at))
    try:
        day = calendar.worked(calendar.closing(last, 1), calendar.closing(last, 2))
        days = round(calendar.worked(first, last) / day, 1)
    except UnknownYear:
        return None
    return days if due_at >= now else -days


# In


@require_POST
@staff_page("order.sign")
def bring_back(request: StaffRequest) -> HttpResponse:
    """Carries out a sheet row by row and leads to what became of each."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _draw(request, form, 422)
    file = form.cleaned_data["file"]
    try:
        mark, rows = unit_sheet.read(file.read(MOST_BYTES + 1))
    except Refused as refused:
        form.add_error("file", str(refused))
        return _draw(request, form, refused.status)
    if not rows:
        form.add_error("file", _("表格里没有填写任何操作；请在“操作”一列选择后再导入。"))
        return _draw(request, form, 422)
    return batches.run(
        request,
        form.cleaned_data["once"],
        _("表格导入：%s") % file.name[:40],
        lambda: _steps(request.actor, mark, rows),
    )


def _steps(actor: Actor, mark: str, rows: list[Filled | Faulty]) -> Iterator[Step]:
    numbers = [row.number for row in rows]
    found = (
        Assignment.objects.filter(visible_orders(actor), work_order__number__in=numbers)
        .select_related("work_order", "demand", "unit")
        .order_by("pk")
    )
    # Of several turns of the same unit with an order, the open one is meant.
    orders = {
        (order.work_order.number, order.unit.code): order
        for order in sorted(found, key=lambda one: one.state in OPEN)
    }
    for row in rows:
        code = row.unit_code if isinstance(row, Filled) else actor.unit_code
        yield _step(actor, mark, row, orders.get((row.number, code or actor.unit_code)))


def _step(actor: Actor, mark: str, row: Filled | Faulty, order: Assignment | None) -> Step:
    what = label(row.action) if isinstance(row, Filled) else _("读取")
    address = ""
    if order is not None:
        address = f"{reverse('console:demand', args=[order.demand_id])}#order-{order.pk}"

    def do() -> str:
        if isinstance(row, Faulty):
            raise Invalid("faulty", row.why)
        if order is None:
            raise NotFound("not_found", _("没有找到这张工单；请核对工单号和单位编码。"))
        return _carried_out(actor, mark, row, order)

    return Step(
        ref=row.number or "—",
        title=order.demand.title if order else "",
        what=_("第%(row)d行：%(what)s") % {"row": row.row, "what": what},
        address=address,
        do=do,
    )


def _carried_out(actor: Actor, mark: str, row: Filled, order: Assignment) -> str:
    """Does what a row says and remembers that it did, in one transaction (see `batches`)."""
    _row, first = SheetRow.objects.get_or_create(
        digest=row.digest(mark, actor.unit_code), defaults={"at": clock.now()}
    )
    if not first:
        raise Same(_("这一行以前办过，没有重复办理。"))
    if row.action == "order.sign":
        if order.signed_at:
            raise Same(_("以前已经签收。"))
        actions.sign(actor, order.pk)
    elif row.action == "order.contact":
        actions.contact(actor, order.pk, **row.given)
    else:
        reply = replying.send(actor, order.pk, **row.given)
        if reply.findings:
            found = listed(str(FINDINGS.get(code, code)) for code in reply.findings)
            return _("答复已提交；答复检查提示：%s。") % found
    return str(DEEDS[row.action].said)
