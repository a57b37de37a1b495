"""What a bulletin is, before it is a Word file, a PDF, a page or a spreadsheet.

Sentences are made of words and figures. A figure keeps the number beside its print, so that every
rendering shows the same, a spreadsheet gets numbers, an editor may change the words around a figure
but not the figure, and the checker can compare both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid

Number = int | float


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a sentence or a cell.

    `code` is the indicator that it comes from, `keys` the dimensions that it was taken at;
    `value` is the number in the indicator's unit (a rate is a ratio of 1; None is no data), and
    `printed` what stands on the page, with its unit (`97.49%`, `4,383`, `34`, `—`).
    """

    printed: str
    value: Number | None
    code: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


Part = str | Figure


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `id` names it for editing."""

    parts: tuple[Part, ...]
    id: str = ""

    @property
    def text(self) -> str:
        """The paragraph as printed."""
        return "".join(part if isinstance(part, str) else part.printed for part in self.parts)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A cell is words or a figure; `total` says that the last row adds up the others."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Part, ...], ...]
    note: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with one or more series over the same labels; `alt` says in words what it shows."""

    id: str
    kind: Literal["line", "bar", "pie"]
    title: str
    labels: tuple[str, ...]
    series: Mapping[str, tuple[Number | None, ...]]
    unit: str
    alt: str


Block = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a bulletin under a heading; sections may hold sections."""

    title: str
    blocks: tuple[Block | Section, ...]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin: title block, sections, and to whom it goes.

    `number` is the issue as printed (2018年第12期), `period` the code of its period (2018H1).
    `reports_to` is 抄报 (upwards), `copies_to` 抄送.
    """

    template: str
    title: str
    subtitle: str
    number: str
    issuer: str
    issued_on: str  # ISO date
    period: str
    sections: tuple[Section, ...]
    reports_to: tuple[str, ...] = ()
    copies_to: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def blocks(self) -> Iterator[Block]:
        """All paragraphs, tables and charts, in the order of the page."""
        for section in self.sections:
            yield from _blocks(section)

    def to_json(self) -> bytes:
        """The bulletin as JSON; `from_json` reads it back unchanged."""
        return orjson.dumps(_plain(self), option=orjson.OPT_INDENT_2)


def _blocks(section: Section) -> Iterator[Block]:
    for block in section.blocks:
        if isinstance(block, Section):
            yield from _blocks(block)
        else:
            yield block


_KINDS: dict[str, type[Any]] = {
    "figure": Figure,
    "paragraph": Paragraph,
    "table": Table,
    "chart": Chart,
    "section": Section,
    "bulletin": Bulletin,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def _plain(value: Any) -> Any:
    """Returns a piece of a bulletin as JSON values, each dataclass with its `type`."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    name = _NAMES.get(type(value))
    if name is None:
        return value
    return {"type": name} | {key: _plain(getattr(value, key)) for key in value.__slots__}


def from_json(content: bytes | str) -> Bulletin:
    """Reads what `to_json` wrote. Raises Invalid for anything else."""
    try:
        found = _made(orjson.loads(content))
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise Invalid("not_a_bulletin", _("这不是本系统的简报文件：%s。") % error) from None
    if not isinstance(found, Bulletin):
        raise Invalid("not_a_bulletin", _("这不是本系统的简报文件。"))
    return found


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_made(item) for item in value)
    if isinstance(value, dict):
        name = value.pop("type", None)
        made = {key: _made(item) for key, item in value.items()}
        return _KINDS[name](**made) if name else made
    return value
