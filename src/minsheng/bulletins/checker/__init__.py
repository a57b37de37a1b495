"""Finds where a bulletin contradicts itself: sums, shares, growth, rates, text and tables, names.

    document = read(Path("bulletin.docx"), [Path("table.csv")])
    for finding in check(document): ...

Reads our own model and any published text. No rule knows a particular bulletin; each says in its
module what it can and cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from minsheng.bulletins.checker import prose
from minsheng.bulletins.checker.document import Document, from_bulletin
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.reading import from_text, read
from minsheng.bulletins.checker.rules import (
    ambiguous,
    balance,
    cells,
    figures,
    foreign,
    grades,
    growth,
    labels,
    lost,
    nodata,
    outliers,
    ranking,
    rates,
    repeated,
    serials,
    shares,
    sums,
    tables,
    units,
    weighted,
)

__all__ = ["RULES", "Document", "Finding", "Place", "check", "from_bulletin", "from_text", "read"]

RULES = (
    sums, shares, growth, rates, weighted, tables, repeated, labels, serials, lost, ambiguous,
    outliers, nodata, foreign, units, ranking, grades, balance, figures,
    cells,
)  # fmt: skip


def check(document: Document) -> list[Finding]:
    """Returns what contradicts itself in a document, surest first."""
    reading = prose.read(document)
    page = Page(reading)
    found = [finding for rule in RULES for finding in rule.find(reading, page)]
    once = _once(found, {grid.title for grid in document.grids if grid.echo})
    return sorted(once, key=lambda f: (-f.confidence, f.where.line, f.where.column))


def _once(found: Iterable[Finding], echoes: set[str]) -> list[Finding]:
    """Leaves out what is said twice, as when a table stands in the text and in a file beside it."""
    kept: list[Finding] = []
    said: set[tuple[str, str, str]] = set()
    told: set[tuple[str, tuple[str, ...]]] = set()
    for finding in sorted(found, key=lambda f: f.where.table in echoes):
        mark = (finding.rule, finding.printed, finding.computed)
        numbers = (finding.rule, tuple(sorted(re.findall(r"\d+(?:\.\d+)?", finding.computed))))
        if mark in said or (finding.where.table in echoes and numbers in told):
            continue
        said.add(mark)
        told.add(numbers)
        kept.append(finding)
    return kept
