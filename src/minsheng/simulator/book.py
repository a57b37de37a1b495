"""The words and places of a city's files (`cities/<name>/speech`, `gazetteer.csv`)."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minsheng.catalogue.models import City
from minsheng.foundation import cities


@dataclass(frozen=True, slots=True)
class Place:
    """A named place of the gazetteer."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Event:
    """A matter that many tell of within `days`, each in one of these `lines`."""

    topic: str
    kind: str
    calls: tuple[int, int]
    days: float
    season: frozenset[int]  # months; empty for any
    where: frozenset[str]  # tags of areas; empty for any
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """All of a city's words; empty for a city that has none, which then speaks plainly.

    `topics` and `slots` are by the code of a category (slots for all under ""), `sections` by that
    of the category above it, `places` by area and kind, `tags` by area.
    """

    common: Mapping[str, Any] = field(default_factory=dict)
    process: Mapping[str, Any] = field(default_factory=dict)
    office: Mapping[str, Any] = field(default_factory=dict)
    topics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    slots: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    events: Sequence[Event] = ()
    places: Mapping[str, Mapping[str, Sequence[Place]]] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)


def of_city(city: City) -> Book:
    """Returns the book of the city in the database, found by its code."""
    for folder in sorted(cities.root().iterdir()):
        if (folder / "speech").is_dir() and _toml(folder / "city.toml")["code"] == city.code:
            return _read(folder)
    return Book()


def _read(folder: Path) -> Book:
    topics: dict[str, Mapping[str, Any]] = {}
    sections: dict[str, Mapping[str, Any]] = {}
    speech = folder / "speech"
    common = _toml(speech / "common.toml")
    slots: dict[str, Mapping[str, Sequence[str]]] = {"": common["slots"]}
    for path in sorted(speech.glob("[0-9]*.toml")):
        words = _toml(path)
        topics |= words["category"]
        sections |= words["section"]
        slots |= dict.fromkeys(words["category"], words.get("slots", {}))
    places: dict[str, dict[str, list[Place]]] = {}
    for row in _csv(folder / "gazetteer.csv"):
        kinds = places.setdefault(row["street"], {})
        place = Place(row["name"], float(row["lon"]), float(row["lat"]))
        kinds.setdefault(row["kind"], []).append(place)
    return Book(
        common=common,
        process=_toml(speech / "process.toml"),
        office=_toml(speech / "office.toml"),
        topics=topics,
        sections=sections,
        slots=slots,
        events=[
            Event(
                topic=event["category"],
                kind=event["kind"],
                calls=(event["calls"][0], event["calls"][1]),
                days=event["days"],
                season=frozenset(event.get("season", ())),
                where=frozenset(event.get("where", ())),
                lines=tuple(event["matters"]),
            )
            for event in _toml(speech / "events.toml")["event"].values()
        ],
        places=places,
        tags={
            row["code"]: frozenset(row["tags"].split(";")) for row in _csv(folder / "districts.csv")
        },
    )


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
