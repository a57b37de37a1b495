"""What is asked with an action on a demand, or on who made it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import catalogue_units
from minsheng.demands import actions as demands
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.actions.marks import MARKS
from minsheng.demands.actions.petitioners import abusive_until
from minsheng.demands.attachments import TYPES
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import dictionaries
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import pick, pick_many
from minsheng.doors.console.deeds.asking import DeedForm, Given
from minsheng.doors.console.forms import DateInput, words
from minsheng.foundation import clock


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

    def suggest(self) -> None:
        if Scope.UNIT in scopes(self.actor.role, "demand.attach"):
            del self.fields["public"]
            self.hint = _("诉求人看不到这里上传的附件；给诉求人看的，请在答复里上传。")  # type: ignore[misc]


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
    basis = forms.ChoiceField(
        label=_("派单依据"), choices=Basis.choices, initial=Basis.CATALOGUE, widget=choices.Select
    )
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


def mark_petitioner(actor: Actor, demand_id: int, **given: Any) -> object:
    petitioner_id = Demand.objects.values_list("petitioner_id", flat=True).get(pk=demand_id)
    return demands.mark_petitioner(actor, petitioner_id or 0, **given)
