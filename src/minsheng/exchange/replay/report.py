"""The bulletin of a replay's period, and whether it says what the cells say."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from minsheng.bulletins.making import draw, write_files
from minsheng.bulletins.model import Bulletin, Figure, Paragraph, Table
from minsheng.bulletins.render import renderer
from minsheng.exchange.replay.cells import Compared, same
from minsheng.exchange.replay.plan import Cell, Plan
from minsheng.indicators.periods import Grain

TEMPLATES: Mapping[Grain, str] = {
    Grain.MONTH: "monthly",
    Grain.QUARTER: "quarterly",
    Grain.HALF: "half-year",
    Grain.YEAR: "annual",
}
FORMATS = ("json", "html", "docx")

#: An indicator and the dimensions that a figure was taken at.
_Key = tuple[str, frozenset[tuple[str, str]]]


def make(plan: Plan, folder: Path) -> tuple[Bulletin, list[Path]]:
    """Makes the usual bulletin of the plan's period and writes it; returns it and its files."""
    bulletin = draw(TEMPLATES[plan.period.grain], str(plan.period))
    return bulletin, write_files(bulletin, {one: renderer(one) for one in FORMATS}, folder)


def compared(plan: Plan, cells: Sequence[Compared], bulletin: Bulletin) -> tuple[int, list[str]]:
    """Returns how many cells the bulletin has too, and those of them of which it says another.

    Compared are values of an indicator as they are: not shares of others, changes or ranks.
    """
    printed = {_key(figure): _number(figure.printed) for figure in _figures(bulletin)}
    ours = {cell.cell: cell.ours for cell in cells}
    found = {
        cell.id: (ours[cell.id], printed[key])
        for cell in plan.cells
        if (key := _key_of(plan, cell)) in printed
    }
    return len(found), [
        f"{cell}: {one} / {other}" for cell, (one, other) in found.items() if not same(one, other)
    ]


def _number(printed: str) -> str:
    """Returns a figure without its words: cells have 0.76 where a bulletin says 0.76小时."""
    return printed.rstrip("小时秒天个工作日")


def _key(figure: Figure) -> _Key:
    return figure.code, frozenset(figure.keys.items())


def _key_of(plan: Plan, cell: Cell) -> _Key | None:
    """Returns where a bulletin would have a cell; None for one that is no value as it is."""
    changed = cell.of is not None or cell.against or cell.take or cell.by or cell.having
    if changed or cell.score or cell.period or cell.divide != 1 or cell.decimals != Cell.decimals:
        return None
    keys = {name: values[0] for name, values in cell.where.items() if len(values) == 1}
    if len(keys) < len(cell.where):
        return None
    if cell.unit:
        keys["unit"] = plan.aliases.get(cell.unit, cell.unit)
    return cell.indicator, frozenset(keys.items())


def _figures(bulletin: Bulletin) -> Iterator[Figure]:
    for block in bulletin.blocks():
        lines = [block.parts] if isinstance(block, Paragraph) else []
        if isinstance(block, Table):
            lines += block.rows
        for line in lines:
            yield from (part for part in line if isinstance(part, Figure))
