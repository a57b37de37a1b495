"""Reads of the dictionaries, limits and the assignment catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.catalogue.models import (
    CatalogueEntry,
    Category,
    Channel,
    City,
    Kind,
    LegalRoute,
    Reason,
    Template,
    TimeLimit,
    TransferLine,
)
from minsheng.catalogue.rules import (
    CatalogueRule,
    Limit,
    LimitRule,
    Stage,
    choose_limit,
    choose_units,
    territory,
)
from minsheng.directory.models import District, Unit
from minsheng.foundation import statements
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.foundation.recent import recent

_DICTIONARIES: Mapping[str, QuerySet[Any]] = {
    "channel": Channel.objects.filter(active=True),
    "kind": Kind.objects.all(),
    "category": Category.objects.filter(active=True),
    "district": District.objects.defer("outline"),
    "legal_route": LegalRoute.objects.all(),
    "transfer_line": TransferLine.objects.all(),
}


def refs(**codes: str | None) -> dict[str, Any]:
    """Returns the rows named by code, e.g. `refs(channel="phone", kind="consult")`.

    An empty code gives None; an unknown or inactive one raises Invalid naming it.
    """
    found: dict[str, Any] = dict.fromkeys(codes)
    for name, code in codes.items():
        if not code:
            continue
        found[name] = dictionaries()[name].get(code)
        if found[name] is None:
            raise Invalid(
                "unknown_code",
                _("没有编码为“%(code)s”的%(what)s；请从列表中选择。")
                % {"code": code, "what": _DICTIONARIES[name].model._meta.verbose_name},
                field=name,
            )
    return found


@recent
def dictionaries() -> dict[str, dict[str, Any]]:
    """Returns the rows of each dictionary that are in use, by code. They are shared: only read."""
    return {name: {row.code: row for row in rows.all()} for name, rows in _DICTIONARIES.items()}


@recent
def kind_codes() -> dict[int, str]:
    """Returns each kind's code by its id."""
    return dict(Kind.objects.values_list("pk", "code"))


@recent
def city() -> City:
    """Returns the city that this database serves. Raises NotFound before one was loaded."""
    found = City.objects.order_by("pk").first()
    if found is None:
        raise NotFound(
            "no_city", _("还没有装入城市数据；请先运行 minsheng worker 或 minsheng up。")
        )
    return found


@recent
def limit_rules() -> list[LimitRule]:
    """Returns the table of time limits as rules."""
    return [
        LimitRule(
            stage=row.stage,
            limit=Limit.parse(row.limit),
            urgency=row.urgency,
            origin=row.origin,
            kind=row.kind,
            unit_level="" if row.unit_level is None else str(row.unit_level),
            warn_share=Decimal(str(row.warn_share)),
            extension_times=Decimal(str(row.extension_times)),
            effective_from=row.effective_from,
            effective_to=row.effective_to,
        )
        for row in TimeLimit.objects.order_by("pk")
    ]


def limit_for(
    stage: Stage, *, on: date, kind: str, urgent: bool, origin: str, unit_level: int
) -> LimitRule:
    """Returns the limit of a stage for an order. Raises NotFound where the table has none."""
    return choose_limit(
        limit_rules(),
        stage=stage,
        on=on,
        kind=kind,
        urgency="urgent" if urgent else "normal",
        origin=origin,
        unit_level=str(unit_level),
    )


@recent
def catalogue_rules() -> list[CatalogueRule]:
    """Returns the assignment catalogue as rules."""
    # No rows of the model: each would bring its area with an outline of some hundred points.
    rows = CatalogueEntry.objects.order_by("pk").values_list(
        *("category__code", "area__code", "lead", "assists"),
        *("basis", "effective_from", "effective_to"),
    )
    return [
        CatalogueRule(category or "", area or "", lead, tuple(assists), *rest)
        for category, area, lead, assists, *rest in rows
    ]


_PATHS = """
SELECT 'category', id, code, lineage, true FROM catalogue_category
UNION ALL
SELECT 'area', id, code, lineage, level <> 'city' FROM directory_district
"""


@recent
def _paths() -> dict[str, dict[int, tuple[str, ...]]]:
    """Returns the codes from the top down to each category and each area, by id."""
    rows = statements.rows(_PATHS)
    codes = {(kind, pk): code for kind, pk, code, _lineage, shown in rows if shown}
    found: dict[str, dict[int, tuple[str, ...]]] = {"category": {}, "area": {}}
    for kind, pk, _code, lineage, _shown in rows:
        found[kind][pk] = tuple(codes[kind, step] for step in lineage if (kind, step) in codes)
    return found


def category_paths() -> dict[int, tuple[str, ...]]:
    """Returns each category's codes from the first level down, by id."""
    return _paths()["category"]


def area_paths() -> dict[int, tuple[str, ...]]:
    """Returns each area's codes from the district down (the city itself left out), by id."""
    return _paths()["area"]


@recent
def territorial_units() -> dict[str, str]:
    """Returns the code of the territorial unit of each area, by the area's code."""
    return dict(
        Unit.objects.filter(is_territorial=True, active=True, district__isnull=False)
        .order_by("-level", "pk")
        .values_list("district__code", "code")
    )


