"""Dimensions: by what an indicator can be split and filtered, each declared once.

Where a dictionary with names stands behind a dimension (unit, category, district), its values are
the names as people know them; where the vocabulary is fixed (channel, kind, origin …), its values
are codes, and `label` has the word for people. Time dimensions are of the moment that the
indicator's period rule goes by; `accepted_month` is always of acceptance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
from django.apps import apps
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid
from minsheng.foundation.language import in_language
from minsheng.indicators import proceedings
from minsheng.indicators.periods import Grain, Period
from minsheng.registers.rules import registers

Tables = Mapping[str, ibis.Table]


@dataclass(frozen=True, eq=False)
class Dimension:
    """One dimension.

    Of a column of the facts itself; or, with `names`, of a column `code` of that table of names,
    joined by `column`, where `also` are further columns by which a filter may name a value; or,
    with `grain`, of a moment (`column`, or that of the period rule where it is empty). `labels` are
    the words for its codes, what gives them, or the model's field that has them.
    """

    code: str
    name: str
    name_en: str
    column: str = ""
    names: str = ""
    also: Sequence[str] = ()
    grain: Grain | None = None
    hour: bool = False
    labels: Mapping[Any, str] | Callable[[], Mapping[Any, str]] | str | None = None

    @property
    def label(self) -> str:
        """Its name in the language of the reader."""
        return in_language(self.name, self.name_en)

    @property
    def of_time(self) -> bool:
        """Whether its values are moments of the period itself."""
        return (self.grain is not None or self.hour) and not self.column

    def applies(self, table: ibis.Table) -> bool:
        """Tells whether facts of this table have it."""
        return self.of_time or self.column in table.columns

    def value(self, table: ibis.Table, moment: str) -> ibis.Value:
        """Returns the expression of its raw value on a table that `joined` has widened."""
        if self.hour:
            return table[moment].hour().cast("int32")
        if self.grain:
            return _raw(table[self.column or moment], self.grain)
        return table[f"{self.names}_{self.code}"] if self.names else table[self.column]

    def key(self, raw: Any) -> Any:
        """Returns the value that people and files know, for a raw one."""
        if raw is None or not self.grain:
            return raw
        return str(_period(raw, self.grain))

    def matches(self, table: ibis.Table, moment: str, wanted: Sequence[Any]) -> ibis.Value:
        """Returns the condition that the value is one of those wanted (keys, as text or number).

        Raises Invalid for something that cannot be a value.
        """
        raw = self.value(table, moment)
        if self.grain:
            return raw.isin([_raw_of(text, self) for text in wanted])
        if raw.type().is_integer():
            try:
                return raw.isin([int(text) for text in wanted])
            except ValueError:
                raise _not_a_value(self, wanted) from None
        columns = [raw, *(table[f"{self.names}_{name}"] for name in self.also)]
        return ibis.or_(*(column.isin([str(text) for text in wanted]) for column in columns))


def _raw(moment: ibis.Value, grain: Grain) -> ibis.Value:
    """Returns a whole number for the period that a moment lies in; every engine can do that."""
    year, month = moment.year().cast("int32"), moment.month().cast("int32")
    match grain:
        case Grain.YEAR:
            return year
        case Grain.HALF:
            return year * 10 + ibis.ifelse(month <= 6, 1, 2)
        case Grain.QUARTER:
            return year * 10 + moment.quarter().cast("int32")
        case Grain.MONTH:
            return year * 100 + month
        case Grain.WEEK:
            return moment.truncate("W").date()
    return year * 10000 + month * 100 + moment.day().cast("int32")


def _period(raw: Any, grain: Grain) -> Period:
    """Returns the period that `_raw` made a number of."""
    match grain:
        case Grain.YEAR:
            day = date(raw, 1, 1)
        case Grain.HALF:
            day = date(raw // 10, raw % 10 * 6, 1)
        case Grain.QUARTER:
            day = date(raw // 10, raw % 10 * 3, 1)
        case Grain.MONTH:
            day = date(raw // 100, raw % 100, 1)
        case Grain.WEEK:
            day = raw
        case _:
            day = date(raw // 10000, raw // 100 % 100, raw % 100)
    return Period.of(day, grain)


def _raw_of(text: Any, dimension: Dimension) -> Any:
    """Returns what `_raw` makes of a moment in the period that a text names."""
    period = Period.parse(str(text))
    if period.grain is not dimension.grain:
        raise _not_a_value(dimension, [text])
    day = period.first
    match period.grain:
        case Grain.YEAR:
            return day.year
        case Grain.HALF:
            return day.year * 10 + (day.month + 5) // 6
        case Grain.QUARTER:
            return day.year * 10 + (day.month + 2) // 3
        case Grain.MONTH:
            return day.year * 100 + day.month
        case Grain.WEEK:
            return day
    return day.year * 10000 + day.month * 100 + day.day


def _not_a_value(dimension: Dimension, wanted: Sequence[Any]) -> Invalid:
    return Invalid(
        "unknown_value",
        _("“%(value)s”不是“%(name)s”的取值。")
        % {"value": "、".join(map(str, wanted)), "name": dimension.name},
        field=dimension.code,
    )


_YES_NO = {1: "是", 0: "否"}


def _registers() -> dict[str, str]:
    return {code: one.name for code, one in registers().items()}


DIMENSIONS = {
    dimension.code: dimension
    for dimension in (
        Dimension("unit", "承办单位", "unit", "unit_id", "units", also=("code",)),
        Dimension("unit_group", "考核分组", "unit group", "unit_id", "units"),
        Dimension("unit_kind", "单位类型", "kind of unit", "unit_id", "units"),
        Dimension("district", "区划", "district", "district_id", "districts", also=("code",)),
        Dimension(
            "street", "街道（乡镇）", "street or town", "district_id", "districts", ("code",)
        ),
        Dimension("category", "诉求类别", "category", "category_id", "categories", ("code",)),
        Dimension("category1", "一级类别", "category, level 1", "category_id", "categories"),
        Dimension("category2", "二级类别", "category, level 2", "category_id", "categories"),
        Dimension("category3", "三级类别", "category, level 3", "category_id", "categories"),
        Dimension("channel", "渠道", "channel", "channel_id", "channels", also=("label",)),
        Dimension("kind", "诉求类型", "kind of demand", "kind_id", "kinds", also=("label",)),
        Dimension("origin", "来源层级", "origin", "origin", labels="demands.Demand.origin"),
        Dimension(
            "element",
            "事件或部件",
            "event or component",
            "element",
            labels={"event": "事件", "component": "部件"},
        ),
        Dimension(
            "petitioner_kind",
            "诉求人类型",
            "kind of petitioner",
            "petitioner_kind",
            labels="demands.Petitioner.kind",
        ),
        Dimension("part", "主协办", "lead or assist", "part", labels="orders.Assignment.part"),
        Dimension("basis", "派单依据", "basis", "basis", labels="orders.Assignment.basis"),
        Dimension("level", "交办层级", "level of assignment", "level"),
        Dimension("onward", "向下交办", "assigned onward", "onward", labels=_YES_NO),
        Dimension("is_public", "公众诉求", "public demand", "is_public", labels=_YES_NO),
        Dimension("is_collector", "采集上报", "collector's report", "is_collector", labels=_YES_NO),
        Dimension("urgent", "紧急", "urgent", "urgent", labels=_YES_NO),
        Dimension("enterprise", "企业诉求", "enterprise's demand", "enterprise", labels=_YES_NO),
        Dimension("excluded", "剔除考核", "excluded", "excluded", labels=_YES_NO),
        Dimension("grade", "评价", "grade", "grade", labels="followups.FollowUp.grade"),
        Dimension("source", "评价渠道", "source", "source", labels="followups.FollowUp.source"),
        Dimension("reason", "不满意原因", "reason", "reason"),
        Dimension(
            "direction",
            "呼叫方向",
            "direction of call",
            "direction",
            labels="calls.Call.direction",
        ),
        Dimension("line", "热线", "hotline", "line"),
        Dimension("agent", "工号", "agent", "agent"),
        Dimension(
            "proceeding", "督办与公平事项", "proceeding", "proceeding", labels=proceedings.KINDS
        ),
        Dimension("register", "台账", "register", "register", labels=_registers),
        Dimension("hour", "时段", "hour of day", hour=True),
        Dimension("day", "日", "day", grain=Grain.DAY),
        Dimension("week", "周", "ISO week", grain=Grain.WEEK),
        Dimension("month", "月", "month", grain=Grain.MONTH),
        Dimension("quarter", "季度", "quarter", grain=Grain.QUARTER),
        Dimension("half", "半年", "half-year", grain=Grain.HALF),
        Dimension("year", "年", "year", grain=Grain.YEAR),
        Dimension(
            "accepted_month", "受理月份", "month of acceptance", "accepted_at", grain=Grain.MONTH
        ),
        Dimension(
            "accepted_year", "受理年份", "year of acceptance", "accepted_at", grain=Grain.YEAR
        ),
    )
}


def find(code: str) -> Dimension:
    """Returns a dimension by its code. Raises Invalid for an unknown one."""
    try:
        return DIMENSIONS[code]
    except KeyError:
        raise Invalid(
            "unknown_dimension",
            _("没有名为“%(code)s”的维度；可用：%(all)s。")
            % {"code": code, "all": "、".join(DIMENSIONS)},
            field="by",
        ) from None


def joined(table: ibis.Table, dimensions: Sequence[Dimension], tables: Tables) -> ibis.Table:
    """Returns the facts with the columns that these dimensions need from the tables of names."""
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for dimension in dimensions:
        if dimension.names:
            columns = wanted.setdefault((dimension.names, dimension.column), {})
            columns |= dict.fromkeys((dimension.code, *dimension.also))
    for (name, column), columns in wanted.items():
        names = tables[name]
        side = names.select(
            **{f"{name}_key": names[column]}, **{f"{name}_{code}": names[code] for code in columns}
        )
        table = table.left_join(side, table[column] == side[f"{name}_key"])
    return table


def label(code: str, key: Any, tables: Tables) -> str:
    """Returns the word for a value of a dimension, in the reader's language; "" for none."""
    if key is None:
        return ""
    dimension = find(code)
    if dimension.grain:
        return Period.parse(key).label
    if dimension.hour:
        return in_language(f"{key}时", f"{key}:00")
    if "label" in dimension.also:
        return _labels(tables[dimension.names], dimension).get(key, str(key))
    if isinstance(dimension.labels, str):
        model, _dot, field = dimension.labels.rpartition(".")
        choices = apps.get_model(model)._meta.get_field(field).flatchoices
        return str(dict(choices).get(key, key))
    words = dimension.labels() if callable(dimension.labels) else dimension.labels or {}
    return str(words.get(key, key))


def _labels(names: ibis.Table, dimension: Dimension) -> dict[Any, str]:
    rows = names.select(key=names[dimension.code], label=names["label"]).to_pyarrow().to_pylist()
    return {row["key"]: row["label"] for row in rows}
