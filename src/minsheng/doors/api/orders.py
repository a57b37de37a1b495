"""Orders (工单, one with one unit): lists, one order, and every action of its lifecycle table."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.catalogue.models import Basis
from minsheng.demands.queries import Filters
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing, Verb, WithReason, given
from minsheng.doors.api.demands import Mark
from minsheng.doors.api.fields import (
    Code,
    Codes,
    Day,
    Id,
    In,
    Moment,
    PageQuery,
    Reason,
    Words,
)
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation.keyset import Page
from minsheng.insight import replying
from minsheng.orders import actions, queries
from minsheng.orders.actions.handling import REPLY_LENGTH
from minsheng.orders.queries import OrderDetail, OrderFilters, OrderRow, Outcome
from minsheng.orders.rules import OrderState

router = Routes(tags=["orders"])


class OrderQuery(PageQuery):
    """Units, districts and categories include all below them; several values mean any of them."""

    state: Annotated[list[OrderState], Field(max_length=20)] = []
    unit: Codes = []
    part: Literal["", "lead", "assist"] = ""
    limit_state: Literal["", "normal", "near", "overdue"] = ""
    sign_overdue: bool = False
    assigned_from: Moment | None = None
    assigned_to: Annotated[Moment | None, Field(description="Excluded.")] = None
    district: Codes = []
    category: Codes = []
    kind: Codes = []
    channel: Codes = []
    mark: Annotated[list[Mark], Field(max_length=6, description="All of them.")] = []
    text: Annotated[str, Field(max_length=200)] = ""
    sort: Annotated[
        Literal["", "-assigned_at", "assigned_at", "due_at", "-due_at"],
        Field(description="By `due_at` where a limit state is asked for, else `-assigned_at`."),
    ] = ""

    def filters(self) -> OrderFilters:
        return OrderFilters(
            matter=Filters(
                districts=self.district,
                categories=self.category,
                kinds=self.kind,
                channels=self.channel,
                marks=self.mark,
                text=self.text,
            ),
            states=self.state,
            units=self.unit,
            part=self.part,
            limit_state=self.limit_state,
            sign_overdue=self.sign_overdue,
            assigned_from=self.assigned_from,
            assigned_to=self.assigned_to,
        )


@router.read("/orders", "工单列表", Page[OrderRow])
def order_list(request: HttpRequest, query: Query[OrderQuery]) -> HttpResponse:
    """A unit sees its own orders and those of the units below it; the centre sees all."""
    only(request, OrderQuery)
    return answer(
        queries.page(
            caller(request),
            query.filters(),
            sort=query.sort,
            cursor=query.cursor,
            limit=query.limit,
        )
    )


@router.read("/orders/{id}", "工单详情", OrderDetail)
def order_detail(request: HttpRequest, id: Id) -> HttpResponse:
    actor = caller(request)
    order = queries.find(actor, id)
    return answer(queries.details(actor, order.demand, [order])[0])


#: A code of the list of reasons for this purpose; may be left out.
ReasonCode = Annotated[str, Field(max_length=32)]


class Contact(In):
    method: Literal["phone", "visit", "message", "meeting"]
    outcome: Reason
    reached: Annotated[bool, Field(description="False for a try that did not reach them")] = True


class RequestReturn(In):
    reason_code: Annotated[str, Field(min_length=1, max_length=32)]
    reason: Reason
    suggested_unit: Annotated[Code, Field(description="Code of a unit")] = ""


class AcceptReturn(In):
    unit: Annotated[Code, Field(description="Code of the unit that gets it in the same step")] = ""
    basis: Annotated[Basis, Field(strict=False)] = Basis.DESIGNATED
    reason: Words = ""


class RequestExtension(In):
    limit: Annotated[str, Field(min_length=2, max_length=12, examples=["3wd"])]
    reason: Reason
    reason_code: ReasonCode = ""


class FailAudit(In):
    reason: Reason
    reason_code: ReasonCode = ""


class WithRemark(In):
    reason: Words = ""


class Suspend(In):
    review_on: Day
    reason: Reason


class AssignOnward(In):
    units: Annotated[list[Code], Field(min_length=1, max_length=20)]
    note: Words = ""


class Reassign(In):
    unit: Annotated[str, Field(min_length=1, max_length=64, description="Code of a unit")]
    reason: Reason
    basis: Annotated[Basis, Field(strict=False)] = Basis.DESIGNATED


class Reply(In):
    text: Annotated[str, Field(min_length=1, max_length=REPLY_LENGTH)]
    solved: bool
    public: bool = True
    attachments: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(max_length=20)
    ] = []


class SignOff(In):
    remark: Words = ""


#: Every action of the order's lifecycle that somebody takes, by its name in the table.
VERBS: dict[str, Verb] = {
    "order.sign": Verb(Nothing, actions.sign),
    "order.contact": Verb(Contact, actions.contact),
    "order.request_return": Verb(RequestReturn, actions.request_return),
    "order.accept_return": Verb(AcceptReturn, actions.accept_return),
    "order.overrule_return": Verb(WithReason, actions.overrule_return),
    "order.request_extension": Verb(RequestExtension, actions.request_extension),
    "order.approve_extension": Verb(WithRemark, actions.approve_extension),
    "order.refuse_extension": Verb(WithReason, actions.refuse_extension),
    "order.suspend": Verb(Suspend, actions.suspend),
    "order.resume": Verb(WithRemark, actions.resume),
    "order.assign_onward": Verb(AssignOnward, actions.assign_onward),
    "order.reassign": Verb(Reassign, actions.reassign),
    "order.recall": Verb(WithReason, actions.recall),
    "order.urge": Verb(WithReason, actions.urge),
    "order.reply": Verb(Reply, replying.send),
    "order.sign_off": Verb(SignOff, actions.sign_off),
    "order.refuse_sign_off": Verb(WithReason, actions.refuse_sign_off),
    "order.pass_audit": Verb(SignOff, actions.pass_audit),
    "order.fail_audit": Verb(FailAudit, actions.fail_audit),
}


def _declare(action: str, verb: Verb) -> None:
    name = action.split(".")[1]

    def by_id(request: HttpRequest, id: Id, body: Any) -> HttpResponse:
        actor = caller(request)
        require(actor, action)
        verb.do(actor, id, **given(body))
        return answer(queries.outcome_of_order(id))

    by_id.__name__ = f"order_{name}"
    by_id.__annotations__["body"] = verb.body
    by_id.__doc__ = (verb.do.__doc__ or "").split("\n")[0]
    label = queries.LABELS[action]
    router.act(f"/orders/{{id}}/{name}", str(label), Outcome)(by_id)


for _action, _verb in VERBS.items():
    _declare(_action, _verb)
