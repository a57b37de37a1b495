"""What can be chosen in the console's lists: the dictionaries by code, as they stand now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django import forms
from django.utils.safestring import SafeString, mark_safe

from minsheng.demands.queries import dictionaries
from minsheng.foundation.gather import gather
from minsheng.foundation.recent import recent

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    code: str
    name: str
    is_centre: bool
    lineage: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """All that can be chosen, in the order in which it is shown."""

    channels: Choices
    kinds: Choices
    categories: Choices
    districts: Choices
    units: list[_Unit]
    legal_routes: Choices
    transfer_lines: Choices
    reasons: list[tuple[str, str, str]]  # kind, code, name


@recent
def _read() -> _Read:
    """Reads it in one statement; it is at most a few seconds old."""
    found = gather(
        channels=("SELECT id, code, name, sort FROM catalogue_channel WHERE active", []),
        kinds=("SELECT id, code, name, sort FROM catalogue_kind", []),
        categories=("SELECT id, code, name, lineage FROM catalogue_category WHERE active", []),
        districts=(
            "SELECT id, code, name, lineage FROM directory_district WHERE level <> 'city'",
            [],
        ),
        units=(
            "SELECT id, code, name, kind = 'centre' AS is_centre, level, lineage"
            " FROM directory_unit WHERE active",
            [],
        ),
        legal_routes=("SELECT id, code, name FROM catalogue_legalroute", []),
        transfer_lines=("SELECT id, code, name, number FROM catalogue_transferline", []),
        reasons=("SELECT id, kind, code, name FROM catalogue_reason WHERE active", []),
    )
    for name in ("channels", "kinds"):
        found[name].sort(key=lambda row: row["sort"])
    units = sorted(found["units"], key=lambda row: (row["level"], row["id"]))
    return _Read(
        channels=_pairs(found["channels"]),
        kinds=_pairs(found["kinds"]),
        categories=_paths(found["categories"], " / "),
        districts=_paths(found["districts"], " · "),
        units=[
            _Unit(row["id"], row["code"], row["name"], row["is_centre"], tuple(row["lineage"]))
            for row in units
        ],
        legal_routes=_pairs(found["legal_routes"]),
        transfer_lines=[
            (row["code"], f"{row['name']}（{row['number']}）") for row in found["transfer_lines"]
        ],
        reasons=[(row["kind"], row["code"], row["name"]) for row in found["reasons"]],
    )


def _pairs(rows: Iterable[Mapping[str, Any]]) -> Choices:
    return [(row["code"], row["name"]) for row in rows]


def _paths(rows: list[dict[str, Any]], separator: str) -> Choices:
    """Returns (code, names from the top down) in the order of the tree."""
    names = {row["id"]: row["name"] for row in rows}
    return [
        (row["code"], separator.join(names[step] for step in row["lineage"] if step in names))
        for row in sorted(rows, key=lambda row: row["lineage"])
    ]


def channels() -> Choices:
    return _read().channels


def kinds() -> Choices:
    return _read().kinds


def categories() -> Choices:
    """Returns all categories with their paths, parents before children."""
    return _read().categories


def districts() -> Choices:
    """Returns all areas below the city with their paths."""
    return _read().districts


def units() -> Choices:
    """Returns the units that can be responsible for an order: all but the hotline's own."""
    return [(unit.code, unit.name) for unit in _read().units if not unit.is_centre]


def all_units() -> Choices:
    return [(unit.code, unit.name) for unit in _read().units]


def units_below(unit_id: int) -> Choices:
    """Returns the units under one unit, at any depth."""
    return [
        (unit.code, unit.name)
        for unit in _read().units
        if unit_id in unit.lineage and unit.id != unit_id
    ]


def legal_routes() -> Choices:
    return _read().legal_routes


def transfer_lines() -> Choices:
    return _read().transfer_lines


def reasons(kind: str) -> Choices:
    """Returns the list of reasons for one purpose ("return", "dissatisfied", …)."""
    return [(code, name) for of, code, name in _read().reasons if of == kind]


@recent
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
        "reason_code": {code: name for _kind, code, name in _read().reasons},
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
        parts = [f'<select name="{escape(name)}"']
        parts += [
            f" {key}" if setting is True else f' {key}="{escape(str(setting))}"'
            for key, setting in given.items()
            if setting not in (False, None)
        ]
        parts.append(">")
        # Asked directly, for Django looks at each of hundreds of lines whether it is a group.
        lines = getattr(self.choices, "func", lambda: self.choices)()
        for code, label in lines:
            selected = " selected" if str(code or "") in chosen else ""
            parts.append(
                f'<option value="{escape(str(code or ""))}"{selected}>{escape(str(label))}</option>'
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
