"""The kinds of blocks that a section of a template may have, each as a function.

`make` finds the kind by the key that names it. docs/bulletins.md says what a block may say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from minsheng.bulletins.figures import AGAINST, Figures, change_in_words, joined
from minsheng.bulletins.model import Block, Chart, Paragraph, Part, Table
from minsheng.bulletins.scores import evaluation
from minsheng.indicators import dimensions
from minsheng.indicators.compute import Row, Value
from minsheng.indicators.definitions import Unit, find


def make(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    """Yields what a block of a template becomes: nothing, where there is nothing to say."""
    kind = next(kind for kind in KINDS if kind in block)
    yield from KINDS[kind](figures.within(block.get("where")), id, block)


def _text(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    text = block["text"]
    if needs := block.get("needs"):
        (row,) = figures.rows([needs])
        if not row.values[needs].value:
            text = block.get("otherwise", "")
    if text:
        yield Paragraph(figures.parts(text), id)


def _list(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    """A sentence with a list: who leads, who lags, what is asked for most.

    `least` names an indicator and how much of it there must be: small numbers shame nobody.
    """
    code, by = block["code"], block["by"]
    least = block.get("least")
    codes = [code, *([least[0]] if least else [])]
    rows = [
        row
        for row in figures.rows(codes, [by])
        if row.keys[by] is not None
        and row.values[code].value is not None
        and (not least or (row.values[least[0]].value or 0) >= least[1])
    ]
    up = 1 if block.get("lowest") else -1
    rows.sort(key=lambda row: (up * (row.values[code].value or 0), str(row.keys[by])))
    most = block.get("top", 5)
    if least:  # nobody both leads and lags
        most = min(most, len(rows) // 2)
    rows = [row for row in rows[:most] if row.values[code].value or up == 1]
    if not rows:
        if otherwise := block.get("otherwise", ""):
            yield Paragraph(figures.parts(otherwise), id)
        return
    before, _slot, behind = block["list"].partition("{list}")
    parts: list[Part] = [*figures.parts(before)]
    for place, row in enumerate(rows):
        parts += ["、" if place else "", *_item(figures, block, row, least)]
    yield Paragraph(joined([*parts, *figures.parts(behind)]), id)


def _item(
    figures: Figures, block: Mapping[str, Any], row: Row, least: Sequence[Any] | None
) -> Iterator[Part]:
    code, by = block["code"], block["by"]
    yield figures.label(by, row.keys[by])
    yield figures.figure(code, row.values[code], row.keys)
    yield block.get("item", "")
    if against := block.get("change"):
        change = figures.change_of(code, against, row)
        if change is not None and change.change is not None:
            yield "（"
            yield from change_in_words(code, against, change)
            yield "）"
    elif least:
        yield "（"
        yield find(least[0]).name
        yield figures.figure(least[0], row.values[least[0]], row.keys)
        yield "）"


def _table(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    by, codes = block["by"], block["codes"]
    changes, shares = block.get("changes", ()), block.get("shares", False)
    sort = block.get("sort", "")
    rows = list(figures.rows(codes, [by]))
    if not rows:
        return
    if sort:
        rows.sort(key=lambda row: -(row.values[sort].value or 0))
    top = block.get("top", len(rows))
    (whole,) = figures.rows(codes)
    named = [(figures.label(by, row.keys[by]), row) for row in rows[:top]]
    if rest := rows[top:]:
        named.append((_("其余%d个") % len(rest), _together(rest, by)))
    total = bool(block.get("total"))
    if total:
        named.append((_("合计"), whole))
    cells: list[tuple[Part, ...]] = [
        (label, *_cells(figures, row, whole, codes, changes, shares)) for label, row in named
    ]
    columns = [dimensions.find(by).name]
    for code in codes:
        columns.append(find(code).name)
        columns += [_("占比")] if shares and code == codes[0] else []
        columns += [AGAINST[against] for against in changes] if code == codes[0] else []
    yield Table(
        id,
        figures.words(block["table"]),
        tuple(columns),
        tuple(cells),
        block.get("note", ""),
        total,
    )


def _cells(
    figures: Figures,
    row: Row,
    whole: Row,
    codes: Sequence[str],
    changes: Sequence[str],
    shares: bool,
) -> Iterator[Part]:
    for place, code in enumerate(codes):
        yield figures.figure(code, row.values[code], row.keys)
        if place:
            continue
        if shares:
            yield figures.share(code, row, whole)
        for against in changes:
            yield figures.change(code, against, row)


def _matrix(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    """A table of one count by two dimensions, with totals."""
    code, down, across = block["code"], block["rows"], block["columns"]
    counted = {
        (row.keys[down], row.keys[across]): row.values[code]
        for row in figures.rows([code], [down, across])
        if row.keys[down] is not None
    }
    heads = sorted({head for _name, head in counted}, key=str)
    sums = {
        name: sum(int(v.value or 0) for (n, _h), v in counted.items() if n == name)
        for name in {name for name, _head in counted}
    }
    names = sorted((name for name in sums if sums[name]), key=lambda name: -sums[name])
    if not names:
        return
    top = block.get("top", len(names))
    groups = [(figures.label(down, name), [name]) for name in names[:top]]
    if rest := names[top:]:
        groups.append((_("其余%d个") % len(rest), rest))
    groups.append((_("合计"), names))
    lines: list[tuple[Part, ...]] = []
    for label, members in groups:
        keys = {down: label}
        row = [
            sum(int(counted.get((name, head), Value(0)).value or 0) for name in members)
            for head in heads
        ]
        cells = [
            figures.figure(code, Value(n, n), {**keys, across: head})
            for n, head in zip(row, heads, strict=True)
        ]
        whole = figures.figure(code, Value(sum(row), sum(row)), keys)
        lines.append((label, *cells, whole))
    columns = (
        dimensions.find(down).name,
        *(figures.label(across, head) for head in heads),
        _("合计"),
    )
    yield Table(
        id, figures.words(block["matrix"]), columns, tuple(lines), block.get("note", ""), True
    )


def _chart(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    code, by = block["code"], block["by"]
    kind = block.get("kind", "bar")
    rows = [
        row
        for row in figures.rows([code], [by])
        if row.values[code].value is not None and (kind == "pie" or row.keys[by] is not None)
    ]
    if kind != "line":
        rows.sort(key=lambda row: -(row.values[code].value or 0))
    top = block.get("top", 20)
    rows, rest = rows[:top], rows[top:]
    if not rows:
        return
    one, title = find(code), figures.words(block["chart"])
    labels = [figures.label(by, row.keys[by]) for row in rows]
    if rest and kind == "pie":  # shares are of the whole
        rows.append(_together(rest, by))
        labels.append(_("其余%d个") % len(rest))
    told = "，".join(
        f"{label}{one.printed(row.values[code].value)}"
        for label, row in zip(labels, rows, strict=True)
    )
    yield Chart(
        id,
        kind,
        title,
        tuple(labels),
        {one.name: tuple(row.values[code].value for row in rows)},
        "%" if one.unit is Unit.RATIO else "",
        f"{title}：{told}。",
    )


def _together(rows: Sequence[Row], by: str) -> Row:
    """Returns rows as one: counts added up, rates from the sums that they were made of."""
    values = {}
    for code in rows[0].values:
        numerator = sum(row.values[code].numerator or 0 for row in rows)
        denominator = sum(row.values[code].denominator or 0 for row in rows)
        values[code] = Value(find(code).value(numerator, denominator), numerator, denominator)
    return Row({by: _("其余")}, values)


#: What names a kind of block in a template, and what makes it.
KINDS: Mapping[str, Callable[[Figures, str, Mapping[str, Any]], Iterator[Block]]] = {
    "text": _text,
    "list": _list,
    "table": _table,
    "matrix": _matrix,
    "chart": _chart,
    "evaluation": evaluation,
}
