"""The forms that citizens fill in. All of them work without scripts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TITLE_LENGTH
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Petitioner
from minsheng.demands.rules import Grade
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.deeds import FilesField, ManyFiles, words
from minsheng.doors.console.forms import ConsoleForm, OnceForm
from minsheng.foundation import vault

CHANNEL = "web"
MOST_FILES = 5  # with one form; more can be added afterwards


class PhotosField(FilesField):
    """A few files of what was seen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("照片或文件"),
            required=False,
            help_text=_("最多5个，每个不超过20MB；可以不传。"),
            widget=ManyFiles(attrs={"accept": ",".join(TYPES)}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        found = super().clean(data, initial)
        if len(found) > MOST_FILES:
            raise forms.ValidationError(_("一次最多上传5个文件；其余的请提交后再补充。"))
        return found


class SubmitForm(OnceForm):
    """A demand in the words of who raises it."""

    title = forms.CharField(
        label=_("用一句话说明是什么事"),
        max_length=TITLE_LENGTH,
        help_text=_("例如：某小区三号楼楼道灯坏了半个月。"),
    )
    text = words(_("详细情况"), rows=6, limit=5000)
    kind = forms.ChoiceField(
        label=_("您想要"), required=False, choices=choices.kinds, widget=forms.RadioSelect
    )
    district = forms.ChoiceField(
        label=_("在哪个区域"),
        required=False,
        choices=lambda: [("", _("不清楚")), *choices.districts()],
        widget=Select,
    )
    place = forms.CharField(
        label=_("具体地点"),
        required=False,
        max_length=200,
        help_text=_("街道、小区、门牌，或附近的标志物。"),
    )
    attachments = PhotosField()
    petitioner_kind = forms.ChoiceField(
        label=_("您代表"),
        choices=Petitioner.Kind.choices,
        initial=Petitioner.Kind.PERSON,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("姓名"),
        required=False,
        max_length=64,
        help_text=_("姓名、电话都不填，就是匿名；匿名的事项无法与您联系。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("联系电话"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    confidential = forms.BooleanField(
        label=_("保密：不让承办单位知道我是谁"),
        required=False,
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        if phone and len(vault.normal_phone(phone)) < 7:
            raise forms.ValidationError(_("电话号码不完整；请填写手机号，或带区号的固定电话。"))
        return phone

    def intake(self) -> demands.Intake:
        """Returns the demand as the room takes it."""
        given = self.cleaned_data
        names = ("title", "text", "kind", "district", "place", "confidential")
        person = demands.PersonIn(
            name=given["name"], phone=given["phone"], kind=given["petitioner_kind"]
        )
        return demands.Intake(
            channel=CHANNEL, petitioner=person, **{name: given[name] for name in names}
        )


class QueryForm(ConsoleForm):
    """What opens the progress of a demand."""

    number = forms.CharField(label=_("诉求号"), max_length=32)
    code = forms.CharField(
        label=_("查询码"), max_length=12, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SupplementForm(ConsoleForm):
    text = words(_("要补充的情况"), rows=5, limit=5000)
    attachments = PhotosField()


class WithdrawForm(ConsoleForm):
    reason = words(_("为什么撤回"), rows=3, limit=500)


class EvaluateForm(ConsoleForm):
    """好差评: five grades, solved or not, and why where it was bad."""

    solved = forms.TypedChoiceField(
        label=_("问题解决了吗"),
        choices=[("yes", _("已解决")), ("no", _("未解决"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    grade = forms.ChoiceField(
        label=_("您对办理满意吗"), choices=Grade.choices, widget=forms.RadioSelect
    )
    reason = words(_("原因"), required=False, rows=3, limit=2000)
