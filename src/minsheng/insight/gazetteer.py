"""The city's gazetteer grows: from a file, and from places that people confirm."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.models import District
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Invalid
from minsheng.insight import places
from minsheng.insight.duplicates.tracing import named_places
from minsheng.insight.models import NamedPlace

COLUMNS = ("name", "kind", "street", "lon", "lat", "aliases")
LENGTH = 40  # characters of a name
LOOK_BACK = timedelta(days=90)
LEAST = 3  # demands that name a place which the gazetteer lacks, before it is proposed


@dataclass
class Imported:
    """How many rows were new, changed something, or changed nothing; why others were refused."""

    added: int = 0
    changed: int = 0
    same: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


def import_places(actor: Actor, rows: Iterable[Mapping[str, str]]) -> Imported:
    """Takes over a gazetteer; a place of the same name and street is brought up to date.

    Rows have `COLUMNS`: kind one of the gazetteer's, street a district's code, lon and lat in
    degrees or both empty, aliases separated by `;`. Good rows land, whatever is wrong with others.
    One transaction, one journal entry.
    """
    require(actor, "import.run")
    streets = {one.code: one for one in District.objects.all()}
    found = Imported()
    with transaction.atomic(savepoint=False):
        known = {(one.name, one.street_id): one for one in NamedPlace.objects.all()}
        new: list[NamedPlace] = []
        for line, row in enumerate(rows, 2):
            try:
                place = _read(row, streets)
            except ValueError as error:
                found.rejected.append((line, str(error)))
                continue
            _land(place, known, new, found)
        NamedPlace.objects.bulk_create(new, batch_size=1000)
        if found.added or found.changed:
            journal.write(
                subject_kind="gazetteer",
                subject_id=0,
                ref="gazetteer",
                action="place.import",
                by=actor.signature,
                at=clock.now(),
                changes={"note": {"added": found.added, "changed": found.changed}},
            )
    return found


def _land(
    place: NamedPlace,
    known: dict[tuple[str, int], NamedPlace],
    new: list[NamedPlace],
    found: Imported,
) -> None:
    old = known.get((place.name, place.street_id))
    said = ("kind", "lon", "lat", "aliases")
    if old is None:
        new.append(place)
        known[place.name, place.street_id] = place
        found.added += 1
    elif all(getattr(old, name) == getattr(place, name) for name in said):
        found.same += 1
    else:
        for name in said:
            setattr(old, name, getattr(place, name))
        old.changed_at = place.changed_at
        if old.pk:
            old.save()
        found.changed += 1


def _read(row: Mapping[str, str], streets: Mapping[str, District]) -> NamedPlace:
    name = text.line(row.get("name") or "", LENGTH + 1)
    if not 2 <= len(name) <= LENGTH:
        raise ValueError(_("名称须为2至%d个字") % LENGTH)
    kind, street = (row.get("kind") or "").strip(), (row.get("street") or "").strip()
    if kind not in NamedPlace.Kind:
        raise ValueError(_("没有“%s”这种类型") % kind[:20])
    if street not in streets:
        raise ValueError(_("没有编码为“%s”的街道") % street[:32])
    lon, lat = (_degrees(row.get(axis) or "", most) for axis, most in (("lon", 180), ("lat", 90)))
    if (lon is None) != (lat is None):
        raise ValueError(_("经度和纬度须同时填写"))
    aliases = [text.line(one, LENGTH) for one in (row.get("aliases") or "").split(";")]
    return NamedPlace(
        name=name,
        kind=kind,
        street=streets[street],
        lon=lon,
        lat=lat,
        aliases=[alias for alias in aliases if len(alias) > 1 and alias != name],
        changed_at=clock.now(),
    )


def _degrees(said: str, most: float) -> float | None:
    if not said.strip():
        return None
    value = float(said)
    if not -most <= value <= most:
        raise ValueError(_("坐标“%s”超出范围") % said)
    return value


def confirm(
    actor: Actor,
    *,
    name: str,
    kind: str,
    street: str,
    lon: float | None = None,
    lat: float | None = None,
) -> NamedPlace:
    """Adds a place that demands name and the gazetteer lacks. Raises Invalid, Forbidden."""
    require(actor, "place.confirm")
    given = {"name": name, "kind": kind, "street": street}
    given |= {"lon": "" if lon is None else str(lon), "lat": "" if lat is None else str(lat)}
    with transaction.atomic(savepoint=False):
        try:
            place = _read(given, {one.code: one for one in District.objects.all()})
        except ValueError as error:
            raise Invalid("bad_place", _("地名不能加入：%s。") % error, field="name") from error
        if NamedPlace.objects.filter(name=place.name, street=place.street).exists():
            raise Invalid(
                "known_place", _("%s已有“%s”；无须再加。") % (place.street.name, place.name)
            )
        place.save()
        journal.write(
            subject_kind="gazetteer",
            subject_id=place.pk,
            ref=place.name,
            action="place.confirm",
            by=actor.signature,
            at=place.changed_at,
            changes={"note": {"kind": place.kind, "street": place.street.code}},
        )
    return place


@dataclass(frozen=True, slots=True)
class Proposed:
    """A name that demands give as their place and the gazetteer lacks, with their commonest street
    and the middle of their points (None where none has one)."""

    name: str
    demands: int
    street: str
    street_name: str
    lon: float | None
    lat: float | None


def proposed(actor: Actor, most: int = 50) -> list[Proposed]:
    """Returns the names that `LEAST` demands or more give of late, the commonest first."""
    require(actor, "place.confirm")
    rows = (
        Demand.objects.filter(
            accepted_at__gt=clock.now() - LOOK_BACK, district__isnull=False, restricted=False
        )
        .exclude(place="")
        .values_list("place", "district__code", "district__name", "lon", "lat")
    )
    known = places.gazetteer()
    told: dict[str, list[tuple[str, str, float | None, float | None]]] = {}
    for place, code, area, lon, lat in rows.iterator():
        if known.find(place, code) and known.find(place, code).id:  # type: ignore[union-attr]
            continue
        for name in named_places(place):
            told.setdefault(name, []).append((code, area, lon, lat))
    found: list[Proposed] = []
    for name, where in sorted(told.items(), key=lambda pair: -len(pair[1])):
        if len(where) < LEAST or len(found) == most:
            break
        (street, street_name), _n = Counter((code, area) for code, area, *_ in where).most_common(
            1
        )[0]
        points = [(lon, lat) for _code, _area, lon, lat in where if lon is not None]
        middle = sorted(points)[len(points) // 2] if points else (None, None)
        found.append(Proposed(name, len(where), street, street_name, *middle))
    return found
