"""What petitioners do themselves: raise a demand, see how far it is, add to it, evaluate it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from ninja import File, UploadedFile
from pydantic import Field

from minsheng.demands import actions
from minsheng.demands import queries as demands
from minsheng.demands.rules import Grade
from minsheng.directory.access import citizen
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Supplement, WithReason, given
from minsheng.doors.api.demands import Accepted, Matter, PersonIn, accepted
from minsheng.doors.api.fields import Code, Id, In, Words
from minsheng.doors.api.files import Uploaded, download, uploaded
from minsheng.doors.api.keys import SESSION_SECONDS, CitizenToken, caller, citizen_token
from minsheng.doors.api.routes import Routes
from minsheng.doors.client import address
from minsheng.doors.opening import opened
from minsheng.doors.receiving import received
from minsheng.followups import actions as follow_ups
from minsheng.followups import again, links, queries
from minsheng.followups.models import FollowUp
from minsheng.followups.queries import Progress
from minsheng.orders import actions as orders

router = Routes(tags=["citizens"])
PETITIONER = CitizenToken()

CHANNEL = "web"


class CitizenDemandIn(Matter):
    petitioner: PersonIn = PersonIn()
    confidential: bool = False


@router.act("/citizen/demands", "提交诉求", Accepted, status=201, auth=None, errors=(429,))
def raise_demand(request: HttpRequest, body: CitizenDemandIn) -> HttpResponse:
    """Needs no token. Number and query code open the progress of the demand.

    Thirty demands from one address within an hour, those of the portal's form among them. Who
    brings in the demands of many has a staff token, and uses `POST /demands`.
    """
    sent = body.model_dump()
    person = actions.PersonIn(**sent.pop("petitioner"))
    intake = actions.Intake(channel=CHANNEL, petitioner=person, **sent)
    accept = partial(actions.accept, citizen(), intake)
    return accepted(received(uuid4(), address(request), accept))


class Opening(In):
    number: Annotated[str, Field(min_length=1, max_length=32)]
    query_code: Annotated[str, Field(min_length=1, max_length=12)]


@dataclass(frozen=True, slots=True)
class Session:
    """A token for this one demand; `expires_in` is in seconds."""

    token: str
    expires_in: int


@router.act(
    "/citizen/session",
    "凭诉求号和查询码进入",
    Session,
    status=201,
    auth=None,
    repeatable=False,
    errors=(404, 429),
)
def open_session(request: HttpRequest, body: Opening) -> HttpResponse:
    """Whoever gives twenty wrong codes is not listened to for a quarter of an hour."""
    opened_id = opened(request, body.number, body.query_code)
    return answer(Session(citizen_token(opened_id), SESSION_SECONDS), 201)


def _own(request: HttpRequest) -> int:
    demand_id = caller(request).demand_id
    assert demand_id
    return demand_id


def _progress(request: HttpRequest) -> HttpResponse:
    return answer(queries.progress(caller(request)))


@router.read("/citizen/demand", "办理进度", Progress, auth=PETITIONER, errors=(401, 404))
def progress(request: HttpRequest) -> HttpResponse:
    """The way of the demand in plain words, and what its petitioner may do now."""
    return _progress(request)


@router.act("/citizen/demand/supplement", "补充诉求", Progress, auth=PETITIONER)
def supplement(request: HttpRequest, body: Supplement) -> HttpResponse:
    actions.supplement(caller(request), _own(request), text=body.text)
    return _progress(request)


@router.act("/citizen/demand/withdraw", "撤回诉求", Progress, auth=PETITIONER)
def withdraw(request: HttpRequest, body: WithReason) -> HttpResponse:
    orders.withdraw(caller(request), _own(request), reason=body.reason)
    return _progress(request)


class CitizenEvaluate(In):
    grade: Annotated[Grade, Field(strict=False)]
    solved: bool
    reason_code: Code = ""
    reason: Words = ""


@router.act("/citizen/demand/evaluate", "评价", Progress, auth=PETITIONER)
def evaluate(request: HttpRequest, body: CitizenEvaluate) -> HttpResponse:
    """Who is dissatisfied is asked why."""
    sent: dict[str, Any] = given(body)
    follow_ups.evaluate(caller(request), _own(request), source=FollowUp.Source.PORTAL, **sent)
    return _progress(request)


@router.act("/citizen/demand/ask_rework", "申请重办", Progress, auth=PETITIONER)
def ask_rework(request: HttpRequest, body: WithReason) -> HttpResponse:
    """Asks for another call, as long as the city's limit for that runs."""
    again.ask_rework(caller(request), _own(request), reason=body.reason)
    return _progress(request)


class LinkEvaluate(CitizenEvaluate):
    token: Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The demand that was evaluated."""

    number: str


@router.act(
    "/citizen/evaluations",
    "凭评价链接评价",
    Evaluated,
    status=201,
    auth=None,
    errors=(404,),
)
def evaluate_by_link(request: HttpRequest, body: LinkEvaluate) -> HttpResponse:
    """With the token of a link that was sent by SMS or WeChat: once, within a week."""
    follow_up = links.evaluate(**given(body))
    return answer(Evaluated(follow_up.demand.number or ""), 201)


@router.act("/citizen/demand/attach", "上传附件", Uploaded, status=201, auth=PETITIONER)
def attach_to_own(request: HttpRequest, file: File[UploadedFile]) -> HttpResponse:
    return uploaded(actions.attach(caller(request), _own(request), file=file, public=True))


@router.file("/citizen/attachments/{id}", "下载附件", auth=PETITIONER)
def own_attachment(request: HttpRequest, id: Id) -> HttpResponse:
    """A file that the petitioner sent, or one that a unit meant for them."""
    return download(demands.attachment(caller(request), id))
