"""Printed numbers and what they can mean: intervals, roundings, and counts that give a percentage.

A printed number stands for an interval. 12.74万 may be anything from 127,350 to 127,450, and 54.99%
anything that is rounded, or cut off, to it. All sums are exact (fractions), so no finding is an
artefact of floating point.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

Rounding = Literal["half_up", "half_even", "truncated"]
_MODES: dict[Rounding, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "truncated": ROUND_DOWN,
}
MANY = 20_000  # a denominator beyond which every percentage with two decimals is possible


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def over(self, other: Interval) -> Interval | None:
        """Returns the quotient of two intervals of numbers ≥ 0; None where it may be infinite."""
        if other.low <= 0:
            return None
        return Interval(self.low / other.high, self.high / other.low)

    def times(self, factor: int | Fraction) -> Interval:
        return Interval(self.low * factor, self.high * factor)

    def meets(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    @property
    def exact(self) -> bool:
        return self.low == self.high


ZERO = Interval(Fraction(0), Fraction(0))


def point(value: int | Decimal | Fraction) -> Interval:
    exact = Fraction(value)
    return Interval(exact, exact)


def rounded_to(value: Decimal, step: Decimal) -> Interval:
    """Returns what a print may stand for when it was rounded, whichever way ties go."""
    half = Fraction(step) / 2
    return Interval(Fraction(value) - half, Fraction(value) + half)


def cut_to(value: Decimal, step: Decimal) -> Interval:
    """Returns what a print may stand for when its further digits were cut off."""
    # The upper end itself does not belong to it; a millionth of a step settles that.
    edge = Fraction(step) * Fraction(999_999, 1_000_000)
    value_ = Fraction(value)
    return Interval(value_, value_ + edge) if value >= 0 else Interval(value_ - edge, value_)


def decimals(step: Decimal) -> int:
    """Returns the number of decimals of a print whose last digit is worth `step`."""
    return max(0, -int(step.normalize().as_tuple().exponent))


def rounded(value: Fraction, places: int, mode: Rounding = "half_up") -> Decimal:
    """Returns the value with so many decimals."""
    # Forty digits settle every tie: what is compared has numerators of a dozen digits.
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    if value.denominator != 1:
        scaled = value * 10**places
        floor = scaled.numerator // scaled.denominator
        rest = scaled - floor
        if mode == "truncated":
            floor += 1 if value < 0 and rest else 0
        elif rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (mode == "half_up" or floor % 2)):
            floor += 1
        return Decimal(floor).scaleb(-places)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=_MODES[mode])


def rounding(exact: Interval, value: Decimal, step: Decimal) -> Rounding | None:
    """Returns how `exact` was rounded to the print; None if it was not.

    For an interval (a count printed in 万) it is enough that some number in it fits.
    """
    if exact.exact:
        places = decimals(step)
        for mode in _MODES:
            if rounded(exact.low, places, mode) == value:
                return mode
        return None
    if exact.meets(rounded_to(value, step)):
        return "half_up"
    return "truncated" if exact.meets(cut_to(value, step)) else None


def percent(part: Interval, whole: Interval) -> Interval | None:
    """Returns part/whole in percent; None where there may be no whole."""
    ratio = part.over(whole)
    return ratio.times(100) if ratio else None


def count_for(rate: Decimal, step: Decimal, whole: int, mode: Rounding) -> int | None:
    """Returns a count of `whole` that gives the printed percentage; None if none does."""
    if whole <= 0:
        return None
    near = int(rate * whole / 100)
    places = decimals(step)
    for part in (near, near + 1, near - 1):
        if 0 <= part <= whole and rounded(Fraction(100 * part, whole), places, mode) == rate:
            return part
    return None


def smallest_whole(rate: Decimal, step: Decimal, at_most: int, mode: Rounding) -> int | None:
    """Returns the smallest denominator up to `at_most` that can give the percentage."""
    for whole in range(1, min(at_most, MANY) + 1):
        if count_for(rate, step, whole, mode) is not None:
            return whole
    return None


def wholes(part: Interval, share: Decimal, step: Decimal) -> Interval | None:
    """Returns the denominators of which `part` is the printed percentage, when rounded."""
    meant = rounded_to(share, step)
    if meant.low <= 0:
        return None
    return part.times(100).over(meant)


def before(now: Interval, growth: Decimal, step: Decimal) -> Interval | None:
    """Returns what there was before a growth of so many percent; rounded or cut off.

    None where nothing was left, or nothing can have been there.
    """
    near, cut = rounded_to(growth, step), cut_to(growth, step)
    meant = Interval(min(near.low, cut.low), max(near.high, cut.high))
    return now.times(100).over(Interval(100 + meant.low, 100 + meant.high))


def slip(a: int, b: int) -> bool:
    """Says whether two numbers differ as by a slip of the pen: one digit wrong, lost or swapped."""
    x, y = str(a), str(b)
    if a == b or min(len(x), len(y)) < 2:
        return False
    if len(x) == len(y):
        wrong = [i for i in range(len(x)) if x[i] != y[i]]
        if len(wrong) == 1:
            return True
        return (
            len(wrong) == 2
            and wrong[1] == wrong[0] + 1
            and x[wrong[0]] == y[wrong[1]]
            and x[wrong[1]] == y[wrong[0]]
        )
    short, long = sorted((x, y), key=len)
    return len(long) == len(short) + 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )
