"""Grades: movements that contradict each other, and grades against scores and against the text.

Sees: units that fall to one grade, “其中” one that falls to another; a rise that goes down; more
units fallen to a grade than a whole table has in it; a unit's grade in the text against its row;
rows whose grade does not go with their score.

Cannot see: the grades of the period before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Grid
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Prose, Reading

RULE = "grades"
_MOVE = re.compile(
    r"(?P<name>[^,;。、:()]{2,16}?)?(?:考核|评价)?(?:等级)?由(?P<old>[A-E])[类级](?P<way>[升降])(?:至|为|到)(?P<new>[A-E])[类级]"
)
_SET = re.compile(
    r"(?P<count>\d+)[个家][^,;。]{0,12}?(?P<way>下降|降|上升|升)(?:至|为|到)(?P<grade>[A-E])[类级][,;]?其中,?(?P<rest>[^。;]+)"
)
_FALLEN = re.compile(
    r"(?P<count>\d+)[个家][^,;。]{0,12}?(?:下降|降|上升|升)(?:至|为|到)(?P<grade>[A-E])[类级]"
)


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    graded = [(g, c) for g in reading.document.grids if not g.echo and (c := _grade(g)) is not None]
    for prose in reading.prose:
        yield from _movements(prose)
        for grid, column in graded:
            yield from _against_rows(prose, grid, column, page)
    for grid in reading.document.grids:
        yield from _scores(grid)


def _grade(grid: Grid) -> int | None:
    for column in range(len(grid.columns)):
        if grid.body and all(re.fullmatch(r"[A-E][类级]?", row[column].text) for row in grid.body):
            return column
    return None


def _movements(prose: Prose) -> Iterator[Finding]:
    text, passage = prose.passage.text, prose.passage
    for match in _MOVE.finditer(text):
        rises = match["new"] < match["old"]
        if match["new"] == match["old"] or rises != (match["way"] == "升"):
            yield Finding(
                RULE,
                passage.excerpt(*match.span()),
                _("%(old)s类到%(new)s类不是%(way)s")
                % {"old": match["old"], "new": match["new"], "way": match["way"]},
                passage.place(match.start()),
                0.9,
                _("等级或升降写反了。"),
            )
    for match in _SET.finditer(text):
        for move in _MOVE.finditer(match["rest"]):
            if move["new"] != match["grade"]:
                yield Finding(
                    RULE,
                    passage.excerpt(*match.span())[:120],
                    _("其中一个单位到了%(new)s类，不在到%(grade)s类的%(count)s个之内")
                    % {"new": move["new"], "grade": match["grade"], "count": match["count"]},
                    passage.place(match.start()),
                    0.9,
                    _("等级或单位数有误。"),
                )


def _against_rows(prose: Prose, grid: Grid, column: int, page: Page) -> Iterator[Finding]:
    text, passage = prose.passage.text, prose.passage
    for match in _MOVE.finditer(text):
        name = re.sub(r"^(?:其中|和|与)|(?:考核|评价|等级|的)+$", "", match["name"] or "")
        rows = [r for r in grid.body if name and names.same_unit(grid.name(r), name)]
        if len(rows) == 1 and rows[0][column].text[0] != match["new"]:
            yield Finding(
                RULE,
                passage.excerpt(*match.span()),
                _("表中“%(unit)s”为%(grade)s")
                % {
                    "unit": grid.name(rows[0]),
                    "grade": rows[0][column].text,
                },
                passage.place(match.start()),
                0.85,
                _("文中或表中的等级有误。"),
            )
    if page.whole(grid):
        for match in _FALLEN.finditer(text):
            got = sum(r[column].text[0] == match["grade"] for r in grid.body)
            if got < int(match["count"]):
                yield Finding(
                    RULE,
                    passage.excerpt(*match.span()),
                    _("表中%(grade)s类只有%(count)d个") % {"grade": match["grade"], "count": got},
                    passage.place(match.start()),
                    0.85,
                    _("文中的单位数有误。"),
                )


def _scores(grid: Grid) -> Iterator[Finding]:
    """A better grade never goes with a lower score."""
    column = _grade(grid)
    if column is None or len(grid.body) < 4:
        return
    score = next(
        (
            c
            for c in range(len(grid.columns))
            if re.search(r"综合|得分|评分|总分|分值|composite|score", grid.columns[c])
            and all(r[c].value is not None for r in grid.body)
        ),
        None,
    )
    if score is None:
        return
    for row in grid.body:
        value, grade = row[score].value or 0, row[column].text[0]
        better = [
            r for r in grid.body if r[column].text[0] < grade and (r[score].value or 0) < value
        ]
        worse = [
            r for r in grid.body if r[column].text[0] > grade and (r[score].value or 0) > value
        ]
        clashes = max(len(better), len(worse))
        # Of two rows that clash, the one that clashes with more is the wrong one.
        if clashes and all(
            _clashes(grid, other, score, column) < clashes for other in better + worse
        ):
            yield Finding(
                RULE,
                f"{grid.name(row)}：{grid.header(score)}{row[score].text}，{grid.header(column)}{row[column].text}",
                _("与%(count)d行的得分和等级次序不合") % {"count": clashes},
                grid.place(row, column),
                0.85,
                _("得分或等级有误。"),
            )


def _clashes(grid: Grid, row: object, score: int, column: int) -> int:
    mine = next(r for r in grid.body if r is row)
    value, grade = mine[score].value or 0, mine[column].text[0]
    return sum(
        (r[column].text[0] < grade and (r[score].value or 0) < value)
        or (r[column].text[0] > grade and (r[score].value or 0) > value)
        for r in grid.body
    )
