"""Every action of the demand's lifecycle, one POST each, declared from one table."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from minsheng.catalogue.models import Basis
from minsheng.demands import actions, queries
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.rules import Grade
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Id, In, Number, Reason, Short, Words
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.followups import actions as follow_ups
from minsheng.followups import again, links
from minsheng.followups.models import FollowUp
from minsheng.followups.rules import Channel as Way
from minsheng.orders import actions as orders
from minsheng.orders import queries as order_queries
from minsheng.orders.queries import Outcome

router = Routes(tags=["demands"])


class Nothing(In):
    """No fields."""


class Edit(In):
    """The fields that change; the others stay."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH)] = ""
    text: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    kind: Code = ""
    category: Code = ""
    district: Code = ""
    place: Short = ""
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None


class Supplement(In):
    text: Annotated[str, Field(min_length=1, max_length=5000)]


class Marks(In):
    """The marks that change, with the reason."""

    reason: Reason
    urgent: bool = False
    confidential: bool = False
    enterprise: bool = False
    escalated: bool = False
    difficult: bool = False


class Answer(In):
    """What was answered, and the one thing that it rests on."""

    answer: Annotated[str, Field(min_length=1, max_length=5000)]
    knowledge: Annotated[Code, Field(description="Code of a knowledge item")] = ""
    transfer_line: Annotated[Code, Field(description="Code of a transfer line")] = ""


class Reject(In):
    legal_route: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Reason


class Merge(In):
    into: Annotated[
        str, Field(min_length=1, max_length=32, description="Number of the earlier demand")
    ]
    reason: Words = ""


class Assign(In):
    lead: Annotated[str, Field(min_length=1, max_length=64, description="Code of a unit")]
    assists: Annotated[list[Code], Field(max_length=19)] = []
    basis: Annotated[Basis, Field(strict=False)] = Basis.CATALOGUE
    note: Words = ""


class WithReason(In):
    reason: Reason


class Attempt(In):
    remark: Words = ""
    channel: Annotated[Way, Field(strict=False)] = Way.PHONE


class SendLink(In):
    channel: Annotated[Way, Field(strict=False)]


class Evaluate(In):
    grade: Annotated[Grade, Field(strict=False)]
    solved: bool
    reason_code: Code = ""
    reason: Words = ""
    source: Annotated[FollowUp.Source, Field(strict=False)] = FollowUp.Source.PHONE


class Verb(NamedTuple):
    """One action: what it takes, and the function that does it."""

    body: type[In]
    do: Callable[..., Any]


#: Every action of the demand's lifecycle that takes JSON, by its name in the table.
VERBS: dict[str, Verb] = {
    "demand.edit": Verb(Edit, actions.edit),
    "demand.supplement": Verb(Supplement, actions.supplement),
    "demand.mark": Verb(Marks, actions.mark),
    "demand.answer": Verb(Answer, actions.answer),
    "demand.reject": Verb(Reject, actions.reject),
    "demand.merge": Verb(Merge, actions.merge),
    "demand.assign": Verb(Assign, orders.assign),
    "demand.withdraw": Verb(WithReason, orders.withdraw),
    "demand.archive": Verb(Nothing, actions.archive),
    "demand.reopen": Verb(WithReason, actions.reopen),
    "follow_up.plan": Verb(Nothing, follow_ups.plan),
    "follow_up.attempt": Verb(Attempt, follow_ups.attempt),
    "follow_up.invalidate": Verb(WithReason, follow_ups.invalidate),
    "follow_up.send_link": Verb(SendLink, links.send_link),
    "follow_up.evaluate": Verb(Evaluate, follow_ups.evaluate),
    "follow_up.ask_rework": Verb(WithReason, again.ask_rework),
    "follow_up.give_up": Verb(WithReason, follow_ups.give_up),
    "follow_up.rework": Verb(WithReason, follow_ups.rework),
}
#: Those that a draft, which has no number yet, can meet.
DRAFT_VERBS = ("demand.edit", "demand.withdraw")


def given(body: In) -> dict[str, Any]:
    """Returns what was sent: what was left out keeps what it is, or takes the action's default."""
    return body.model_dump(exclude_unset=True)


def _declare(action: str, verb: Verb) -> None:
    name = action.split(".")[1]

    def by_number(request: HttpRequest, number: Number, body: Any) -> HttpResponse:
        actor = caller(request)
        require(actor, action)  # who may not do it at all learns nothing of what exists
        demand_id = queries.id_of(number)
        verb.do(actor, demand_id, **given(body))
        return answer(order_queries.outcome(demand_id))

    by_number.__name__ = f"demand_{name}"
    by_number.__annotations__["body"] = verb.body
    by_number.__doc__ = (verb.do.__doc__ or "").split("\n")[0]
    label = order_queries.LABELS[action]
    router.act(f"/demands/{{number}}/{name}", str(label), Outcome)(by_number)


def _declare_for_drafts(action: str, verb: Verb) -> None:
    name = action.split(".")[1]

    def by_id(request: HttpRequest, id: Id, body: Any) -> HttpResponse:
        verb.do(caller(request), id, **given(body))
        return answer(order_queries.outcome(id))

    by_id.__name__ = f"draft_{name}"
    by_id.__annotations__["body"] = verb.body
    label = order_queries.LABELS[action]
    router.act(f"/drafts/{{id}}/{name}", str(label), Outcome)(by_id)


for _action, _verb in VERBS.items():
    _declare(_action, _verb)
for _action in DRAFT_VERBS:
    _declare_for_drafts(_action, VERBS[_action])
