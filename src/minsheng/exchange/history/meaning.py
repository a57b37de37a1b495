"""What rows mean in this city: names become what they stand for, texts what is kept of them."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.exchange.history.matters import Described, Facts, Row
from minsheng.exchange.history.names import Dictionary, Names
from minsheng.exchange.history.rows import Cells, Read, kept, translated
from minsheng.exchange.tuples import tuples
from minsheng.foundation import text

_TITLE = 40  # characters of the text that stand for a title where there is none


def understand(read: Read, names: Names) -> tuple[list[Row], dict[int, str]]:
    """Returns the rows, and by line why a name in it cannot be understood.

    All names are known by now; what is left are those that fit several things.
    """
    found: Cells = {}
    faults: dict[int, str] = {}
    for column in ("category", "channel", "kind", "district", "unit"):
        found[column], unclear = translated(read.cells[column], _finding(names.of(column)))
        faults = unclear | faults
    cells = {name: kept(column, faults) for name, column in read.cells.items()}
    found = {name: kept(column, faults) for name, column in found.items()}
    rows = tuples(
        Row,
        kept(read.lines, faults),
        cells["order_no"],
        cells["demand_no"],
        found["unit"],
        cells["role"],
        [channel.restricted for channel in found["channel"]],
        _described(cells, found),
        zip(*(cells[name] for name in Described._fields), strict=True),
        _facts(cells),
    )
    return rows, {read.lines[place]: reason for place, reason in faults.items()}


def _finding(dictionary: Dictionary[Any]) -> Callable[[str], Any]:
    return lambda name: dictionary.find(name) if name else None


def _described(cells: Cells, found: Cells) -> list[Described]:
    """Returns what the rows say of their demands, as it is kept."""
    texts = list(map(text.clean, cells["text"]))
    titles, _faults = translated(cells["title"], text.line)
    unnamed, here = _("（无标题）"), Demand.Origin.CITY.value
    return tuples(
        Described,
        cells["accepted_at"],
        _ids(found["channel"]),
        _ids(found["kind"]),
        _ids(found["category"]),
        [
            element or (category.element if category else "")
            for element, category in zip(cells["element"], found["category"], strict=True)
        ],
        [
            title or text.line(body[:_TITLE]) or (category.name if category else unnamed)
            for title, body, category in zip(titles, texts, found["category"], strict=True)
        ],
        texts,
        _ids(found["district"]),
        [origin or here for origin in cells["origin"]],
        cells["petitioner_type"],
        map(bool, cells["urgent"]),
    )


def _ids(column: list[Any]) -> list[int | None]:
    return [thing and thing.id for thing in column]


def _facts(cells: Cells) -> list[Facts]:
    """Returns the facts in the rows. A grade is an evaluation, and who evaluated was asked."""
    evaluated = [
        bool(told or grade)
        for told, grade in zip(cells["evaluated"], cells["satisfaction"], strict=True)
    ]
    sampled = [
        asked if told is None else told
        for told, asked in zip(cells["sampled"], evaluated, strict=True)
    ]
    return tuples(
        Facts,
        cells["assigned_at"],
        cells["sign_due_at"],
        cells["signed_at"],
        cells["due_at"],
        cells["completed_at"],
        cells["rework_count"],
        cells["solved"],
        sampled,
        evaluated,
        cells["satisfaction"],
    )
