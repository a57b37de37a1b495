"""A change of the settings in words: what it is about, and what it sets, as its form says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from minsheng.catalogue.changing import KINDS
from minsheng.catalogue.models import Change
from minsheng.catalogue.rules import Limit
from minsheng.foundation.language import listed


@dataclass(frozen=True, slots=True)
class Words:
    """`code` is empty for rules, which nobody knows by a code; `lines` are labels and values."""

    title: str
    code: str
    lines: list[tuple[str, str]]


def in_words(change: Change, fields: Mapping[str, forms.Field]) -> Words:
    """Returns a change in words; `fields` are those of the form that it was entered in."""
    kind = KINDS[change.kind]
    words = {
        name: _word(name, change.values[name], field)
        for name, field in fields.items()
        if name in change.values
    }
    lines = [
        (str(fields[name].label), word or "—")
        for name, word in words.items()
        if name not in kind.key and name != "name"
    ]
    if kind.dated:
        title = " · ".join(word for name in kind.key if (word := words.get(name)))
        return Words(title or _("所有"), "", lines)
    return Words(words.get("name") or change.code, change.code, lines)


def _word(name: str, value: Any, field: forms.Field) -> str:
    """Returns a value as the form shows it, empty for nothing."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value in (None, "", []):
        return ""
    if isinstance(field, forms.ChoiceField):
        lines: Any = field.choices
        labels = {str(code): str(label) for code, label in lines}
        codes = value if isinstance(value, list) else [value]
        return listed(labels.get(str(code), str(code)) for code in codes)
    return Limit.parse(value).in_words() if name == "limit" else str(value)
