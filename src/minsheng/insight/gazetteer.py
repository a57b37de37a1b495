"""The city's gazetteer grows: from a file, and from places that people confirm."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.models import District
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.insight import places
from minsheng.insight.models import NamedPlace, PlaceProposal

Kind = NamedPlace.Kind

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


# Names that demands give and the gazetteer lacks

#: How the name of a place ends, and what kind of place that is; the longest first.
_ENDINGS = {
    "大道": Kind.ROAD, "路": Kind.ROAD, "街": Kind.ROAD, "巷": Kind.ROAD,
    "小区": Kind.ESTATE, "花园": Kind.ESTATE, "家园": Kind.ESTATE, "佳园": Kind.ESTATE,
    "公寓": Kind.ESTATE, "新村": Kind.ESTATE, "苑": Kind.ESTATE, "村": Kind.VILLAGE,
    "市场": Kind.MARKET, "小学": Kind.SCHOOL, "中学": Kind.SCHOOL, "学校": Kind.SCHOOL,
    "幼儿园": Kind.SCHOOL, "医院": Kind.HOSPITAL, "公园": Kind.PARK, "车站": Kind.STATION,
    "大厦": Kind.BUILDING, "广场": Kind.BUILDING, "厂": Kind.FACTORY,
}  # fmt: skip
_NAMED = re.compile(
    f"[\u4e00-\u9fff]{{2,10}}?(?P<kind>{'|'.join(sorted(_ENDINGS, key=len, reverse=True))})"
)
_AREAS = re.compile("[\u4e00-\u9fff]{1,8}?(?:街道|[市区县镇乡])")  # what stands before a name


def propose() -> int:
    """Brings the names that wait to be confirmed up to date; returns how many are new.

    A name is proposed once `LEAST` demands of the last `LOOK_BACK` give it as their place. What
    was settled is not proposed again; what is in the gazetteer meanwhile waits no more.
    """
    told: dict[str, list[_Telling]] = {}
    kinds: dict[str, str] = {}
    rows = Demand.objects.filter(
        accepted_at__gt=clock.now() - LOOK_BACK, district__isnull=False, restricted=False
    ).exclude(place="")
    known = places.gazetteer()
    columns = ("place", "district__code", "lon", "lat", "pk")
    for place, *rest in rows.order_by("pk").values_list(*columns).iterator():
        found = _NAMED.match(_AREAS.sub("", place))
        if found is None or len(found[0]) > LENGTH:
            continue
        at = known.find(place, rest[0])
        if at is None or not at.id:
            kinds[found[0]] = _ENDINGS[found["kind"]]
            told.setdefault(found[0], []).append(_Telling(*rest))
    wanted = {name: said for name, said in told.items() if len(said) >= LEAST}
    with transaction.atomic():
        waiting = PlaceProposal.objects.select_for_update()
        waiting.filter(state=PlaceProposal.State.OPEN).exclude(name__in=wanted).delete()
        before = {one.name: one for one in waiting}
        for name, said in wanted.items():
            row = before.get(name) or PlaceProposal(name=name, kind=kinds[name])
            if row.state == PlaceProposal.State.OPEN:
                _describe(row, said).save()
    return len({*wanted} - {*before})


class _Telling(NamedTuple):
    """One demand that names a place: the code of its area, its point, its id."""

    area: str
    lon: float | None
    lat: float | None
    demand: int


def _describe(row: PlaceProposal, said: list[_Telling]) -> PlaceProposal:
    row.told = len(said)
    row.streets = [area for area, _n in Counter(one.area for one in said).most_common(3)]
    points = sorted((one.lon, one.lat) for one in said if one.lon is not None)
    row.lon, row.lat = points[len(points) // 2] if points else (None, None)
    row.demand_ids = [one.demand for one in said[-3:]]
    return row


def proposed(actor: Actor, most: int = 50) -> list[PlaceProposal]:
    """Returns the names that wait to be confirmed, those that most demands give first."""
    require(actor, "place.confirm")
    found = PlaceProposal.objects.filter(state=PlaceProposal.State.OPEN)
    return list(found.order_by("-told", "name")[:most])


def settle(
    actor: Actor, proposal_id: int, *, accept: bool, kind: str = "", street: str = ""
) -> PlaceProposal:
    """Takes a proposed name into the gazetteer, of this kind and in this street; or not (`accept`).

    Raises Forbidden, NotFound, Conflict where somebody was faster, Invalid as `confirm`.
    """
    require(actor, "place.confirm")
    with transaction.atomic(savepoint=False):
        row = PlaceProposal.objects.select_for_update().filter(pk=proposal_id).first()
        if row is None:
            raise NotFound("not_found", _("没有找到这个地名；请从列表中选择。"))
        if row.state != PlaceProposal.State.OPEN:
            raise Conflict("settled", _("这个地名已经处理过；请刷新后查看。"))
        now = clock.now()
        if accept:
            confirm(actor, name=row.name, kind=kind, street=street, lon=row.lon, lat=row.lat)
        else:
            journal.write(
                subject_kind="gazetteer",
                subject_id=row.pk,
                ref=row.name,
                action="place.reject",
                by=actor.signature,
                at=now,
                changes={},
            )
        states = PlaceProposal.State
        row.state = states.CONFIRMED if accept else states.REJECTED
        row.settled_by, row.settled_at = actor.username, now
        row.save(update_fields=["state", "settled_by", "settled_at"])
    return row
