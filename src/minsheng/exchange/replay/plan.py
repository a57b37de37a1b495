"""What a replay is made of: `cities/<city>/replays/<period>/`, read and checked.

- `records.toml`: the city, and the parts that its records fall into, with their counts;
- `cells.csv`: the printed cells, each with the indicator that computes it again; further tables of
  cells by unit are named in `records.toml`;
- `misprints.csv`: the cells where print and counts disagree, and why;
- `not_carried.csv`: the printed figures that no record carries, and why.

`docs/replays.md` describes the columns and keys.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.indicators.periods import Period

Row = Mapping[str, str]
Where = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Part:
    """Records of one sort. Without `disposal` they are orders with a unit, else demands without.

    `values` are the columns that all of them share; `deal` says of a column how many of them get
    which value, from the first on. Of the orders, the last `open` were never handled, the `late`
    ones before them were handled after the limit, the first `rework` came back, the first `sampled`
    were asked, the first `evaluated` answered, the first `dissatisfied` were not satisfied. The
    limits of `later` orders end in the next period; `assigned` is the period of assignment where it
    is not that of acceptance. `hours` and `workdays` are the mean time until completion.
    """

    count: int
    accepted: Period
    disposal: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    deal: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late: int = 0
    open: int = 0
    rework: int = 0
    sampled: int = 0
    evaluated: int = 0
    dissatisfied: int = 0
    later: bool = False
    assigned: Period | None = None
    hours: float | None = None
    workdays: float | None = None
    short: bool = False


@dataclass(frozen=True)
class Deal:
    """How many demands of the period get which value of a column that is still empty.

    Only those `among` it has the given values of other columns.
    """

    column: str
    values: Mapping[str, int]
    among: Where = field(default_factory=dict)


@dataclass(frozen=True)
class Calls:
    """Call records of one direction: means in seconds; `unclosed` talks never ended on record."""

    direction: str
    count: int
    answered: int
    talk_seconds: float
    wait_seconds: float = 0
    unclosed: int = 0
    unclosed_seconds: int = 0


@dataclass(frozen=True)
class Cell:
    """A printed cell and how it is computed again.

    The value is that of `indicator` under `where`; with `of`, its share in the same indicator under
    that other condition; with `against`, its change; with `take`, the numerator of a rate or the
    difference of a change; with `by`, of all values of a dimension the greatest, or the share of
    the ten greatest (`take` = `top10`). `having` counts the units for which conditions hold, such
    as `handled_count>100;on_time_completion_rate=1`. `score` is a result of the evaluation: a
    unit's, or how many units got the grades that `take` lists.
    """

    id: str
    what: str
    printed: str
    indicator: str = ""
    where: Where = field(default_factory=dict)
    of: Where | None = None
    against: str = ""
    take: str = ""
    by: str = ""
    having: str = ""
    period: str = ""
    divide: float = 1
    decimals: int = 2
    score: str = ""
    unit: str = ""
    short: bool = False


@dataclass(frozen=True)
class Misprint:
    """A cell whose print the counts contradict: what they give instead, and why."""

    printed: str
    counts: str
    ref: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """A bulletin and its records."""

    name: str
    city: str
    period: Period
    population: int
    agents: int
    scheme: str
    limit_hours: float
    sign_hours: float | None
    signed_late: int
    channels: Mapping[str, Sequence[str]]  # by code: name, and whether public or collector
    groups: Mapping[str, Sequence[str]]  # "*" for all other units
    aliases: Mapping[str, str]
    parts: Sequence[Part]
    deals: Sequence[Deal]
    calls: Sequence[Calls]
    cells: Sequence[Cell]
    misprints: Mapping[str, Misprint]
    not_carried: Sequence[Row]

    def short(self) -> "Plan":
        """Returns the parts and cells that are marked `short`: a smaller replay of its own."""
        return replace(
            self,
            parts=[part for part in self.parts if part.short],
            cells=[cell for cell in self.cells if cell.short],
            signed_late=0,
            sign_hours=None,
            deals=(),
            calls=(),
            not_carried=(),
        )


def known() -> dict[str, Path]:
    """Returns the folders of all replays by name, such as `huaibei-2022-02`."""
    return {
        f"{path.parents[2].name}-{path.parent.name}": path.parent
        for path in sorted(cities.root().glob("*/replays/*/records.toml"))
    }


def load(name: str) -> Plan:
    """Reads a replay. Raises NotFound for an unknown one and Invalid for files that do not fit."""
    folders = known()
    if name not in folders:
        raise NotFound(
            "unknown_replay",
            _("没有名为“%(name)s”的复算；现有：%(known)s。")
            % {"name": name, "known": "、".join(folders)},
        )
    folder = folders[name]
    try:
        return _read(name, folder)
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise Invalid(
            "bad_replay",
            _("%(name)s的文件不能使用：%(why)s。") % {"name": name, "why": repr(error)},
        ) from error


def _read(name: str, folder: Path) -> Plan:
    data = tomllib.loads((folder / "records.toml").read_text(encoding="utf-8"))
    period = Period.parse(data["period"])
    cells = [_cell(row) for row in rows(folder / "cells.csv")]
    for table in data.get("table", ()):
        cells += _cells(folder, table)
    ids = {cell.id for cell in cells}
    misprints = {row["cell"]: row for row in rows(folder / "misprints.csv")}
    if len(ids) < len(cells) or not ids >= set(misprints):
        raise ValueError(f"a cell twice, or misprints of none: {sorted(set(misprints) - ids)}")
    return Plan(
        name=name,
        city=data["city"],
        period=period,
        population=data.get("population", 0),
        agents=data.get("agents", 0),
        scheme=data.get("scheme", ""),
        limit_hours=data.get("limit_hours", 120),
        sign_hours=data.get("sign_hours"),
        signed_late=data.get("signed_late", 0),
        channels=data["channels"],
        groups=data.get("groups", {}),
        aliases=data.get("aliases", {}),
        parts=[part for given in data["part"] for part in _parts(folder, period, given)],
        deals=[
            Deal(deal["column"], deal["values"], _lists(deal.get("among", {})))
            for deal in data.get("deal", ())
        ],
        calls=[Calls(**calls) for calls in data.get("calls", ())],
        cells=cells,
        misprints={
            cell: Misprint(row["printed"], row["counts"], row["ref"], row["reason"])
            for cell, row in misprints.items()
        },
        not_carried=rows(folder / "not_carried.csv"),
    )


def rows(path: Path) -> list[Row]:
    """Returns the rows of a CSV file; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_NUMBERS = ("count", "late", "open", "rework", "sampled", "evaluated", "dissatisfied")


