"""How counts become a score and a grade. Pure arithmetic in decimals; no database.

Rates are percent with as many decimals as the scheme prints, rounded half up, and the composite is
computed from these: whoever recomputes a result by hand from the print gets the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

HUNDRED = Decimal(100)

#: The rates that `rates` gives: what a term of a scheme may be about.
INDICATORS = (
    "completion_rate",
    "on_time_rate",
    "rework_rate",
    "satisfaction_rate",
    "provincial_satisfaction_rate",
)


#: What a scheme may set a limit for: applying for an exclusion once the order is over, deciding on
#: it, appealing once an evaluation is published, answering the appeal.
LIMITS = ("exclusion", "ruling", "appeal", "answer")


@dataclass(frozen=True, slots=True)
class Term:
    """One item of a scheme: a rate with a weight, or points that are lost below a threshold.

    With `weight` (a ratio) it yields rate × weight, or (100 − rate) × weight for a `complement`.
    With `points` it yields these less `per_point` for each percentage point that the rate lies
    below `threshold`, and never less than `floor`. `no_data` is the rate (percent) taken for a
    unit without data; None leaves such a unit unscored.
    """

    indicator: str
    label: str
    weight: Decimal | None = None
    complement: bool = False
    points: Decimal | None = None
    threshold: Decimal = HUNDRED
    per_point: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)
    no_data: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a scheme; effective dates are included on both ends."""

    code: str
    name: str
    version: str
    effective_from: date
    effective_to: date | None
    terms: tuple[Term, ...]
    grades: tuple[tuple[str, Decimal], ...] = ()  # best first: grade, from which composite on
    rate_decimals: int = 2
    decimals: int = 1
    minimum_sample: int = 0  # evaluated orders below which satisfaction is no data
    small_due: int = 0  # due orders below which a unit is ranked among other small ones
    limits: Mapping[str, str] = field(default_factory=dict)  # by LIMITS, such as {"appeal": "5wd"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a unit did in a period. `overdue` is completed late; None is unknown.

    `printed` holds rates (percent) that a published table gives beside the counts, and
    `satisfaction_rate` one that stands instead of its counts. `unit_id` is the unit in this
    database, where the counts come from its facts; `notes` say what was corrected upon an appeal.
    """

    unit: str
    due: int
    handled: int
    overdue: int
    rework: int
    sampled: int | None = None
    dissatisfied: int | None = None
    satisfaction_rate: Decimal | None = None
    provincial_sampled: int | None = None
    provincial_dissatisfied: int | None = None
    printed: Mapping[str, Decimal] = field(default_factory=dict)
    unit_id: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation, as a person would write it."""

    indicator: str
    rate: Decimal | None  # percent; None where there is no data
    result: Decimal
    text: str
    gift: bool = False  # the scheme's value for a unit without data


@dataclass(frozen=True, slots=True)
class Score:
    """The result of a unit. `composite` is None where the scheme leaves it unscored."""

    unit: str
    rates: Mapping[str, Decimal | None]
    composite: Decimal | None
    grade: str
    lines: tuple[Line, ...]
    flags: tuple[str, ...]


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Returns the value rounded half up, as bulletins round."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def percent(part: int, whole: int) -> Decimal | None:
    """Returns part/whole in percent, unrounded; None where there is no whole."""
    return HUNDRED * part / whole if whole else None


def rates(counts: Counts, minimum_sample: int = 0) -> dict[str, Decimal | None]:
    """Returns a unit's rates in percent, unrounded; None is no data.

    completion = handled/due, on time = (handled − overdue)/due (what is due and not handled is not
    on time), rework = rework/due, satisfaction = 1 − dissatisfied/sampled.
    """
    due = counts.due

    def satisfaction(sampled: int | None, dissatisfied: int | None) -> Decimal | None:
        if not sampled or sampled < minimum_sample or dissatisfied is None:
            return None
        return percent(sampled - dissatisfied, sampled)

    given = counts.satisfaction_rate
    return {
        "completion_rate": percent(counts.handled, due),
        "on_time_rate": percent(counts.handled - counts.overdue, due),
        "rework_rate": percent(counts.rework, due),
        "satisfaction_rate": (
            given if given is not None else satisfaction(counts.sampled, counts.dissatisfied)
        ),
        "provincial_satisfaction_rate": satisfaction(
            counts.provincial_sampled, counts.provincial_dissatisfied
        ),
    }


