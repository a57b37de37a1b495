"""Reads of the dictionaries, limits and the assignment catalogue."""

from collections.abc import Mapping
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
        raise NotFound("no_city", _("还没有装入城市数据；请先运行 minsheng city load。"))
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
    return [
        CatalogueRule(
            category=row.category.code if row.category else "",
            area=row.area.code if row.area else "",
            lead=row.lead,
            assists=tuple(row.assists),
            basis=row.basis,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
        )
        for row in CatalogueEntry.objects.select_related("category", "area").order_by("pk")
    ]


@recent
def category_paths() -> dict[int, tuple[str, ...]]:
    """Returns each category's codes from the first level down, by id."""
    codes = dict(Category.objects.values_list("pk", "code"))
    return {
        pk: tuple(codes[step] for step in lineage)
        for pk, lineage in Category.objects.values_list("pk", "lineage")
    }


@recent
def area_paths() -> dict[int, tuple[str, ...]]:
    """Returns each area's codes from the district down (the city itself left out), by id."""
    codes = dict(District.objects.exclude(level=District.Level.CITY).values_list("pk", "code"))
    return {
        pk: tuple(codes[step] for step in lineage if step in codes)
        for pk, lineage in District.objects.values_list("pk", "lineage")
    }


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
