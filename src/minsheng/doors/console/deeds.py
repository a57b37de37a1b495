"""What a person may be asked with each action, as a table: action → form → the one call it makes.

Buttons come from the lifecycle and the permissions (`orders.queries.possible_actions`); here stands
only what to ask and whom to hand it to. Each form asks for what the action needs and nothing more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import catalogue_units
from minsheng.catalogue.rules import Limit, Unit
from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.actions.marks import MARKS
from minsheng.demands.actions.petitioners import abusive_until
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import dictionaries
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.demands.rules import Grade
from minsheng.directory.access import Actor
from minsheng.doors.console import choices
from minsheng.doors.console.choices import pick, pick_many
from minsheng.doors.console.forms import DateInput, OnceForm
from minsheng.doors.console.timeline import METHODS
from minsheng.followups import actions as follow_ups
from minsheng.followups import again, links
from minsheng.followups.rules import Channel
from minsheng.foundation import clock
from minsheng.insight import replying
from minsheng.orders import actions as orders
from minsheng.orders.actions.handling import REPLY_LENGTH
from minsheng.orders.models import Assignment
from minsheng.orders.rules import LIFECYCLE as ORDER_LIFECYCLE

Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: a demand, and the order where it is about one."""

    demand: Demand
    order: Assignment | None = None

    @property
    def id(self) -> int:
        return self.order.pk if self.order else self.demand.pk


class DeedForm(OnceForm):
    """The form of one action. `hint` tells what it will do, where its name does not."""

    hint: ClassVar[Promise | str] = ""
    multipart: ClassVar[bool] = False

    def __init__(self, *args: Any, actor: Actor, subject: Subject, **kwargs: Any) -> None:
        self.actor, self.subject = actor, subject
        super().__init__(*args, **kwargs)
        self.suggest()

    def suggest(self) -> None:
        """Fills in what is known already."""


