"""Forms as the console draws them, and the token that makes a double click harmless."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.errors import Refused

_PLAIN = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput)


def dress(field: forms.Field) -> None:
    """Gives a field's control the looks of the component kit, and says in words what is missing."""
    widget = field.widget
    if not isinstance(widget, _PLAIN):
        look = "form-control"
        if isinstance(widget, forms.CheckboxInput):
            look = "form-check-input"
        elif isinstance(widget, forms.Select):
            look = "form-select"
        widget.attrs["class"] = f"{look} {widget.attrs.get('class', '')}".strip()
    chosen = isinstance(field, forms.ChoiceField)
    missing = _("请选择“%s”。") if chosen else _("请填写“%s”。")
    field.error_messages["required"] = missing % field.label


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


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


def yes_no(label: Any, yes: Any, no: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("1", yes), ("0", no)],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each checked by the action that stores it."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        one = super().clean
        return [one(file, initial) for file in data or [] if file]


class ConsoleForm(forms.Form):
    """A form whose controls, hints and errors are drawn alike on every page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)

    def refuse(self, refused: Refused) -> None:
        """Shows what was refused at the field that it is about, or above all of them."""
        field = refused.detail.get("field")
        self.add_error(field if field in self.fields else None, str(refused))

    @property
    def main_error(self) -> str:
        """The first thing to be mended, as one sentence."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


class OnceForm(ConsoleForm):
    """A form that does something, and does it once however often its button is pressed."""

    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        once = self.fields["once"]
        once.initial = uuid.uuid4
        once.error_messages["required"] = _("这个表单不完整；请刷新页面后重新填写。")

    def given(self) -> dict[str, Any]:
        """What was filled in, by the names of the fields."""
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}
