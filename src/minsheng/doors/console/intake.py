"""登记诉求: one form that is filled while listening, and sent on by one button."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from minsheng.catalogue.models import Basis, Category, Channel
from minsheng.catalogue.queries import catalogue_units
from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import dictionaries, visible
from minsheng.demands.rules import State
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select, pick, pick_many
from minsheng.doors.console.deeds import FilesField, ManyFiles, words
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.console.once import once
from minsheng.doors.console.tabs import STATE_TONES
from minsheng.foundation import clock, vault
from minsheng.foundation.errors import Refused
from minsheng.orders import actions as orders

MOST_EARLIER = 8  # earlier demands of a caller that are shown

#: What a button of the form does, and the permission that it takes.
DISPOSALS = {
    "draft": "demand.register",
    "accept": "demand.submit",
    "answer": "demand.answer",
    "assign": "demand.assign",
}


class IntakeForm(OnceForm):
    """A demand as it comes in, with what is to be done with it at once."""

    channel = forms.ChoiceField(label=gettext_lazy("渠道"), widget=Select)
    phone = forms.CharField(
        label=gettext_lazy("来电号码"),
        required=False,
        max_length=32,
        widget=forms.TextInput(
            attrs={"inputmode": "tel", "autocomplete": "off", "autofocus": True}
        ),
        help_text=gettext_lazy("姓名、电话都不填，就是匿名。"),
    )
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    petitioner_kind = forms.ChoiceField(
        label=gettext_lazy("诉求人类型"),
        choices=Petitioner.Kind.choices,
        initial=Petitioner.Kind.PERSON,
        widget=Select,
    )
    title = forms.CharField(label=gettext_lazy("标题"), max_length=TITLE_LENGTH)
    text = words(gettext_lazy("内容"), required=False, rows=6, limit=TEXT_LENGTH)
    kind = forms.ChoiceField(
        label=gettext_lazy("诉求类型"), required=False, widget=forms.RadioSelect
    )
    category = pick(gettext_lazy("诉求类别"), choices.categories, required=False)
    district = pick(gettext_lazy("区域"), choices.districts, required=False)
    place = forms.CharField(label=gettext_lazy("地点"), required=False, max_length=200)
    urgent = forms.BooleanField(label=gettext_lazy("紧急"), required=False)
    confidential = forms.BooleanField(
        label=gettext_lazy("保密（承办单位看不到诉求人）"), required=False
    )
    do_not_call = forms.BooleanField(label=gettext_lazy("不接受回访"), required=False)
    attachments = FilesField(
        label=gettext_lazy("附件"),
        required=False,
        help_text=gettext_lazy("可选多个；图片、PDF、Word、Excel、录音或视频，每个不超过20MB。"),
        widget=ManyFiles(attrs={"accept": ",".join(TYPES)}),
    )
    # answered at once
    knowledge = forms.CharField(label=gettext_lazy("知识条目"), required=False, max_length=32)
    transfer_line = forms.ChoiceField(
        label=gettext_lazy("转接热线"),
        required=False,
        choices=lambda: [("", "—"), *choices.transfer_lines()],
        widget=Select,
    )
    answer = words(gettext_lazy("答复内容"), required=False, rows=4, limit=5000)
    # assigned at once
    lead = pick(gettext_lazy("主办单位"), choices.units, required=False)
    assists = pick_many(gettext_lazy("协办单位"), choices.units, required=False)
    basis = forms.ChoiceField(
        label=gettext_lazy("派单依据"),
        required=False,
        choices=Basis.choices,
        initial=Basis.CATALOGUE,
        widget=Select,
    )
    note = words(gettext_lazy("派单意见"), required=False, rows=2)
    do = forms.ChoiceField(choices=[(name, name) for name in DISPOSALS], required=False)

    PERSON = ("phone", "name", "petitioner_kind")
    WHO = ("phone", "channel", "name", "petitioner_kind")
    MARKS = ("urgent", "confidential", "do_not_call")
    ANSWER = ("knowledge", "transfer_line", "answer")
    ASSIGN = ("lead", "assists", "basis", "note")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        channel, kind = self.fields["channel"], self.fields["kind"]
        assert isinstance(channel, forms.ChoiceField)
        assert isinstance(kind, forms.ChoiceField)
        channel.choices = _channels(actor)
        kind.choices = choices.kinds()
        self.initial.setdefault("channel", next((code for code, _name in channel.choices), ""))
        self.disposals = {name for name, action in DISPOSALS.items() if scopes(actor.role, action)}
        dropped = [] if self.asks_person else [*self.PERSON, *self.MARKS]
        dropped += [] if "answer" in self.disposals else self.ANSWER
        dropped += [] if "assign" in self.disposals else self.ASSIGN
        for name in dropped:
            del self.fields[name]

    @property
    def asks_person(self) -> bool:
        """Tells whether there is somebody who asks: a collector reports what was seen."""
        return self.actor.role != Role.COLLECTOR

    def part(self, names: tuple[str, ...]) -> list[Any]:
        return [self[name] for name in names if name in self.fields]

    @property
    def of_person(self) -> list[Any]:
        return self.part(self.WHO)

    @property
    def of_marks(self) -> list[Any]:
        return self.part(self.MARKS)

    @property
    def of_answer(self) -> list[Any]:
        return self.part(self.ANSWER)

    @property
    def of_assigning(self) -> list[Any]:
        return self.part(self.ASSIGN)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        wanted = given.get("do") or "accept"
        given["do"] = wanted if wanted in self.disposals else "accept"
        if given["do"] == "answer" and not given.get("answer"):
            self.add_error("answer", _("请填写“答复内容”，再受理并答复。"))
        if given["do"] == "assign" and not given.get("lead"):
            self.add_error("lead", _("请选择“主办单位”，再受理并派单。"))
        return given

    def intake(self) -> demands.Intake:
        """Returns the demand as the room takes it."""
        given = self.cleaned_data
        person = demands.PersonIn(
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            kind=given.get("petitioner_kind") or Petitioner.Kind.PERSON,
            do_not_call=given.get("do_not_call", False),
        )
        names = ("channel", "title", "text", "kind", "category", "district", "place")
        return demands.Intake(
            **{name: given[name] for name in names},
            petitioner=person,
            urgent=given.get("urgent", False),
            confidential=given.get("confidential", False),
        )


def _channels(actor: Actor) -> choices.Choices:
    """Returns the channels by which this role takes demands in."""
    found = Channel.objects.filter(
        active=True,
        restricted=actor.role == Role.DISCIPLINE,
        is_collector=actor.role == Role.COLLECTOR,
    )
    return list(found.order_by("sort", "pk").values_list("code", "name"))


@never_cache
@sensitive_post_parameters()
@staff_page("demand.submit")
def intake(request: StaffRequest) -> HttpResponse:
    actor = request.actor
    if request.method != "POST":
        return _draw(request, IntakeForm(actor=actor))
    form = IntakeForm(request.POST, request.FILES, actor=actor)
    if not form.is_valid():
        return _draw(request, form, 422)

    def do() -> tuple[str, str]:
        given, wanted = form.cleaned_data, form.cleaned_data["do"]
        begin = demands.register if wanted == "draft" else demands.accept
        demand = begin(actor, form.intake())
        for file in given["attachments"]:
            demands.attach(actor, demand.pk, file=file)
        if wanted == "answer":
            demands.answer(actor, demand.pk, **{name: given[name] for name in form.ANSWER})
        elif wanted == "assign":
            orders.assign(actor, demand.pk, **{name: given[name] for name in form.ASSIGN})
        return _said(demand, wanted), reverse("console:demand", args=[demand.pk])

    try:
        return once(request, form.cleaned_data["once"], do)
    except Refused as refused:
        field = refused.detail.get("field")
        form.add_error(field if field in form.fields else None, str(refused))
        return _draw(request, form, refused.status)


def _said(demand: Demand, wanted: str) -> str:
    """Returns what to tell the agent, and through the agent the caller."""
    if wanted == "draft":
        return _("草稿已保存，尚未受理。")
    done = {"accept": _("已受理"), "answer": _("已受理并答复"), "assign": _("已受理并派单")}[wanted]
    return _("%(done)s，诉求号 %(number)s，查询码 %(code)s。") % {
        "done": done,
        "number": demand.number,
        "code": demand.query_code,
    }


def _draw(request: StaffRequest, form: IntakeForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "may_find": bool(scopes(request.actor.role, "petitioner.find")),
        "is_collector": request.actor.role == Role.COLLECTOR,
    }
    return render(request, "console/intake.html", context, status=status)


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("petitioner.find")
def caller(request: StaffRequest) -> HttpResponse:
    """What the caller raised before, masked. The look itself goes on record."""
    phone = request.POST.get("phone", "").strip()
    if len(vault.normal_phone(phone)) < 7:  # not a whole number yet
        return render(request, "console/parts/caller.html", {"asked": False})
    return render(request, "console/parts/caller.html", known(request.actor, phone))


def known(actor: Actor, phone: str) -> dict[str, Any]:
    """Returns who is known under a phone number and what they raised, for a template."""
    people = demands.find_by_phone(actor, phone)
    earlier = (
        Demand.objects.filter(visible(actor), petitioner__in=people)
        .exclude(state=State.DRAFT)
        .order_by("-pk")
        .values("id", "number", "title", "state", "accepted_at", "petitioner_id")
    )[:MOST_EARLIER]
    labels = dict(State.choices)
    return {
        "asked": True,
        "people": people,
        "earlier": [
            {**row, "label": labels[row["state"]], "tone": STATE_TONES.get(row["state"], "")}
            for row in earlier
        ],
    }


@require_GET
@staff_page("demand.submit")
def suggest(request: StaffRequest) -> HttpResponse:
    """Which units the assignment catalogue names for a category and an area."""
    names = dictionaries()
    category = names.categories.ids.get(request.GET.get("category", ""))
    district = names.districts.ids.get(request.GET.get("district", ""))
    found = catalogue_units(category, district, clock.now().date()) if category else None
    units = choices.names()["unit"]
    context: dict[str, Any] = {"asked": bool(category)}
    if found:
        lead, assists, basis = found
        context |= {
            "lead": lead,
            "lead_name": units.get(lead, lead),
            "assists": ",".join(assists),
            "assist_names": [units.get(code, code) for code in assists],
            "basis": basis,
            "basis_name": Basis(basis).label,
        }
    if category:
        words = Category.objects.filter(pk=category).values_list("urgent_words", flat=True).first()
        context["urgent_words"] = words or []
    return render(request, "console/parts/suggestion.html", context)
