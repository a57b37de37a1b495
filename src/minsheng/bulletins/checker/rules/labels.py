"""One unit or category under two names.

Sees: a unit with and without the city before it (公安局, 市公安局) in tables and lists, or with
and without 和; two lists that agree in name and number but for one name (交通运输 and
道路交通管理, both 1934); two classifications of the same total with the same numbers and other
names; one number with two measure words (36条热线, 36家热线部门); a name in a second list that
differs by one character from one in the first.

Cannot see: two names for one thing without a number or a list that ties them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.findings import Finding, Place
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Entry, Prose, Reading

RULE = "names"


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    yield from _spellings(reading)
    yield from _lists(reading)
    yield from _classifications(reading)
    yield from _measures(reading)
    for prose in reading.prose:
        yield from _nearly(prose)


# ---- units


def _unit_names(reading: Reading) -> dict[str, Place]:
    """Returns the units that head rows or stand beside counts, and where each is first."""
    found: dict[str, Place] = {}
    for grid in reading.document.grids:
        if grid.label is None or grid.echo:
            continue
        for row in grid.body:
            name = names.plain(grid.name(row))
            if names.UNIT.search(name):
                found.setdefault(name, grid.place(row))
    for entry in reading.entries:
        name = names.core(entry.label)
        if names.UNIT.search(name) and 3 <= len(name) <= 16:
            found.setdefault(name, entry.count.place)
    return found


def _spellings(reading: Reading) -> Iterator[Finding]:
    found = _unit_names(reading)
    pairs: list[tuple[str, str]] = []
    for name in found:
        if name[0] in "市区县省" and name[1:] in found and len(name) > 3:
            pairs.append((name[1:], name))
        bare = re.sub(r"[和与及]", "", name)
        if bare != name and bare in found:
            pairs.append((bare, name))
    if pairs:
        first = found[pairs[0][0]]
        yield Finding(
            RULE,
            "、".join(f"{a}/{b}" for a, b in pairs),
            _("%(count)d个单位各有两种写法，例如%(one)s见%(where)s，%(other)s见%(there)s")
            % {
                "count": len(pairs),
                "one": pairs[0][0],
                "where": first.short,
                "other": pairs[0][1],
                "there": found[pairs[0][1]].short,
            },
            first,
            0.85 if len(pairs) > 1 else 0.7,
            _("没有统一的单位名称，汇总时会当成两个单位。"),
        )


# ---- categories in two lists


def _named_lists(reading: Reading) -> Iterator[list[tuple[str, int, Place]]]:
    groups = [g.entries for g in reading.groups] + [g.entries for g in reading.siblings]
    for entries in groups:
        values = [
            (names.core(e.label), e.count.count, e.count.place)
            for e in entries
            if e.count.count is not None and e.count.unit in PIECES and names.says(e.label)
        ]
        if len(values) >= 2:
            yield [(n, v, p) for n, v, p in values if v is not None]
    for grid in reading.document.grids:
        if grid.echo or grid.label is None:
            continue
        for column in grid.counts:
            rows = [
                (names.core(grid.name(row)), row[column].count, grid.place(row, column))
                for row in grid.body
            ]
            if len(rows) >= 2:
                yield [(n, v, p) for n, v, p in rows if v is not None]


def _lists(reading: Reading) -> Iterator[Finding]:
    """Two lists that agree but for one name."""
    seen: set[frozenset[str]] = set()
    lists = list(_named_lists(reading))[:200]
    for one, other in combinations(lists, 2):
        a, b = {(n, v) for n, v, _p in one}, {(n, v) for n, v, _p in other}
        if len(a & b) < 2:
            continue
        known = {n for n, _v in a & b}
        for name, value, place in one:
            if name in known or value < 20 or sum(v == value for _n, v, _p in one) > 1:
                continue
            others = [(n, p) for n, v, p in other if v == value]
            if len(others) != 1 or others[0][0] == name or names.same_unit(name, others[0][0]):
                continue
            twin, there = others[0]
            if twin in {n for n, _v, _p in one} or frozenset((name, twin)) in seen:
                continue
            seen.add(frozenset((name, twin)))
            yield Finding(
                RULE,
                f"{name}{value}、{twin}{value}",
                _("两处同为%(value)d，其余%(known)d个名目一致；另一处见%(there)s")
                % {"value": value, "known": len(known), "there": there.short},
                place,
                0.85,
                _("同一类别有两个名称。"),
            )


def _classifications(reading: Reading) -> Iterator[Finding]:
    """All parts of two classifications the same in number, and none in name."""
    found: list[tuple[tuple[int, ...], list[str], str, Place]] = []
    for grid in reading.document.grids:
        if grid.echo:
            continue
        if grid.label is not None and 2 <= len(grid.body) <= 12:
            for column in grid.counts:
                values = [(grid.name(row), row[column].count) for row in grid.body]
                found.append(_parts(values, grid.header(column), grid.place(column=column)))
        if grid.total:
            for size in range(2, 5):
                for i in range(len(grid.counts) - size + 1):
                    columns = grid.counts[i : i + size]
                    cells = [(grid.header(c), grid.total[c].count) for c in columns]
                    found.append(_parts(cells, grid.title, grid.place(grid.total, columns[0])))
    for group in reading.groups:
        if all(e.count.count is not None for e in group.entries):
            cells = [(e.label, e.count.count) for e in group.entries]
            found.append(_parts(cells, group.words, group.entries[0].count.place))
    told: set[tuple[int, ...]] = set()
    for one, other in combinations([f for f in found if f[0]], 2):
        if one[0] != other[0] or one[0] in told or one[3] == other[3]:
            continue
        pairs = [(a, b) for a, b in zip(one[1], other[1], strict=True)]
        if any(_related(a, b) for a, b in pairs):
            continue
        told.add(one[0])
        yield Finding(
            RULE,
            "、".join(f"{b}{v}" for (_a, b), v in zip(pairs, one[0], strict=True)),
            _("与%(where)s的%(other)s各数全同")
            % {"where": one[3].short, "other": "、".join(a for a, _b in pairs)},
            other[3],
            0.75,
            _("两种分类的数完全一样，可能把一种分类（如办理方式）当成了另一种（如诉求类别）。"),
        )


def _parts(
    cells: Sequence[tuple[str, int | None]], words: str, place: Place
) -> tuple[tuple[int, ...], list[str], str, Place]:
    """Returns the parts in order of size; nothing where they are too small to tell."""
    known = [(v, n) for n, v in cells if v is not None and v > 0]
    known.sort(key=lambda part: -part[0])
    values = tuple(v for v, _n in known)
    if (
        len(known) < 2
        or len(known) < len(cells)
        or len(set(values)) < len(values)
        or values[-1] < 100
    ):
        return (), [], words, place
    return values, [names.core(n) for _v, n in known], words, place


def _related(a: str, b: str) -> bool:
    """Says whether two names may well be one: they share a word."""
    return a == b or bool(names.pairs(a) & names.pairs(b)) or a in b or b in a


# ---- measure words


def _measures(reading: Reading) -> Iterator[Finding]:
    """36条政务服务热线 and 36家政务热线部门."""
    counted: list[tuple[Entry, set[str], str]] = []
    for entry in reading.entries:
        q = entry.count
        if (
            q.unit not in ("条", "家", "个", "名", "项", "处", "部")
            or q.count is None
            or q.count < 10
        ):
            continue
        noun = _noun(entry)
        if len(noun) >= 3:
            counted.append((entry, names.pairs(noun), noun))
    for (one, words, noun), (other, more, second) in combinations(counted, 2):
        if one.count.count != other.count.count or one.count.unit == other.count.unit:
            continue
        if {one.count.unit, other.count.unit} not in (
            {"条", "家"},
            {"条", "个"},
            {"家", "名"},
            {"项", "家"},
        ):
            continue
        if len(words & more) >= 2:
            yield Finding(
                RULE,
                f"{one.count.printed}{noun}、{other.count.printed}{second}",
                _("同为%(value)s，一处量词是“%(a)s”，一处是“%(b)s”")
                % {"value": one.value, "a": one.count.unit, "b": other.count.unit},
                other.count.place,
                0.7,
                _("把线路数当成了单位数，或反之。"),
            )


def _noun(entry: Entry) -> str:
    q = entry.count
    behind = re.split(r"[,;。:()]|\d", q.passage.text[q.end :])[0]
    return re.split(r"整合|线上|进行|统一|的", behind)[0][:10]


# ---- nearly the same name


def _nearly(prose: Prose) -> Iterator[Finding]:
    """A list of names whose members stood before, with numbers, but for one character in one."""
    text = prose.passage.text
    labels = {names.core(e.label): e for e in prose.entries if e.count.unit in PIECES}
    for match in re.finditer(r"[^,;。:()\d]+(?:、[^,;。:()\d]+)+", text):
        parts = [re.sub(r"(?:等|有|分别|均|类).*$", "", p) for p in match[0].split("、")]
        parts = [names.core(p) for p in parts]
        known = [p for p in parts if p in labels]
        if len(known) < 2:
            continue
        for part in parts:
            if part in labels or len(part) < 4:
                continue
            near = [
                x for x in labels if len(x) == len(part) and x not in parts and _one_off(x, part)
            ]
            if len(near) == 1:
                at = text.find(part, match.start())
                yield Finding(
                    RULE,
                    prose.passage.excerpt(max(at, 0), max(at, 0) + len(part)),
                    _("前文作“%s”") % near[0],
                    prose.passage.place(max(at, 0)),
                    0.7,
                    _("同一名目有两种写法，像是错字。"),
                )


def _one_off(a: str, b: str) -> bool:
    return sum(x != y for x, y in zip(a, b, strict=True)) == 1
