"""The reply editor: the demand on one side, the reply and what the check says of it on the other.

What is typed is kept while it is typed (`ReplyDraft`), together with the check, in one request. A
dead network loses nothing: the browser then keeps its own copy and hands it over when the page is
opened again.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from minsheng.catalogue.models import Template
from minsheng.catalogue.queries import kind_codes, templates
from minsheng.demands import queries as demands
from minsheng.directory.permissions import scopes
from minsheng.doors.console.deeds import DEEDS, label
from minsheng.doors.console.deeds.asking import DeedForm, Subject
from minsheng.doors.console.demand_page import order_view
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.insight import keep_choices
from minsheng.doors.console.once import submitted
from minsheng.doors.console.timeline import FINDINGS
from minsheng.doors.console.worklists import whereabouts
from minsheng.doors.models import ReplyDraft
from minsheng.foundation import clock
from minsheng.foundation.errors import Conflict
from minsheng.insight.actions import About
from minsheng.insight.language import endpoint
from minsheng.insight.replies import Finding
from minsheng.insight.replying import findings, mended, pointed_out, suggest
from minsheng.orders import queries as orders
from minsheng.orders.actions.handling import REPLY_LENGTH
from minsheng.orders.models import Assignment
from minsheng.orders.queries import Possible

ACTION = "order.reply"
NOTHING = Possible((), {})
_KEPT = ("text", "solved", "public")


def edit(request: StaffRequest, order: Assignment, *, possible: bool) -> HttpResponse:
    """Draws the editor, or sends the reply. Findings are shown first, and may be overridden."""
    deed, subject = DEEDS[ACTION], Subject(order.demand, order)
    if request.method != "POST":
        if not possible:
            raise Conflict(
                "not_possible",
                _("现在不能“%s”：状态已经变化，或者不在您的办理范围内；请回到诉求页面查看。")
                % label(ACTION),
            )
        draft = _drafts(request, order).first()
        form = deed.form(actor=request.actor, subject=subject, auto_id="do_%s")
        form.initial.update(draft.fields if draft else {})
        return _draw(request, form, order, draft=draft)
    form = deed.form(
        request.POST, request.FILES, actor=request.actor, subject=subject, auto_id="do_%s"
    )
    if not form.is_valid():
        return _draw(request, form, order, status=422)
    found = findings(order, form.cleaned_data["text"])
    # What the first try had stays on record, however often it is tried.
    slip = request.POST.get("checked", "") or (pointed_out(found) if found else "")
    if found and not form.cleaned_data["anyway"]:
        form.add_error(
            "anyway", _("答复检查有%d条提示；请改好再提交，或勾选“有提示也提交”。") % len(found)
        )
        return _draw(request, form, order, checked=slip, status=422)

    def do() -> tuple[str, str]:
        deed.run(request.actor, order.pk, **form.given())
        keep_choices(request, order.demand_id, About.REPLY)
        mended(request.actor, order.demand_id, slip, found)
        _drafts(request, order).delete()
        return str(deed.said), reverse("console:demand", args=[order.demand_id])

    answer, status = submitted(request, form, do)
    return answer or _draw(request, form, order, checked=slip, status=status)


@require_POST
@staff_page(ACTION)
def keep(request: StaffRequest, pk: int) -> HttpResponse:
    """Keeps what was typed so far and answers with what the check says of it.

    A save that arrives after the reply was sent leaves no draft behind.
    """
    order = orders.find(request.actor, pk)
    text = request.POST.get("text", "")[:REPLY_LENGTH]
    kept: ReplyDraft | None = None
    possible = orders.possible_actions(request.actor, order.demand, [order])
    if ACTION in possible.orders[order.pk]:
        kept = _kept(request, order, text)
    typed = bool(text.strip())
    context = {
        "findings": shown(findings(order, text)) if typed else [],
        "checked": typed,
        "draft": kept,
    }
    return render(request, "console/parts/findings.html", context)


def _kept(request: StaffRequest, order: Assignment, text: str) -> ReplyDraft:
    try:
        typed_at = min(max(int(request.POST.get("typed_at", "")), 0), 2**62)
    except ValueError:
        typed_at = 0
    fields = {"text": text, **{name: request.POST.get(name, "")[:1] for name in _KEPT[1:]}}
    draft, made = ReplyDraft.objects.get_or_create(
        staff=request.post.staff,
        order=order,
        defaults={"fields": fields, "typed_at": typed_at, "at": clock.now()},
    )
    if not made and typed_at >= draft.typed_at:
        draft.fields, draft.typed_at, draft.at = fields, typed_at, clock.now()
        draft.save()
    return draft


def _drafts(request: StaffRequest, order: Assignment) -> Any:
    return ReplyDraft.objects.filter(staff=request.post.staff, order=order)


def shown(found: list[Finding]) -> list[Mapping[str, str]]:
    """Returns findings as `parts/findings.html` shows them."""
    return [
        {
            "code": one.code,
            "name": str(FINDINGS.get(one.code, one.code)),
            "message": str(one.message),
            "quoted": one.quoted,
        }
        for one in found
    ]


def _draw(
    request: StaffRequest,
    form: DeedForm,
    order: Assignment,
    *,
    draft: ReplyDraft | None = None,
    checked: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    demand = demands.detail(actor, order.demand)
    detail = orders.details(actor, order.demand, [order])[0]
    text = str(form["text"].value() or "")
    context = {
        "form": form,
        "demand": demand,
        "whereabouts": whereabouts(demand.district, demand.place),
        "view": order_view(detail, order, NOTHING),
        "findings": shown(findings(order, text)) if text.strip() else [],
        "suggested": suggest(actor, order),
        "slip": checked,
        "may_draft": endpoint.configured() and not order.demand.restricted,
        "templates": _templates(order, whereabouts(demand.district, demand.place)),
        "draft": draft,
        "typed_at": draft.typed_at if draft else 0,
        "heading": label(ACTION),
        "may_contact": bool(scopes(actor.role, "order.contact")),
        "back": reverse("console:demand", args=[order.demand_id]),
    }
    template = "console/parts/reply_editor.html" if request.htmx else "console/reply.html"
    return render(request, template, context, status=status)


def _templates(order: Assignment, place: str) -> list[Mapping[str, str]]:
    """Returns the city's texts for this matter, with what is known filled in."""
    demand, today = order.demand, clock.now().date()
    known = {
        "title": demand.title,
        "place": place or _("现场"),
        "unit": order.unit.name,
        "date": _("%(month)d月%(day)d日") % {"month": today.month, "day": today.day},
    }
    kind = kind_codes().get(demand.kind_id or 0, "")
    found = templates(Template.Use.REPLY, kind, demand.category_id, today)
    return [{"name": row.name, "text": filled(row.text, known)} for row in found]


def filled(text: str, known: Mapping[str, str]) -> str:
    """Returns a template's text with the words in braces filled in; unknown ones stay."""
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text
