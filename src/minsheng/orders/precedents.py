"""先例: where demands of one category from one area went before, and who would not have them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from minsheng.catalogue.queries import area_paths, category_paths
from minsheng.demands.queries import dictionaries, here
from minsheng.foundation import clock, statements

MOST = 5  # precedents that are shown
_LOOKED_AT = 200  # demands of the category, the latest, however many it has

# The lead orders of the latest demands of a category, the last order of each demand first.
_PAST = """
SELECT d.id, d.number, d.title, d.district_id, a.unit_id, a.assigned_at,
    EXISTS (SELECT 1 FROM orders_return r WHERE r.assignment_id = a.id AND r.accepted)
FROM (SELECT id, number, title, district_id FROM demands_demand
      WHERE category_id = ANY(%s::bigint[]) AND NOT restricted AND id <> %s AND accepted_at <= %s
      ORDER BY accepted_at DESC, id DESC LIMIT %s) d
JOIN orders_assignment a ON a.demand_id = d.id AND a.part = 'lead' AND a.parent_id IS NULL
ORDER BY a.assigned_at DESC, a.id DESC
"""


@dataclass(frozen=True, slots=True)
class Precedent:
    """An earlier demand of the same category: who got it in the end, and who returned it before.

    `unit` is empty where it was returned and is with the centre again. `near` is 2 from the same
    street, 1 from the same district, 0 from elsewhere.
    """

    id: int
    number: str
    title: str
    unit: str
    unit_code: str
    returned_by: tuple[str, ...]
    at: datetime
    near: int


def precedents(category_id: int | None, district_id: int | None, but: int = 0) -> list[Precedent]:
    """Returns up to `MOST` precedents without demand `but`, the nearest first, then the latest.

    Where the category has none, those of its neighbours below the same category are taken.
    """
    if category_id is None:
        return []
    above = category_paths().get(category_id, ())[-2:-1]
    found = _past([category_id], district_id, but)
    if not found and above:
        names = dictionaries().categories
        found = _past(names.below(names.ids[above[0]]), district_id, but)
    return sorted(found, key=lambda one: (-one.near, -one.at.timestamp()))[:MOST]


def _past(categories: list[int], district_id: int | None, but: int) -> list[Precedent]:
    orders: dict[int, list[tuple[Any, ...]]] = {}
    for row in statements.rows(_PAST, [categories, but, clock.now(), _LOOKED_AT]):
        orders.setdefault(row[0], []).append(row)
    return [_precedent(rows, district_id) for rows in orders.values()]


def _precedent(rows: list[tuple[Any, ...]], district_id: int | None) -> Precedent:
    """Returns what became of one demand; `rows` are its lead orders, the last one first."""
    names = dictionaries().units.terms
    id, number, title, area, last_unit, at, last_returned = rows[0]
    returned = [names[unit].name for *_rest, unit, _at, was in rows if was]
    return Precedent(
        id,
        number,
        title,
        "" if last_returned else names[last_unit].name,
        "" if last_returned else names[last_unit].code,
        tuple(dict.fromkeys(returned)),
        here(at),
        _near(area, district_id),
    )


def _near(there: int | None, place: int | None) -> int:
    if there is None or place is None:
        return 0
    if there == place:
        return 2
    paths = area_paths()
    return int(paths.get(there, ())[:1] == paths.get(place, ("?",))[:1])
