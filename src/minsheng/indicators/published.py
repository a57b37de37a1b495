"""What the city tells everybody each month: figures without persons, small counts left out.

Only months that are over are told. A count below the city's least (`City.publish_least`) could be
traced to people, and is not told; nor is a rate of fewer than that many. Where only one count of a
split is left out, the next smallest is too: with the total it could be worked out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from minsheng.indicators import facts
from minsheng.indicators.compute import Row, compute
from minsheng.indicators.definitions import find
from minsheng.indicators.dimensions import label
from minsheng.indicators.periods import Period, months_later

MONTHS = 12  # told at once
_DAY = timedelta(days=1)

ACCEPTED = "public_accepted_count"
RATES = (
    "direct_answer_rate",
    "sign_in_time_rate",
    "on_time_completion_rate",
    "resolution_rate",
    "satisfaction_rate",
)
#: By what the number of demands is split, besides the city as a whole.
SPLITS = ("category1", "district", "channel")


@dataclass(frozen=True, slots=True)
class Told:
    """One figure. `value` is None where there is no data, or where it is `withheld` as too small.

    `split` and `of` say of what, in words; both are empty for the whole city. Rates are of 1.
    """

    month: str
    split: str
    of: str
    indicator: str
    value: float | int | None
    withheld: bool = False


def tell(today: date, least: int) -> list[Told]:
    """Returns the figures of the last twelve months that are over, in order of time."""
    this_month = today.replace(day=1)
    period = Period(months_later(this_month, -MONTHS), this_month - _DAY)
    facts.refresh()
    tables = facts.tables()
    told: list[Told] = []
    codes = (ACCEPTED, *RATES)
    for row in compute(codes, by=("month",), period=period, tables=tables):
        told += _of_city(row, least)
    for split in SPLITS:
        rows = compute((ACCEPTED,), by=("month", split), period=period, tables=tables)
        told += withhold(
            (
                Told(row.keys["month"], split, label(split, row.keys[split], tables), ACCEPTED, n)
                for row in rows
                if (n := row.values[ACCEPTED].value)
            ),
            least,
        )
    return told


def _of_city(row: Row, least: int) -> Iterable[Told]:
    for code, found in row.values.items():
        counted = (found.denominator if find(code).denominator else found.numerator) or 0
        small = 0 < counted < least
        yield Told(row.keys["month"], "", "", code, None if small else found.value, small)


def withhold(told: Iterable[Told], least: int) -> list[Told]:
    """Leaves out the counts below `least`, and never just one of a month."""
    kept: list[Told] = []
    for _month, group in groupby(told, key=lambda one: one.month):
        rows = sorted(group, key=lambda one: (one.value, one.of))
        small = sum(1 for one in rows if (one.value or 0) < least)
        if small == 1:
            small = 2
        hidden: Mapping[str, Told] = {
            one.of: replace(one, value=None, withheld=True) for one in rows[:small]
        }
        kept += [hidden.get(one.of, one) for one in rows[::-1]]
    return kept


def months(told: Sequence[Told]) -> list[str]:
    """Returns the months that something is told of, ascending."""
    return sorted({one.month for one in told if one.value is not None})
