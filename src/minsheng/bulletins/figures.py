"""The figures of a bulletin's subject, and the words of a template that they fill.

A slot in a text is `{code}`, an indicator's value; `{code@last_year}` and `{code@previous}` say how
it changed (同比上升3.20%); `{code/other}` is its share of another; `{period}`, `{city}`, `{unit}`,
`{category}`, `{year}` are words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from minsheng.bulletins.model import Figure, Part
from minsheng.foundation.errors import Invalid
from minsheng.indicators import dimensions
from minsheng.indicators.compute import Change, Row, Value, compare, compute
from minsheng.indicators.definitions import Unit, find, half_up
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period

NONE = "—"  # no data
AGAINST = {"last_year": "同比", "previous": "环比"}
_SLOT = re.compile(r"\{([^{}]+)\}")

Where = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Subject:
    """What a bulletin is about: a city in a period, or a unit or category (names) of it.

    `categories` are the codes of the category and of all below it; without them the name counts.
    """

    city: str
    issuer: str
    period: Period
    unit: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()

    @property
    def where(self) -> Where:
        """What narrows every figure."""
        return {
            **({"unit": [self.unit]} if self.unit else {}),
            **({"category": self.categories or [self.category]} if self.category else {}),
        }


@dataclass
class Figures:
    """The figures of a subject; `where` narrows those of one block further (see `within`)."""

    subject: Subject
    tables: Tables
    where: Where = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict)  # what was computed, for all blocks

    def within(self, where: Where | None) -> "Figures":
        """Returns the figures of a block."""
        return replace(self, where=where or {})

    # Numbers

    def rows(self, codes: Sequence[str], by: Sequence[str] = ()) -> list[Row]:
        """Returns the values of indicators, split by dimensions; one row without any."""
        key = ("rows", tuple(codes), tuple(by), repr(self.where))
        if key not in self._kept:
            self._kept[key] = compute(
                codes,
                by=by,
                period=self.subject.period,
                where={**self.subject.where, **self.where},
                tables=self.tables,
            )
        return self._kept[key]  # type: ignore[no-any-return]

    def changes(
        self, code: str, against: str, by: Sequence[str] = ()
    ) -> dict[tuple[Any, ...], Change]:
        """Returns how an indicator changed against another period, by the keys of its rows."""
        key = ("changes", code, against, tuple(by), repr(self.where))
        if key not in self._kept:
            self._kept[key] = {
                tuple(row.keys.values()): row.changes[code]
                for row in compare(
                    [code],
                    against=against,  # type: ignore[arg-type]
                    by=by,
                    period=self.subject.period,
                    where={**self.subject.where, **self.where},
                    tables=self.tables,
                )
            }
        return self._kept[key]  # type: ignore[no-any-return]

    def figure(self, code: str, value: Value, keys: Mapping[str, Any] | None = None) -> Figure:
        """Returns a value as it is printed, of the row with these keys."""
        one = find(code)
        printed = one.printed(value.value)
        if one.unit is Unit.COUNT and value.value is not None:
            printed = str(int(value.value))
        return Figure(printed, value.value, code, self._taken_at(keys))

    def share(self, code: str, part: Row, whole: Row, of: str = "") -> Figure:
        """Returns the share of a row in the whole, or of one indicator in another (`of`)."""
        value, base = part.values[code].value, whole.values[of or code].value
        keys = {} if of else self._taken_at(part.keys)
        if value is None or not base:
            return Figure(NONE, None, f"{code}/", keys)
        return Figure(f"{half_up(value / base, 2, 100)}%", value / base, f"{code}/", keys)

    def change_of(self, code: str, against: str, row: Row) -> Change | None:
        """Returns how the indicator of one row changed; None where there was no such row."""
        return self.changes(code, against, list(row.keys)).get(tuple(row.keys.values()))

    def change(self, code: str, against: str, row: Row) -> Figure:
        """Returns the same as a cell of a table prints it, such as +3.20%."""
        change, keys = self.change_of(code, against, row), self._taken_at(row.keys)
        if change is None or change.change is None:
            return Figure(NONE, None, f"{code}@{against}", keys)
        points = change.unit == "percentage_points"
        shown = f"{half_up(change.change, 2):+}"
        value = change.change if points else change.change / 100
        return Figure(shown + ("个百分点" if points else "%"), value, f"{code}@{against}", keys)

    def _taken_at(self, keys: Mapping[str, Any] | None) -> dict[str, str]:
        """Returns what a figure was taken at: its row, and what narrowed its block."""
        narrowed = {name: "、".join(map(str, values)) for name, values in self.where.items()}
        return {**narrowed, **{name: str(value) for name, value in (keys or {}).items()}}

    def label(self, dimension: str, key: Any) -> str:
        """Returns what a key of a dimension is called."""
        return dimensions.label(dimension, key, self.tables) or _("未注明")

    # Words

    def words(self, text: str) -> str:
        """Returns a text with its slots for words filled."""
        subject = self.subject
        known = {
            "period": subject.period.label,
            "city": subject.city,
            "unit": subject.unit,
            "category": subject.category,
            "year": str(subject.period.first.year),
        }
        return _SLOT.sub(lambda slot: known.get(slot[1], slot[0]), text)

    def parts(self, text: str) -> tuple[Part, ...]:
        """Returns a text with all its slots filled. Raises Invalid for a slot that is none."""
        parts: list[Part] = []
        text = self.words(text)
        end = 0
        for slot in _SLOT.finditer(text):
            parts.append(text[end : slot.start()])
            parts += self._filled(slot[1])
            end = slot.end()
        parts.append(text[end:])
        return joined(parts)

    def _filled(self, slot: str) -> list[Part]:
        code, _at, against = slot.partition("@")
        if against:
            if against not in AGAINST:
                raise Invalid("unknown_slot", _("不认识占位符“{%s}”。") % slot)
            return change_in_words(code, against, self.changes(code, against)[()])
        code, _slash, other = slot.partition("/")
        (row,) = self.rows([code, other] if other else [code])
        if other:
            return [self.share(code, row, row, of=other)]
        return [self.figure(code, row.values[code])]


def joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Returns the parts with words beside each other joined and empty ones left out."""
    found: list[Part] = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def change_in_words(code: str, against: str, change: Change) -> list[Part]:
    """Returns 同比上升3.20%, 环比下降0.52个百分点, or that there is nothing to compare with."""
    word = AGAINST[against]
    if change.change is None:
        return [_("%s无可比数据") % word]
    shown = half_up(abs(change.change), 2)
    if not shown:
        return [_("%s持平") % word]
    points = change.unit == "percentage_points"
    printed = f"{shown}个百分点" if points else f"{shown}%"
    verb = _("上升") if change.change > 0 else _("下降")
    # Kept with its sign, in points or as a ratio of 1, as it would stand in a spreadsheet.
    value = change.change if points else change.change / 100
    return [word + verb, Figure(printed, value, f"{code}@{against}")]
