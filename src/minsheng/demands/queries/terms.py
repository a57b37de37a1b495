"""The names of channels, kinds, categories, areas and units, by id and by code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from django.utils.translation import gettext as _

from minsheng.foundation import statements
from minsheng.foundation.errors import Invalid
from minsheng.foundation.recent import recent


@dataclass(frozen=True)
class Term:
    """An entry of a dictionary: its code, its name, and the names from the widest down to it."""

    code: str
    name: str
    path: tuple[str, ...]


class Dictionary:
    """One dictionary by id and by code, with what lies below what."""

    def __init__(self, rows: Iterable[tuple[int, str, str, list[int], bool]]) -> None:
        rows = list(rows)
        names = {id: name for id, _code, name, _lineage, _shown in rows}
        shown = {id for id, _code, _name, _lineage, in_path in rows if in_path}
        self.terms = {
            id: Term(code, name, tuple(names[step] for step in lineage if step in shown) or (name,))
            for id, code, name, lineage, _shown in rows
        }
        self.ids = {code: id for id, code, *_rest in rows}
        self._below: dict[int, list[int]] = {}
        for id, _code, _name, lineage, _shown in rows:
            for above in {*lineage, id}:
                self._below.setdefault(above, []).append(id)

    def get(self, id: int | None) -> Term | None:
        return None if id is None else self.terms.get(id)

    def below(self, id: int) -> list[int]:
        """Returns the ids of the entry and of all below it."""
        return self._below.get(id, [id])


class Dictionaries(NamedTuple):
    channels: Dictionary
    kinds: Dictionary
    categories: Dictionary
    districts: Dictionary
    units: Dictionary


# id, code, name, lineage, whether it is named in a path: the city itself goes without saying.
_DICTIONARIES = """
SELECT json_build_array(
    (SELECT coalesce(json_agg(json_build_array(id, code, name, array[]::bigint[], true)), '[]')
     FROM catalogue_channel),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, array[]::bigint[], true)), '[]')
     FROM catalogue_kind),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, lineage, true)), '[]')
     FROM catalogue_category),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, lineage, level <> 'city')), '[]')
     FROM directory_district),
    (SELECT coalesce(json_agg(json_build_array(
        id, code, coalesce(nullif(short_name, ''), name), lineage, true)), '[]')
     FROM directory_unit)
)::text
"""


@recent
def dictionaries() -> Dictionaries:
    """Returns the names that lists show, in one statement; at most a few seconds old."""
    ((found,),) = statements.rows(_DICTIONARIES)
    return Dictionaries(*map(Dictionary, orjson.loads(found)))


def ids_of(dictionary: Dictionary, codes: Sequence[str], name: str) -> list[int]:
    """Returns the ids of the entries named by code; raises Invalid for an unknown one."""
    for code in codes:
        if code not in dictionary.ids:
            raise Invalid(
                "unknown_code", _("没有编码为“%s”的条目；请从列表中选择。") % code, field=name
            )
    return [dictionary.ids[code] for code in codes]


def ids_below(dictionary: Dictionary, codes: Sequence[str], name: str) -> list[int]:
    """Returns the ids of the entries named by code and of all below them."""
    return [low for id in ids_of(dictionary, codes, name) for low in dictionary.below(id)]
