"""Suggestions for machines: what to choose for a text, what was chosen, the model's versions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query
from pydantic import Field

from minsheng.demands import queries as demands
from minsheng.directory.access import require
from minsheng.directory.permissions import scopes
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing
from minsheng.doors.api.fields import Code, In, Short, Why
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.foundation import clock
from minsheng.insight import acceptance as accepted
from minsheng.insight import actions, queries, replies
from minsheng.insight.language import drafting
from minsheng.insight.language.drafting import Summary
from minsheng.insight.learning import actions as versions
from minsheng.insight.models import ModelVersion
from minsheng.insight.suggesting import Advice

router = Routes(tags=["insight"])

Text = Annotated[str, Field(max_length=100_000)]


class Ask(In):
    """A demand as far as it was told; `category` and `district` where a person chose them."""

    text: Text = ""
    title: Annotated[str, Field(max_length=1000)] = ""
    place: Short = ""
    district: Code = ""
    category: Code = ""


@dataclass(frozen=True, slots=True)
class AdviceOut:
    """One thing to choose. `confidence`: 0 to 1, or null where there is none to tell."""

    value: str
    label: str
    confidence: float | None
    sure: bool
    reason: str
    model: str


@dataclass(frozen=True, slots=True)
class SuggestedOut:
    """What is suggested, the best of each first. `slip` goes back with the choice."""

    categories: Sequence[AdviceOut]
    kind: Sequence[AdviceOut]
    urgency: Sequence[AdviceOut]
    units: Sequence[AdviceOut]
    place: Sequence[AdviceOut]
    similar: Sequence[AdviceOut]
    knowledge: Sequence[AdviceOut]
    slip: str


def _out(advice: Sequence[Advice]) -> list[AdviceOut]:
    return [
        AdviceOut(one.value, one.label, one.confidence, one.sure, one.reason, one.model)
        for one in advice
    ]


@router.act("/insight/suggestions", "取智能建议", SuggestedOut)
def suggest(request: HttpRequest, body: Ask) -> HttpResponse:
    """Suggests category, kind, urgency, unit, place, similar demands and knowledge. Stores nothing.

    The first 5,000 characters of the text are read.
    """
    found = queries.suggest(
        body.text,
        title=body.title,
        place=body.place,
        district=body.district,
        category=body.category,
        actor=caller(request),
    )
    return answer(
        SuggestedOut(
            _out(found.categories),
            _out(found.kind),
            _out(found.urgency),
            _out(found.units),
            _out(found.place),
            _out(found.similar),
            _out(found.knowledge),
            found.slip,
        )
    )


class Chosen(In):
    slip: Annotated[str, Field(max_length=10_000)]
    demand: Annotated[str, Field(min_length=1, max_length=32)]


@dataclass(frozen=True, slots=True)
class ChosenOut:
    """How many fields were written down; 0 where the slip was old or counted already."""

    fields: int


@router.act("/insight/choices", "记录采用情况", ChosenOut)
def choose(request: HttpRequest, body: Chosen) -> HttpResponse:
    """Writes down what was suggested beside what now stands on the demand."""
    actor = caller(request)
    demand = demands.find(actor, number=body.demand)
    return answer(ChosenOut(actions.chosen(actor, body.slip, demand.pk)))


# Versions of the model


@dataclass(frozen=True, slots=True)
class VersionOut:
    """A version. `state`: requested, training, trained, failed, refused, serving, retired."""

    number: int
    state: str
    progress: float
    requested_by: str
    requested_at: datetime
    trained_at: datetime | None
    rows: int
    sha256: str
    failure: str
    decided_by: str
    decided_at: datetime | None
    remark: str


@dataclass(frozen=True, slots=True)
class ReportOut(VersionOut):
    """A version with its report on the demands that were held out; empty before it is trained."""

    report: dict[str, Any]


def _fields(version: ModelVersion) -> dict[str, Any]:
    names = [field.name for field in fields(VersionOut)]
    return {name: getattr(version, name) for name in names} | {"failure": version.why_failed}


def _version(version: ModelVersion) -> VersionOut:
    return VersionOut(**_fields(version))


@router.read("/insight/models", "列出模型版本", list[VersionOut])
def list_models(request: HttpRequest) -> HttpResponse:
    return answer([_version(one) for one in queries.versions(caller(request))])


@router.act("/insight/models", "训练新版本", VersionOut, status=201)
def train_model(request: HttpRequest, body: Nothing) -> HttpResponse:
    """Asks for a version; the worker trains it."""
    return answer(_version(versions.request_training(caller(request))), 201)


VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.read("/insight/models/{number}", "看模型版本的报告", ReportOut)
def show_model(request: HttpRequest, number: VersionNumber) -> HttpResponse:
    """The report without its examples for those who may see no demand."""
    actor = caller(request)
    found = queries.version(actor, number)
    report = dict(found.report)
    if not scopes(actor.role, "demand.view"):
        report.pop("errors", None)
    return answer(ReportOut(**_fields(found), report=report))


@router.act("/insight/models/{number}/approve", "启用模型版本", VersionOut)
def approve_model(request: HttpRequest, number: VersionNumber, body: Nothing) -> HttpResponse:
    return answer(_version(versions.approve(caller(request), number)))


@router.act("/insight/models/{number}/refuse", "退回模型版本", VersionOut)
def refuse_model(request: HttpRequest, number: VersionNumber, body: Why) -> HttpResponse:
    return answer(_version(versions.refuse(caller(request), number, reason=body.reason)))


@router.act("/insight/models/{number}/restore", "恢复模型版本", VersionOut)
def restore_model(request: HttpRequest, number: VersionNumber, body: Nothing) -> HttpResponse:
    return answer(_version(versions.restore(caller(request), number)))


@router.act("/insight/models/{number}/retire", "停用模型版本", VersionOut)
def retire_model(request: HttpRequest, number: VersionNumber, body: Why) -> HttpResponse:
    return answer(_version(versions.retire(caller(request), number, reason=body.reason)))


@router.read("/insight/acceptance", "看建议采用情况", list[accepted.Acceptance])
def acceptance(
    request: HttpRequest, days: Annotated[int, Query(ge=1, le=3660)] = 30
) -> HttpResponse:
    """How often suggestions were taken in the last `days`, by version and field."""
    since = clock.now() - timedelta(days=days)
    return answer(accepted.acceptance(caller(request), since))


# Replies


class ReplyIn(In):
    """A demand and a reply to it; `contacted` and `petitioner` where the caller knows them."""

    demand: Text
    reply: Text
    contacted: bool | None = None
    petitioner: Annotated[str, Field(max_length=64)] = ""


@dataclass(frozen=True, slots=True)
class FindingOut:
    """One thing that a reply lacks; `quoted` is where it shows."""

    code: str
    message: str
    quoted: str


@router.act("/insight/replies/check", "检查答复", list[FindingOut])
def check_reply(request: HttpRequest, body: ReplyIn) -> HttpResponse:
    """What the reply lacks, an empty list where nothing was found. Stores nothing."""
    require(caller(request), "insight.check_reply")
    found = replies.check(
        body.demand, body.reply, contacted=body.contacted, petitioner=body.petitioner
    )
    return answer([FindingOut(*finding) for finding in found])


# Drafts by a language model, where the city has one

Known = Annotated[list[Code], Field(max_length=20)]


class NotesIn(In):
    """Notes of a call; `known`: names and numbers of the caller, which never leave the house."""

    notes: Annotated[str, Field(min_length=1, max_length=20_000)]
    known: Known = []


@router.act("/insight/drafts/summary", "整理通话记录", Summary)
def draft_summary(request: HttpRequest, body: NotesIn) -> HttpResponse:
    """Title and text from a call's notes; 409 where no language model is set up or answers."""
    return answer(drafting.summary(caller(request), body.notes, body.known))


class DraftReply(In):
    demand: Annotated[str, Field(min_length=1, max_length=20_000)]
    known: Known = []


@dataclass(frozen=True, slots=True)
class DraftOut:
    text: str


@router.act("/insight/drafts/reply", "起草答复", DraftOut)
def draft_reply(request: HttpRequest, body: DraftReply) -> HttpResponse:
    """A draft reply from the knowledge that is found for a demand; 409 as above."""
    return answer(DraftOut(drafting.reply(caller(request), body.demand, body.known)))
