"""回头看、现场核查、联合督查: looking again, looking on the spot, looking together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit, due
from minsheng.demands import actions as demands
from minsheng.demands import attachments
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Staff
from minsheng.directory.permissions import Role
from minsheng.foundation import city_calendar, clock, journal, numbers, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.orders.actions.assigning import units_by_code
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part
from minsheng.supervision import rules
from minsheng.supervision.acting import acting, opening
from minsheng.supervision.models import Draw, FieldCheck, Joint, Recheck, Site

MOST_DRAWN = 1000
MOST_SITES = 100
CHECK_LIMIT = "3wd"

# The lead orders that brought an archived demand to its end, one for each demand.
_POPULATION = f"""
SELECT DISTINCT ON (d.id) d.number, d.id, a.unit_id
FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
WHERE a.completed_at >= %s AND a.completed_at < %s AND a.state = '{OrderState.COMPLETED}'
    AND a.part = '{Part.LEAD}' AND a.parent_id IS NULL
    AND d.state = '{DemandState.ARCHIVED}' AND NOT d.restricted AND NOT d.excluded
    AND (%s::bigint[] IS NULL OR a.unit_id = ANY(%s::bigint[]))
ORDER BY d.id, a.completed_at DESC
"""  # noqa: S608 (put together from constants of the code)


def draw(
    actor: Actor, *, since: date, until: date, size: int, seed: str, units: Sequence[str] = ()
) -> Draw:
    """抽取回头看: draws `size` of the closed demands that were completed in a period, by `seed`.

    Restricted demands and those left out of assessment are never drawn. Anyone who has the seed
    draws the same again. Raises Invalid for a period or size that makes no sense, Conflict where
    there is nothing to draw from.
    """
    require(actor, "recheck.draw")
    seed = text.line(seed, 64)
    if not seed:
        raise Invalid("missing", _("请填写抽样种子，例如会议商定的数字。"), field="seed")
    if not since <= until <= clock.now().date() or not 1 <= size <= MOST_DRAWN:
        raise Invalid(
            "out_of_range", _("起止日期颠倒或还没有到，或抽取数不在1至1000之间；请修改。")
        )
    chosen = [unit.pk for unit in units_by_code(units)] or None
    begin = datetime.combine(since, time(), clock.ZONE)
    end = datetime.combine(until + timedelta(days=1), time(), clock.ZONE)
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(_POPULATION, [begin, end, chosen, chosen])
            found = {number: (demand, unit) for number, demand, unit in cursor.fetchall()}
        if not found:
            raise Conflict("nothing_to_draw", _("这段时间没有已归档的办结件；请换一个时段。"))
        drawn = rules.draw(seed, found, size)
        now = clock.now()
        row = Draw.objects.create(
            number=numbers.issue(rules.PREFIXES["draw"], now).number,
            seed=seed,
            since=since,
            until=until,
            population=len(found),
            size=len(drawn),
            opened_at=now,
            opened_by_id=actor.staff_id,
        )
        Recheck.objects.bulk_create(
            Recheck(source=row, demand_id=found[one][0], unit_id=found[one][1], drawn_at=now)
            for one in drawn
        )
        journal.write(
            subject_kind="draw",
            subject_id=row.pk,
            ref=row.number,
            action="recheck.draw",
            by=actor.signature,
            at=now,
            changes={
                "note": {
                    "seed": seed, "since": since, "until": until, "units": list(units),
                    "population": len(found), "drawn": drawn,
                }
            },
        )  # fmt: skip
    return row


def hold(actor: Actor, recheck_id: int, *, finding: str) -> Recheck:
    """复查属实: what the unit reported still holds."""
    finding = text.clean(finding, 2000)
    with acting(actor, "recheck.hold", Recheck, recheck_id, finding=finding) as deed:
        deed.set(finding=finding, by=actor.name, at=deed.now)
        deed.tell(remark=finding)
    return deed.thing


def reopen(actor: Actor, recheck_id: int, *, finding: str) -> Recheck:
    """复查后重新受理: it does not hold; the demand is taken up again, for the dispatcher."""
    finding = text.clean(finding, 2000)
    with acting(actor, "recheck.reopen", Recheck, recheck_id, finding=finding) as deed:
        demands.reopen(actor, deed.thing.demand_id, reason=finding)
        deed.set(finding=finding, by=actor.name, at=deed.now)
        deed.tell(remark=finding)
    return deed.thing


# Field checks


def order_field_check(
    actor: Actor, *, demand_id: int, reason: str, assignee: str = "", limit: str = ""
) -> FieldCheck:
    """安排现场核查: somebody is to go and look, by default within three working days.

    `assignee` is the user name of a collector or supervisor; without one any supervisor may go.
    Raises Invalid for anybody else.
    """
    with opening(
        actor, "field_check.order", FieldCheck, demand_id=demand_id, reason=reason
    ) as deed:
        wanted = Limit.parse(limit or CHECK_LIMIT)
        last = Assignment.objects.filter(demand=demand_id, parent=None, part=Part.LEAD).order_by(
            F("assigned_at").desc(), "-pk"
        )
        order = last.first()
        deed.thing = FieldCheck(
            number=numbers.issue(rules.PREFIXES["field_check"], deed.now).number,
            demand=deed.demand,
            assignment=order,
            unit_id=order.unit_id if order else None,
            assignee=_assignee(assignee) if assignee else None,
            reason=text.clean(reason, 2000),
            due_at=due(city_calendar.present(), deed.now, wanted).at,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.tell(assignee=assignee, measure_due_at=deed.thing.due_at)
    return deed.thing


def _assignee(username: str) -> Staff:
    found = Staff.objects.filter(
        username=username,
        is_active=True,
        posts__role__in=[Role.COLLECTOR, Role.SUPERVISOR],
        posts__until=None,
    ).first()
    if found is None:
        raise Invalid(
            "unknown_staff", _("核查人须是在岗的采集员或督查员；请重新选择。"), field="assignee"
        )
    return found


def report_field_check(
    actor: Actor,
    check_id: int,
    *,
    verdict: str,
    finding: str,
    place: str,
    file: "UploadedFile[Any] | None",
    lon: float | None = None,
    lat: float | None = None,
    seen_at: datetime | None = None,
) -> FieldCheck:
    """现场核查结果: the verdict, with a picture, the place and the time of looking.

    `lon` and `lat` in degrees (WGS 84). Raises Invalid for a file that is no picture, for an
    unknown verdict, and for a time that lies before the order or in the future.
    """
    if verdict not in FieldCheck.Verdict:
        raise Invalid("unknown_verdict", _("核查结论不正确；请从列表中选择。"), field="verdict")
    finding, place = text.clean(finding, 2000), text.line(place)
    with acting(
        actor,
        "field_check.report",
        FieldCheck,
        check_id,
        verdict=verdict,
        finding=finding,
        place=place,
        file=file,
    ) as deed:
        assert file is not None
        assert deed.demand is not None
        at = seen_at or deed.now
        if not deed.thing.opened_at <= at <= deed.now:
            raise Invalid(
                "seen_when", _("到场时间须在安排之后、现在之前；请修改。"), field="seen_at"
            )
        checked = attachments.check(file)
        if not checked.content_type.startswith("image/"):
            raise Invalid("not_a_picture", _("现场核查须附照片；请上传图片。"), field="file")
        attachments.check_count(deed.demand)
        picture = attachments.store(deed.demand, checked, by=actor.name, at=deed.now)
        picture.order_id = deed.thing.assignment_id
        picture.save()
        deed.set(
            verdict=verdict,
            finding=finding,
            place=place,
            lon=lon,
            lat=lat,
            seen_at=at,
            evidence=[picture.pk],
            reported_by=actor.name,
            reported_at=deed.now,
        )
        deed.tell(
            verdict=verdict,
            remark=finding,
            place=place,
            lon=lon,
            lat=lat,
            seen_at=at,
            file=checked.name,
            sha256=checked.sha256,
        )
    return deed.thing


# Joint supervision


@dataclass(frozen=True, slots=True)
class SiteIn:
    """A place to look at: who answers for it (code), and the demand (number) that led there."""

    place: str
    unit: str
    demand: str = ""


def plan_joint(
    actor: Actor, *, title: str, on: date, units: Sequence[str], sites: Sequence[SiteIn]
) -> Joint:
    """安排联合督查: which units go together, on which day, to which places."""
    title = text.line(title)
    with opening(actor, "joint.plan", Joint, title=title, sites=sites) as deed:
        if len(sites) > MOST_SITES:
            raise Invalid("too_many_sites", _("一次最多100个点位；请分次安排。"), field="sites")
        going = units_by_code(units)
        answering = {unit.code: unit for unit in units_by_code(sorted({s.unit for s in sites}))}
        deed.thing = Joint.objects.create(
            number=numbers.issue(rules.PREFIXES["joint"], deed.now).number,
            title=title,
            on=on,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.thing.units.set(going)
        Site.objects.bulk_create(
            Site(
                joint=deed.thing,
                place=text.line(site.place),
                unit=answering[site.unit],
                demand=demand_of(site.demand) if site.demand else None,
            )
            for site in sites
        )
        deed.tell(title=title, on=on, units=list(units), places=[site.place for site in sites])
    return deed.thing


def demand_of(number: str) -> Demand:
    """Returns an unrestricted demand by its number. Raises Invalid."""
    demand = Demand.objects.filter(number=number, restricted=False).only("pk").first()
    if demand is None:
        raise Invalid(
            "unknown_demand", _("没有诉求号为“%s”的诉求；请核对编号。") % number, field="demand"
        )
    return demand


def judge(actor: Actor, site_id: int, *, verdict: str, finding: str) -> Site:
    """认定点位: the verdict on one place; a later one replaces it while the supervision runs."""
    if verdict not in Site.Verdict:
        raise Invalid("unknown_verdict", _("点位结论不正确；请从列表中选择。"), field="verdict")
    finding = text.clean(finding, 2000)
    site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise NotFound("not_found", _("没有找到；请从列表中选择。"))
    with acting(
        actor, "joint.judge", Joint, site.joint_id, verdict=verdict, finding=finding
    ) as deed:
        before = site.verdict
        site.verdict, site.finding = verdict, finding
        site.by, site.at = actor.name, deed.now
        site.save()
        deed.changes["site"] = {"place": site.place, "verdict": [before, verdict]}
        deed.tell(remark=finding)
    return site


def close_joint(actor: Actor, joint_id: int, *, reason: str) -> Joint:
    """结束联合督查: with a summary. Raises Conflict while a place has no verdict."""
    with acting(actor, "joint.close", Joint, joint_id, reason=reason) as deed:
        open_sites = deed.thing.sites.filter(verdict="").count()
        if open_sites:
            raise Conflict(
                "sites_open", _("还有%d个点位没有结论；请逐一认定后再结束。") % open_sites
            )
        deed.set(remark=text.clean(reason, 2000), closed_at=deed.now)
    return deed.thing
