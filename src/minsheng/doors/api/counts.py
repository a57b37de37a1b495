"""Counts, read from running tallies: as quick for ten million demands as for ten."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from minsheng.demands import queries as demands
from minsheng.demands.rules import DemandState
from minsheng.doors.api.answers import answer, as_json
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.orders import queries as orders
from minsheng.orders.rules import OrderState

router = Routes(tags=["counts"])


class DemandStates(BaseModel):
    state: Annotated[list[DemandState], Field(max_length=20, description="Open ones if none.")] = []


class OrderStates(BaseModel):
    state: Annotated[list[OrderState], Field(max_length=20, description="Open ones if none.")] = []


class CategoryCount(BaseModel):
    """How many demands of a category there are; `code` is empty where it is not known yet."""

    code: str
    name: str
    count: int


@router.read("/counts/demands", "各类别的诉求数", list[CategoryCount])
def count_demands(request: HttpRequest, query: Query[DemandStates]) -> HttpResponse:
    """Open demands, unless other states are asked for. Restricted ones are not counted."""
    only(request, DemandStates)
    return as_json(demands.counts_as_json(caller(request), query.state))


class UnitCount(BaseModel):
    """How many orders a unit has in a state."""

    code: str
    name: str
    state: str
    count: int


@router.read("/counts/orders", "各单位各状态的工单数", list[UnitCount])
def count_orders(request: HttpRequest, query: Query[OrderStates]) -> HttpResponse:
    """Open orders, unless other states are asked for. Restricted ones are not counted."""
    only(request, OrderStates)
    return answer(
        [
            {
                "code": row.unit.code,
                "name": row.unit.name,
                "state": row.state,
                "count": row.count,
            }
            for row in orders.counts(caller(request), query.state)
            if row.unit
        ]
    )