def words(
    label: Any, *, required: bool = True, rows: int = 3, limit: int = 2000
) -> forms.CharField:
    """Returns a field for a few sentences."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _yes_no(label: Any, yes: Any, no: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("1", yes), ("0", no)],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )


def _basis() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("派单依据"), choices=Basis.choices, initial=Basis.CATALOGUE, widget=choices.Select
    )


class MustReason(DeedForm):
    reason = words(_("理由"))


class MayReason(DeedForm):
    reason = words(_("意见"), required=False, rows=2)


# -- demands


class Edit(DeedForm):
    hint = _("改前改后的内容都会留在办理经过里。")

    title = forms.CharField(label=_("标题"), max_length=TITLE_LENGTH)
    text = words(_("内容"), required=False, rows=6, limit=TEXT_LENGTH)
    kind = forms.ChoiceField(
        label=_("诉求类型"),
        required=False,
        choices=lambda: [("", "—"), *choices.kinds()],
        widget=choices.Select,
    )
    category = pick(_("诉求类别"), choices.categories, required=False)
    district = pick(_("区域"), choices.districts, required=False)
    place = forms.CharField(label=_("地点"), required=False, max_length=200)

    def suggest(self) -> None:
        demand, names = self.subject.demand, dictionaries()
        terms = {
            "kind": names.kinds.get(demand.kind_id),
            "category": names.categories.get(demand.category_id),
            "district": names.districts.get(demand.district_id),
        }
        category, known = terms["category"], choices.categories()
        if category and category.code not in dict(known):  # retired since: it stays until changed
            shown = (category.code, " / ".join(category.path))
            self.fields["category"].choices = [("", ""), shown, *known]  # type: ignore[attr-defined]
        self.initial.update(
            {
                "title": demand.title,
                "text": demand.text,
                "place": demand.place,
                **{name: term.code for name, term in terms.items() if term},
            }
        )


class Supplement(DeedForm):
    hint = _("补充的内容立即对承办单位可见。")

    text = words(_("补充内容"), rows=4, limit=5000)


class Attach(DeedForm):
    multipart = True

    file = forms.FileField(
        label=_("文件"),
        help_text=_("图片、PDF、Word、Excel、录音或视频，每个不超过20MB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(TYPES)}),
    )
    public = forms.BooleanField(label=_("诉求人也能看到"), required=False)


class Mark(DeedForm):
    hint = _("已派工单的时限不变，之后派出的工单按新标记计算时限。")

    urgent = forms.BooleanField(label=_("紧急"), required=False)
    confidential = forms.BooleanField(label=_("保密（承办单位看不到诉求人）"), required=False)
    enterprise = forms.BooleanField(label=_("企业诉求"), required=False)
    escalated = forms.BooleanField(label=_("提级"), required=False)
    difficult = forms.BooleanField(label=_("疑难"), required=False)
    reason = words(_("理由"))

    def suggest(self) -> None:
        self.initial.update({name: getattr(self.subject.demand, name) for name in MARKS})

    def given(self) -> Given:
        """Leaves out what stays as it is."""
        return {
            name: value
            for name, value in super().given().items()
            if name == "reason" or value != getattr(self.subject.demand, name)
        }


class Answer(DeedForm):
    hint = _("直接答复须有依据：一条现行知识，或一条转接热线，二者取一。")

    knowledge = forms.CharField(label=_("知识条目"), required=False, max_length=32)
    transfer_line = forms.ChoiceField(
        label=_("转接热线"),
        required=False,
        choices=lambda: [("", "—"), *choices.transfer_lines()],
        widget=choices.Select,
    )
    answer = words(_("答复内容"), rows=5, limit=5000)


class Reject(DeedForm):
    hint = _("告知诉求人可以走的法定途径；办理到此结束。")

    legal_route = forms.ChoiceField(
        label=_("法定途径"),
        choices=lambda: [("", "—"), *choices.legal_routes()],
        widget=choices.Select,
    )
    reason = words(_("不予受理的理由"))


class Merge(DeedForm):
    hint = _("并入更早受理的同一件事；本件到此结束，以后看主件。")

    into = forms.CharField(label=_("并入的诉求号"), max_length=32)
    reason = words(_("说明"), required=False, rows=2)

    def clean_into(self) -> str:
        return "".join(str(self.cleaned_data["into"]).split()).upper()


class Assign(DeedForm):
    lead = pick(_("主办单位"), choices.units)
    assists = pick_many(_("协办单位"), choices.units, required=False)
    basis = _basis()
    note = words(_("派单意见"), required=False)

    def suggest(self) -> None:
        demand = self.subject.demand
        found = catalogue_units(demand.category_id, demand.district_id, clock.now().date())
        if found:
            lead, assists, basis = found
            self.initial.update(lead=lead, assists=list(assists), basis=basis)
            self.fields["lead"].help_text = _("已按派单目录填入，可以改选。")
        else:
            self.initial["basis"] = Basis.DESIGNATED
            self.fields["lead"].help_text = _("派单目录里没有对应的单位，请指定。")


# -- orders


class ListedReason(DeedForm):
    """A reason from the list of a `purpose`, with words beside it or in its place."""

    purpose: ClassVar[str]

    reason_code = forms.ChoiceField(
        label=_("原因"), required=False, choices=list, widget=forms.RadioSelect
    )
    reason = words(_("说明"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason_code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices.reasons(self.purpose)

    def clean(self) -> Given:
        given = super().clean() or {}
        if not given.get("reason_code") and not str(given.get("reason", "")).strip():
            self.add_error("reason_code", _("请选择原因，或在下面写明。"))
        return given


class Contact(DeedForm):
    method = forms.ChoiceField(
        label=_("联系方式"),
        choices=[*METHODS.items()],
        initial="phone",
        widget=forms.RadioSelect,
    )
    reached = _yes_no(_("是否联系上"), _("联系上了"), _("没联系上"))
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


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each checked by the action that stores it."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        one = super().clean
        return [one(file, initial) for file in data or [] if file]


class Reply(DeedForm):
    multipart = True

    text = words(_("答复内容"), rows=7, limit=REPLY_LENGTH)
    solved = _yes_no(_("问题是否解决"), _("已解决"), _("未解决"))
    public = _yes_no(_("诉求人能否看到这份答复"), _("公开"), _("不公开"))
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


def _reply(actor: Actor, order_id: int, *, attachments: list[Any], **given: Any) -> object:
    """Stores the files and hands in the reply with them, and with what the check says of it."""
    demand_id = Assignment.objects.values_list("demand_id", flat=True).get(pk=order_id)
    stored = [
        demands.attach(actor, demand_id, file=file, order_id=order_id, public=given["public"]).pk
        for file in attachments
    ]
    return replying.send(actor, order_id, attachments=stored, **given)


class Remark(DeedForm):
    remark = words(_("意见"), required=False, rows=2)


class FailAudit(ListedReason):
    purpose = "rework"
    hint = _("退回承办单位重办，返工次数加一；时限接着原来的计算。")


# -- follow-ups


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
    solved = _yes_no(_("问题是否解决"), _("已解决"), _("未解决"))
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


class Nothing(DeedForm):
    """Asks nothing: pressing the button is all."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One row: what is asked with an action, what is called, and what is said afterwards.

    `tone` is "primary" for the usual next step and "danger" for what ends or undoes something.
    """

    form: type[DeedForm]
    run: Callable[..., object]
    said: Promise | str
    tone: str = ""

    @property
    def has_page(self) -> bool:
        """Tells whether its form needs a whole page, not a sheet over one."""
        return self.form is Reply

    @property
    def at_once(self) -> bool:
        """Tells whether the button acts without asking anything."""
        return self.form is Nothing


def marks_of(petitioner: Petitioner) -> Given:
    """Returns what a form of a petitioner's marks begins with."""
    today = clock.now().date()
    abusive = petitioner.is_abusive(today)
    until = petitioner.abusive_until if abusive else abusive_until(clock.now())
    return {
        "abusive": abusive,
        "abusive_until": until,
        "do_not_call": petitioner.do_not_call,
    }


