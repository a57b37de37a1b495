"""Demands (诉求): intake, lists, one demand, and every action of its lifecycle table."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, NamedTuple

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Query, UploadedFile
from pydantic import BaseModel, Field

from minsheng.catalogue.models import Basis
from minsheng.demands import actions, queries
from minsheng.demands.actions.intake import TEXT_LENGTH, TITLE_LENGTH
from minsheng.demands.models import Attachment, Demand, Petitioner
from minsheng.demands.queries import DemandDetail, DemandRow, Masked
from minsheng.demands.rules import Grade, State
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import (
    Code,
    Codes,
    Cursor,
    Id,
    In,
    Limit,
    Moment,
    Number,
    Reason,
    Short,
    Words,
)
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import actions as follow_ups
from minsheng.followups import queries as follow_up_queries
from minsheng.followups.models import FollowUp
from minsheng.followups.queries import FollowUpDetail
from minsheng.foundation.errors import NotFound
from minsheng.foundation.gather import gather_about
from minsheng.foundation.keyset import Page
from minsheng.orders import actions as orders
from minsheng.orders import queries as order_queries
from minsheng.orders.queries import Line, OrderDetail, Outcome

router = Routes(tags=["demands"])

Mark = Literal["urgent", "confidential", "enterprise", "excluded", "escalated", "difficult"]


# Intake


class PersonIn(In):
    """Who raises a demand; left out, or all blank, for an anonymous one."""

    name: Code = ""
    phone: Annotated[str, Field(max_length=32)] = ""
    id_number: Annotated[str, Field(max_length=32)] = ""
    address: Short = ""
    kind: Annotated[Petitioner.Kind, Field(strict=False)] = Petitioner.Kind.PERSON
    do_not_call: bool = False


class Matter(In):
    """What a demand is about; dictionaries by code."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH)]
    text: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""
    kind: Code = ""
    category: Code = ""
    district: Code = ""
    place: Short = ""
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None


class DemandIn(Matter):
    channel: Annotated[str, Field(min_length=1, max_length=64)]
    petitioner: PersonIn = PersonIn()
    urgent: bool = False
    confidential: bool = False
    origin: Annotated[Demand.Origin, Field(strict=False)] = Demand.Origin.CITY
    external_no: Code = ""
    call_no: Code = ""

    def intake(self) -> actions.Intake:
        given = self.model_dump()
        return actions.Intake(**{**given, "petitioner": actions.PersonIn(**given["petitioner"])})


@dataclass(frozen=True, slots=True)
class Accepted:
    """The number of a demand, and the code by which its petitioner asks after it."""

    id: int
    number: str
    query_code: str
    state: str
    accepted_at: Moment


def accepted(demand: Demand) -> HttpResponse:
    assert demand.number
    assert demand.accepted_at
    return answer(
        Accepted(
            demand.pk,
            demand.number,
            demand.query_code,
            demand.state,
            queries.here(demand.accepted_at),
        ),
        201,
    )


@router.act("/demands", "受理一件诉求", Accepted, status=201)
def accept(request: HttpRequest, body: DemandIn) -> HttpResponse:
    """Registers and accepts a demand in one step; it gets its number and query code."""
    return accepted(actions.accept(caller(request), body.intake()))


@dataclass(frozen=True, slots=True)
class Draft:
    id: int
    state: str


@router.act("/drafts", "登记草稿", Draft, status=201)
def register(request: HttpRequest, body: DemandIn) -> HttpResponse:
    """Keeps a demand without number and limit until it is submitted."""
    demand = actions.register(caller(request), body.intake())
    return answer(Draft(demand.pk, demand.state), 201)


@router.act("/drafts/{id}/submit", "受理草稿", Accepted, status=201)
def submit(request: HttpRequest, id: Id) -> HttpResponse:
    """Accepts a draft of one's own: it gets its number, and its limits start to count."""
    return accepted(actions.submit(caller(request), id))


# Lists


