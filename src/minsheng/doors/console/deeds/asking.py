"""What the forms of actions have in common: whom they are about, and the reasons they ask for."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.doors.console import choices
from minsheng.doors.console.forms import OnceForm, words
from minsheng.orders.models import Assignment

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


class MustReason(DeedForm):
    reason = words(_("理由"))


class MayReason(DeedForm):
    reason = words(_("意见"), required=False, rows=2)


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


class Nothing(DeedForm):
    """Asks nothing: pressing the button is all."""