class MarkPetitioner(DeedForm):
    hint = _("标记跟着诉求人走，他（她）以后的来电也会显示；骚扰标记到期自动失效。")

    abusive = forms.BooleanField(label=_("骚扰来电"), required=False)
    abusive_until = forms.DateField(label=_("骚扰标记有效至"), required=False, widget=DateInput)
    do_not_call = forms.BooleanField(label=_("不接受回访"), required=False)
    reason = words(_("理由"))

    def suggest(self) -> None:
        petitioner = self.subject.demand.petitioner
        assert petitioner
        self.initial.update(marks_of(petitioner))


def _mark_petitioner(actor: Actor, demand_id: int, **given: Any) -> object:
    petitioner_id = Demand.objects.values_list("petitioner_id", flat=True).get(pk=demand_id)
    return demands.mark_petitioner(actor, petitioner_id or 0, **given)


DEEDS: Mapping[str, Deed] = {
    "demand.submit": Deed(Nothing, demands.submit, _("已受理。"), "primary"),
    "demand.assign": Deed(Assign, orders.assign, _("已派单。"), "primary"),
    "demand.answer": Deed(Answer, demands.answer, _("已直接答复。"), "primary"),
    "demand.reject": Deed(Reject, demands.reject, _("已登记不予受理。"), "danger"),
    "demand.merge": Deed(Merge, demands.merge, _("已并单。")),
    "demand.edit": Deed(Edit, demands.edit, _("已修改。")),
    "demand.supplement": Deed(Supplement, demands.supplement, _("已补充。")),
    "demand.attach": Deed(Attach, demands.attach, _("已上传。")),
    "demand.mark": Deed(Mark, demands.mark, _("已更改标记。")),
    "demand.withdraw": Deed(MustReason, orders.withdraw, _("诉求已撤回。"), "danger"),
    "demand.archive": Deed(Nothing, demands.archive, _("已归档。")),
    "demand.reopen": Deed(Reopen, demands.reopen, _("已重新受理。"), "primary"),
    "order.sign": Deed(Nothing, orders.sign, _("已签收。"), "primary"),
    "order.contact": Deed(Contact, orders.contact, _("已记录联系情况。"), "primary"),
    "order.reply": Deed(Reply, _reply, _("答复已提交。"), "primary"),
    "order.assign_onward": Deed(AssignOnward, orders.assign_onward, _("已向下交办。")),
    "order.request_extension": Deed(
        RequestExtension, orders.request_extension, _("已申请延期，等待审批。")
    ),
    "order.request_return": Deed(RequestReturn, orders.request_return, _("已申请退单，等待决定。")),
    "order.accept_return": Deed(AcceptReturn, orders.accept_return, _("已同意退单。"), "primary"),
    "order.overrule_return": Deed(OverruleReturn, orders.overrule_return, _("已驳回退单。")),
    "order.approve_extension": Deed(
        MayReason, orders.approve_extension, _("已同意延期。"), "primary"
    ),
    "order.refuse_extension": Deed(MustReason, orders.refuse_extension, _("已驳回延期。")),
    "order.sign_off": Deed(Remark, orders.sign_off, _("已签发，等待审核。"), "primary"),
    "order.refuse_sign_off": Deed(MustReason, orders.refuse_sign_off, _("已退回修改。")),
    "order.pass_audit": Deed(Remark, orders.pass_audit, _("审核通过。"), "primary"),
    "order.fail_audit": Deed(FailAudit, orders.fail_audit, _("已退回重办。")),
    "order.reassign": Deed(Reassign, orders.reassign, _("已改派。")),
    "order.urge": Deed(MustReason, orders.urge, _("已催办。")),
    "order.suspend": Deed(Suspend, orders.suspend, _("已挂账。")),
    "order.resume": Deed(MayReason, orders.resume, _("已恢复办理。"), "primary"),
    "order.recall": Deed(Recall, orders.recall, _("已撤回工单。"), "danger"),
    "follow_up.plan": Deed(Nothing, follow_ups.plan, _("已列入回访。")),
    "follow_up.evaluate": Deed(Evaluate, follow_ups.evaluate, _("已记录评价。"), "primary"),
    "follow_up.attempt": Deed(Attempt, follow_ups.attempt, _("已记录未接通。")),
    "follow_up.ask_rework": Deed(MustReason, again.ask_rework, _("已登记，等待回访。")),
    "follow_up.invalidate": Deed(
        Invalidate, follow_ups.invalidate, _("这次评价不再计入有效参评。"), "danger"
    ),
    "follow_up.send_link": Deed(SendLink, links.send_link, _("评价链接已放入发件箱。")),
    "follow_up.give_up": Deed(MustReason, follow_ups.give_up, _("已结束回访。")),
    "follow_up.rework": Deed(Rework, follow_ups.rework, _("已退回重办。"), "danger"),
    "petitioner.mark": Deed(MarkPetitioner, _mark_petitioner, _("已更改诉求人标记。")),
}


def label(action: str) -> str:
    """Returns what the button of an action says."""
    if action == "petitioner.mark":  # stands in no lifecycle
        return gettext("标记诉求人")
    rows = {**ORDER_LIFECYCLE.rows, **DEMAND_LIFECYCLE.rows}
    return str(rows[action].label)
