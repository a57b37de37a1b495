"""The form of the intake desk: what is asked of whom, and what its buttons do."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import Basis, Channel
from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Petitioner
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select, pick, pick_many
from minsheng.doors.console.forms import FilesField, ManyFiles, OnceForm, words

SHORT_TITLE = 40  # characters of a title that is taken from the text

#: What a button of the form does, and the permission that it takes.
DISPOSALS = {
    "draft": "demand.register",
    "accept": "demand.submit",
    "answer": "demand.answer",
    "transfer": "demand.answer",
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
    text = words(gettext_lazy("内容"), required=False, rows=6, limit=TEXT_LENGTH)
    title = forms.CharField(
        label=gettext_lazy("标题"),
        required=False,
        max_length=TITLE_LENGTH,
        help_text=gettext_lazy("不填就取内容的第一句。"),
    )
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
    call_no = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

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
        given["title"] = given.get("title") or first_sentence(given.get("text") or "")
        if not given["title"] and "title" not in self.errors:
            self.add_error("title", _("请填写“标题”或“内容”。"))
        if given["do"] == "transfer":
            self._transferred(given)
        if given["do"] == "answer" and not given.get("answer"):
            self.add_error("answer", _("请填写“答复内容”，再受理并答复。"))
        if given["do"] == "assign" and not given.get("lead"):
            self.add_error("lead", _("请选择“主办单位”，再受理并派单。"))
        return given

    def _transferred(self, given: dict[str, Any]) -> None:
        """Says for the agent what every transfer says, where nothing else was written."""
        line = given.get("transfer_line")
        if not line:
            self.add_error("transfer_line", _("请选择“转接热线”，再受理并转接。"))
            return
        given["knowledge"] = ""
        given["answer"] = (
            given.get("answer") or _("已转接%s。") % dict(choices.transfer_lines())[line]
        )

    def intake(self) -> demands.Intake:
        """Returns the demand as the room takes it."""
        given = self.cleaned_data
        person = demands.PersonIn(
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            kind=given.get("petitioner_kind") or Petitioner.Kind.PERSON,
            do_not_call=given.get("do_not_call", False),
        )
        names = ("channel", "title", "text", "kind", "category", "district", "place", "call_no")
        return demands.Intake(
            **{name: given[name] for name in names},
            petitioner=person,
            urgent=given.get("urgent", False),
            confidential=given.get("confidential", False),
        )


def first_sentence(text: str) -> str:
    """Returns the first sentence of a text, cut to what a list shows, as its title."""
    sentences = (part.strip() for part in re.split(r"[。！？；!?;\n]", text))
    return next((one for one in sentences if one), "")[:SHORT_TITLE]


def _channels(actor: Actor) -> choices.Choices:
    """Returns the channels by which this role takes demands in."""
    found = Channel.objects.filter(
        active=True,
        restricted=actor.role == Role.DISCIPLINE,
        is_collector=actor.role == Role.COLLECTOR,
    )
    return list(found.order_by("sort", "pk").values_list("code", "name"))
