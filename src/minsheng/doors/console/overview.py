"""What the cockpit shows of a period, drawn from the facts by the indicators' own expressions.

Nothing here counts anything itself: every number is an indicator's, in the period, in the one
before and in that of last year. What is too small a sample is shown without a place in a ranking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.doors.console import counted
from minsheng.doors.console.chart import Chart
from minsheng.doors.console.moves import BETTER, Move, moved
from minsheng.doors.console.topics import Topic, hot, topic_tree
from minsheng.foundation import clock
from minsheng.foundation.language import in_language, listed
from minsheng.indicators import dimensions, facts
from minsheng.indicators.compute import Change, compare, compute
from minsheng.indicators.definitions import INDICATORS, Unit
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Grain, Period

#: Fewer cases than that, and a unit's rate is shown but not ranked.
MINIMUM_SAMPLE = 20
#: A chart by a dimension shows so many of its values; the others together.
MOST_BARS = 8
HEADLINES = ("accepted_count", *BETTER)

#: Choices of the period: code → words and how many days up to yesterday.
SPANS: Mapping[str, tuple[Promise, int]] = {
    "week": (gettext_lazy("近7天"), 7),
    "month": (gettext_lazy("近30天"), 30),
    "quarter": (gettext_lazy("近90天"), 90),
    "year": (gettext_lazy("近365天"), 365),
}


def span(code: str, today: date) -> Period:
    """Returns the days of a choice: whole days, so that today, which is not over, is not in it."""
    _label, days = SPANS.get(code, SPANS["month"])
    return Period(today - timedelta(days=days), today - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Card:
    """A headline: an indicator's value, its cases, how many it rests on, and how it moved."""

    code: str
    name: str
    printed: str
    cases: str
    sample: int | None
    before: Move
    last_year: Move


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in its group. `place` is empty where there are too few cases to rank it.

    `cases` are the addresses of what each figure counted, by the code of the indicator.
    """

    name: str
    code: str
    place: int | None
    due: int
    on_time: str
    on_time_rate: float | None
    overdue: int
    evaluated: int
    satisfaction: str
    cases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """The units of an assessment group: those that are ranked, and those with too few cases."""

    ranked: Sequence[UnitLine]
    rest: Sequence[UnitLine]

    @property
    def all(self) -> list[UnitLine]:
        return [*self.ranked, *self.rest]


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, as of the facts' watermark `drawn_at`."""

    period: Period
    drawn_at: datetime
    cards: Sequence[Card]
    groups: Mapping[str, Group]
    tree: Sequence[Topic]
    topics: Sequence[Topic]
    trend: Chart
    categories: Chart
    channels: Chart
    grades: Chart
    sentences: Sequence[str] = field(default_factory=list)
    comparable: bool = True  # something came in in the period before, too


def overview(period: Period) -> Overview:
    """Computes everything for a period, after bringing the facts up to date."""
    mark = facts.refresh()
    tables = facts.tables()
    # What nobody counted, such as calls where none are taken here, is no headline.
    cards = [card for card in headlines(period, tables) if card.sample != 0]
    tree = topic_tree(period, tables)
    groups = unit_groups(period, tables)
    # Against nothing at all, whatever came in would have grown beyond chance.
    comparable = any(topic.before for topic in tree)
    topics = hot(period, tables) if comparable else []
    return Overview(
        period=period,
        drawn_at=mark.at.astimezone(clock.ZONE),
        cards=cards,
        groups=groups,
        tree=tree,
        topics=topics,
        trend=trend(period, tables),
        categories=Chart(
            "bar",
            _("受理量，按一级类别"),
            [topic.name for topic in tree],
            {_("本期"): [topic.count for topic in tree], _("上期"): [t.before for t in tree]},
            cases={
                _("本期"): [topic.cases for topic in tree],
                _("上期"): [topic.cases_before for topic in tree],
            },
        ),
        channels=_split(_("受理量，按渠道"), "accepted_count", "channel", period, tables),
        grades=_split(_("参评数，按评价"), "evaluated_count", "grade", period, tables),
        sentences=list(_sentences(period, cards, topics)),
        comparable=comparable,
    )


def headlines(
    period: Period, tables: Tables, codes: Sequence[str] = HEADLINES, **where: Sequence[Any]
) -> list[Card]:
    """Returns a card for each indicator, against the period before and last year's."""
    (before,) = compare(codes, against="previous", period=period, tables=tables, where=where)
    (last_year,) = compare(codes, against="last_year", period=period, tables=tables, where=where)
    return [
        _card(code, before.changes[code], last_year.changes[code], counted.address(code, period))
        for code in codes
    ]


def _card(code: str, before: Change, last_year: Change, cases: str) -> Card:
    one, now = INDICATORS[code], before.now
    return Card(
        code=code,
        name=one.label,
        printed=_figure(code, now.value),
        cases=cases,
        sample=now.denominator if one.unit is not Unit.COUNT else None,
        before=moved(code, before),
        last_year=moved(code, last_year),
    )


def _figure(code: str, value: float | None) -> str:
    """Returns a value as people read it: counts with their thousands apart."""
    one = INDICATORS[code]
    if one.unit is Unit.COUNT and value is not None:
        return f"{value:,.0f}"
    return one.printed(value)


