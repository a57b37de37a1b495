"""What an indicator is: its base, period and measures, how its value is made and how printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.language import in_language
from minsheng.indicators.measures import Base, Measure, Rule


class Unit(StrEnum):
    """In what an indicator's value is expressed. A ratio is of 1, not percent."""

    COUNT = "count"
    RATIO = "ratio"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    SECONDS = "seconds"
    POINTS = "points"
    PER_100K = "per_100k"


#: By what the quotient is multiplied, what people write behind it, and its decimals in print.
SCALES: Mapping[Unit, tuple[int, int, str | Promise, int]] = {
    Unit.COUNT: (1, 1, "", 0),
    Unit.RATIO: (1, 1, "%", 2),
    Unit.HOURS: (1, 3600, _("小时"), 2),
    Unit.WORKING_DAYS: (1, 1, _("个工作日"), 1),
    Unit.SECONDS: (1, 1, _("秒"), 2),
    Unit.POINTS: (1, 100, _("分"), 2),
    Unit.PER_100K: (100_000, 1, "", 1),
}


@dataclass(frozen=True)
class Indicator:
    """One indicator; `source` is the rule or usage that its definition follows."""

    code: str
    name: str
    name_en: str
    base: Base
    period: Rule
    numerator: Measure
    denominator: Measure | None = None
    unit: Unit = Unit.COUNT
    source: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """Its name in the language of the reader."""
        return in_language(self.name, self.name_en)

    @property
    def exclusions(self) -> str:
        """What is left out, in words."""
        return self.base.label

    @property
    def rounding(self) -> str:
        """How it is rounded in print."""
        decimals = SCALES[self.unit][3]
        return gettext("四舍五入，%d位小数") % decimals if decimals else gettext("整数")

    def value(self, numerator: int | None, denominator: int | None) -> float | int | None:
        """Returns the value for what an engine summed up; None where there is no data."""
        if self.denominator is None:
            return numerator if self.numerator.how == "max" else numerator or 0
        if not denominator or numerator is None:
            return None
        times, by, _, _ = SCALES[self.unit]
        return numerator * times / (denominator * by)

    def printed(self, value: float | int | None) -> str:
        """Returns the value as bulletins print it: rates in percent, rounded half up."""
        if value is None:
            return "—"
        _, _, behind, decimals = SCALES[self.unit]
        times = 100 if self.unit is Unit.RATIO else 1
        return f"{half_up(value, decimals, times)}{behind}"


def half_up(value: float, decimals: int, times: int = 1) -> Decimal:
    """Returns a value, times a whole number, rounded as bulletins round.

    It rounds the shortest decimal that stands for the value: 0.96875 × 100 gives 96.88.
    """
    exact = Decimal(repr(value)) * times
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


CITIES = "各地热线通报通行口径"
GB_33358 = "GB/T 33358—2016 政府热线服务规范"
NO_66 = "国办函〔2025〕66号"
NO_51 = "国办发〔2019〕51号（好差评）"
THREE_RATES = "北京市接诉即办工作条例（三率）"


@dataclass(frozen=True)
class Of:
    """Makes indicators of one base and period rule, from one source where none is given."""

    base: Base
    period: Rule
    source: str = CITIES

    def __call__(
        self,
        code: str,
        name: str,
        name_en: str,
        numerator: Measure,
        denominator: Measure | None = None,
        note: str = "",
        *,
        unit: Unit | None = None,
        source: str = "",
    ) -> Indicator:
        return Indicator(
            code,
            name,
            name_en,
            self.base,
            self.period,
            numerator,
            denominator,
            unit or (Unit.RATIO if denominator else Unit.COUNT),
            source or self.source,
            note,
        )
