"""Composes a bulletin: the words of a template, the figures of the indicators.

A slot in a text is `{code}`, an indicator's value; `{code@last_year}` and `{code@previous}` say how
it changed (同比上升3.20%); `{code/other}` is its share of another; `{period}`, `{city}`, `{unit}`,
`{category}` are words. A text that `needs` an indicator is left out, or said `otherwise`, where
that comes to nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.bulletins.model import Block, Bulletin, Chart, Figure, Paragraph, Part, Section, Table
from minsheng.bulletins.templates import Template
from minsheng.evaluation import schemes
from minsheng.evaluation.actions import compute as evaluate
from minsheng.evaluation.queries import notes as score_notes
from minsheng.evaluation.rules import rounded
from minsheng.foundation.errors import Invalid
from minsheng.indicators import dimensions
from minsheng.indicators.compute import Change, Row, Value, compare, compute
from minsheng.indicators.definitions import Unit, find, half_up
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period

NONE = "—"  # no data
_SLOT = re.compile(r"\{([^{}]+)\}")
_WORDS = {"last_year": "同比", "previous": "环比"}

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


def compose(
    template: Template, subject: Subject, tables: Tables, *, number: str, issued_on: date
) -> Bulletin:
    """Returns the bulletin of a subject.

    Raises Invalid for a period that the template is not for, a unit or category that it needs, and
    an indicator or dimension that it names and that does not exist.
    """
    template.check(subject.period)
    if template.about and not getattr(subject, template.about):
        name = {"unit": _("单位"), "category": _("诉求类别")}[template.about]
        raise Invalid(
            "subject_missing",
            _("“%(template)s”须指定%(what)s；请补充。") % {"template": template.name, "what": name},
            field=template.about,
        )
    composer = _Composer(subject, tables)
    return Bulletin(
        template=template.code,
        title=composer.words(template.title),
        subtitle=template.name,
        number=number,
        issuer=template.issuer or subject.issuer,
        issued_on=issued_on.isoformat(),
        period=str(subject.period),
        sections=tuple(composer.section(section) for section in template.sections),
        reports_to=template.reports_to,
        copies_to=template.copies_to,
        notes=template.notes,
    )


@dataclass
class _Composer:
    subject: Subject
    tables: Tables
    _count: int = 0
    _narrowed: Mapping[str, str] = field(default_factory=dict)  # by the block under way
    _kept: dict[Any, Any] = field(default_factory=dict)

    # Numbers

    def rows(self, codes: Sequence[str], by: Sequence[str], where: Where | None) -> list[Row]:
        key = ("rows", tuple(codes), tuple(by), repr(where))
        if key not in self._kept:
            self._kept[key] = compute(
                codes,
                by=by,
                period=self.subject.period,
                where={**self.subject.where, **(where or {})},
                tables=self.tables,
            )
        return self._kept[key]  # type: ignore[no-any-return]

    def changes(
        self, code: str, against: str, by: Sequence[str], where: Where | None
    ) -> dict[tuple[Any, ...], Change]:
        key = ("changes", code, against, tuple(by), repr(where))
        if key not in self._kept:
            self._kept[key] = {
                tuple(row.keys.values()): row.changes[code]
                for row in compare(
                    [code],
                    against=against,  # type: ignore[arg-type]
                    by=by,
                    period=self.subject.period,
                    where={**self.subject.where, **(where or {})},
                    tables=self.tables,
                )
            }
        return self._kept[key]  # type: ignore[no-any-return]

    def figure(self, code: str, value: Value, keys: Mapping[str, Any] | None = None) -> Figure:
        one = find(code)
        printed = one.printed(value.value)
        if one.unit is Unit.COUNT and value.value is not None:
            printed = str(int(value.value))
        return Figure(printed, value.value, code, self._keys(keys))

    def _keys(self, keys: Mapping[str, Any] | None) -> dict[str, str]:
        """Returns what a figure was taken at: its row, and what narrowed its block."""
        return {**self._narrowed, **{name: str(value) for name, value in (keys or {}).items()}}

    def label(self, dimension: str, key: Any) -> str:
        return dimensions.label(dimension, key, self.tables) or _("未注明")

    # Words

    def words(self, text: str, **more: str) -> str:
        """Returns a text with its slots for words filled."""
        subject = self.subject
        known = {
            "period": subject.period.label,
            "city": subject.city,
            "unit": subject.unit,
            "category": subject.category,
            "year": str(subject.period.first.year),
            **more,
        }
        return _SLOT.sub(lambda slot: known.get(slot[1], slot[0]), text)

    def parts(self, text: str, where: Where | None) -> tuple[Part, ...]:
        """Returns a text with all its slots filled."""
        parts: list[Part] = []
        text = self.words(text)
        end = 0
        for slot in _SLOT.finditer(text):
            parts.append(text[end : slot.start()])
            parts += self._filled(slot[1], where)
            end = slot.end()
        parts.append(text[end:])
        return _joined(parts)

    def _filled(self, slot: str, where: Where | None) -> list[Part]:
        code, _at, against = slot.partition("@")
        if against:
            if against not in _WORDS:
                raise Invalid("unknown_slot", _("不认识占位符“{%s}”。") % slot)
            return _change_in_words(code, against, self.changes(code, against, (), where)[()])
        code, _slash, other = slot.partition("/")
        (row,) = self.rows([code, other] if other else [code], (), where)
        if not other:
            return [self.figure(code, row.values[code])]
        return [_share(code, row.values[code].value, row.values[other].value)]

    # Blocks

    def section(self, given: Mapping[str, Any]) -> Section:
        blocks: list[Block | Section] = []
        for block in given.get("block", ()):
            if "section" in block:
                blocks.append(self.section({"title": block["section"], **block}))
            else:
                blocks += self._block(block)
        return Section(self.words(given["title"]), tuple(blocks))

    def _block(self, block: Mapping[str, Any]) -> Iterator[Block]:
        kind = next(
            kind
            for kind in ("text", "list", "table", "matrix", "chart", "evaluation")
            if kind in block
        )
        self._count += 1
        self._narrowed = {
            name: "、".join(map(str, values)) for name, values in (block.get("where") or {}).items()
        }
        yield from getattr(self, f"_{kind}")(f"b{self._count}", block)

    def _text(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        where, text = block.get("where"), block["text"]
        if needs := block.get("needs"):
            (row,) = self.rows([needs], (), where)
            if not row.values[needs].value:
                text = block.get("otherwise", "")
        if text:
            yield Paragraph(self.parts(text, where), id)

    def _list(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        """A sentence with a list: who leads, who lags, what is asked for most.

        `least` names an indicator and how much of it there must be: small numbers shame nobody.
        """
        code, by, where = block["code"], block["by"], block.get("where")
        least = block.get("least")
        codes = [code, *([least[0]] if least else [])]
        rows = [
            row
            for row in self.rows(codes, [by], where)
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
                yield Paragraph(self.parts(otherwise, where), id)
            return
        before, _slot, behind = block["list"].partition("{list}")
        parts: list[Part] = [*self.parts(before, where)]
        for place, row in enumerate(rows):
            parts += ["、" if place else "", *self._item(block, row, least)]
        yield Paragraph(_joined([*parts, *self.parts(behind, where)]), id)

    def _item(
        self, block: Mapping[str, Any], row: Row, least: Sequence[Any] | None
    ) -> Iterator[Part]:
        code, by = block["code"], block["by"]
        yield self.label(by, row.keys[by])
        yield self.figure(code, row.values[code], row.keys)
        yield block.get("item", "")
        if against := block.get("change"):
            change = self.changes(code, against, [by], block.get("where")).get(
                tuple(row.keys.values())
            )
            if change is not None and change.change is not None:
                yield "（"
                yield from _change_in_words(code, against, change)
                yield "）"
        elif least:
            yield "（"
            yield find(least[0]).name
            yield self.figure(least[0], row.values[least[0]], row.keys)
            yield "）"

    def _table(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        by, codes, where = block["by"], block["codes"], block.get("where")
        changes, shares = block.get("changes", ()), block.get("shares", False)
        sort = block.get("sort", "")
        rows = list(self.rows(codes, [by], where))
        if not rows:
            return
        if sort:
            rows.sort(key=lambda row: -(row.values[sort].value or 0))
        top = block.get("top", len(rows))
        (whole,) = self.rows(codes, (), where)
        named = [(self.label(by, row.keys[by]), row) for row in rows[:top]]
        if rest := rows[top:]:
            named.append((_("其余%d个") % len(rest), _together(rest, by)))
        total = bool(block.get("total"))
        if total:
            named.append((_("合计"), whole))
        cells: list[tuple[Part, ...]] = [
            (label, *self._cells(row, whole, codes, changes, shares, where)) for label, row in named
        ]
        columns = [dimensions.find(by).name]
        for code in codes:
            columns.append(find(code).name)
            columns += [_("占比")] if shares and code == codes[0] else []
            columns += [_WORDS[against] for against in changes] if code == codes[0] else []
        yield Table(
            id,
            self.words(block["table"]),
            tuple(columns),
            tuple(cells),
            block.get("note", ""),
            total,
        )

    def _cells(
        self,
        row: Row,
        whole: Row,
        codes: Sequence[str],
        changes: Sequence[str],
        shares: bool,
        where: Where | None,
    ) -> Iterator[Part]:
        for place, code in enumerate(codes):
            yield self.figure(code, row.values[code], row.keys)
            if place:
                continue
            if shares:
                yield _share(
                    code, row.values[code].value, whole.values[code].value, self._keys(row.keys)
                )
            for against in changes:
                change = self.changes(code, against, list(row.keys), where).get(
                    tuple(row.keys.values())
                )
                yield _change_in_cell(code, against, change, self._keys(row.keys))

    def _matrix(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        """A table of one count by two dimensions, with totals."""
        code, down, across = block["code"], block["rows"], block["columns"]
        counted = {
            (row.keys[down], row.keys[across]): row.values[code]
            for row in self.rows([code], [down, across], block.get("where"))
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
        groups = [(self.label(down, name), [name]) for name in names[:top]]
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
            figures = [
                self.figure(code, Value(n, n), {**keys, across: head})
                for n, head in zip(row, heads, strict=True)
            ]
            whole = self.figure(code, Value(sum(row), sum(row)), keys)
            lines.append((label, *figures, whole))
        columns = (
            dimensions.find(down).name,
            *(self.label(across, head) for head in heads),
            _("合计"),
        )
        yield Table(
            id, self.words(block["matrix"]), columns, tuple(lines), block.get("note", ""), True
        )

    def _chart(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        code, by = block["code"], block["by"]
        kind = block.get("kind", "bar")
        rows = [
            row
            for row in self.rows([code], [by], block.get("where"))
            if row.values[code].value is not None and (kind == "pie" or row.keys[by] is not None)
        ]
        if kind != "line":
            rows.sort(key=lambda row: -(row.values[code].value or 0))
        top = block.get("top", 20)
        rows, rest = rows[:top], rows[top:]
        if not rows:
            return
        one, title = find(code), self.words(block["chart"])
        labels = [self.label(by, row.keys[by]) for row in rows]
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

    def _evaluation(self, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
        """The units' composite and grade, by the scheme effective at the end of the period.

        Everything that changed a score (exclusions, corrections) is listed below the table.

        That is the city's own, called like the city, where the block names no other.
        """
        scheme = schemes.effective(block.get("scheme") or settings.CITY, self.subject.period.last)
        scores = [
            score
            for score in evaluate(scheme, self.subject.period, self.tables)
            if not self.subject.unit or score.unit == self.subject.unit
        ]
        if not scores:
            return
        rates = ("completion_rate", "on_time_rate", "rework_rate", "satisfaction_rate")
        names = (_("办结率"), _("按期办结率"), _("返工率"), _("满意率"))
        lines: list[tuple[Part, ...]] = []
        for score in sorted(scores, key=lambda s: (-(s.composite or 0), s.unit)):
            cells: list[Part] = [score.unit]
            keys = {"unit": score.unit}
            for name in rates:
                rate = score.rates.get(name)
                printed = NONE if rate is None else f"{rounded(rate, scheme.rate_decimals)}%"
                ratio = None if rate is None else float(rate) / 100
                cells.append(Figure(printed, ratio, f"{scheme.code}.{name}", keys))
            value = None if score.composite is None else float(score.composite)
            cells.append(
                Figure(
                    NONE if value is None else str(score.composite),
                    value,
                    f"{scheme.code}.composite",
                    keys,
                )
            )
            lines.append((*cells, score.grade or NONE))
        yield Table(
            id,
            self.words(block["evaluation"]),
            (_("承办单位"), *names, _("综合"), _("等级")),
            tuple(lines),
            block.get("note", ""),
        )
        units = self.tables["units"].select("unit_id", "unit").to_pyarrow().to_pylist()
        labels = {row["unit_id"]: row["unit"] for row in units}
        notes = [
            (labels.get(note.unit_id, note.unit), note.what, note.ref, note.why)
            for note in score_notes(self.subject.period)
            if not self.subject.unit or labels.get(note.unit_id) == self.subject.unit
        ]
        if notes:
            yield Table(
                f"{id}-notes",
                _("影响得分的事项"),
                (_("承办单位"), _("事项"), _("编号"), _("理由")),
                tuple(notes),
            )


def _together(rows: Sequence[Row], by: str) -> Row:
    """Returns rows as one: counts added up, rates from the sums that they were made of."""
    values = {}
    for code in rows[0].values:
        numerator = sum(row.values[code].numerator or 0 for row in rows)
        denominator = sum(row.values[code].denominator or 0 for row in rows)
        values[code] = Value(find(code).value(numerator, denominator), numerator, denominator)
    return Row({by: _("其余")}, values)


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Returns the parts with words beside each other joined and empty ones left out."""
    joined: list[Part] = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _share(
    code: str, part: float | None, whole: float | None, keys: Mapping[str, str] | None = None
) -> Figure:
    if part is None or not whole:
        return Figure(NONE, None, f"{code}/", keys or {})
    return Figure(f"{half_up(part / whole, 2, 100)}%", part / whole, f"{code}/", keys or {})


def _change_in_words(code: str, against: str, change: Change) -> list[Part]:
    """Returns 同比上升3.20%, 环比下降0.52个百分点, or that there is nothing to compare with."""
    word = _WORDS[against]
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


def _change_in_cell(
    code: str, against: str, change: Change | None, keys: Mapping[str, str]
) -> Figure:
    if change is None or change.change is None:
        return Figure(NONE, None, f"{code}@{against}", keys)
    points = change.unit == "percentage_points"
    shown = f"{half_up(change.change, 2):+}"
    value = change.change if points else change.change / 100
    return Figure(shown + ("个百分点" if points else "%"), value, f"{code}@{against}", keys)
