"""What is asked with a follow-up, and with what follows from it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.demands.rules import Grade
from minsheng.doors.console import choices
from minsheng.doors.console.deeds.asking import DeedForm, Given, ListedReason, MustReason
from minsheng.doors.console.forms import words, yes_no
from minsheng.followups.rules import Channel


class Attempt(DeedForm):
    outcome = forms.ChoiceField(
        label=_("未接通的情形"), required=False, choices=list, widget=forms.RadioSelect
    )
    remark = words(_("情况"), required=False, rows=2)

    def suggest(self) -> None:
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices.reasons("attempt")

    def given(self) -> Given:
        given = super().given()
        named = dict(choices.reasons("attempt")).get(given.pop("outcome"), "")
        return {"remark": "：".join(part for part in (named, given["remark"].strip()) if part)}


class Invalidate(MustReason):
    hint = _("评价仍保留在记录里，但不计入有效参评满意率；例如接听人不是诉求人。")


class SendLink(DeedForm):
    hint = _("诉求人收到一个只能用一次的链接，七天内有效；发送算一次回访。")

    channel = forms.ChoiceField(
        label=_("方式"),
        choices=[(way.value, way.label) for way in (Channel.SMS, Channel.WECHAT)],
        initial=Channel.SMS,
        widget=forms.RadioSelect,
    )


class Evaluate(DeedForm):
    grade = forms.ChoiceField(label=_("评价"), choices=Grade.choices, widget=forms.RadioSelect)
    solved = yes_no(_("问题是否解决"), _("已解决"), _("未解决"))
    reason_code = forms.ChoiceField(
        label=_("不满意的原因"),
        required=False,
        choices=lambda: [("", "—"), *choices.reasons("dissatisfied")],
        help_text=_("评价不满意时，选择原因或在下面写明。"),
        widget=choices.Select,
    )
    reason = words(_("诉求人的意见"), required=False)


class Rework(ListedReason):
    purpose = "rework"
    hint = _("退回主办单位重办，返工次数加一，时限重新计算。")


class Reopen(MustReason):
    hint = _("回到待派单；原来的办理经过都保留。")