def points(term: Term, rate: Decimal) -> tuple[Decimal, str]:
    """Returns what a rate (percent) earns under a term, and the sum as a person writes it."""
    shown = f"{rate}%"
    if term.weight is not None:
        if term.complement:
            earned = (HUNDRED - rate) * term.weight
            return earned, f"（100 − {term.label} {shown}）× {term.weight} = {earned.normalize():f}"
        earned = rate * term.weight
        return earned, f"{term.label} {shown} × {term.weight} = {earned.normalize():f}"
    assert term.points is not None
    missing = max(Decimal(0), term.threshold - rate)
    earned = max(term.floor, term.points - missing * term.per_point)
    text = (
        f"{term.label} {shown}：{term.points:f} − （{term.threshold:f} − {rate}）"
        f"× {term.per_point:f}"
        if missing
        else f"{term.label} {shown}：不低于{term.threshold:f}%，得满分"
    )
    limit = f"（不低于{term.floor:f}）" if missing and earned == term.floor else ""
    return earned, f"{text} = {earned.normalize():f}{limit}"


def score(scheme: Scheme, counts: Counts) -> Score:
    """Scores a unit. Where a printed rate disagrees with the counts, the print counts, flagged.

    A bulletin's result follows from the rates that it prints, so a misprinted count must not change
    it; the flag says which of the two cannot be right.
    """
    exact = rates(counts, scheme.minimum_sample)
    used: dict[str, Decimal | None] = {}
    flags = [*counts.notes]
    labels = {term.indicator: term.label for term in scheme.terms}
    for indicator, rate in exact.items():
        printed = counts.printed.get(indicator)
        if printed is not None:
            used[indicator] = printed
            # Rounded or cut off, a print lies within one unit of its last decimal.
            if rate is not None and abs(rate - printed) >= Decimal(1).scaleb(-scheme.rate_decimals):
                flags.append(
                    f"{labels.get(indicator, indicator)}印为{printed}%，"
                    f"按件数应为{rounded(rate, scheme.rate_decimals)}%"
                )
        else:
            used[indicator] = None if rate is None else rounded(rate, scheme.rate_decimals)
    lines: list[Line] = []
    for term in scheme.terms:
        rate = used.get(term.indicator)
        gift = rate is None
        if rate is None:
            if term.no_data is None:
                flags.append(f"{term.label}没有数据，不评分")
                lines.append(Line(term.indicator, None, Decimal(0), f"{term.label}：没有数据"))
                continue
            rate = term.no_data
            flags.append(f"{term.label}没有数据，按{rate:f}%计")
        earned, text = points(term, rate)
        lines.append(
            Line(
                term.indicator,
                None if gift else rate,
                earned,
                f"{text}（没有数据，按方案取值）" if gift else text,
                gift,
            )
        )
    scored = all(line.rate is not None or line.gift for line in lines)
    composite = (
        rounded(sum((line.result for line in lines), Decimal(0)), scheme.decimals)
        if scored
        else None
    )
    grade = ""
    if composite is not None:
        grade = next((letter for letter, start in scheme.grades if composite >= start), "")
    return Score(counts.unit, used, composite, grade, tuple(lines), tuple(flags))


def movement(scheme: Scheme, before: str, now: str) -> str:
    """Returns how a grade moved: "up", "down", "same", or "" where one of them is missing."""
    order = [grade for grade, _ in scheme.grades]
    if before not in order or now not in order:
        return ""
    step = order.index(before) - order.index(now)
    return "up" if step > 0 else "down" if step < 0 else "same"


def corrected(counts: Counts, corrections: Mapping[str, int], note: str) -> Counts:
    """Returns counts put right by as many as an appeal found, as far as they then make sense.

    No count is below zero, and no part is more than its whole: nobody handles more than was due.
    """
    values: dict[str, Any] = {
        name: max(0, (getattr(counts, name) or 0) + by) for name, by in corrections.items()
    }
    put = replace(counts, **values, notes=(*counts.notes, note))
    handled = min(put.handled, put.due)
    sampled = put.sampled
    return replace(
        put,
        handled=handled,
        overdue=min(put.overdue, handled),
        rework=min(put.rework, put.due),
        dissatisfied=None
        if put.dissatisfied is None
        else min(put.dissatisfied, put.dissatisfied if sampled is None else sampled),
    )


def ranks(composites: Sequence[Decimal | None]) -> list[int | None]:
    """Returns the place of each composite among all, the best first; equal ones share a place."""
    scored = sorted((value for value in composites if value is not None), reverse=True)
    return [None if value is None else scored.index(value) + 1 for value in composites]
