"""What is asked with an action on a work order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.rules import Limit, Unit
from minsheng.demands.attachments import TYPES
from minsheng.directory.access import Actor
from minsheng.doors.console import choices
from minsheng.doors.console.choices import pick, pick_many
from minsheng.doors.console.deeds.asking import DeedForm, Given, ListedReason, MustReason
from minsheng.doors.console.forms import DateInput, FilesField, ManyFiles, words, yes_no
from minsheng.doors.console.timeline import METHODS
from minsheng.insight import replying
from minsheng.orders import actions as orders
from minsheng.orders.actions.handling import REPLY_LENGTH
from minsheng.orders.models import Assignment


class Contact(DeedForm):
    method = forms.ChoiceField(
        label=_("联系方式"),
        choices=[*METHODS.items()],
        initial="phone",
        widget=forms.RadioSelect,
    )
    reached = yes_no(_("是否联系上"), _("联系上了"), _("没联系上"))
    outcome = words(_("联系情况"))

    def suggest(self) -> None:
        self.initial["reached"] = "1"


class RequestReturn(DeedForm):
    hint = _("由派单员决定；决定之前时限照常计算。被驳回的工单不能再退。")

    reason_code = forms.ChoiceField(
        label=_("退单原因"),
        choices=lambda: [("", "—"), *choices.reasons("return")],
        widget=choices.Select,
    )
    reason = words(_("说明"))
    suggested_unit = pick(_("建议承办单位"), choices.units, required=False)


class AcceptReturn(DeedForm):
    hint = _("选了新的承办单位就同时改派；不选则主办件退回待派单。")

    unit = pick(_("改派给"), choices.units, required=False)
    basis = forms.ChoiceField(
        label=_("派单依据"),
        choices=Basis.choices,
        initial=Basis.DESIGNATED,
        widget=choices.Select,
    )
    reason = words(_("意见"), required=False, rows=2)

    def suggest(self) -> None:
        assert self.subject.order
        asked = self.subject.order.returns.filter(accepted=None).select_related("suggested_unit")
        request = asked.first()
        if request and request.suggested_unit:
            self.initial["unit"] = request.suggested_unit.code
            self.fields["unit"].help_text = _("已填入单位建议的承办单位，可以改选或清空。")


class OverruleReturn(MustReason):
    hint = _("工单留在原单位，且不得再次退单；时限不变。")


class RequestExtension(DeedForm):
    amount = forms.IntegerField(
        min_value=1, max_value=999, help_text=_("从现在的时限往后数；累计不超过原时限。")
    )
    reason_code = forms.ChoiceField(
        label=_("延期原因"),
        choices=lambda: [("", "—"), *choices.reasons("extension")],
        widget=choices.Select,
    )
    reason = words(_("说明"), required=False, rows=2)

    def suggest(self) -> None:
        assert self.subject.order
        unit = Limit.parse(self.subject.order.limit).unit
        self.unit = str(unit)
        self.fields["amount"].label = {
            Unit.WORKING_DAYS: _("延长几个工作日"),
            Unit.WORKING_HOURS: _("延长几个工作小时"),
            Unit.HOURS: _("延长几小时"),
        }[unit]

    def given(self) -> Given:
        given = super().given()
        return {"limit": f"{given.pop('amount')}{self.unit}", **given}


class Suspend(DeedForm):
    hint = _("挂账期间时限停止计算，到复核日期须重新研究。")

    review_on = forms.DateField(label=_("复核日期"), widget=DateInput)
    reason = words(_("理由"))


class AssignOnward(DeedForm):
    hint = _("下级单位向本单位答复，本单位仍对这张工单负责。")

    units = pick_many(_("下级单位"), list)
    note = words(_("交办意见"), required=False)

    def suggest(self) -> None:
        below = choices.units_below(self.actor.unit_id or 0)
        field = self.fields["units"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = below


class Reassign(DeedForm):
    hint = _("工单从现单位收回，交给新的单位，时限重新计算。")

    unit = pick(_("新的承办单位"), choices.units)
    basis = forms.ChoiceField(
        label=_("派单依据"),
        choices=Basis.choices,
        initial=Basis.DESIGNATED,
        widget=choices.Select,
    )
    reason = words(_("理由"))


class Recall(MustReason):
    hint = _("工单从单位收回；收回主办件时，诉求回到待派单。")


class Reply(DeedForm):
    multipart = True

    text = words(_("答复内容"), rows=7, limit=REPLY_LENGTH)
    solved = yes_no(_("问题是否解决"), _("已解决"), _("未解决"))
    public = yes_no(_("诉求人能否看到这份答复"), _("公开"), _("不公开"))
    attachments = FilesField(
        label=_("附件"),
        required=False,
        help_text=_("可选多个；图片、PDF、Word、Excel、录音或视频，每个不超过20MB。"),
        widget=ManyFiles(attrs={"accept": ",".join(TYPES)}),
    )
    anyway = forms.BooleanField(label=_("有提示也提交（提示随答复留存）"), required=False)

    def suggest(self) -> None:
        assert self.subject.order
        self.initial.update(public="1", text=self.subject.order.reply)
        if self.subject.order.unit.sign_off:
            self.hint = _("提交后由本单位负责人签发，签发后时限停止计算。")  # type: ignore[misc]
        else:
            self.hint = _("提交后直接送审，时限停止计算。")  # type: ignore[misc]

    def given(self) -> Given:
        return {name: value for name, value in super().given().items() if name != "anyway"}


def reply(actor: Actor, order_id: int, *, attachments: list[Any], **given: Any) -> object:
    """Stores the files and hands in the reply with them, and with what the check says of it."""
    demand_id = Assignment.objects.values_list("demand_id", flat=True).get(pk=order_id)
    stored = [
        orders.attach(actor, demand_id, file=file).pk  # shown once the reply has passed
        for file in attachments
    ]
    return replying.send(actor, order_id, attachments=stored, **given)


class Remark(DeedForm):
    remark = words(_("意见"), required=False, rows=2)


class FailAudit(ListedReason):
    purpose = "rework"
    hint = _("退回承办单位重办，返工次数加一；时限接着原来的计算。")