class DemandFilters(BaseModel):
    """Units, districts and categories include all below them; several values mean any of them."""

    state: Annotated[list[State], Field(max_length=20)] = []
    unit: Codes = []
    district: Codes = []
    category: Codes = []
    kind: Codes = []
    channel: Codes = []
    origin: Annotated[list[Demand.Origin], Field(max_length=5)] = []
    mark: Annotated[list[Mark], Field(max_length=6, description="All of them.")] = []
    limit_state: Annotated[
        Literal["", "normal", "near", "overdue"],
        Field(description="How the limit of the lead unit stands, where it runs."),
    ] = ""
    accepted_from: Moment | None = None
    accepted_to: Annotated[Moment | None, Field(description="Excluded.")] = None
    petitioner: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    text: Annotated[
        str, Field(max_length=200, description="Words in title, text and place; all of them.")
    ] = ""

    def filters(self) -> queries.Filters:
        return queries.Filters(
            states=self.state,
            units=self.unit,
            districts=self.district,
            categories=self.category,
            kinds=self.kind,
            channels=self.channel,
            origins=self.origin,
            marks=self.mark,
            limit_state=self.limit_state,
            accepted_from=self.accepted_from,
            accepted_to=self.accepted_to,
            petitioner=self.petitioner,
            text=self.text,
        )


class DemandQuery(DemandFilters):
    sort: Annotated[
        Literal["", "-accepted_at", "accepted_at", "due_at", "-due_at"],
        Field(description="By `due_at` where a limit state is asked for, else `-accepted_at`."),
    ] = ""
    cursor: Cursor = ""
    limit: Limit = 50


@router.read("/demands", "诉求列表", Page[DemandRow])
def demand_list(request: HttpRequest, query: Query[DemandQuery]) -> HttpResponse:
    """Pages by keyset: a page of any depth costs the same. Pass `next` as `cursor`."""
    only(request, DemandQuery)
    return answer(
        order_queries.demand_page(
            caller(request),
            query.filters(),
            sort=query.sort,
            cursor=query.cursor,
            limit=query.limit,
        )
    )


class DraftQuery(BaseModel):
    cursor: Cursor = ""
    limit: Limit = 50


@router.read("/drafts", "本人的草稿", Page[queries.DraftRow])
def draft_list(request: HttpRequest, query: Query[DraftQuery]) -> HttpResponse:
    only(request, DraftQuery)
    return answer(queries.drafts(caller(request), cursor=query.cursor, limit=query.limit))


# One demand


@dataclass
class WholeDemand(DemandDetail):
    """A demand with everything on it, and the actions that this caller may take now."""

    orders: tuple[OrderDetail, ...]
    follow_ups: tuple[FollowUpDetail, ...]
    timeline: tuple[Line, ...]
    actions: tuple[str, ...]


_PARTS = {**queries.PARTS, **order_queries.PARTS, **follow_up_queries.PARTS}


def _whole(request: HttpRequest, demand: Demand) -> HttpResponse:
    actor = caller(request)
    given = order_queries.of_demand(demand)
    possible = order_queries.possible_actions(actor, demand, given)
    parts = gather_about(demand.pk, _PARTS)
    detail = queries.detail(actor, demand, parts)
    return answer(
        {
            **vars(detail),
            "orders": order_queries.details(actor, demand, given, parts),
            "follow_ups": follow_up_queries.of_demand(demand, parts),
            "timeline": order_queries.timeline(actor, demand, parts),
            "actions": possible.demand,
        }
    )


@router.read("/demands/{number}", "诉求详情", WholeDemand)
def demand_detail(request: HttpRequest, number: Number) -> HttpResponse:
    return _whole(request, queries.find(caller(request), number=number))


@router.read("/drafts/{id}", "草稿详情", WholeDemand)
def draft_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return _whole(request, queries.find(caller(request), id=id))


# Actions


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


