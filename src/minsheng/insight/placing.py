"""How often the gazetteer finds the right place, measured on texts of which it is known."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from minsheng.insight.places import Area, Entry, Gazetteer
from minsheng.insight.tables import read


def of_files(folder: Path) -> Gazetteer:
    """Returns the gazetteer of a city's files (`districts.csv`, `gazetteer.csv`), no database."""
    districts = {row["code"]: row for row in read(folder / "districts.csv", ("code",))}
    city = {code for code, row in districts.items() if row["level"] == "city"}
    areas = {
        code: Area(
            code,
            row["name"],
            row["short_name"],
            row["level"],
            "" if row["parent"] in city else row["parent"],
            float(row["lon"]),
            float(row["lat"]),
        )
        for code, row in districts.items()
        if code not in city
    }
    entries = [
        Entry(
            row["name"],
            row["kind"],
            row["street"],
            float(row["lon"]),
            float(row["lat"]),
            tuple(alias for alias in row["aliases"].split(";") if alias),
        )
        for row in read(folder / "gazetteer.csv", ("name",))
    ]
    return Gazetteer(entries, areas)


def texts(path: Path) -> list[dict[str, str]]:
    """Reads texts of which the place is known, see `measure`. Raises Invalid."""
    return read(path, ("text", "district", "place", "area"))


def measure(gazetteer: Gazetteer, told: Iterable[Mapping[str, str]]) -> dict[str, object]:
    """Returns the shares of right places and right areas, and how many places were invented.

    `told` has text, district (code that it is filed under, or empty), place (the name that is
    meant; empty where the text names none) and area (code of its street or district).
    """
    texts = named = right = area_right = invented = 0
    wrong: list[list[str]] = []
    for row in told:
        texts += 1
        found = gazetteer.find(row["text"], row["district"])
        name, areas = ("", set[str]())
        if found:
            name, areas = found.name, {found.street, found.district}
        if not row["place"]:
            invented += found is not None
        else:
            named += 1
            right += name == row["place"]
            area_right += row["area"] in areas
        if name != row["place"] or (row["area"] and row["area"] not in areas):
            wrong.append([row["text"], name, *sorted(areas)])
    return {
        "texts": texts,
        "place_right": round(right / named, 4) if named else None,
        "area_right": round(area_right / named, 4) if named else None,
        "invented": invented,
        "wrong": wrong,
    }
