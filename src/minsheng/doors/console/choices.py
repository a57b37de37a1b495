"""What can be chosen in the console's lists: the dictionaries by code, as they stand now."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from minsheng.catalogue.models import Category, Channel, Kind, LegalRoute, Reason, TransferLine
from minsheng.demands.queries import dictionaries
from minsheng.directory.models import District, Unit
from minsheng.foundation.recent import recent

Choices = list[tuple[str, str]]


@recent
def channels() -> Choices:
    return list(
        Channel.objects.filter(active=True).order_by("sort", "pk").values_list("code", "name")
    )


@recent
def kinds() -> Choices:
    return list(Kind.objects.order_by("sort", "pk").values_list("code", "name"))


def _paths(rows: Iterable[tuple[int, str, str, list[int]]], separator: str) -> Choices:
    """Returns (code, names from the top down) in the order of the tree."""
    rows = list(rows)
    names = {pk: name for pk, _code, name, _lineage in rows}
    rows.sort(key=lambda row: row[3])
    return [
        (code, separator.join(names[step] for step in lineage if step in names))
        for _pk, code, _name, lineage in rows
    ]


@recent
def categories() -> Choices:
    """Returns all categories with their paths, parents before children."""
    found = Category.objects.filter(active=True)
    return _paths(found.values_list("pk", "code", "name", "lineage"), " / ")


@recent
def districts() -> Choices:
    """Returns all areas below the city with their paths."""
    found = District.objects.exclude(level=District.Level.CITY)
    return _paths(found.values_list("pk", "code", "name", "lineage"), " · ")


@recent
def _units() -> list[tuple[int, str, str, str, list[int]]]:
    found = Unit.objects.filter(active=True).order_by("level", "kind", "pk")
    return list(found.values_list("pk", "code", "name", "kind", "lineage"))


def units() -> Choices:
    """Returns the units that can be responsible for an order: all but the hotline's own."""
    return [(row[1], row[2]) for row in _units() if row[3] != Unit.Kind.CENTRE]


def all_units() -> Choices:
    return [(row[1], row[2]) for row in _units()]


def units_below(unit_id: int) -> Choices:
    """Returns the units under one unit, at any depth."""
    return [(row[1], row[2]) for row in _units() if unit_id in row[4] and row[0] != unit_id]


@recent
def legal_routes() -> Choices:
    return list(LegalRoute.objects.order_by("pk").values_list("code", "name"))


@recent
def transfer_lines() -> Choices:
    found = TransferLine.objects.order_by("pk").values_list("code", "name", "number")
    return [(code, f"{name}（{number}）") for code, name, number in found]


@recent
def _reasons() -> list[tuple[str, str, str]]:
    found = Reason.objects.filter(active=True).order_by("pk")
    return list(found.values_list("kind", "code", "name"))


def reasons(kind: str) -> Choices:
    """Returns the list of reasons for one purpose ("return", "dissatisfied", …)."""
    return [(code, name) for of, code, name in _reasons() if of == kind]


def names() -> Mapping[str, Mapping[str, str]]:
    """Returns what codes are called, by the journal's word for them; also those out of use."""
    read = dictionaries()
    return {
        **{
            word: {term.code: " / ".join(term.path) for term in dictionary.terms.values()}
            for word, dictionary in (
                ("channel", read.channels),
                ("kind", read.kinds),
                ("category", read.categories),
                ("district", read.districts),
            )
        },
        "unit": {term.code: term.name for term in read.units.terms.values()},
        "legal_route": dict(legal_routes()),
        "transfer_line": dict(transfer_lines()),
        "reason_code": {code: name for _kind, code, name in _reasons()},
    }


class Select(forms.Select):
    """A list of choices written out directly: lists of hundreds stand on every work list."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
        given = self.build_attrs(self.attrs, attrs)
        if self.allow_multiple_selected:
            given["multiple"] = True
        parts = [f'<select name="{conditional_escape(name)}"']
        parts += [
            f" {key}" if setting is True else f' {key}="{conditional_escape(setting)}"'
            for key, setting in given.items()
            if setting not in (False, None)
        ]
        parts.append(">")
        for code, label in self.choices:
            selected = " selected" if str(code or "") in chosen else ""
            parts.append(
                f'<option value="{conditional_escape(code or "")}"{selected}>'
                f"{conditional_escape(str(label))}</option>"
            )
        parts.append("</select>")
        return mark_safe("".join(parts))  # noqa: S308


class SelectMany(Select, forms.SelectMultiple):
    allow_multiple_selected = True


def pick(label: Any, choices: Any, *, required: bool = True, hint: Any = "") -> forms.ChoiceField:
    """Returns a field for a long list, in which any part of the words finds the line."""

    def with_blank() -> Choices:
        return [("", ""), *choices()]

    return forms.ChoiceField(
        label=label,
        choices=with_blank,
        required=required,
        help_text=hint,
        widget=Select(attrs={"data-pick": ""}),
    )


def pick_many(
    label: Any, choices: Any, *, required: bool = True, hint: Any = ""
) -> forms.MultipleChoiceField:
    """Returns a field for several lines of a long list."""
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=hint,
        widget=SelectMany(attrs={"data-pick": ""}),
    )
