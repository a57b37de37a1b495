"""Third-party evaluation and survey campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, UploadedFile
from pydantic import BaseModel, Field

from minsheng.demands.queries import here
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing, given
from minsheng.doors.api.fields import Day, Id, In, Limit, PageQuery
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import campaigns, thirdparty
from minsheng.followups.models import Campaign, CampaignCall, Commission
from minsheng.foundation import keyset
from minsheng.foundation.keyset import Page

router = Routes(tags=["surveys"])

_Seed = Annotated[str, Field(max_length=64, description="Any text; at random where blank.")]


# Third-party evaluation


@dataclass
class CommissionRow:
    """Demands given to an institute: completed from `first` to `last`, drawn by `seed`."""

    id: int
    institute: str
    first: date
    last: date
    seed: str
    by: str
    at: datetime


@dataclass
class CommissionScore:
    """How many of a unit's demands went out and were scored, and the mean score of 0 to 100."""

    unit: str
    items: int
    scored: int
    mean: float | None


@dataclass
class CommissionOut(CommissionRow):
    units: list[CommissionScore]


@dataclass
class CommissionItemOut:
    """A demand as the institute gets it: under a code of its own, without anybody's name."""

    code: str
    unit: str
    category: str
    kind: str
    district: str
    urgent: bool
    accepted_on: str
    completed_on: str
    in_time: bool
    rework_count: int
    solved: bool | None
    reply: str


def _mean(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 2)


def _commission(row: Commission) -> CommissionOut:
    columns = {name: getattr(row, name) for name in ("institute", "first", "last", "seed", "by")}
    return CommissionOut(
        id=row.pk,
        **columns,
        at=here(row.at),
        units=[
            CommissionScore(one["unit__name"], one["items"], one["scored"], _mean(one["mean"]))
            for one in thirdparty.by_unit(row)
        ],
    )


@router.read("/commissions", "第三方评估列表", Page[CommissionRow])
def commission_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    require(caller(request), "commission.view")
    rows = Commission.objects.values(*CommissionRow.__dataclass_fields__)
    page = keyset.fetch(rows, "-at", query.cursor, query.limit)
    return answer(
        Page([CommissionRow(**{**row, "at": here(row["at"])}) for row in page.items], page.next)
    )


class CommissionIn(In):
    institute: Annotated[str, Field(min_length=1, max_length=120)]
    first: Day
    last: Day
    size: Annotated[int, Field(ge=1, le=thirdparty.MOST_ITEMS)]
    seed: _Seed = ""


@router.act("/commissions", "委托第三方评估", CommissionOut, status=201)
def commission(request: HttpRequest, body: CommissionIn) -> HttpResponse:
    return answer(_commission(thirdparty.commission(caller(request), **given(body))), 201)


@router.read("/commissions/{id}", "第三方评估详情", CommissionOut)
def commission_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_commission(thirdparty.find(caller(request), id)))


@router.read("/commissions/{id}/items", "第三方评估导出", list[CommissionItemOut])
def commission_items(request: HttpRequest, id: Id) -> HttpResponse:
    """What goes to the institute. Replies are cleaned of names and numbers."""
    return answer([CommissionItemOut(**item) for item in thirdparty.taken_out(caller(request), id)])


@dataclass(frozen=True, slots=True)
class ScoresTaken:
    new: int


@router.act("/commissions/{id}/scores", "导入第三方评分", ScoresTaken)
def commission_scores(request: HttpRequest, id: Id, file: File[UploadedFile]) -> HttpResponse:
    """CSV with the columns code, score (0–100), remark: all of it or nothing."""
    return answer(ScoresTaken(thirdparty.bring_back(caller(request), id, file.read())))


# Campaigns


class CampaignQuestion(In):
    text: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[Campaign.Kind, Field(strict=False)]


@dataclass
class CampaignRow:
    """A campaign among those whose demands were accepted from `first` to `last`."""

    id: int
    title: str
    first: date
    last: date
    size: int
    seed: str
    state: str
    by: str
    at: datetime


