"""The files of every city fit together: codes, trees, map, catalogue, staff, words.

Plain Python on plain files: a city can be checked before there is a database.
"""

import csv
import itertools
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from minsheng.catalogue.rules import Stage

CITIES = Path(__file__).resolve().parents[2] / "cities"
FOLDERS = sorted(path.parent for path in CITIES.glob("*/city.toml"))

COLUMNS = {
    "districts": "code,name,short_name,level,parent,population,lon,lat,tags",
    "units": "code,name,short_name,aliases,kind,unit_group,parent,district,level,is_territorial",
    "categories": "code,name,parent,level,element,keywords,urgent_words,kinds",
    "channels": "code,name,door,is_public,is_collector,restricted,sort",
    "kinds": "code,name",
    "catalogue": "category,area,lead,assists,basis,note,effective_from,effective_to",
    "limits": "stage,kind,urgency,origin,unit_level,limit,warn_share,extension_times,"
    "effective_from,effective_to,note",
    "lines": "code,name,number,mode,unit",
    "legal_routes": "code,name,text",
    "reasons": "kind,code,name",
    "templates": "use,code,name,category,kind,text,effective_from,effective_to",
    "follow_up_rules": "code,name,origin,urgency,unit_group,kind,share,course,effective_from,"
    "effective_to,note",
    "staff": "username,name,role,unit,phone",
    "knowledge": "code,kind,title,question,answer,basis,unit,category,audience,district,"
    "valid_from,valid_to,review_on,keywords,public",
    "gazetteer": "name,kind,street,lon,lat,aliases",
    "synonyms": "words",
    "calendar": "date,is_workday,name",
}
ROLES = {
    "agent",
    "dispatcher",
    "clerk",
    "unit_leader",
    "follow_up",
    "supervisor",
    "analyst",
    "leader",
    "discipline",
    "collector",
    "specialist",
    "vendor",
    "admin",
}
DOORS = {
    "phone",
    "web",
    "wechat",
    "weibo",
    "app",
    "patrol",
    "video",
    "provincial",
    "mailbox",
    "forum",
    "petition",
    "discipline",
    "media",
    "line",
    "other",
}
PLACES = {
    "road",
    "estate",
    "village",
    "market",
    "school",
    "hospital",
    "park",
    "station",
    "building",
    "factory",
}
KINDS = {"consult", "help", "complaint", "report", "suggestion", "praise"}
TERRITORIES = {"@district", "@street"}

#: Slots that the simulator knows by itself; all others are lists in the speech files.
GIVEN = {
    *("me", "street", "district", "place", "date", "unit", "unit2", "number", "matter", "topic"),
    *("month", "year"),
}
#: From this weight on a category is common: told so often that copies would be seen.
COMMON, ENOUGH = 28, 6

Row = dict[str, str]
Point = tuple[float, float]


