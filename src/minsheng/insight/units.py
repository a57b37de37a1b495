"""Which units may be responsible: the assignment catalogue first, then what past orders teach.

Past orders of the same category count by their nearness to the place of the demand: the same
street, the same district, elsewhere. An order that its unit returned counts against the unit; where
the catalogue's unit keeps returning, it comes first no more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from minsheng.catalogue.queries import area_paths, catalogue_units, territorial_units
from minsheng.foundation import statements
from minsheng.insight.rules import Rules

MOST = 3  # units that are suggested
_NEAR = (0.1, 0.5, 1.0)  # what an order elsewhere, in the district, in the street counts

# The last orders of a category that the centre gave to a lead unit, however many it has.
_PAST = """
SELECT d.number, d.district_id, u.code, a.assigned_at,
       EXISTS (SELECT 1 FROM orders_return r WHERE r.assignment_id = a.id AND r.accepted)
FROM (SELECT id, number, district_id FROM demands_demand
      WHERE category_id = %s AND NOT restricted AND accepted_at <= %s
      ORDER BY accepted_at DESC, id DESC LIMIT 200) d
JOIN orders_assignment a ON a.demand_id = d.id AND a.part = 'lead' AND a.parent_id IS NULL
JOIN directory_unit u ON u.id = a.unit_id AND u.active
ORDER BY a.assigned_at DESC, a.id DESC
"""


@dataclass(frozen=True, slots=True)
class Precedent:
    """A past order of the same category: which demand, to whom, when, and whether it came back."""

    number: str
    unit: str
    at: datetime
    returned: bool
    near: int  # 2 the same street, 1 the same district, 0 elsewhere


@dataclass(slots=True)
class Candidate:
    """A unit (code) with what speaks for it. `score` is 0 to 1; `assists` are codes."""

    unit: str
    score: float = 0.0
    basis: str = ""  # of the assignment catalogue; empty where only past orders speak
    assists: tuple[str, ...] = ()
    orders: int = 0  # of this category near the place
    returned: int = 0
    precedents: list[Precedent] = field(default_factory=list)


def candidates(
    category_id: int, district_id: int | None, now: datetime, rules: Rules
) -> list[Candidate]:
    """Returns up to `MOST` units for a category (id) and an area (id, None where unknown)."""
    past = _past(category_id, district_id, now)
    found: dict[str, Candidate] = defaultdict(lambda: Candidate(""))
    kept: dict[str, float] = defaultdict(float)
    total = 0.0
    local = frozenset(territorial_units().values())
    for one in past:
        if not one.near and one.unit in local:
            continue  # the government of another place
        candidate = found[one.unit]
        candidate.orders += 1
        candidate.returned += one.returned
        candidate.precedents.append(one)
        total += _NEAR[one.near]
        kept[one.unit] += 0.0 if one.returned else _NEAR[one.near]
    lead = _add_catalogue(found, category_id, district_id, now.date())
    weight = rules.catalogue_orders if lead else 0.0
    for code, candidate in found.items():
        candidate.unit = code
        share = candidate.returned / candidate.orders if candidate.orders else 0.0
        prior = weight * (1 - share) if code == lead else 0.0
        candidate.score = (prior + kept[code]) / (weight + total)
    trusted = lead if lead and not _keeps_returning(found[lead], rules) else ""
    ranked = sorted(found.values(), key=lambda one: (one.unit != trusted, -one.score, one.unit))
    return [one for one in ranked if one.score > 0][:MOST]


def _keeps_returning(candidate: Candidate, rules: Rules) -> bool:
    enough = candidate.orders >= rules.returned_least
    return enough and candidate.returned >= rules.returned * candidate.orders


def _add_catalogue(
    found: dict[str, Candidate], category_id: int, district_id: int | None, on: date
) -> str:
    named = catalogue_units(category_id, district_id, on)
    if named is None:
        return ""
    lead, assists, basis = named
    found[lead].basis, found[lead].assists = basis, assists
    return lead


def _past(category_id: int, district_id: int | None, now: datetime) -> list[Precedent]:
    """Returns the past orders of a category, the nearest first, the latest first among those."""
    areas = area_paths()
    here = areas.get(district_id or 0, ())
    found = [
        Precedent(number, code, at, returned, _near(here, areas.get(area or 0, ())))
        for number, area, code, at, returned in statements.rows(_PAST, [category_id, now])
    ]
    return sorted(found, key=lambda one: -one.near)


def _near(here: Sequence[str], there: Sequence[str]) -> int:
    if not here or not there or here[0] != there[0]:
        return 0
    return 2 if here == there else 1
