"""What lies beside a demand while it is decided where it goes: catalogue and likenesses."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import (
    area_paths,
    catalogue_rules,
    catalogue_units,
    category_paths,
)
from minsheng.catalogue.rules import effective
from minsheng.demands.models import Demand
from minsheng.demands.queries import dictionaries, visible
from minsheng.demands.rules import State
from minsheng.directory.access import Actor
from minsheng.doors.console import choices
from minsheng.foundation import clock

MOST_ALIKE = 5
_WITHIN = timedelta(days=30)
_LOOKED_AT = 200  # recent demands of the category and area, or of the petitioner
_ALIKE = 0.25  # share of words that two demands have in common, to be called alike


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """A line of the assignment catalogue that is about this demand; `holds` the one that counts."""

    category: str
    area: str
    lead: str
    assists: tuple[str, ...]
    basis: str
    holds: bool


def catalogue_lines(demand: Demand) -> list[CatalogueLine]:
    """Returns the lines of the catalogue for a demand's category and area, the narrowest first."""
    today = clock.now().date()
    categories = ("", *category_paths().get(demand.category_id or 0, ()))
    areas = ("", *area_paths().get(demand.district_id or 0, ()))
    rows = [
        row
        for row in catalogue_rules()
        if row.category in categories and row.area in areas and effective(row, today)
    ]
    rows.sort(key=lambda row: (categories.index(row.category), areas.index(row.area)), reverse=True)
    names = choices.names()
    placeholders = {"@district": _("属地区县"), "@street": _("属地镇街")}

    def unit(code: str) -> str:
        return placeholders.get(code) or names["unit"].get(code, code)

    return [
        CatalogueLine(
            names["category"].get(row.category, _("全部类别")),
            names["district"].get(row.area, _("全市")),
            unit(row.lead),
            tuple(unit(code) for code in row.assists),
            str(Basis(row.basis).label),
            holds=place == 0,
        )
        for place, row in enumerate(rows)
    ]


def catalogue_lead(category_id: int | None, district_id: int | None) -> tuple[str, str]:
    """Returns code and name of the unit that the catalogue names; both empty where it does not."""
    named = catalogue_units(category_id, district_id, clock.now().date())
    return (named[0], choices.names()["unit"].get(named[0], named[0])) if named else ("", "")


@dataclass(frozen=True, slots=True)
class Alike:
    """Another demand that may be the same matter: how much of the words they share (0 to 1)."""

    id: int
    number: str
    title: str
    state: str
    unit: str
    share: float
    same_person: bool


def alike(actor: Actor, demand: Demand) -> list[Alike]:
    """Returns recent demands that may be the same matter as this one, the likeliest first."""
    if not demand.accepted_at:
        return []
    near = Q(category=demand.category_id, district=demand.district_id)
    if demand.petitioner_id:
        near |= Q(petitioner=demand.petitioner_id)
    found = (
        Demand.objects.filter(visible(actor), near, accepted_at__gte=demand.accepted_at - _WITHIN)
        .exclude(pk=demand.pk)
        .exclude(state__in=(State.MERGED, State.WITHDRAWN, State.DRAFT))
        .order_by("-accepted_at")
        .values("id", "number", "title", "state", "words", "unit_ids", "petitioner_id")
    )[:_LOOKED_AT]
    words = frozenset(demand.words)
    units, labels = dictionaries().units, dict(State.choices)
    rows = [
        Alike(
            row["id"],
            row["number"] or "",
            row["title"],
            str(labels[row["state"]]),
            "、".join(term.name for unit in row["unit_ids"] if (term := units.get(unit))),
            len(words.intersection(row["words"])) / max(1, len(words.union(row["words"]))),
            bool(demand.petitioner_id) and row["petitioner_id"] == demand.petitioner_id,
        )
        for row in found
    ]
    likely = [row for row in rows if row.share >= _ALIKE or (row.same_person and row.share > 0)]
    return sorted(likely, key=lambda row: -row.share)[:MOST_ALIKE]
