"""The knowledge base: read as pages, picked from while an answer is written, kept by its units."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from minsheng.demands.queries import times_answered_from
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console import choices, knowledge_table
from minsheng.doors.console.choices import pick as choice
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.knowledge import actions, queries
from minsheng.knowledge.models import Item, Remark
from minsheng.knowledge.queries import search

MOST_TO_PICK = 8
RECENT = timedelta(days=30)


def _query(request: StaffRequest) -> str:
    return request.GET.get("query", "").strip()[:100]


@require_GET
@staff_page("knowledge.view")
def shelf(request: StaffRequest) -> HttpResponse:
    """The items that answer a question, the whole answer under each."""
    query = _query(request)
    found = search(query, clock.now().date())
    if query:
        actions.searched(query, len(found.items))
    context = {
        "query": query,
        "found": found,
        "may_propose": bool(scopes(request.actor.role, "knowledge.propose")),
        "may_export": bool(scopes(request.actor.role, "knowledge.export")),
    }
    return render(request, "console/knowledge.html", context)


@require_GET
@staff_page("demand.answer")
def pick(request: StaffRequest) -> HttpResponse:
    """What to choose from while typing; what was chosen before stays among it."""
    query, chosen = _query(request), request.GET.get("knowledge", "")[:32]
    items: list[Item] = []
    if query:
        items = search(query, clock.now().date(), valid=True, most=MOST_TO_PICK).items
    if chosen and chosen not in {item.code for item in items}:
        items = [*Item.objects.filter(code=chosen, current=True), *items]
    context = {"query": query, "items": items, "chosen": chosen}
    return render(request, "console/parts/knowledge_found.html", context)


# One item


class RemarkForm(OnceForm):
    kind = forms.ChoiceField(label=gettext_lazy("意见"), choices=Remark.Kind.choices)
    said = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=500)


class ReviewForm(OnceForm):
    next_on = forms.DateField(label=gettext_lazy("下次复核日期"), widget=DateInput)


class ReasonForm(OnceForm):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)


#: What can be done with an item: its form, what does it, and what is then said.
_Deed = tuple[type[OnceForm], Callable[..., object], Any]
_DEEDS: dict[str, _Deed] = {
    "approve": (OnceForm, actions.approve, gettext_lazy("已发布。")),
    "refuse": (ReasonForm, actions.refuse, gettext_lazy("已退回。")),
    "retire": (ReasonForm, actions.retire, gettext_lazy("已停用。")),
    "review": (ReviewForm, actions.review, gettext_lazy("已复核。")),
    "remark": (RemarkForm, actions.remark, gettext_lazy("已反馈给责任单位。")),
}


def _possible(request: StaffRequest, item: Item) -> dict[str, OnceForm]:
    """Returns the forms of what this person may do with this version now."""
    role = request.actor.role
    approving = bool(scopes(role, "knowledge.approve"))
    mine = _keeps(request, item)
    proposed = item.state == Item.State.PROPOSED
    others = item.proposed_by_id != request.actor.staff_id
    can = {
        "approve": proposed and approving and others,
        "refuse": proposed and approving,
        "review": item.current and mine,
        "retire": item.current and approving,
        "remark": item.current and bool(scopes(role, "knowledge.remark")),
    }
    return {name: _DEEDS[name][0](auto_id=f"{name}_%s") for name, may in can.items() if may}


def _keeps(request: StaffRequest, item: Item) -> bool:
    granted = scopes(request.actor.role, "knowledge.propose")
    return Scope.ALL in granted or (Scope.UNIT in granted and item.unit_id == request.actor.unit_id)


@require_GET
@staff_page("knowledge.view")
def item(request: StaffRequest, pk: int) -> HttpResponse:
    return _item(request, pk, {})


def _item(
    request: StaffRequest, pk: int, sent: dict[str, OnceForm], status: int = 200
) -> HttpResponse:
    """Draws an item, with a form for each thing that may be done; `sent` are filled in."""
    found = get_object_or_404(Item.objects.select_related("unit", "category", "district"), pk=pk)
    now = clock.now()
    context = {
        "item": found,
        "forms": _possible(request, found) | sent,
        "holds": Item.objects.filter(queries.valid_on(now.date()), pk=found.pk).exists(),
        "may_change": _keeps(request, found) and (found.current or not _current(found.code)),
        "versions": Item.objects.filter(code=found.code).order_by("-version"),
        "remarks": found.remarks.select_related("by").order_by("-at")[:20],
        "uses": times_answered_from(found.code, now - RECENT),
    }
    return render(request, "console/knowledge_item.html", context, status=status)


def _current(code: str) -> bool:
    return Item.objects.filter(code=code, current=True).exists()


@require_POST
@staff_page("knowledge.approve", "knowledge.propose", "knowledge.remark")
def act(request: StaffRequest, pk: int, action: str) -> HttpResponse:
    if action not in _DEEDS:
        raise Invalid("unknown_action", _("没有这项操作；请从页面上选择。"))
    kind, do, said = _DEEDS[action]
    form = kind(request.POST, auto_id=f"{action}_%s")

    def act_once() -> tuple[str, str]:
        do(request.actor, pk, **form.given())
        return str(said), reverse("console:knowledge-item", args=[pk])

    answer, status = submitted(request, form, act_once)
    return answer or _item(request, pk, {action: form}, status)


# Proposals


class ItemForm(OnceForm):
    """An item as its unit writes it."""

    title = forms.CharField(label=gettext_lazy("标题"), max_length=120)
    kind = forms.ChoiceField(
        label=gettext_lazy("类型"), choices=Item.Kind.choices, widget=forms.RadioSelect
    )
    question = forms.CharField(
        label=gettext_lazy("问题"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("市民会怎么问。"),
    )
    answer = forms.CharField(
        label=gettext_lazy("答案"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("用大白话写，话务员照着读就能听懂。"),
    )
    basis = forms.CharField(label=gettext_lazy("依据"), required=False, max_length=200)
    unit = choice(gettext_lazy("责任单位"), choices.all_units, required=False)
    category = choice(gettext_lazy("诉求类别"), choices.categories, required=False)
    district = choice(gettext_lazy("适用区域"), choices.districts, required=False)
    audience = forms.ChoiceField(
        label=gettext_lazy("对象"), choices=Item.Audience.choices, widget=forms.RadioSelect
    )
    keywords = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("用空格分开；写市民常用的叫法。"),
    )
    valid_from = forms.DateField(label=gettext_lazy("有效期起"), required=False, widget=DateInput)
    valid_to = forms.DateField(
        label=gettext_lazy("有效期止"),
        required=False,
        widget=DateInput,
        help_text=gettext_lazy("临时通知必填，到期自动下架。"),
    )
    review_on = forms.DateField(label=gettext_lazy("复核日期"), required=False, widget=DateInput)
    public = forms.BooleanField(label=gettext_lazy("对外公开"), required=False)


def _given(form: ItemForm) -> dict[str, Any]:
    given = form.given()
    return given | {"keywords": tuple(given["keywords"].split())}


def _initial(item: Item | None) -> dict[str, Any]:
    if item is None:
        return {"kind": Item.Kind.ANSWER, "audience": Item.Audience.BOTH, "public": True}
    plain = ("title", "kind", "question", "answer", "basis", "audience", "public")
    days = ("valid_from", "valid_to", "review_on")
    return {
        **{name: getattr(item, name) for name in (*plain, *days)},
        **{
            name: getattr(item, name).code if getattr(item, name) else ""
            for name in ("unit", "category", "district")
        },
        "keywords": " ".join(item.keywords),
    }


@staff_page("knowledge.propose")
def write(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """A new item, or the next version of one; it goes to the centre for approval."""
    old = get_object_or_404(Item, pk=pk) if pk else None
    form = ItemForm(request.POST or None, initial=_initial(old))
    if Scope.ALL not in scopes(request.actor.role, "knowledge.propose"):
        del form.fields["unit"]  # theirs it is

    def do() -> tuple[str, str]:
        made = actions.propose(request.actor, code=old.code if old else "", **_given(form))
        return _("已提交，审核通过后生效。"), reverse("console:knowledge-item", args=[made.pk])

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    context = {"form": form, "item": old}
    return render(request, "console/knowledge_write.html", context, status=status)


# Keeping


class SettleForm(OnceForm):
    settlement = forms.CharField(label=gettext_lazy("处理结果"), max_length=200)

    def __init__(self, remark: Remark, *args: Any) -> None:
        super().__init__(*args, auto_id=f"{remark.pk}_%s")
        self.remark = remark
        self.fields["settlement"].widget.attrs["placeholder"] = _("处理结果")


@require_GET
@staff_page("knowledge.propose")
def keeping(request: StaffRequest) -> HttpResponse:
    """What needs somebody: proposals, items past review, searches in vain, remarks."""
    return _keeping(request)


def _keeping(
    request: StaffRequest, sent: SettleForm | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    stale = queries.stale(now.date())
    remarks = queries.open_remarks()
    everything = Scope.ALL in scopes(request.actor.role, "knowledge.propose")
    if not everything:
        stale = stale.filter(unit=request.actor.unit_id or 0)
        remarks = remarks.filter(item__unit=request.actor.unit_id or 0)
    context = {
        "proposed": queries.proposed(request.actor)[:100],
        "stale": stale[:200],
        "settling": [
            sent if sent and sent.remark == one else SettleForm(one) for one in remarks[:100]
        ],
        "in_vain": queries.in_vain(now - RECENT) if everything else [],
        "days": RECENT.days,
        **knowledge_table.part(request.actor),
    }
    return render(request, "console/knowledge_keeping.html", context, status=status)


@require_POST
@staff_page("knowledge.propose")
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    form = SettleForm(get_object_or_404(Remark, pk=pk), request.POST)

    def do() -> tuple[str, str]:
        actions.settle_remark(request.actor, pk, **form.given())
        return _("已处理。"), reverse("console:knowledge-keeping")

    answer, status = submitted(request, form, do)
    return answer or _keeping(request, form, status)
