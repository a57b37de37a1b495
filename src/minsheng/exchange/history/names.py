"""What a history calls by name: units, channels, kinds, categories and areas of this city.

A name is looked up as code, as name or path, and as alias or short name, in this order. What nobody
knows is made, so that nothing the file tells is lost; a name that fits several things is refused.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.models import Category, Channel, Kind
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import District, Unit, UnitAlias
from minsheng.exchange.history.rows import Cells
from minsheng.foundation import clock, journal

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0001
_GROUP = "其他"


class Ambiguous(ValueError):
    """A name that fits several things. `str` is a sentence for people."""


class UnitFound(NamedTuple):
    """A unit: its id, the ids of itself and those above it, its level."""

    id: int
    lineage: tuple[int, ...]
    level: int


class ChannelFound(NamedTuple):
    id: int
    restricted: bool


class KindFound(NamedTuple):
    id: int
    code: str


class CategoryFound(NamedTuple):
    id: int
    name: str
    element: str


class DistrictFound(NamedTuple):
    id: int


F = TypeVar("F")
#: Something, and the names it goes by: first those that count most.
_Known = Iterable[tuple[F, list[Iterable[str]]]]


class Dictionary(Generic[F]):
    """The things of one kind by all their names."""

    def __init__(self, label: str, known: _Known[F]) -> None:
        self.label = label
        self._found: dict[str, F | None] = {}  # None: several
        ranks: list[dict[str, set[F]]] = []
        for thing, names in known:
            ranks += [{} for _rank in range(len(names) - len(ranks))]
            for rank, same in zip(ranks, names, strict=False):
                for name in filter(None, same):
                    rank.setdefault(name, set()).add(thing)
        for rank in ranks:
            for name, things in rank.items():
                self._found.setdefault(name, next(iter(things)) if len(things) == 1 else None)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def find(self, name: str) -> F:
        """Returns what goes by `name`. Raises KeyError for nothing, Ambiguous for several."""
        found = self._found[name]
        if found is None:
            raise Ambiguous(
                _("%(label)s“%(name)s”在本市有多个，请改用编码或全称（路径）。")
                % {"label": self.label, "name": name}
            )
        return found

    def pretend(self, name: str, thing: F) -> None:
        """Lets a dry run go on as if `name` had been made."""
        self._found[name] = thing


class Names:
    """All that rows call by name. `making` is False in a dry run: then nothing is made."""

    def __init__(self, *, making: bool) -> None:
        self._making = making
        self.load()

    def load(self) -> None:
        """Reads the dictionaries as they are now."""
        aliases: dict[int, list[str]] = {}
        for unit_id, alias in UnitAlias.objects.values_list("unit_id", "name"):
            aliases.setdefault(unit_id, []).append(alias)
        self.units = Dictionary(
            _("承办单位"),
            [
                (
                    UnitFound(u.pk, tuple(u.lineage) or (u.pk,), u.level),
                    [[u.code], [u.name], [*aliases.get(u.pk, ())], [u.short_name]],
                )
                for u in Unit.objects.all()
            ],
        )
        self.channels = Dictionary(
            _("渠道"),
            [
                (ChannelFound(c.pk, c.restricted), [[c.code], [c.name]])
                for c in Channel.objects.all()
            ],
        )
        self.kinds = Dictionary(
            _("诉求类型"),
            [(KindFound(k.pk, k.code), [[k.code], [k.name]]) for k in Kind.objects.all()],
        )
        categories = list(Category.objects.all())
        paths = _paths(categories)
        self.categories = Dictionary(
            _("诉求类别"),
            [
                (
                    CategoryFound(c.pk, c.name, c.element),
                    # Of several that share a name the one highest up is meant, where it is alone.
                    [
                        [c.code],
                        [paths[c.pk]],
                        *([c.name] if n == c.level else [] for n in range(5)),
                    ],
                )
                for c in categories
            ],
        )
        districts = list(District.objects.all())
        paths = _paths(districts)
        large = (District.Level.CITY, District.Level.DISTRICT, District.Level.ZONE)
        self.districts = Dictionary(
            _("区划"),
            [
                (
                    DistrictFound(d.pk),
                    [
                        [d.code],
                        [paths[d.pk], paths[d.pk].partition("/")[2]],
                        [d.name, d.short_name] if d.level in large else [],
                        [d.name],
                        [d.short_name],
                    ],
                )
                for d in districts
            ],
        )

    def missing(self, cells: Cells) -> dict[str, list[str]]:
        """Returns the names in `cells` that nothing goes by, by column."""
        found = {
            column: sorted(n for n in set(cells[column]) if n and n not in self.of(column))
            for column in ("channel", "kind", "category", "district", "unit")
        }
        return {column: names for column, names in found.items() if names}

    def make(self, missing: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Makes what goes by the missing names; returns those that nobody else made meanwhile."""
        if not self._making:
            self._pretend(missing)
            return dict(missing)
        made: dict[str, list[str]] = {}
        # A transaction of its own, in front of the batch: others that need the same names wait for
        # this, not for the batch.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            self.load()
            for column, names in missing.items():
                if unknown := [name for name in names if name not in self.of(column)]:
                    made[column] = unknown
                    for name in unknown:
                        _MAKERS[column](name)
            self.load()
        return made

    def of(self, column: str) -> Dictionary[Any]:
        """Returns the dictionary of what a column names."""
        all: dict[str, Dictionary[Any]] = {
            "unit": self.units,
            "channel": self.channels,
            "kind": self.kinds,
            "category": self.categories,
            "district": self.districts,
        }
        return all[column]

    def _pretend(self, missing: Mapping[str, list[str]]) -> None:
        for number, name in enumerate(missing.get("unit", ()), 1):
            self.units.pretend(name, UnitFound(-number, (-number,), 1))
        for number, name in enumerate(missing.get("channel", ()), 1):
            self.channels.pretend(name, ChannelFound(-number, False))
        for number, name in enumerate(missing.get("kind", ()), 1):
            self.kinds.pretend(name, KindFound(-number, name))
        for number, name in enumerate(missing.get("category", ()), 1):
            self.categories.pretend(name, CategoryFound(-number, name, ""))
        for number, name in enumerate(missing.get("district", ()), 1):
            self.districts.pretend(name, DistrictFound(-number))