def _parts(folder: Path, period: Period, given: Mapping[str, Any]) -> Iterator[Part]:
    """Yields the part that is written out, or one for each row of the table that it names."""
    given = dict(given)
    table, counts = given.pop("table", None), given.pop("counts", {})
    corrected, total = given.pop("corrected", {}), given.pop("total", None)
    for row in [{}] if table is None else rows(folder / table):
        if total and total in row.values():
            continue
        own = dict(given)
        own["values"] = {
            column: row[value[1:]] if value.startswith("@") else value
            for column, value in given.get("values", {}).items()
        }
        right = corrected.get(own["values"].get("unit", ""), {})
        for name, column in counts.items():
            text = str(right.get(name, row[column]))
            own[name] = float(text) if name in ("hours", "workdays") else int(text or 0)
        for name in ("accepted", "assigned"):
            if name in own:
                own[name] = Period.parse(own[name])
        part = Part(**{"accepted": period, **own})
        if part.count:
            _check(part)
            yield part


def _check(part: Part) -> None:
    """Raises ValueError for counts of a part that no records can have."""
    done = part.count - part.open
    wrong = (
        min(getattr(part, name) for name in _NUMBERS) < 0
        or part.late > done
        or part.rework > part.count
        or not part.dissatisfied <= part.evaluated <= max(part.sampled, part.evaluated) <= done
        or any(sum(dealt.values()) > part.count for dealt in part.deal.values())
    )
    if wrong:
        raise ValueError(f"counts that contradict each other: {part}")


_PLAIN = {one.name for one in fields(Cell)} - {"where", "of", "divide", "decimals", "short"}


def _cell(row: Row) -> Cell:
    given: dict[str, Any] = {name: row[name] for name in _PLAIN & set(row)}
    given["where"] = conditions(row.get("where", ""))
    if row.get("of"):
        given["of"] = conditions("" if row["of"] == "*" else row["of"])
    for name, kind in (("divide", float), ("decimals", int), ("short", bool)):
        if row.get(name):
            given[name] = kind(row[name])
    return Cell(**given)


def _cells(folder: Path, table: Mapping[str, Any]) -> Iterator[Cell]:
    """Yields the cells of a printed table with one row for each unit."""
    for row in rows(folder / table["file"]):
        key = row[table.get("key", "unit")]
        for column, how in table["columns"].items():
            if not row[column]:
                continue
            given = {
                **how,
                "id": f"{table['id']}/{key}/{column}",
                "what": f"{key} {column}",
                "printed": row[column],
                "unit": "" if key == table.get("total") else key,
                "short": table.get("short", ""),
            }
            yield _cell({name: str(value) for name, value in given.items()})


def conditions(text: str) -> Where:
    """Returns the conditions in a text such as `channel=phone|web;origin=province`."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {dimension: values.split("|") for dimension, _equals, values in pairs}


def _lists(given: Mapping[str, Any]) -> Where:
    return {key: value if isinstance(value, list) else [value] for key, value in given.items()}
