"""Reads of the dictionaries, limits and the assignment catalogue."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.db import connection
from django.db.models import Model
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

_DICTIONARIES: Mapping[str, tuple[type[Model], bool]] = {
    "channel": (Channel, True),
    "kind": (Kind, False),
    "category": (Category, True),
    "district": (District, False),
    "legal_route": (LegalRoute, False),
    "transfer_line": (TransferLine, False),
}


def refs(**codes: str | None) -> dict[str, Any]:
    """Returns the rows named by code, e.g. `refs(channel="phone", kind="consult")`, in one query.

    An empty code gives None; an unknown or inactive one raises Invalid naming it.
    """
    wanted = {name: code for name, code in codes.items() if code}
    found: dict[str, Any] = dict.fromkeys(codes)
    if not wanted:
        return found
    parts, values = [], []
    for name, code in wanted.items():
        model, has_active = _DICTIONARIES[name]
        active = " AND active" if has_active else ""
        parts.append(
            f"SELECT '{name}', to_jsonb(t) FROM {model._meta.db_table} t"  # noqa: S608
            f" WHERE code = %s{active}"
        )
        values.append(code)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for name, row in cursor.fetchall():
            model = _DICTIONARIES[name][0]
            fields = {f.column: f.attname for f in model._meta.concrete_fields}
            data = _json(row)
            found[name] = model(**{fields[column]: value for column, value in data.items()})
    for name, code in wanted.items():
        if found[name] is None:
            label = _DICTIONARIES[name][0]._meta.verbose_name
            raise Invalid(
                "unknown_code",
                _("没有编码为“%(code)s”的%(what)s；请从列表中选择。")
                % {"code": code, "what": label},
                field=name,
            )
        found[name]._state.adding = False
        found[name]._state.db = "default"
    return found


def _json(value: Any) -> dict[str, Any]:
    """Returns a jsonb value, which Django's connection hands over as text."""
    return value if isinstance(value, dict) else orjson.loads(value)


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