class City:
    """A city's files, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[str, list[Row]] = {}

    def __getitem__(self, table: str) -> list[Row]:
        if table not in self._tables:
            with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                self._tables[table] = list(csv.DictReader(file))
        return self._tables[table]

    def codes(self, table: str) -> set[str]:
        return {row["code"] for row in self[table]}

    @cached_property
    def toml(self) -> dict[str, Any]:
        return _toml(self.folder / "city.toml")

    @cached_property
    def speech(self) -> dict[str, dict[str, Any]]:
        return {path.stem: _toml(path) for path in sorted((self.folder / "speech").glob("*.toml"))}

    @cached_property
    def spoken(self) -> dict[str, dict[str, Any]]:
        """What is said of each third-level category."""
        return {
            code: told
            for file in self.speech.values()
            for code, told in file.get("category", {}).items()
        }

    @cached_property
    def rings(self) -> dict[str, list[Point]]:
        outlines = json.loads((self.folder / "outlines.geojson").read_text(encoding="utf-8"))
        return {
            feature["properties"]["code"]: [tuple(p) for p in feature["geometry"]["coordinates"][0]]
            for feature in outlines["features"]
        }

    @cached_property
    def streets(self) -> list[Row]:
        return [row for row in self["districts"] if row["level"] in ("street", "town")]

    @cached_property
    def counties(self) -> list[Row]:
        return [row for row in self["districts"] if row["level"] in ("district", "zone")]

    @cached_property
    def territorial(self) -> dict[str, str]:
        return {
            row["district"]: row["code"] for row in self["units"] if row["is_territorial"] == "true"
        }


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def city(request: pytest.FixtureRequest) -> City:
    return City(request.param)


def _list(cell: str) -> list[str]:
    return cell.split(";") if cell else []


def _twice(values: Any) -> list[Any]:
    return [value for value, times in Counter(values).items() if times > 1]


# -- form


@pytest.mark.parametrize("table", COLUMNS)
def test_tables_are_well_formed(city: City, table: str) -> None:
    raw = (city.folder / f"{table}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.decode().splitlines()[0] == COLUMNS[table]
    for line, row in enumerate(city[table], 2):
        assert None not in row, f"{table}:{line} has too many cells"
        for name, cell in row.items():
            assert cell is not None, f"{table}:{line} has too few cells"
            assert cell == cell.strip(), f"{table}:{line} {name}"
            assert "" not in cell.split(";") or not cell, f"{table}:{line} {name}: empty part"
            if name in ("effective_from", "effective_to", "valid_from", "valid_to", "review_on"):
                assert not cell or date.fromisoformat(cell)
            if name.startswith("is_") or name in ("public", "restricted"):
                assert cell in ("true", "false")


@pytest.mark.parametrize("table", [name for name in COLUMNS if "code" in COLUMNS[name].split(",")])
def test_codes_are_unique_and_fit_the_database(city: City, table: str) -> None:
    keys = [(row.get("kind") if table == "reasons" else "", row["code"]) for row in city[table]]
    assert not _twice(keys)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", code) for _, code in keys)


@pytest.mark.parametrize("table", ["districts", "units", "categories"])
def test_trees_stand_parents_first(city: City, table: str) -> None:
    above: set[str] = set()
    for row in city[table]:
        assert not row["parent"] or row["parent"] in above, row["code"]
        above.add(row["code"])


def test_nobody_can_be_called_by_mistake(city: City) -> None:
    for path in city.folder.rglob("*"):
        if path.suffix in (".csv", ".toml"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), path.name
            for number in re.findall(r"(?<![\d-])(0\d{2,3})-\d{7,8}(?!\d)", text):
                assert number == "0000", path.name
    assert all(row["phone"].startswith("0000-") for row in city["staff"])


def test_the_city_says_what_it_is(city: City) -> None:
    assert city.toml["name"]
    assert city.toml["hotline"]["name"]
    assert city.toml["numbers"] == {"demand_prefix": "SQ", "order_prefix": "GD"}
    for begin, end in city.toml["working_hours"]["periods"]:
        assert re.fullmatch(r"\d\d:\d\d", begin)
        assert begin < end
    assert 0 <= city.toml["follow_up"]["sample_share"] <= 1
    top = [row for row in city["districts"] if row["level"] == "city"]
    assert [row["code"] for row in top] == [city.toml["code"]]
    assert top[0]["population"] == str(city.toml["population"])


# -- map


def test_areas_add_up(city: City) -> None:
    people: dict[str, int] = defaultdict(int)
    for row in city["districts"]:
        people[row["parent"]] += int(row["population"])
    for row in city["districts"]:
        if row["code"] in people:
            assert people[row["code"]] == int(row["population"]), row["name"]
    level = {row["code"]: row["level"] for row in city["districts"]}
    assert all(level[row["parent"]] == "city" for row in city.counties)
    assert all(level[row["parent"]] in ("district", "zone") for row in city.streets)


def _area(ring: list[Point]) -> float:
    """Twice the signed area; positive for a ring that runs against the clock."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in itertools.pairwise(ring))


def _inside(point: Point, ring: list[Point]) -> bool:
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


def test_every_area_has_an_outline_around_its_point(city: City) -> None:
    assert set(city.rings) == city.codes("districts")
    for row in city["districts"]:
        ring = city.rings[row["code"]]
        assert ring[0] == ring[-1]
        assert len(ring) >= 5
        assert not _twice(ring[1:])
        assert _area(ring) > 0, "GeoJSON rings run against the clock"
        assert _inside((float(row["lon"]), float(row["lat"])), ring), row["name"]


