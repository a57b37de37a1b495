"""The forms that citizens fill in. All of them work without scripts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TITLE_LENGTH
from minsheng.demands.models import Petitioner
from minsheng.demands.rules import Grade
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select
from minsheng.doors.console.forms import ConsoleForm, OnceForm, words
from minsheng.doors.portal.fields import ChallengeField, PhotosField
from minsheng.foundation import vault

CHANNEL = "web"


class SubmitForm(ConsoleForm):
    """A demand in the words of who raises it."""

    title = forms.CharField(
        label=_("用一句话说明是什么事"),
        max_length=TITLE_LENGTH,
        help_text=_("例如：某小区三号楼楼道灯坏了半个月。"),
    )
    text = words(_("详细情况"), rows=6, limit=5000)
    category = forms.ChoiceField(
        label=_("属于哪一类"),
        required=False,
        choices=lambda: [("", ""), *choices.categories()],
    )
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
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    attachments = PhotosField()
    petitioner_kind = forms.ChoiceField(
        label=_("您代表"),
        choices=[
            (kind.value, kind.label)
            for kind in (Petitioner.Kind.PERSON, Petitioner.Kind.ORGANISATION)
        ],
        initial=Petitioner.Kind.PERSON,
        widget=forms.RadioSelect,
        help_text=_("企业请用“企业诉求”入口，由政策专员答复。"),
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
    proof = ChallengeField()

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"].strip()
        if phone and len(vault.normal_phone(phone)) < 7:
            raise forms.ValidationError(_("电话号码不完整；请填写手机号，或带区号的固定电话。"))
        return phone

    def intake(self) -> demands.Intake:
        """Returns the demand as the room takes it."""
        given = self.cleaned_data
        names = ("title", "text", "category", "kind", "district", "place", "lon", "lat")
        return demands.Intake(
            channel=CHANNEL,
            petitioner=demands.PersonIn(
                name=given["name"], phone=given["phone"], kind=given["petitioner_kind"]
            ),
            confidential=given["confidential"],
            **{name: given[name] for name in names},
        )


class EnterpriseForm(SubmitForm):
    """一企来: what an enterprise asks. It says who it is, so that somebody can call back."""

    petitioner_kind = None  # type: ignore[assignment]
    name = forms.CharField(
        label=_("企业名称"),
        max_length=64,
        help_text=_("营业执照上的名称。"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=32,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].help_text = _("例如：小型微利企业所得税优惠怎么申报。")
        self.fields["kind"].initial = "consult"
        self.fields["confidential"].label = _("保密：不让承办单位知道是哪家企业")

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "petitioner_kind": Petitioner.Kind.ENTERPRISE}


class QueryForm(ConsoleForm):
    """What opens the progress of a demand."""

    number = forms.CharField(label=_("诉求号"), max_length=32)
    code = forms.CharField(
        label=_("查询码"), max_length=12, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SupplementForm(OnceForm):
    text = words(_("要补充的情况"), rows=5, limit=5000)
    attachments = PhotosField()


class WithdrawForm(OnceForm):
    reason = words(_("为什么撤回"), rows=3, limit=500)


class AgainForm(OnceForm):
    reason = words(_("哪里还没有解决"), rows=5, limit=2000)


class EvaluateForm(OnceForm):
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
