"""The block of the units' grades (考核)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.bulletins.figures import NONE, Figures
from minsheng.bulletins.model import Block, Figure, Part, Table
from minsheng.evaluation import schemes
from minsheng.evaluation.actions import compute as evaluate
from minsheng.evaluation.queries import notes as score_notes
from minsheng.evaluation.rules import rounded


def evaluation(figures: Figures, id: str, block: Mapping[str, Any]) -> Iterator[Block]:
    """The units' composite and grade, by the scheme effective at the end of the period.

    That is the city's own, called like the city, where the block names no other. Everything that
    changed a score (exclusions, corrections) is listed below the table.
    """
    scheme = schemes.effective(block.get("scheme") or settings.CITY, figures.subject.period.last)
    scores = [
        score
        for score in evaluate(scheme, figures.subject.period, figures.tables)
        if not figures.subject.unit or score.unit == figures.subject.unit
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
        figures.words(block["evaluation"]),
        (_("承办单位"), *names, _("综合"), _("等级")),
        tuple(lines),
        block.get("note", ""),
    )
    units = figures.tables["units"].select("unit_id", "unit").to_pyarrow().to_pylist()
    labels = {row["unit_id"]: row["unit"] for row in units}
    notes = [
        (labels.get(note.unit_id, note.unit), note.what, note.ref, note.why)
        for note in score_notes(figures.subject.period)
        if not figures.subject.unit or labels.get(note.unit_id) == figures.subject.unit
    ]
    if notes:
        yield Table(
            f"{id}-notes",
            _("影响得分的事项"),
            (_("承办单位"), _("事项"), _("编号"), _("理由")),
            tuple(notes),
        )
