"""Loads a city from its files (`cities/<name>/`) into an empty database.

The files say what a hotline works with: areas, units, categories, channels, the assignment
catalogue, limits, staff, knowledge. `cities/README.md` describes them. Once loaded, the city
changes its rules in the database, with effective dates; the files are not read again.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.models import (
    CatalogueEntry,
    Category,
    Channel,
    City,
    Kind,
    LegalRoute,
    Reason,
    Template,
    TimeLimit,
    TransferLine,
)
from minsheng.catalogue.queries import catalogue_rules, limit_rules
from minsheng.catalogue.rules import refuse_ambiguous
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import District, Post, Staff, Unit, UnitAlias
from minsheng.directory.permissions import Role
from minsheng.followups.models import PlanRule
from minsheng.followups.rules import Course
from minsheng.foundation import cities, city_calendar, clock, home, journal, recent
from minsheng.foundation.calendar import Day, parse_spans
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.insight.models import NamedPlace
from minsheng.knowledge.finding import index
from minsheng.knowledge.models import Item, Synonyms
from minsheng.supervision.models import AlertRule, DutyUnit
from minsheng.supervision.rules import AlertKind, Step

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12346

# Since when the staff of a loaded city hold their posts: before any life that it may live.
_LONG_AGO = datetime(2004, 1, 1, tzinfo=clock.ZONE)

Row = Mapping[str, str]
M = TypeVar("M", bound=models.Model)


def load_if_empty() -> None:
    """Loads the city that `MINSHENG_CITY` names, unless the database has one."""
    if City.objects.exists():
        return
    with connection.cursor() as cursor:
        # Two commands at once on a fresh folder: the second finds the first one's city.
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            if not City.objects.exists():
                load(settings.CITY)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def load(name: str) -> City:
    """Loads a city's files as one action and returns the city.

    Its staff all get the demo password of this data folder; a city that goes live resets them.
    Raises Conflict where there is a city already, or two rows of the limits or of the catalogue
    say two things of the same case; NotFound for an unknown city; and Invalid, naming file and
    line, for files that do not fit together.
    """
    if City.objects.exists():
        raise Conflict("city_there", _("数据库里已有城市；请换用空的数据目录。"))
    folder = cities.folder(name)
    # The rules hold, and the journal dates them, from before whatever the city will live through:
    # the same life in another database then has the same journal.
    with clock.moved(_LONG_AGO), transaction.atomic():
        city = _Loader(folder).load()
        journal.write(
            subject_kind="city",
            subject_id=city.pk,
            ref=city.code,
            action="city.load",
            by=SYSTEM.signature,
            at=clock.now(),
            changes={"note": {"name": city.name, "from": name}},
        )
    recent.forget()
    return city


class _Loader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = clock.now()

    def load(self) -> City:
        city = self._city()
        self.districts = self._tree("districts.csv", self._district)
        self.units = self._tree("units.csv", self._unit)
        self._aliases()
        self.categories = self._tree("categories.csv", self._category)
        self._each("channels.csv", self._channel)
        self._each("kinds.csv", lambda row, n: Kind(code=row["code"], name=row["name"], sort=n))
        self._each("catalogue.csv", self._entry)
        self._each("limits.csv", self._limit)
        recent.forget()
        refuse_ambiguous(catalogue_rules())
        refuse_ambiguous(limit_rules())
        self._each("lines.csv", self._line)
        self._each("legal_routes.csv", lambda row, n: LegalRoute(**row))
        self._each("reasons.csv", lambda row, n: Reason(**row))
        self._each("templates.csv", self._template)
        self._each("follow_up_rules.csv", self._plan_rule)
        self._each("knowledge.csv", self._item)
        self._each("synonyms.csv", lambda row, line: Synonyms(words=_list(row["words"])))
        self._each("gazetteer.csv", self._place)
        self._each("alert_rules.csv", self._alert_rule)
        self._each("duty_units.csv", self._duty_unit)
        # One hash for all: they share the demo password, and hashing is slow on purpose.
        self.password = make_password(home.demo_password())
        self.staff: dict[str, Staff] = {}
        self._each("staff.csv", self._post)
        for row in self._rows("calendar.csv"):
            day = Day(_flag(row["is_workday"]), row["name"])
            city_calendar.override(_day(row["date"]), day, SYSTEM.signature)
        return city

    def _rows(self, name: str) -> list[Row]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def _each(self, name: str, make: Callable[[Row, int], M]) -> list[M]:
        made: list[M] = []
        for line, row in enumerate(self._rows(name), 2):
            try:
                made.append(make(row, line))
            except (KeyError, ValueError, TypeError) as error:
                raise _faulty(self.folder / name, line, error) from error
        if made:
            type(made[0])._default_manager.bulk_create(made)
        return made

    def _tree(self, name: str, make: Callable[[Row, int], M]) -> dict[str, M]:
        """Loads rows that have a `parent` (a code, above them in the file), with their lineage."""
        parents = {row["code"]: row["parent"] for row in self._rows(name)}
        made: dict[str, Any] = {row.code: row for row in self._each(name, make)}  # type: ignore[attr-defined]
        for code, row in made.items():
            above = parents[code]
            if above:
                if above not in made or not made[above].lineage:
                    raise Invalid(
                        "bad_city",
                        _("%(file)s：“%(code)s”的上级“%(above)s”须先出现。")
                        % {"file": name, "code": code, "above": above},
                    )
                row.parent = made[above]
            row.lineage = [*(made[above].lineage if above else []), row.pk]
        type(row)._default_manager.bulk_update(made.values(), ["parent", "lineage"])
        return made

    def _city(self) -> City:
        with (self.folder / "city.toml").open("rb") as file:
            given = tomllib.load(file)
        self.sign_off_levels = frozenset(given["sign_off"]["levels"])
        spans = " ".join("-".join(period) for period in given["working_hours"]["periods"])
        city_calendar.set_hours(date(2004, 1, 1), parse_spans(spans), SYSTEM.signature)
        with (self.folder / "outlines.geojson").open("rb") as file:
            self.outlines = {
                feature["properties"]["code"]: feature["geometry"]
                for feature in json.load(file)["features"]
            }
        return City.objects.create(
            code=given["code"],
            name=given["name"],
            hotline=given["hotline"]["name"],
            demand_prefix=given["numbers"]["demand_prefix"],
            order_prefix=given["numbers"]["order_prefix"],
            population=given["population"],
            follow_up_share=given["follow_up"]["sample_share"],
            publish_least=given.get("open_data", {}).get("least_count", 5),
            lon=given["map"]["lon"],
            lat=given["map"]["lat"],
        )

    def _district(self, row: Row, line: int) -> District:
        return District(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            level=District.Level(row["level"]),
            population=int(row["population"]) if row["population"] else None,
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            outline=self.outlines.get(row["code"]),
        )

    def _unit(self, row: Row, line: int) -> Unit:
        level = int(row["level"])
        return Unit(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            kind=Unit.Kind(row["kind"]),
            unit_group=row["unit_group"],
            district=self.districts[row["district"]] if row["district"] else None,
            level=level,
            is_territorial=_flag(row["is_territorial"]),
            sign_off=level in self.sign_off_levels,
        )

    def _aliases(self) -> None:
        UnitAlias.objects.bulk_create(
            UnitAlias(unit=self.units[row["code"]], name=alias)
            for row in self._rows("units.csv")
            for alias in _list(row["aliases"])
        )

    def _category(self, row: Row, line: int) -> Category:
        return Category(
            code=row["code"],
            name=row["name"],
            level=int(row["level"]),
            element=row["element"],
            keywords=_list(row["keywords"]),
            urgent_words=_list(row["urgent_words"]),
            kinds=_list(row["kinds"]),
        )

    def _channel(self, row: Row, line: int) -> Channel:
        return Channel(
            code=row["code"],
            name=row["name"],
            door=row["door"],
            is_public=_flag(row["is_public"]),
            is_collector=_flag(row["is_collector"]),
            restricted=_flag(row["restricted"]),
            sort=int(row["sort"]),
        )

    def _entry(self, row: Row, line: int) -> CatalogueEntry:
        for code in [row["lead"], *_list(row["assists"])]:
            if not code.startswith("@"):
                self.units[code]
        return CatalogueEntry(
            category=self.categories[row["category"]] if row["category"] else None,
            area=self.districts[row["area"]] if row["area"] else None,
            lead=row["lead"],
            assists=_list(row["assists"]),
            basis=row["basis"],
            note=row["note"],
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]) if row["effective_to"] else None,
        )

    def _limit(self, row: Row, line: int) -> TimeLimit:
        return TimeLimit(
            stage=TimeLimit.Stage(row["stage"]),
            kind=row["kind"],
            urgency=row["urgency"],
            origin=row["origin"],
            unit_level=int(row["unit_level"]) if row["unit_level"] else None,
            limit=row["limit"],
            warn_share=float(row["warn_share"]),
            extension_times=float(row["extension_times"]),
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]) if row["effective_to"] else None,
            note=row["note"],
        )

    def _plan_rule(self, row: Row, line: int) -> PlanRule:
        plain = ("code", "name", "origin", "urgency", "unit_group", "kind", "note")
        return PlanRule(
            **{name: row[name] for name in plain},
            share=float(row["share"]),
            course=Course(row["course"]),
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]) if row["effective_to"] else None,
        )

    def _line(self, row: Row, line: int) -> TransferLine:
        return TransferLine(
            code=row["code"],
            name=row["name"],
            number=row["number"],
            mode=row["mode"],
            unit=self.units[row["unit"]] if row["unit"] else None,
        )

    def _alert_rule(self, row: Row, line: int) -> AlertRule:
        return AlertRule(
            code=row["code"],
            name=row["name"],
            kind=AlertKind(row["kind"]),
            days=int(row["days"]),
            times=int(row["times"]),
            step=Step(row["step"]) if row["step"] else "",
            issues=_flag(row["issues"]),
            limit=row["limit"],
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]) if row["effective_to"] else None,
        )

    def _duty_unit(self, row: Row, line: int) -> DutyUnit:
        return DutyUnit(
            month=_day(row["month"]), object=row["object"], unit=self.units[row["unit"]]
        )

    def _template(self, row: Row, line: int) -> Template:
        return Template(
            use=Template.Use(row["use"]),
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            category=self.categories[row["category"]] if row["category"] else None,
            text=row["text"],
            effective_from=_day(row["effective_from"]),
            effective_to=_day(row["effective_to"]) if row["effective_to"] else None,
        )

    def _place(self, row: Row, line: int) -> NamedPlace:
        return NamedPlace(
            name=row["name"],
            kind=NamedPlace.Kind(row["kind"]),
            street=self.districts[row["street"]],
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            aliases=_list(row["aliases"]),
            changed_at=self.now,
        )

    def _item(self, row: Row, line: int) -> Item:
        item = Item(
            kind=row["kind"],
            code=row["code"],
            title=row["title"],
            question=row["question"],
            answer=row["answer"],
            basis=row["basis"],
            unit=self.units[row["unit"]],
            category=self.categories[row["category"]] if row["category"] else None,
            district=self.districts[row["district"]] if row["district"] else None,
            audience=row["audience"],
            public=_flag(row["public"]),
            valid_from=_day(row["valid_from"]) if row["valid_from"] else None,
            valid_to=_day(row["valid_to"]) if row["valid_to"] else None,
            review_on=_day(row["review_on"]) if row["review_on"] else None,
            keywords=_list(row["keywords"]),
        )
        return index(item)

    def _post(self, row: Row, line: int) -> Post:
        staff = self.staff.get(row["username"])
        if staff is None:
            staff = self.staff[row["username"]] = Staff.objects.create(
                username=row["username"],
                name=row["name"],
                phone=row["phone"],
                password=self.password,
            )
        unit = self.units[row["unit"]]
        return Post(staff=staff, role=Role(row["role"]), unit=unit, since=_LONG_AGO)


def _faulty(path: Path, line: int, error: Exception) -> Invalid:
    return Invalid(
        "bad_city",
        _("城市文件%(file)s第%(line)d行不能使用：%(why)s。")
        % {"file": path.name, "line": line, "why": error},
    )


def _flag(value: str) -> bool:
    return {"true": True, "false": False}[value]


def _day(value: str) -> date:
    return date.fromisoformat(value)


def _list(value: str) -> list[str]:
    return [part for part in value.split(";") if part]