def trend(period: Period, tables: Tables) -> Chart:
    """Returns what came in and what was completed, by day (over a season by week, then month)."""
    days = (period.last - period.first).days + 1
    grain = Grain.DAY if days <= 45 else Grain.WEEK if days <= 120 else Grain.MONTH
    found: dict[str, dict[str, float]] = {}
    codes = ("accepted_count", "completed_count")
    for row in compute(codes, by=[grain], period=period, tables=tables):
        found[row.keys[grain]] = {code: row.values[code].value or 0 for code in codes}
    steps = _steps(period, grain)
    return Chart(
        "line",
        _("受理与办结"),
        [_short(step, grain) for step in steps],
        {
            INDICATORS[code].label: [found.get(str(step), {}).get(code, 0) for step in steps]
            for code in codes
        },
        codes=codes,
        cases={
            INDICATORS[code].label: [
                counted.address(code, period, **{grain: str(step)}) for step in steps
            ]
            for code in codes
        },
    )


def _steps(period: Period, grain: Grain) -> list[Period]:
    """Returns the days, weeks or months that a period touches, also those without a case."""
    steps, day = [], period.first
    while day <= period.last:
        step = Period.of(day, grain)
        steps.append(step)
        day = step.last + timedelta(days=1)
    return steps


def _short(step: Period, grain: Grain) -> str:
    if grain is Grain.MONTH:
        return f"{step.first:%Y-%m}"
    return f"{step.first:%m-%d}"


def _split(title: str, code: str, by: str, period: Period, tables: Tables) -> Chart:
    """Returns one indicator by one dimension, the greatest first; what is unknown is left out."""
    rows = [
        (
            dimensions.label(by, row.keys[by], tables),
            row.values[code].value or 0,
            counted.address(code, period, **{by: str(row.keys[by])}),
        )
        for row in compute([code], by=[by], period=period, tables=tables)
        if row.keys[by] is not None
    ]
    rows.sort(key=lambda row: -row[1])
    if len(rows) > MOST_BARS + 1:
        others = sum(value for _label, value, _cases in rows[MOST_BARS:])
        rows = [*rows[:MOST_BARS], (_("其他"), others, "")]
    labels, values, cases = zip(*rows, strict=True) if rows else ((), (), ())
    name = INDICATORS[code].label
    return Chart("bar", title, labels, {name: values}, codes=(code,), cases={name: cases})


_OF_UNITS = (
    "due_count",
    "on_time_completion_rate",
    "overdue_open",
    "evaluated_count",
    "satisfaction_rate",
)


def unit_groups(period: Period, tables: Tables) -> dict[str, Group]:
    """Returns the units by assessment group, ranked by what they completed in time.

    Only units of one kind of work are compared with each other, and only those with at least
    `MINIMUM_SAMPLE` orders due; the others follow by name.
    """
    codes = _codes(tables, "units", "unit")
    groups: dict[str, list[UnitLine]] = {}
    for row in compute(_OF_UNITS, by=["unit_group", "unit"], period=period, tables=tables):
        values = row.values
        name = str(row.keys["unit"] or "")
        if not name or not values["due_count"].value:
            continue
        groups.setdefault(str(row.keys["unit_group"] or _("其他")), []).append(
            UnitLine(
                name=name,
                code=codes.get(name, ""),
                place=None,
                due=int(values["due_count"].value),
                on_time=_figure("on_time_completion_rate", values["on_time_completion_rate"].value),
                on_time_rate=values["on_time_completion_rate"].value,
                overdue=int(values["overdue_open"].value or 0),
                evaluated=int(values["evaluated_count"].value or 0),
                satisfaction=_figure("satisfaction_rate", values["satisfaction_rate"].value),
                cases={code: counted.address(code, period, unit=name) for code in _OF_UNITS},
            )
        )
    return {group: _ranked(lines) for group, lines in sorted(groups.items())}


def _ranked(lines: Sequence[UnitLine]) -> Group:
    """Ranks those with enough cases by their rate, equal rates on equal places."""
    enough = [line for line in lines if line.due >= MINIMUM_SAMPLE]
    enough.sort(key=lambda line: (-(line.on_time_rate or 0), -line.due, line.name))
    ranked: list[UnitLine] = []
    for number, line in enumerate(enough, 1):
        same = ranked and ranked[-1].on_time_rate == line.on_time_rate
        ranked.append(replace(line, place=ranked[-1].place if same else number))
    rest = sorted((one for one in lines if one.due < MINIMUM_SAMPLE), key=lambda line: line.name)
    return Group(ranked, rest)


def _codes(tables: Tables, names: str, label: str) -> dict[str, str]:
    """Returns the codes that stand behind the names of a dictionary."""
    rows = tables[names].select("code", label).to_pyarrow().to_pylist()
    return {str(row[label]): str(row["code"]) for row in rows}


def _said(move: Move) -> str:
    """Returns a change as a sentence names it."""
    return move.printed if move.direction else _("无可比数据")


def _sentences(period: Period, cards: Sequence[Card], topics: Sequence[Topic]) -> Any:
    """Yields what somebody with two minutes should know, each sentence from the figures above."""
    by_code = {card.code: card for card in cards}
    accepted = by_code["accepted_count"]
    yield _("%(period)s共受理%(count)s件，环比%(before)s，同比%(last_year)s。") % {
        "period": period.label,
        "count": accepted.printed,
        "before": _said(accepted.before),
        "last_year": _said(accepted.last_year),
    }
    rates = [
        _("%(name)s%(value)s（环比%(change)s）")
        % {"name": card.name, "value": card.printed, "change": _said(card.before)}
        for card in cards
        if card.code in ("on_time_completion_rate", "satisfaction_rate", "resolution_rate")
    ]
    yield in_language("，", ", ").join(rates) + in_language("。", ".")
    if topics:
        rise = in_language("{0.name}（{0.before}→{0.count}）", "{0.name} ({0.before}→{0.count})")
        yield _("上升最明显的诉求：%s。") % listed(rise.format(topic) for topic in topics[:3])