def _paths(nodes: Iterable[Any]) -> dict[int, str]:
    """Returns the names from the top down to each node of a tree, divided by `/`."""
    by_id = {node.pk: node for node in nodes}
    paths: dict[int, str] = {}

    def of(node: Any) -> str:
        if node.pk not in paths:
            above = by_id.get(node.parent_id)
            paths[node.pk] = f"{of(above)}/{node.name}" if above else node.name
        return paths[node.pk]

    for node in by_id.values():
        of(node)
    return paths


def _code(name: str) -> str:
    """Returns a code for something that came with no more than a name; always the same one."""
    return f"import-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _saved(thing: models.Model) -> None:
    """Saves something new, with its lineage where it has one, and journals that it came to be."""
    thing.save(force_insert=True)
    parent = getattr(thing, "parent", None)
    if hasattr(thing, "lineage"):
        thing.lineage = [*(parent.lineage if parent else ()), thing.pk]
        thing.save(update_fields=["lineage"])
    journal.write(
        subject_kind=thing._meta.model_name or "",
        subject_id=thing.pk,
        ref=thing.code,  # type: ignore[attr-defined]
        action="import.create",
        by=SYSTEM.signature,
        at=clock.now(),
        changes={"note": {"name": thing.name}},  # type: ignore[attr-defined]
    )


def _make_unit(name: str) -> None:
    _saved(Unit(code=_code(name), name=name, kind=Unit.Kind.OTHER, unit_group=_GROUP))


def _make_channel(name: str) -> None:
    _saved(Channel(code=_code(name), name=name, door="other", sort=999))


def _make_kind(name: str) -> None:
    _saved(Kind(code=_code(name), name=name, sort=999))


def _make_category(name: str) -> None:
    parent: Category | None = None
    steps = name.split("/")
    for level, step in enumerate(steps, 1):
        known = Category.objects.filter(name=step, parent=parent).first()
        if known is None:
            known = Category(
                code=_code("/".join(steps[:level])), name=step, parent=parent, level=level
            )
            _saved(known)
        parent = known


def _make_district(name: str) -> None:
    city = District.objects.filter(level=District.Level.CITY).order_by("pk").first()
    _saved(District(code=_code(name), name=name, level=District.Level.DISTRICT, parent=city))


_MAKERS: Mapping[str, Callable[[str], None]] = {
    "unit": _make_unit,
    "channel": _make_channel,
    "kind": _make_kind,
    "category": _make_category,
    "district": _make_district,
}
