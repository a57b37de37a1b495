"""From text to a place: the gazetteer's names found in what people write, and which one is meant.

The longest name that fits is taken at each spot of the text. A name that the city has several
times is told apart by the areas and the other places that are named beside it, or by the area that
the demand is filed under.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Max

from minsheng.directory.models import District
from minsheng.foundation.recent import recent
from minsheng.insight.models import NamedPlace

SURE = 0.7  # confidence from which a place is taken for granted
READ = 5_000  # characters of a text in which a place is looked for

#: A road is long and an area wide: what is narrower says better where it is.
_RANK = {"road": 1, "street": 2, "town": 2, "district": 3, "zone": 3}

_DETAIL = re.compile(
    r"[A-Za-z]?\d{1,5}(?:号楼|号院|号|栋|幢|弄|期|座|单元)(?:\d{1,4}(?:栋|幢|号楼|单元|室|号))*"
)


class Area(NamedTuple):
    """A district or street. `above` is the code of the district of a street, else ""."""

    code: str
    name: str
    short_name: str
    level: str
    above: str
    lon: float | None
    lat: float | None


class Entry(NamedTuple):
    """A row of the gazetteer. `street` is the code of its area; a row of a file has no `id`."""

    name: str
    kind: str
    street: str
    lon: float | None
    lat: float | None
    aliases: tuple[str, ...] = ()
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a text says of where. Codes and names are "" where the text does not say.

    `kind` is one of the gazetteer's, or the area's level where only an area is named. `said` is
    the name as it stands in the text and `detail` the number behind it. `confidence` is from 0 to
    1; `others` are the streets' names of the other places of the same name that it may be; `id` is
    of the gazetteer's row, None for an area.
    """

    name: str
    kind: str
    said: str
    detail: str
    street: str
    street_name: str
    district: str
    district_name: str
    lon: float | None
    lat: float | None
    confidence: float
    others: tuple[str, ...] = ()
    id: int | None = None

    @property
    def area(self) -> str:
        """The code of the narrowest area that is known."""
        return self.street or self.district

    @property
    def address(self) -> str:
        """The whole of it, from the district down."""
        own = "" if self.name in (self.street_name, self.district_name) else self.name
        return f"{self.district_name}{self.street_name}{own}{self.detail}"


@dataclass(frozen=True, slots=True)
class _Mention:
    said: str
    start: int
    end: int
    entries: tuple[Entry, ...]
    area: Area | None = None

    @property
    def rank(self) -> int:
        kind = self.area.level if self.area else self.entries[0].kind
        return _RANK.get(kind, 0)


@dataclass
class Gazetteer:
    """Names by their first two characters, longest first. Reads no database."""

    entries: Iterable[Entry]
    areas: Mapping[str, Area]
    _names: dict[str, list[str]] = field(init=False, default_factory=dict)
    _meant: dict[str, list[Entry]] = field(init=False, default_factory=dict)
    _areas: dict[str, Area] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            for name in {entry.name, *entry.aliases}:
                if len(name) > 1:
                    self._meant.setdefault(_folded(name), []).append(entry)
        for area in self.areas.values():
            for name in {area.name, area.short_name}:
                if len(name) > 1:
                    self._areas.setdefault(_folded(name), area)
        for name in {*self._meant, *self._areas}:
            self._names.setdefault(name[:2], []).append(name)
        for names in self._names.values():
            names.sort(key=len, reverse=True)

    def find(self, text: str, area: str = "") -> Place | None:
        """Returns where the matter of a text is, None where the text names no known place.

        `area` is the code of the district or street that it is filed under, "" where unknown.
        """
        read = _folded(text[:READ])
        mentions = self._mentions(read)
        if not mentions:
            return None
        said = [mention.area for mention in mentions if mention.area]
        given = self.areas.get(area)
        near = [*said, *([given] if given else [])]
        streets = {one.code for one in near if one.above}
        districts = {one.above or one.code for one in near}
        # Places of one name only say where those of many are.
        sure = {mention.entries[0].street for mention in mentions if len(mention.entries) == 1}
        best = min(mentions, key=lambda mention: (mention.rank, mention.start))
        detail = _DETAIL.match(read, best.end)
        if best.area:
            return self._area(best, districts, detail[0] if detail else "")
        kept, confidence = _likely(best.entries, streets, districts, sure, self.areas)
        return self._place(best, kept, confidence, detail[0] if detail else "")

    def _mentions(self, text: str) -> list[_Mention]:
        found, at = [], 0
        while at < len(text) - 1:
            names = self._names.get(text[at : at + 2], ())
            name = next((name for name in names if text.startswith(name, at)), "")
            if not name:
                at += 1
                continue
            end = at + len(name)
            entries = tuple(self._meant.get(name, ()))
            area = None if entries else self._areas[name]
            found.append(_Mention(name, at, end, entries, area))
            at = end
        return found

    def _place(
        self, mention: _Mention, kept: Sequence[Entry], confidence: float, detail: str
    ) -> Place:
        entry = kept[0]
        street = self.areas.get(entry.street)
        district = self.areas.get(street.above) if street and street.above else street
        return Place(
            name=entry.name,
            kind=entry.kind,
            said=mention.said,
            detail=detail,
            street=street.code if street else "",
            street_name=street.name if street else "",
            district=district.code if district else "",
            district_name=district.name if district else "",
            # Which of several it is stays open, and so does the point.
            lon=entry.lon if len(kept) == 1 else None,
            lat=entry.lat if len(kept) == 1 else None,
            confidence=confidence,
            others=tuple(
                self.areas[other.street].name for other in kept[1:] if other.street in self.areas
            ),
            id=entry.id,
        )

    def _area(self, mention: _Mention, districts: set[str], detail: str) -> Place:
        area = mention.area
        assert area
        district = self.areas.get(area.above) if area.above else area
        return Place(
            name=area.name,
            kind=area.level,
            said=mention.said,
            detail=detail,
            street=area.code if area.above else "",
            street_name=area.name if area.above else "",
            district=district.code if district else "",
            district_name=district.name if district else "",
            lon=area.lon,
            lat=area.lat,
            # Who names a street of one district and another district means who knows which.
            confidence=0.8 if len(districts) == 1 else 0.5,
        )


