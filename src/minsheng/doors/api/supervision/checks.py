"""回头看、现场核查、联合督查."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, UploadedFile
from pydantic import AwareDatetime, Field

from minsheng.demands.queries import id_of
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Codes, Day, Id, In, PageQuery, Reason, Words
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.doors.api.supervision.ladder import TimeLimit
from minsheng.foundation.keyset import Page
from minsheng.supervision import actions, queries
from minsheng.supervision.actions.checks import MOST_DRAWN, MOST_SITES, SiteIn
from minsheng.supervision.models import Draw, FieldCheck, Joint, Recheck, Site

router = Routes(tags=["supervision"])


# Re-checks


@dataclass(frozen=True, slots=True)
class RecheckOut:
    id: int
    draw: str
    demand: str | None
    unit: str
    state: str
    finding: str
    by: str
    at: datetime | None


def _recheck(row: Recheck) -> RecheckOut:
    return RecheckOut(
        *(row.pk, row.source.number, row.demand.number, row.unit.code),
        *(row.state, row.finding, row.by, row.at),
    )


@router.read("/supervision/rechecks", "回头看列表", Page[RecheckOut])
def recheck_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = Recheck.objects.filter(queries.visible(caller(request), Recheck))
    rows = found.select_related("source", "demand", "unit")
    page = queries.latest(rows, "-drawn_at", query.cursor, query.limit)
    return answer(Page([_recheck(row) for row in page.items], page.next))


class DrawRechecks(In):
    """What to draw from: demands that were completed from `since` to `until`, both included."""

    since: Day
    until: Day
    size: Annotated[int, Field(ge=1, le=MOST_DRAWN)]
    seed: Annotated[str, Field(min_length=1, max_length=64)]
    units: Codes = []


@dataclass(frozen=True, slots=True)
class DrawOut:
    """What was drawn out of how many; seed and numbers draw the same again."""

    id: int
    number: str
    seed: str
    since: date
    until: date
    population: int
    demands: list[str]


@router.act("/supervision/rechecks", "抽取回头看", DrawOut)
def draw_rechecks(request: HttpRequest, body: DrawRechecks) -> HttpResponse:
    made: Draw = actions.draw(
        caller(request),
        since=body.since,
        until=body.until,
        size=body.size,
        seed=body.seed,
        units=body.units,
    )
    demands = made.rechecks.order_by("pk").values_list("demand__number", flat=True)
    return answer(
        DrawOut(
            *(made.pk, made.number, made.seed, made.since, made.until, made.population),
            [number or "" for number in demands],
        )
    )


class RecheckFinding(In):
    finding: Reason


@router.act("/supervision/rechecks/{id}/hold", "复查属实", RecheckOut)
def hold_recheck(request: HttpRequest, id: Id, body: RecheckFinding) -> HttpResponse:
    return answer(_recheck(actions.hold(caller(request), id, finding=body.finding)))


@router.act("/supervision/rechecks/{id}/reopen", "复查后重新受理", RecheckOut)
def reopen_recheck(request: HttpRequest, id: Id, body: RecheckFinding) -> HttpResponse:
    return answer(_recheck(actions.reopen(caller(request), id, finding=body.finding)))


# Field checks


@dataclass(frozen=True, slots=True)
class FieldCheckOut:
    """A field check; `evidence` are ids of attachments of its demand."""

    id: int
    number: str
    demand: str | None
    unit: str | None
    assignee: str | None
    state: str
    reason: str
    due_at: datetime
    verdict: str
    finding: str
    place: str
    lon: float | None
    lat: float | None
    seen_at: datetime | None
    evidence: list[int]
    reported_by: str
    reported_at: datetime | None


def _field_check(row: FieldCheck) -> FieldCheckOut:
    return FieldCheckOut(
        id=row.pk,
        number=row.number,
        demand=row.demand.number,
        unit=row.unit.code if row.unit else None,
        assignee=row.assignee.username if row.assignee else None,
        state=row.state,
        reason=row.reason,
        due_at=row.due_at,
        verdict=row.verdict,
        finding=row.finding,
        place=row.place,
        lon=row.lon,
        lat=row.lat,
        seen_at=row.seen_at,
        evidence=list(row.evidence),
        reported_by=row.reported_by,
        reported_at=row.reported_at,
    )


@router.read("/supervision/field-checks", "现场核查列表", Page[FieldCheckOut])
def field_check_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = FieldCheck.objects.filter(queries.visible(caller(request), FieldCheck))
    rows = found.select_related("demand", "unit", "assignee")
    page = queries.latest(rows, "-opened_at", query.cursor, query.limit)
    return answer(Page([_field_check(row) for row in page.items], page.next))


class OrderCheck(In):
    demand: Annotated[str, Field(min_length=1, max_length=32, description="Number of the demand")]
    reason: Reason
    assignee: Annotated[str, Field(max_length=64, description="User name")] = ""
    limit: TimeLimit = ""


@router.act("/supervision/field-checks", "安排现场核查", FieldCheckOut)
def order_field_check(request: HttpRequest, body: OrderCheck) -> HttpResponse:
    actor = caller(request)
    require(actor, "field_check.order")
    made = actions.order_field_check(
        actor,
        demand_id=id_of(body.demand),
        reason=body.reason,
        assignee=body.assignee,
        limit=body.limit,
    )
    return answer(_field_check(made))


@router.act("/supervision/field-checks/{id}/report", "现场核查结果", FieldCheckOut)
def report_field_check(
    request: HttpRequest,
    id: Id,
    file: File[UploadedFile],
    verdict: Annotated[FieldCheck.Verdict, Form()],
    finding: Annotated[str, Form(min_length=1, max_length=2000)],
    place: Annotated[str, Form(min_length=1, max_length=200)],
    lon: Annotated[float | None, Form(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Form(ge=-90, le=90)] = None,
    seen_at: Annotated[AwareDatetime | None, Form()] = None,
) -> HttpResponse:
    """The verdict, with a picture, the place and the time of looking (now, where left out)."""
    upload: Any = file
    made = actions.report_field_check(
        caller(request),
        id,
        verdict=verdict,
        finding=finding,
        place=place,
        lon=lon,
        lat=lat,
        seen_at=seen_at,
        file=upload,
    )
    return answer(_field_check(made))


# Joint supervision


@dataclass(frozen=True, slots=True)
class SiteOut:
    id: int
    place: str
    unit: str
    demand: str | None
    verdict: str
    finding: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class JointOut:
    id: int
    number: str
    title: str
    on: date
    state: str
    units: list[str]
    sites: list[SiteOut]
    remark: str


def _site(row: Site) -> SiteOut:
    demand = row.demand.number if row.demand else None
    return SiteOut(
        *(row.pk, row.place, row.unit.code, demand, row.verdict, row.finding, row.by, row.at)
    )


def _joints(rows: list[Joint]) -> list[JointOut]:
    sites = Site.objects.select_related("unit", "demand").order_by("pk")
    prefetch_related_objects(rows, "units", Prefetch("sites", sites))
    return [
        JointOut(
            *(row.pk, row.number, row.title, row.on, row.state),
            sorted(unit.code for unit in row.units.all()),
            [_site(site) for site in row.sites.all()],
            row.remark,
        )
        for row in rows
    ]


@router.read("/supervision/joints", "联合督查列表", Page[JointOut])
def joint_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    found = Joint.objects.filter(queries.visible(caller(request), Joint, "sites__unit")).distinct()
    page = queries.latest(found, "-opened_at", query.cursor, min(query.limit, 50))
    return answer(Page(_joints(page.items), page.next))


class SiteFields(In):
    place: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Annotated[str, Field(min_length=1, max_length=64, description="Who answers for it")]
    demand: Annotated[str, Field(max_length=32, description="Number")] = ""


class PlanJoint(In):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    on: Day
    units: Annotated[Codes, Field(description="Who goes, by code")] = []
    sites: Annotated[list[SiteFields], Field(min_length=1, max_length=MOST_SITES)]


@router.act("/supervision/joints", "安排联合督查", JointOut)
def plan_joint(request: HttpRequest, body: PlanJoint) -> HttpResponse:
    made = actions.plan_joint(
        caller(request),
        title=body.title,
        on=body.on,
        units=body.units,
        sites=[SiteIn(one.place, one.unit, one.demand) for one in body.sites],
    )
    return answer(_joints([made])[0])


class JudgeSite(In):
    verdict: Site.Verdict = Field(strict=False)
    finding: Reason


@router.act("/supervision/sites/{id}/judge", "认定点位", SiteOut)
def judge_site(request: HttpRequest, id: Id, body: JudgeSite) -> HttpResponse:
    """A later verdict replaces an earlier one while the supervision runs."""
    made = actions.judge(caller(request), id, verdict=body.verdict, finding=body.finding)
    return answer(_site(made))


class CloseJoint(In):
    reason: Words


@router.act("/supervision/joints/{id}/close", "结束联合督查", JointOut)
def close_joint(request: HttpRequest, id: Id, body: CloseJoint) -> HttpResponse:
    made = actions.close_joint(caller(request), id, reason=body.reason)
    return answer(_joints([made])[0])
