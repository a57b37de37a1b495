"""What a history file holds: its columns, their other names, and the words that stand for values.

One row of the file is one order with one unit. `docs/import.md` is checked against these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.rules import Grade
from minsheng.orders.rules import Part


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in a file, with the Chinese heads that are taken for it as well."""

    name: str
    label: str
    heads: tuple[str, ...] = ()
    required: bool = False
    most: int = 0  # characters; 0 where the kind of value says it


COLUMNS = (
    Column("order_no", "工单号", ("工单编号",), required=True, most=32),
    Column("demand_no", "诉求号", ("诉求编号", "事项编号"), required=True, most=32),
    Column("accepted_at", "受理时间", (), required=True),
    Column("channel", "渠道", ("诉求渠道", "来源渠道"), required=True, most=64),
    Column("kind", "诉求类型", ("类型",), most=32),
    Column("category", "诉求类别", ("类别", "事项分类"), most=200),
    Column("element", "事件或部件", ("事部件",)),
    Column("title", "标题", ("诉求标题", "主题"), most=200),
    Column("text", "内容", ("诉求内容",), most=20_000),
    Column("district", "区划", ("县区", "所属区域"), most=64),
    Column("origin", "来源层级", ("来源",)),
    Column("petitioner_type", "诉求人类型", ()),
    Column("unit", "承办单位", ("单位",), required=True, most=64),
    Column("role", "主协办", ("主办协办",)),
    Column("urgent", "紧急", ("是否紧急",)),
    Column("assigned_at", "派单时间", ("交办时间", "转办时间"), required=True),
    Column("sign_due_at", "签收时限", ("签收截止时间",)),
    Column("signed_at", "签收时间", ()),
    Column("due_at", "办结时限", ("办理时限", "截止时间"), required=True),
    Column("completed_at", "办结时间", ()),
    Column("rework_count", "返工次数", ()),
    Column("sampled", "列入回访", ("是否抽样",)),
    Column("evaluated", "已评价", ("是否参评",)),
    Column("satisfaction", "满意度", ("评价",)),
    Column("solved", "是否解决", ()),
)

NAMES = tuple(column.name for column in COLUMNS)
LABELS: Mapping[str, str] = MappingProxyType({c.name: c.label for c in COLUMNS})

#: Every head that is understood, and the column that it means.
HEADS: Mapping[str, str] = MappingProxyType(
    {head: c.name for c in COLUMNS for head in (c.name, c.label, *c.heads)}
)

_Words = Mapping[str, tuple[str, ...]]


def _by_word(words: _Words) -> Mapping[str, str]:
    return MappingProxyType({word: value for value, all in words.items() for word in (value, *all)})


PARTS = _by_word({Part.LEAD.value: ("主办",), Part.ASSIST.value: ("协办",)})
ELEMENTS = _by_word({"event": ("事件",), "component": ("部件",)})
ORIGINS = _by_word(
    {
        Demand.Origin.CITY.value: ("本级", "市级", "市本级"),
        Demand.Origin.PROVINCE.value: ("省级", "省级交办", "省派"),
        Demand.Origin.STATE.value: ("国家级", "国家级交办"),
    }
)
PETITIONERS = _by_word(
    {
        Petitioner.Kind.PERSON.value: ("自然人", "个人", "市民"),
        Petitioner.Kind.ENTERPRISE.value: ("企业", "法人"),
        Petitioner.Kind.ORGANISATION.value: ("其他组织", "组织"),
    }
)
GRADES = _by_word(
    {
        Grade.VERY_SATISFIED.value: ("非常满意",),
        Grade.SATISFIED.value: ("满意",),
        Grade.FAIRLY_SATISFIED.value: ("基本满意",),
        Grade.DISSATISFIED.value: ("不满意",),
        Grade.VERY_DISSATISFIED.value: ("非常不满意",),
    }
)
TRUTHS: Mapping[str, bool] = MappingProxyType(
    {
        **dict.fromkeys(("是", "有", "1", "true", "yes", "y", "t"), True),
        **dict.fromkeys(("否", "无", "0", "false", "no", "n", "f"), False),
    }
)
#: What the matter came to, in words for 是否解决 as well.
SOLUTIONS: Mapping[str, bool] = MappingProxyType(
    {**TRUTHS, "已解决": True, "解决": True, "未解决": False}
)

#: The columns that describe the demand: every row of a demand repeats them.
OF_DEMAND = (
    "accepted_at",
    "channel",
    "kind",
    "category",
    "element",
    "title",
    "text",
    "district",
    "origin",
    "petitioner_type",
    "urgent",
)
