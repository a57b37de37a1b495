"""Characters that a conversion or a hand lost.

Sees: months and days that cannot be (36月份, 630日, 14月), percentages that stand together without
a mark between (1%5%), a doubled %, a percentage without % and a count without a measure word among
others that have them, a number straight before a verb, a measure word without its number.

Cannot see: a lost digit that leaves a possible number, or a lost 月 where the day is possible
(24日).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Prose, Reading

RULE = "lost"
_MONTH = re.compile(r"(?<![\d.—－~～至到-])(\d{2,4})月(份)?")
_DAY = re.compile(r"(?<![\d.月])(\d{2,4})日(?!均)")
_RUN = re.compile(r"\d+(?:\.\d+)?%(?:\d+(?:\.\d+)?%)+")
_DOUBLE = re.compile(r"\d+(?:\.\d+)?%{2,}|\d+(?:\.\d+)?‰%|%‰")
_NO_NUMBER = re.compile(
    r"(?:诉求|工单|来电|问题类|咨询类|求助类|投诉类|建议类|举报类|电话)件(?=[,;。、])"
)
# A noun of the hotline, a number, and no measure word behind it.
_NO_MEASURE = re.compile(
    r"(?:诉求|工单|来电|电话|行为|现象|线索|案件|事项|留言|信件|问题|投诉|咨询|建议|求助)(?P<number>\d{2,6})"
    r"(?=[\u4e00-\u9fff])(?![余多几]?(?:万|千|百)?[余多]?[件条家名个人次期项处起宗通例笔份批位户封篇支单类天日月年号时点分秒小元度倍])"
)


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for prose in reading.prose:
        yield from _dates(prose)
        yield from _percentages(prose)
        yield from _among(prose)
        yield from _numbers(prose)
    for grid in reading.document.grids:
        for row in grid.rows:
            for column, found in enumerate(row):
                if "%%" in found.text or "％％" in found.text:
                    yield Finding(
                        RULE,
                        f"{grid.name(row)}：{found.text}",
                        _("百分号重复"),
                        grid.place(row, column),
                        0.97,
                        _("多打了一个百分号。"),
                    )


def _found(
    prose: Prose, start: int, end: int, computed: str, confidence: float, cause: str
) -> Finding:
    passage = prose.passage
    return Finding(
        RULE,
        passage.excerpt(max(0, start - 6), min(len(passage.text), end + 6)),
        computed,
        passage.place(start),
        confidence,
        cause,
    )


def _dates(prose: Prose) -> Iterator[Finding]:
    text = prose.passage.text
    for match in _MONTH.finditer(text):
        digits = match[1]
        if int(digits) <= 12 or (
            text[match.start() - 1 : match.start()] == "年" and len(digits) > 2
        ):
            continue
        months = _split(digits, 12)
        if months and months[0] < months[1] and months[1] <= 12:
            read = _("%(first)d—%(last)d月%(part)s") % {
                "first": months[0],
                "last": months[1],
                "part": match[2] or "",
            }
            yield _found(
                prose, match.start(), match.end(), _("没有%s月；像是%s") % (digits, read), 0.95,
                _("两个月份之间的连接号丢了。"),
            )  # fmt: skip
        elif match[2] or not re.match(r"[内个以]", text[match.end() :]):
            yield _found(
                prose, match.start(), match.end(), _("没有%s月") % digits, 0.8,
                _("月份误印，或有字丢失。"),
            )  # fmt: skip
    for match in _DAY.finditer(text):
        digits = match[1]
        if int(digits) <= 31:
            continue
        parts = _split(digits, 12)
        read = (
            _("；像是%(month)d月%(day)d日") % {"month": parts[0], "day": parts[1]}
            if parts and parts[1] <= 31
            else ""
        )
        yield _found(
            prose, match.start(), match.end(), _("没有%s日") % digits + read,
            0.95 if read else 0.85, _("“月”字或连接号丢了。"),
        )  # fmt: skip


def _split(digits: str, most: int) -> tuple[int, int] | None:
    """Takes digits that ran together apart: a month, and a month or day."""
    for i in (1, 2):
        first, last = digits[:i], digits[i:]
        if last and "0" not in (first[0], last[0]) and int(first) <= most and int(last) <= 31:
            return int(first), int(last)
    return None


def _percentages(prose: Prose) -> Iterator[Finding]:
    text = prose.passage.text
    for match in _RUN.finditer(text):
        values = match[0].count("%")
        together = re.search(r"分别[^,;。]{0,8}$", text[: match.start()])
        yield _found(
            prose, match.start(), match.end(),
            _("%d个百分数之间没有标点") % values, 0.95,
            _("百分数之间的顿号丢了。") if together else _("百分数之间的连接号或顿号丢了。"),
        )  # fmt: skip
    for match in _DOUBLE.finditer(text):
        yield _found(
            prose, match.start(), match.end(), _("百分号重复"), 0.97, _("多打了一个百分号。")
        )  # fmt: skip


def _among(prose: Prose) -> Iterator[Finding]:
    """A bare number among others of one list that have a % or a measure word."""
    for sentence in prose.sentences:
        numbers = sentence.quantities
        for i, q in enumerate(numbers):
            if q.unit or q.role not in ("count", "other"):
                continue
            text = prose.passage.text
            beside = [
                x
                for x in (
                    numbers[i - 1] if i else None,
                    numbers[i + 1] if i + 1 < len(numbers) else None,
                )
                if x
            ]
            if q.bracket and text[q.end : q.end + 1] == ")":
                fellows = [x for x in beside if x.bracket]
                if len(fellows) == len(beside) >= 1 and all(x.percent for x in fellows):
                    yield _found(
                        prose, q.start, q.end, _("同列其余各数都有百分号"), 0.9, _("百分号丢了。")
                    )
                elif len(fellows) == 2 and all(x.unit in PIECES and x.unit for x in fellows):
                    yield _found(
                        prose,
                        q.start,
                        q.end,
                        _("同列其余各数都有“%s”") % fellows[0].unit,
                        0.7,
                        _("量词丢了。"),
                    )
            elif not q.bracket and q.value >= 2:
                following = numbers[i + 1 : i + 2]
                shares = following and following[0].role == "share" and following[0].base
                others = [
                    x
                    for x in prose.quantities
                    if x.role == "share" and x.base and x not in following
                ]
                if shares and others and text[q.end : q.end + 1] == ",":
                    yield _found(
                        prose,
                        q.start,
                        q.end,
                        _("同列其余各数都有量词"),
                        0.7,
                        _("量词（如“件”）丢了。"),
                    )


def _numbers(prose: Prose) -> Iterator[Finding]:
    text = prose.passage.text
    for match in _NO_MEASURE.finditer(text):
        if match["number"] in ("12345", "12315", "12388", "110", "119", "120"):
            continue
        yield _found(
            prose, match.start("number"), match.end(), _("%s后面没有量词") % match["number"], 0.7,
            _("量词（如“件”）或标点丢了。"),
        )  # fmt: skip
    for match in _NO_NUMBER.finditer(text):
        yield _found(
            prose, match.start(), match.end(), _("量词前面没有数"), 0.6, _("数字丢了。")
        )  # fmt: skip