def test_outlines_fill_the_city_and_never_overlap(city: City) -> None:
    edges: Counter[tuple[Point, Point]] = Counter()
    for row in city.streets:
        ring = city.rings[row["code"]]
        edges.update(itertools.pairwise(ring))
    # Each border belongs to one street, or runs both ways, once for each neighbour.
    assert max(edges.values()) == 1
    whole = _area(city.rings[city.toml["code"]])
    for level in (city.streets, city.counties):
        assert sum(_area(city.rings[row["code"]]) for row in level) == pytest.approx(whole)
    for county in city.counties:
        parts = [row for row in city.streets if row["parent"] == county["code"]]
        assert parts
        own = _area(city.rings[county["code"]])
        assert sum(_area(city.rings[row["code"]]) for row in parts) == pytest.approx(own)


def test_places_lie_in_their_streets(city: City) -> None:
    streets = {row["code"]: row for row in city.streets}
    found: dict[str, set[str]] = defaultdict(set)
    for row in city["gazetteer"]:
        assert row["kind"] in PLACES
        point = (float(row["lon"]), float(row["lat"]))
        around = [code for code in streets if _inside(point, city.rings[code])]
        assert around == [row["street"]], row["name"]
        found[streets[row["street"]]["parent"]].add(row["kind"])
    assert {row["street"] for row in city["gazetteer"]} == set(streets)
    for county in city.counties:
        assert found[county["code"]] == PLACES, county["name"]


def test_places_are_told_apart_by_name(city: City) -> None:
    names = [row["name"] for row in city["gazetteer"]]
    aliases = [alias for row in city["gazetteer"] for alias in _list(row["aliases"])]
    assert not _twice(names)
    assert not _twice(aliases)
    assert not set(names) & set(aliases)


# -- who


def test_units(city: City) -> None:
    units = {row["code"]: row for row in city["units"]}
    areas = city.codes("districts")
    for row in units.values():
        assert row["kind"] in {
            "centre",
            "county",
            "department",
            "enterprise",
            "street",
            "town",
            "section",
        }
        assert row["unit_group"]
        assert row["district"] in areas
        level = int(row["level"])
        if row["parent"]:
            assert level == int(units[row["parent"]]["level"]) + 1, row["code"]
        else:
            assert level == (0 if row["kind"] == "centre" else 1), row["code"]
    assert [row["kind"] for row in units.values()].count("centre") == 1
    assert {row["level"] for row in units.values()} == {"0", "1", "2", "3"}


def test_every_area_has_one_territorial_unit(city: City) -> None:
    territorial = [row for row in city["units"] if row["is_territorial"] == "true"]
    assert not _twice(row["district"] for row in territorial)
    assert set(city.territorial) == {row["code"] for row in [*city.counties, *city.streets]}
    above = {row["code"]: row["parent"] for row in city["districts"]}
    for row in territorial:
        if row["parent"]:
            assert row["parent"] == city.territorial[above[row["district"]]]


def test_a_name_means_one_unit(city: City) -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for row in city["units"]:
        for name in [row["name"], row["short_name"], *_list(row["aliases"])]:
            assert name
            names[name].add(row["code"])
    assert not {name: codes for name, codes in names.items() if len(codes) > 1}
    aliases = [alias for row in city["units"] for alias in _list(row["aliases"])]
    assert not _twice(aliases)


def test_every_unit_is_staffed(city: City) -> None:
    units = {row["code"]: row for row in city["units"]}
    roles: dict[str, set[str]] = defaultdict(set)
    for row in city["staff"]:
        assert row["role"] in ROLES
        roles[units[row["unit"]]["code"]].add(row["role"])
    for code, row in units.items():
        if row["kind"] != "centre":
            assert "clerk" in roles[code], code
        if row["level"] == "1":
            assert "unit_leader" in roles[code], code
    assert not _twice(row["username"] for row in city["staff"])
    first = {row["role"]: row["username"] for row in reversed(city["staff"])}
    assert first == {role: role for role in ROLES}


# -- what


def test_categories(city: City) -> None:
    kinds = city.codes("kinds")
    for row in city["categories"]:
        assert row["code"].startswith(row["parent"])
        assert len(row["code"]) == 2 * int(row["level"])
        if row["level"] == "3":
            assert row["element"] in ("event", "component")
            assert len(_list(row["keywords"])) >= 2, row["name"]
            assert _list(row["kinds"])
            assert set(_list(row["kinds"])) <= kinds
    for level in "123":
        assert not _twice(row["name"] for row in city["categories"] if row["level"] == level)
    parents = {row["parent"] for row in city["categories"]}
    assert all(row["code"] in parents for row in city["categories"] if row["level"] != "3")