def catalogue_units(
    category_id: int | None, district_id: int | None, on: date
) -> tuple[str, tuple[str, ...], str] | None:
    """Returns lead, assistants (unit codes) and basis by the assignment catalogue, or None.

    Placeholders for the territorial unit are resolved by the demand's area; None also where the
    area that they need is not known.
    """
    rule = choose_units(
        category_paths().get(category_id or 0, ()),
        area := area_paths().get(district_id or 0, ()),
        catalogue_rules(),
        on,
    )
    if rule is None:
        return None

    def resolved(unit: str) -> str | None:
        if not unit.startswith("@"):
            return unit
        place = territory(unit, area)
        return territorial_units().get(place) if place else None

    lead = resolved(rule.lead)
    if lead is None:
        return None
    assists = tuple(
        dict.fromkeys(code for unit in rule.assists if (code := resolved(unit)) and code != lead)
    )
    return lead, assists, rule.basis


def reason(kind: str, code: str) -> str:
    """Returns the words of a reason chosen from the list `kind`; raises Invalid if it has none."""
    name = (
        Reason.objects.filter(kind=kind, code=code, active=True)
        .values_list("name", flat=True)
        .first()
    )
    if name is None:
        raise Invalid("unknown_reason", _("原因“%s”不在列表中；请从列表中选择。") % code)
    return name


def worded(kind: str, code: str, words: str) -> str:
    """Returns a reason as it is kept: that of the list, then what was added in words.

    Either may be empty. Raises Invalid for a code that the list does not have.
    """
    named = reason(kind, code) if code else ""
    return "：".join(part for part in (named, words.strip()) if part)


@recent
def _templates() -> list[Template]:
    return list(Template.objects.select_related("category").order_by("pk"))


def templates(use: str, kind: str, category_id: int | None, on: date) -> list[Template]:
    """Returns the texts in force on a day for a matter, the narrowest first.

    `kind` is the code of what the petitioner wants. A text of another category or kind is left out.
    """
    lineage = category_paths().get(category_id or 0, ())
    found = [
        row
        for row in _templates()
        if row.use == use
        and row.kind in ("", kind)
        and (row.category is None or row.category.code in lineage)
        and row.effective_from <= on
        and (row.effective_to is None or on <= row.effective_to)
    ]
    depth = {code: place for place, code in enumerate(lineage, 1)}
    return sorted(
        found,
        key=lambda row: (-depth.get(row.category.code if row.category else "", 0), not row.kind),
    )


# Dictionaries as lists, for whoever lets people choose


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel in use. `collector`: reports of collectors, not demands of the public."""

    code: str
    name: str
    door: str
    public: bool
    collector: bool
    restricted: bool


def channels() -> list[ChannelRow]:
    """Returns the channels in use, in the city's order."""
    rows = (
        Channel.objects.filter(active=True)
        .order_by("sort", "code")
        .values_list("code", "name", "door", "is_public", "is_collector", "restricted")
    )
    return [ChannelRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a plain dictionary."""

    code: str
    name: str


def kinds() -> list[EntryRow]:
    """Returns what a petitioner may want, in the city's order."""
    return [
        EntryRow(*row) for row in Kind.objects.order_by("sort", "code").values_list("code", "name")
    ]


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category in use, with the code of the one above it."""

    code: str
    name: str
    parent: str | None
    level: int
    element: str


def categories() -> list[CategoryRow]:
    """Returns the categories in use, the widest first."""
    rows = (
        Category.objects.filter(active=True)
        .order_by("level", "code")
        .values_list("code", "name", "parent__code", "level", "element")
    )
    return [CategoryRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason to choose from the list `kind`: `return`, `dissatisfied` …"""

    kind: str
    code: str
    name: str


def reasons() -> list[ReasonRow]:
    """Returns the reasons in use."""
    rows = (
        Reason.objects.filter(active=True)
        .order_by("kind", "code")
        .values_list("kind", "code", "name")
    )
    return [ReasonRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LegalRouteRow:
    """Where a petitioner may turn instead, and what they are told."""

    code: str
    name: str
    text: str


def legal_routes() -> list[LegalRouteRow]:
    """Returns the legal routes that a rejection may name."""
    rows = LegalRoute.objects.order_by("code").values_list("code", "name", "text")
    return [LegalRouteRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class TransferLineRow:
    """A hotline to which calls are handed over, and how it was integrated."""

    code: str
    name: str
    number: str
    mode: str
    unit: str | None


def transfer_lines() -> list[TransferLineRow]:
    """Returns the hotlines to which calls are handed over."""
    rows = TransferLine.objects.order_by("code").values_list(
        "code", "name", "number", "mode", "unit__code"
    )
    return [TransferLineRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A line of the table of limits; blank fields match everything, both dates are included."""

    stage: str
    kind: str
    urgency: str
    origin: str
    unit_level: int | None
    limit: str
    warn_share: float
    extension_times: float
    effective_from: date
    effective_to: date | None
    note: str


def limits() -> list[LimitRow]:
    """Returns the whole table of limits."""
    rows = TimeLimit.objects.order_by("stage", "pk").values_list(
        *("stage", "kind", "urgency", "origin", "unit_level", "limit", "warn_share"),
        *("extension_times", "effective_from", "effective_to", "note"),
    )
    return [LimitRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Whom the assignment catalogue names; all blank where a person has to decide."""

    lead: str
    assists: tuple[str, ...]
    basis: str


def suggestion(category: str, district: str, on: date) -> Suggestion:
    """Returns whom the catalogue names for a category and an area, by code. Raises Invalid."""
    found = refs(category=category, district=district)
    named = catalogue_units(
        found["category"].pk if found["category"] else None,
        found["district"].pk if found["district"] else None,
        on,
    )
    return Suggestion(*named) if named else Suggestion("", (), "")
