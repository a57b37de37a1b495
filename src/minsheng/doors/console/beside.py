"""What lies beside a demand while it is decided where it goes: catalogue and likenesses."""

from dataclasses import dataclass

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
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.doors.console import choices
from minsheng.foundation import clock
from minsheng.foundation.language import listed
from minsheng.insight.models import Suggestion
from minsheng.insight.queries import similar_to
from minsheng.insight.suggesting import Advice

MOST_ALIKE = 5


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
    """Another demand that is, or may be, the same matter.

    `pointed_out` tells that who took this one down said so.
    """

    advice: Advice
    state: str
    units: str
    pointed_out: bool


def alike(actor: Actor, demand: Demand) -> list[Alike]:
    """Returns what the index of duplicates finds for a demand, of what the actor may see."""
    if not demand.accepted_at:
        return []
    found = similar_to(actor, demand, MOST_ALIKE)
    ids = [one.more.demand for one in found]
    seen = Demand.objects.filter(visible(actor), pk__in=ids).exclude(state=DemandState.MERGED)
    units_of = dict(seen.values_list("pk", "unit_ids"))
    told = Suggestion.objects.filter(demand=demand, what=Suggestion.What.SIMILAR)
    pointed_out = {*told.values_list("chosen", flat=True)} if units_of else set()
    units, labels = dictionaries().units, dict(DemandState.choices)
    return [
        Alike(
            one,
            str(labels[one.more.state]),
            listed(term.name for unit in units_of[one.more.demand] if (term := units.get(unit))),
            one.value in pointed_out,
        )
        for one in found
        if one.more.demand in units_of
    ]
