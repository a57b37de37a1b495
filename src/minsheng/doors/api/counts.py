"""Counts, read from running tallies: as quick for ten million demands as for ten."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from minsheng.demands import queries as demands
from minsheng.demands.queries import CategoryCount
from minsheng.demands.rules import State as DemandState
from minsheng.doors.api.answers import answer
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.orders import queries as orders
from minsheng.orders.queries import UnitCount
from minsheng.orders.rules import State as OrderState

router = Routes(tags=["counts"])


class DemandStates(BaseModel):
    state: Annotated[list[DemandState], Field(max_length=20, description="Open ones if none.")] = []


class OrderStates(BaseModel):
    state: Annotated[list[OrderState], Field(max_length=20, description="Open ones if none.")] = []


@router.read("/counts/demands", "按类别和状态统计诉求", list[CategoryCount])
def count_demands(request: HttpRequest, query: Query[DemandStates]) -> HttpResponse:
    only(request, DemandStates)
    return answer(demands.counts(caller(request), query.state))


@router.read("/counts/orders", "按单位和状态统计工单", list[UnitCount])
def count_orders(request: HttpRequest, query: Query[OrderStates]) -> HttpResponse:
    only(request, OrderStates)
    return answer(orders.counts(caller(request), query.state))