@dataclass
class CampaignResult:
    """A question with its answers: `counts` by answer, the `mean` of a scale, or the `words`."""

    text: str
    kind: str
    answered: int
    counts: dict[str, int]
    mean: float | None
    words: Sequence[str]


@dataclass
class CampaignOut(CampaignRow):
    calls: dict[str, int]
    results: list[CampaignResult]


@dataclass
class CampaignCallOut:
    """Somebody to be asked, masked; by the number of their demand they are called."""

    id: int
    demand: str
    name: str
    phone: str
    state: str
    tries: int
    answers: Sequence[str]


def _campaign(row: Campaign) -> CampaignOut:
    columns = ("title", "first", "last", "size", "seed", "state", "by")
    return CampaignOut(
        id=row.pk,
        **{name: getattr(row, name) for name in columns},
        at=here(row.at),
        calls=dict(campaigns.tally(row)),
        results=[CampaignResult(**one) for one in campaigns.results(row)],
    )


def _call(row: CampaignCall) -> CampaignCallOut:
    who = row.petitioner.identity
    return CampaignCallOut(
        row.pk,
        row.demand.ref,
        who.name_mask,
        who.phone_mask,
        row.state,
        row.tries,
        row.answers,
    )


@router.read("/campaigns", "外呼调查列表", Page[CampaignRow])
def campaign_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    require(caller(request), "campaign.view")
    rows = Campaign.objects.values(*CampaignRow.__dataclass_fields__)
    page = keyset.fetch(rows, "-at", query.cursor, query.limit)
    return answer(
        Page([CampaignRow(**{**row, "at": here(row["at"])}) for row in page.items], page.next)
    )


class CampaignIn(In):
    title: Annotated[str, Field(min_length=1, max_length=120)]
    questions: Annotated[
        list[CampaignQuestion], Field(min_length=1, max_length=campaigns.MOST_QUESTIONS)
    ]
    first: Day
    last: Day
    size: Annotated[int, Field(ge=1, le=campaigns.MOST_PEOPLE)]


@router.act("/campaigns", "新建外呼调查", CampaignOut, status=201)
def create_campaign(request: HttpRequest, body: CampaignIn) -> HttpResponse:
    return answer(_campaign(campaigns.create(caller(request), **given(body))), 201)


@router.read("/campaigns/{id}", "外呼调查详情", CampaignOut)
def campaign_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_campaign(campaigns.find(caller(request), id)))


class StartCampaign(In):
    seed: _Seed = ""


@router.act("/campaigns/{id}/start", "开始外呼调查", CampaignOut)
def start_campaign(request: HttpRequest, id: Id, body: StartCampaign) -> HttpResponse:
    """Draws whom to ask: never who does not want to be called."""
    return answer(_campaign(campaigns.start(caller(request), id, seed=body.seed)))


@router.act("/campaigns/{id}/close", "结束外呼调查", CampaignOut)
def close_campaign(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    return answer(_campaign(campaigns.close(caller(request), id)))


class WaitingQuery(BaseModel):
    limit: Limit = 50


@router.read("/campaigns/{id}/calls", "待访问名单", list[CampaignCallOut])
def campaign_calls(request: HttpRequest, id: Id, query: Query[WaitingQuery]) -> HttpResponse:
    """Who is still to be called, those that were tried least first."""
    only(request, WaitingQuery)
    actor = caller(request)
    require(actor, "campaign.call")
    row = campaigns.find(actor, id)
    return answer([_call(call) for call in campaigns.waiting(row)[: query.limit]])


class RecordCall(In):
    outcome: Annotated[CampaignCall.State, Field(strict=False)]
    answers: Annotated[
        list[Annotated[str, Field(max_length=500)]],
        Field(max_length=campaigns.MOST_QUESTIONS, description="In the order of the questions."),
    ] = []


@router.act("/campaign-calls/{id}/record", "记录访问", CampaignCallOut)
def record_call(request: HttpRequest, id: Id, body: RecordCall) -> HttpResponse:
    sent: dict[str, Any] = given(body)
    made = campaigns.record(caller(request), id, **sent)
    found = CampaignCall.objects.select_related("petitioner__identity", "demand")
    return answer(_call(found.get(pk=made.pk)))
