"""Reads of orders: lists by filter, the orders of a demand, and what somebody may do now."""

from minsheng.orders.queries.belongings import (
    PARTS,
    ContactLine,
    ExtensionLine,
    OrderDetail,
    ReplyLine,
    ReturnLine,
    details,
    find,
    of_demand,
)
from minsheng.orders.queries.lists import (
    EVERYTHING,
    SORTS,
    OrderFilters,
    OrderRow,
    demand_page,
    limit_of,
    page,
    visible_orders,
)
from minsheng.orders.queries.outcomes import (
    OrderBrief,
    Outcome,
    UnitCount,
    counts,
    outcome,
    outcome_of_order,
)
from minsheng.orders.queries.possible import Possible, possible_actions
from minsheng.orders.queries.timelines import LABELS, Line, timeline

__all__ = [
    "EVERYTHING",
    "LABELS",
    "PARTS",
    "SORTS",
    "ContactLine",
    "ExtensionLine",
    "Line",
    "OrderBrief",
    "OrderDetail",
    "OrderFilters",
    "OrderRow",
    "Outcome",
    "Possible",
    "ReplyLine",
    "ReturnLine",
    "UnitCount",
    "counts",
    "demand_page",
    "details",
    "find",
    "limit_of",
    "of_demand",
    "outcome",
    "outcome_of_order",
    "page",
    "possible_actions",
    "timeline",
    "visible_orders",
]