class Exclude(In):
    reason: Reason
    excluded: bool = True


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
    "demand.exclude": Verb(Exclude, actions.exclude),
    "demand.answer": Verb(Answer, actions.answer),
    "demand.reject": Verb(Reject, actions.reject),
    "demand.merge": Verb(Merge, actions.merge),
    "demand.assign": Verb(Assign, orders.assign),
    "demand.withdraw": Verb(WithReason, orders.withdraw),
    "demand.archive": Verb(Nothing, actions.archive),
    "demand.reopen": Verb(WithReason, actions.reopen),
    "follow_up.plan": Verb(Nothing, follow_ups.plan),
    "follow_up.attempt": Verb(Attempt, follow_ups.attempt),
    "follow_up.evaluate": Verb(Evaluate, follow_ups.evaluate),
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


# Files


@dataclass(frozen=True, slots=True)
class Uploaded:
    id: int
    name: str
    content_type: str
    size: int
    sha256: str


def uploaded(row: Attachment) -> HttpResponse:
    return answer(Uploaded(row.pk, row.name, row.content_type, row.size, row.sha256), 201)


@router.act("/demands/{number}/attach", "上传附件", Uploaded, status=201)
def attach(
    request: HttpRequest,
    number: Number,
    file: File[UploadedFile],
    public: Annotated[bool, Form(description="Whether the petitioner may see it.")] = False,
) -> HttpResponse:
    """Stores a picture, document, recording or video, after looking at what it really is.

    A unit names it in its reply.
    """
    actor = caller(request)
    require(actor, "demand.attach")
    return uploaded(actions.attach(actor, queries.id_of(number), file=file, public=public))


@router.act("/drafts/{id}/attach", "为草稿上传附件", Uploaded, status=201)
def attach_to_draft(request: HttpRequest, id: Id, file: File[UploadedFile]) -> HttpResponse:
    return uploaded(actions.attach(caller(request), id, file=file))


def download(row: Attachment) -> HttpResponse:
    """Returns a file as something to save, never to be shown in the page's own name."""
    if not row.file.storage.exists(str(row.file.name)):
        raise NotFound("file_lost", _("附件的文件已不在存储中；请联系管理员从备份恢复。"))
    response = FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.content_type
    )
    response.headers["Content-Security-Policy"] = "sandbox"
    return response  # type: ignore[return-value]


@router.file("/attachments/{id}", "下载附件")
def attachment(request: HttpRequest, id: Id) -> HttpResponse:
    return download(queries.attachment(caller(request), id))


# Petitioners


class Reveal(In):
    reason: Annotated[str, Field(min_length=2, max_length=2000)]


@dataclass(frozen=True, slots=True)
class Person:
    """A petitioner in clear. Every look is journaled with its reason."""

    name: str
    phone: str
    id_number: str
    address: str


@router.act("/demands/{number}/reveal", "查看诉求人信息", Person, repeatable=False)
def reveal(request: HttpRequest, number: Number, body: Reveal) -> HttpResponse:
    actor = caller(request)
    require(actor, "identity.reveal")
    person = actions.reveal(actor, queries.id_of(number), reason=body.reason)
    return answer(Person(**asdict(person)))


class Find(In):
    phone: Annotated[str, Field(min_length=1, max_length=32)]


@router.act("/petitioners/find", "按电话查找诉求人", list[Masked], repeatable=False)
def find_petitioners(request: HttpRequest, body: Find) -> HttpResponse:
    """Finds by a keyed hash; the search itself is journaled. Lists take the `id` as a filter."""
    found = actions.find_by_phone(caller(request), body.phone)
    return answer([queries.masked(petitioner) for petitioner in found])


class MarkPetitioner(In):
    """The marks that change, with the reason."""

    reason: Reason
    abusive: bool = False
    do_not_call: bool = False


@router.act("/petitioners/{id}/mark", "标记诉求人", Masked)
def mark_petitioner(request: HttpRequest, id: Id, body: MarkPetitioner) -> HttpResponse:
    return answer(queries.masked(actions.mark_petitioner(caller(request), id, **given(body))))