def test_channels_and_lines(city: City) -> None:
    assert city.codes("kinds") >= KINDS
    for row in city["channels"]:
        assert row["door"] in DOORS
        assert (row["is_collector"], row["is_public"]) != ("true", "true"), row["code"]
    assert {row["door"] for row in city["channels"]} == DOORS
    restricted = [row["door"] for row in city["channels"] if row["restricted"] == "true"]
    assert restricted == ["discipline"]
    for row in city["lines"]:
        assert row["mode"] in ("merge", "dual", "transfer", "emergency")
        assert not row["unit"] or row["unit"] in city.codes("units")
    assert not _twice(row["number"] for row in city["lines"])


def test_reasons(city: City) -> None:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in city["reasons"]:
        codes[row["kind"]].add(row["code"])
    assert set(codes) == {
        "return",
        "extension",
        "suspension",
        "rework",
        "attempt",
        "dissatisfied",
        "exclusion",
        "reopen",
        "urge",
        "reveal",
        "reject",
        "forbid_return",
    }
    assert codes["reject"] == city.codes("legal_routes")


def _overlaps(rows: list[Row], scope: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    latest: dict[tuple[str, ...], str] = {}
    for row in sorted(rows, key=lambda row: row["effective_from"]):
        key = tuple(row[name] for name in scope)
        if row["effective_from"] <= latest.get(key, ""):
            yield key
        latest[key] = row["effective_to"] or "9999"


def test_limits(city: City) -> None:
    for row in city["limits"]:
        assert row["stage"] in tuple(Stage)
        assert row["kind"] in city.codes("kinds") | {""}
        assert row["urgency"] in ("normal", "urgent", "")
        assert re.fullmatch(r"[0-9]+wd|[0-9]+(\.[0-9]+)?(wh|h)|[0-9]+m", row["limit"])
        assert 0 < float(row["warn_share"]) < 1
        assert float(row["extension_times"]) >= 0
    scope = ("stage", "kind", "urgency", "origin", "unit_level")
    assert not list(_overlaps(city["limits"], scope))
    for stage in ("sign", "contact", "complete", "supervise", "reopen"):
        for urgency in ("normal", "urgent"):
            assert any(
                row["stage"] == stage
                and row["urgency"] in (urgency, "")
                and not (row["kind"] or row["origin"] or row["unit_level"])
                for row in city["limits"]
            ), f"{stage}, {urgency}: no limit for the usual case"


def test_the_catalogue_knows_its_codes(city: City) -> None:
    units = city.codes("units") | TERRITORIES
    for row in city["catalogue"]:
        assert row["category"] in city.codes("categories") | {""}
        assert row["area"] in city.codes("districts") | {""}
        assert {row["lead"], *_list(row["assists"])} <= units
        assert row["lead"] not in _list(row["assists"])
        assert row["basis"] in ("catalogue", "first_contact", "designated", "fallback")
    assert not list(_overlaps(city["catalogue"], ("category", "area")))
    assert {row["basis"] for row in city["catalogue"]} >= {"catalogue", "designated", "fallback"}


@pytest.mark.parametrize("on", ["2004-01-01", "2019-06-30", "2026-11-21", "2040-01-01"])
def test_the_catalogue_names_somebody_for_everything_everywhere(city: City, on: str) -> None:
    rules = {
        (row["category"], row["area"]): row["lead"]
        for row in city["catalogue"]
        if row["effective_from"] <= on <= (row["effective_to"] or "9999")
    }
    third = [row["code"] for row in city["categories"] if row["level"] == "3"]
    fell_through = set()
    for street in city.streets:
        for category in third:
            wider = [category, category[:4], category[:2], ""]
            places = [street["code"], street["parent"], ""]
            lead = next(rules[c, p] for c in wider for p in places if (c, p) in rules)
            if not any((c, p) in rules for c in wider[:3] for p in places):
                fell_through.add(category)
            if lead == "@street":
                lead = city.territorial[street["code"]]
            if lead == "@district":
                lead = city.territorial[street["parent"]]
            assert lead in city.codes("units")
    assert not fell_through, "only left to the fallback"


def test_knowledge(city: City) -> None:
    for row in city["knowledge"]:
        assert row["question"]
        assert len(row["answer"]) >= 30, row["code"]
        assert row["unit"] in city.codes("units")
        assert row["category"] in city.codes("categories") | {""}
        assert row["district"] in city.codes("districts") | {""}
        assert row["audience"] in ("person", "enterprise", "both")
        assert _list(row["keywords"])
        assert row["review_on"]
        if row["code"].startswith("T"):
            assert row["valid_from"] <= row["valid_to"], row["code"]
        else:
            assert not row["valid_to"], row["code"]
    assert not _twice(row["title"] for row in city["knowledge"])


# -- words


def test_every_category_is_told_of_in_all_its_kinds(city: City) -> None:
    third = {row["code"]: row for row in city["categories"] if row["level"] == "3"}
    assert set(city.spoken) == set(third)
    for code, told in city.spoken.items():
        kinds = set(told) & KINDS
        assert kinds == set(_list(third[code]["kinds"])), third[code]["name"]
        assert told["weight"] > 0
        assert told["topics"]
        number = sum(len(told[kind]) for kind in kinds)
        assert number >= (ENOUGH if told["weight"] >= COMMON else 2), third[code]["name"]
        assert set(told.get("season", [])) <= set(range(1, 13))
        assert set(told.get("routes", [])) <= city.codes("legal_routes")
        tags = {tag for row in city["districts"] for tag in _list(row["tags"])}
        assert set(told.get("where", [])) <= tags


def test_every_demand_can_be_replied_to(city: City) -> None:
    sections = {
        code: words
        for file in city.speech.values()
        for code, words in file.get("section", {}).items()
    }
    assert set(sections) == {row["code"] for row in city["categories"] if row["level"] == "2"}
    usual = city.speech["process"]["reply"]
    assert set(usual) >= KINDS | {"opening", "contact", "closing", "evasive", "not_solved"}
    own = {"consult": "answered", "suggestion": "adopted", "praise": "thanked"}
    ready: Counter[str] = Counter()
    for code, told in city.spoken.items():
        for kind in KINDS & set(told):
            key = own.get(kind, "done")
            lines = [*told.get(key, ()), *sections[code[:4]].get(key, ())]
            ready[f"{kind} {bool(lines)}"] += told["weight"]
    # Most replies to what people complain of speak of the matter itself.
    assert ready["complaint True"] > 20 * ready["complaint False"]


def test_no_sentence_stands_twice(city: City) -> None:
    said = [
        text for told in city.spoken.values() for kind in KINDS & set(told) for text in told[kind]
    ]
    assert not _twice(said)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def test_every_slot_can_be_filled(city: City) -> None:
    common = city.speech["common"]["slots"]
    for name, file in city.speech.items():
        own = file.get("slots", {})
        lists = common | own
        assert all(len(values) >= 2 and not _twice(values) for values in lists.values())
        if name == "events":  # they take the lists of their categories' files
            for other in city.speech.values():
                lists = lists | other.get("slots", {})
        for text in _texts(file):
            assert text.count("{") == text.count("}")
            for slot in re.findall(r"\{(\w*)\}", text):
                plain = slot.rstrip("23456789")
                assert slot in GIVEN or plain in PLACES | set(lists), f"{name}: {{{slot}}}: {text}"


def test_process_has_words_for_every_reason(city: City) -> None:
    process = city.speech["process"]
    codes: dict[str, set[str]] = defaultdict(set)
    for row in city["reasons"]:
        codes[row["kind"]].add(row["code"])
    spoken = {**process, "dissatisfied": process["follow_up"]["dissatisfied"]}
    for kind in codes.keys() - {"attempt", "forbid_return"}:
        assert set(spoken[kind]) == codes[kind], kind


def test_events_are_told_in_many_words(city: City) -> None:
    events = city.speech["events"]["event"]
    assert len(events) >= 20
    for code, event in events.items():
        assert event["category"] in city.spoken, code
        assert event["kind"] in KINDS
        assert event["calls"][0] < event["calls"][1]
        assert len(event["matters"]) >= 6, code
        assert not _twice(event["matters"])


def test_tones_and_kinds_have_their_pieces(city: City) -> None:
    common = city.speech["common"]
    pieces = {"opening", "aside", "matter", "history", "impact", "demand", "thanks"}
    for tone, how in common["tone"].items():
        assert how["weight"] > 0
        for piece, share in how["parts"]:
            assert piece in pieces
            assert 0 < share <= 1
        assert [piece for piece, _ in how["parts"]].count("matter") == 1, tone
    for kind in KINDS:
        assert common["phone"][kind]
        assert common["demand"][kind]["plain"]
        assert common["demand_phone"][kind]
        assert common["title"][kind]
