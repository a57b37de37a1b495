"""Our own bulletins: a figure's print against its value, and one figure with two values.

Sees: figures (a number with its indicator and keys) in the sentences and tables of our own model.

Cannot see: anything in a foreign text, which has prints only.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.document import cell, number_of
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading
from minsheng.bulletins.model import Figure, Paragraph, Section, Table

RULE = "figures"


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    if reading.document.bulletin is None:
        return
    first: dict[tuple[object, ...], tuple[Figure, Place]] = {}
    for figure, place in _figures(reading):
        yield from _print(figure, place)
        if not figure.code:
            continue
        key = (figure.code, *sorted(figure.keys.items()))
        known, there = first.setdefault(key, (figure, place))
        if known.value != figure.value:
            yield Finding(
                RULE,
                figure.printed,
                _("同一指标（%(code)s）在%(where)s为%(printed)s")
                % {"code": figure.code, "where": there.short, "printed": known.printed},
                place,
                0.95,
                _("两处取数的时间或条件不同，或有一处被改动。"),
            )


def _figures(reading: Reading) -> Iterator[tuple[Figure, Place]]:
    bulletin = reading.document.bulletin
    assert bulletin is not None
    number = 0

    def walk(section: Section, path: str) -> Iterator[tuple[Figure, Place]]:
        nonlocal number
        here = section.title or path
        for block in section.blocks:
            if isinstance(block, Section):
                yield from walk(block, here)
                continue
            number += 1
            if isinstance(block, Paragraph):
                for part in block.parts:
                    if isinstance(part, Figure):
                        yield part, Place(number, 0, here)
            elif isinstance(block, Table):
                for row in block.rows:
                    for column, part in zip(block.columns, row, strict=False):
                        if isinstance(part, Figure):
                            name = row[0] if isinstance(row[0], str) else row[0].printed
                            where = f"“{name}”行“{column}”列"
                            yield part, Place(number, 0, here, block.title, where)

    for section in bulletin.sections:
        yield from walk(section, "")


def _print(figure: Figure, place: Place) -> Iterator[Finding]:
    """The print must be the value, rounded to its decimals; a rate may be printed in percent."""
    shown = cell(figure.printed)
    if shown.value is None:
        return
    if figure.value is None:
        yield Finding(
            RULE,
            figure.printed,
            _("这个指标没有数据，却印出了数"),
            place,
            0.95,
            _("印出的数被改动，或取数时没有数据。"),
        )
        return
    value = number_of(figure.value)
    meant = (value, value * 100) if shown.percent else (value,)
    # Words say 下降 for a negative change and print it without a sign.
    if any(abs(abs(m) - abs(shown.value)) <= shown.step for m in meant):
        return
    yield Finding(
        RULE,
        figure.printed,
        _("这个指标的值是%s") % figure.value,
        place,
        0.95,
        _("印出的数与取数不符，可能被改动。"),
    )