def _likely(
    entries: Sequence[Entry],
    streets: set[str],
    districts: set[str],
    sure: set[str],
    areas: Mapping[str, Area],
) -> tuple[Sequence[Entry], float]:
    """Returns the entries that may be meant, the likeliest first, and how sure that one is."""

    def district(entry: Entry) -> str:
        street = areas.get(entry.street)
        return (street.above or street.code) if street else ""

    if len(entries) == 1:
        contradicted = bool(districts) and district(entries[0]) not in districts
        return entries, 0.6 if contradicted else 1.0
    beside = {areas[code].above for code in sure if code in areas}
    fitting: list[tuple[Callable[[Entry], bool], float]] = [
        (lambda entry: entry.street in streets, 0.95),
        (lambda entry: district(entry) in districts, 0.9),
        (lambda entry: entry.street in sure, 0.8),
        (lambda entry: district(entry) in beside, 0.7),
    ]
    for fits, confidence in fitting:
        kept = [entry for entry in entries if fits(entry)]
        if len(kept) == 1:
            return kept, confidence
        if kept:
            entries = kept
    return entries, 0.5 / len(entries) + 0.1


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


@recent
def _changed() -> tuple[int, Any]:
    found = NamedPlace.objects.aggregate(n=Count("pk"), at=Max("changed_at"))
    return found["n"], found["at"]


_kept: dict[tuple[int, Any], Gazetteer] = {}


def gazetteer() -> Gazetteer:
    """Returns the city's gazetteer as it was a few seconds ago at most; read when it changed."""
    changed: tuple[int, Any] = _changed()
    found = _kept.get(changed)  # once: another thread may clear it at any time
    if found is None:
        found = _read()
        _kept.clear()
        _kept[changed] = found
    return found


def _read() -> Gazetteer:
    codes: dict[int, str] = {}
    areas: dict[str, Area] = {}
    rows = District.objects.exclude(level=District.Level.CITY).defer("outline").order_by("pk")
    for one in rows:
        codes[one.pk] = one.code
    for one in rows:
        above = codes.get(one.parent_id or 0, "")
        areas[one.code] = Area(
            one.code, one.name, one.short_name, one.level, above, one.lon, one.lat
        )
    named = NamedPlace.objects.order_by("pk").values_list(
        "name", "kind", "street__code", "lon", "lat", "aliases", "pk"
    )
    return Gazetteer(
        [
            Entry(name, kind, street, lon, lat, tuple(aliases), id)
            for name, kind, street, lon, lat, aliases, id in named.iterator()
        ],
        areas,
    )


def find(text: str, area: str = "") -> Place | None:
    """Returns where the matter of a text is, by the city's gazetteer; see `Gazetteer.find`."""
    return gazetteer().find(text, area)
