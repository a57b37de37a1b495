"""回头看、现场核查、联合督查、线索: what is looked at again, on the spot, together, in secret."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState, Disposal
from minsheng.directory.permissions import Role
from minsheng.simulator.office.desk import Desk
from minsheng.supervision import actions
from minsheng.supervision.actions.checks import SiteIn
from minsheng.supervision.models import Clue, FieldCheck, Joint, Recheck, Site
from minsheng.supervision.rules import ClueState, FieldCheckState, JointState, RecheckState

DRAWN = 12  # of each week's completed demands
CHECKED, JOINTS, CLUES = 8, 1.5, 2  # a month
RECHECKED, REPORTED, JUDGED, RECEIVED, CONCLUDED = 0.12, 0.15, 0.3, 0.3, 0.04  # at each sitting
REOPENED = 0.05  # of what is looked at again
_VERDICTS = ((FieldCheck.Verdict.SETTLED, 0.7), (FieldCheck.Verdict.PARTLY, 0.15),
             (FieldCheck.Verdict.UNSETTLED, 0.1), (FieldCheck.Verdict.UNTRUE, 0.05))  # fmt: skip
_SITES = ((Site.Verdict.PASSED, 0.6), (Site.Verdict.PARTLY, 0.25), (Site.Verdict.FAILED, 0.15))
_MOST = 30


def look_again(desk: Desk) -> None:
    """回头看: on Mondays some closed demands of the weeks before are drawn; they are looked at."""
    if desk.first and desk.today.weekday() == 0:
        since, until = desk.today - timedelta(days=21), desk.today - timedelta(days=7)
        drawable = Demand.objects.filter(
            state=DemandState.ARCHIVED,
            disposal=Disposal.ASSIGN,
            completed_at__gte=desk.days_ago(20),
            completed_at__lt=desk.days_ago(8),
            restricted=False,
            excluded=False,
        )
        if drawable.exists():
            seed = f"{desk.rng.randrange(10**6):06d}"
            actor = desk.somebody(Role.SUPERVISOR)
            desk.do(
                "recheck.draw",
                actions.draw,
                actor,
                since=since,
                until=until,
                size=DRAWN,
                seed=seed,
            )
    waiting = Recheck.objects.filter(state=RecheckState.DRAWN).select_related("demand")
    for row in desk.some(waiting.order_by("drawn_at", "demand__number")[:_MOST], RECHECKED):
        actor = desk.somebody(Role.SUPERVISOR)
        if row.demand.state == DemandState.ARCHIVED and desk.chance(REOPENED):
            words = desk.say("recheck", "reopen")
            desk.do("recheck.reopen", actions.reopen, actor, row.pk, finding=words)
            desk.acted["demand.reopen"] += 1
            desk.taken_up.append(row.demand_id)
        else:
            words = desk.say("recheck", "hold")
            desk.do("recheck.hold", actions.hold, actor, row.pk, finding=words)


def look_there(desk: Desk) -> None:
    """现场核查: somebody is sent to look whether it is as the unit says, and takes a picture."""
    if desk.begins(CHECKED, FieldCheck) and (number := desk.demand()):
        demand_id = Demand.objects.values_list("pk", flat=True).get(number=number)
        actor, words = desk.somebody(Role.SUPERVISOR), desk.say("field_check", "order")
        desk.do(
            "field_check.order",
            actions.order_field_check,
            actor,
            demand_id=demand_id,
            reason=words,
            assignee=desk.somebody(Role.COLLECTOR).username,
        )
    waiting = FieldCheck.objects.filter(state=FieldCheckState.ORDERED).select_related(
        "assignee", "demand"
    )
    for check in desk.some(waiting.order_by("number")[:_MOST], REPORTED):
        there = [a for a in desk.world.staff[Role.COLLECTOR] if a.staff_id == check.assignee_id]
        actor = there[0] if there else desk.somebody(Role.SUPERVISOR)
        verdict = desk.pick(_VERDICTS)
        desk.do(
            "field_check.report",
            actions.report_field_check,
            actor,
            check.pk,
            verdict=verdict,
            finding=desk.say("field_check", verdict),
            place=check.demand.place or check.demand.title,
            file=_picture(desk, check.number),
            lon=check.demand.lon,
            lat=check.demand.lat,
        )


def _picture(desk: Desk, name: str) -> SimpleUploadedFile:
    """Returns a picture of nothing: a plain colour, which no two of them share."""
    colour = tuple(desk.rng.randrange(60, 200) for _ in range(3))
    file = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(file, "PNG")
    return SimpleUploadedFile(f"{name}.png", file.getvalue(), "image/png")


def look_together(desk: Desk) -> None:
    """联合督查: units go to some places together, each place gets a verdict, then it is over."""
    actor = desk.somebody(Role.SUPERVISOR)
    if desk.begins(JOINTS, Joint):
        units = desk.units(4)
        sites = [
            SiteIn(desk.say("joint", "place"), desk.rng.choice(units), desk.demand())
            for _ in range(desk.rng.randint(2, 5))
        ]
        desk.do(
            "joint.plan",
            actions.plan_joint,
            actor,
            title=desk.say("joint", "title"),
            on=desk.workdays_later((1, 6)).date(),
            units=units,
            sites=sites,
        )
    running = Joint.objects.filter(state=JointState.PLANNED, on__lte=desk.today)
    for joint in running.order_by("number"):
        left = list(joint.sites.filter(verdict="").order_by("pk"))
        for site in desk.some(left, JUDGED):
            verdict = desk.pick(_SITES)
            words = desk.say("joint", verdict)
            desk.do("joint.judge", actions.judge, actor, site.pk, verdict=verdict, finding=words)
        if not left:
            words = desk.say("joint", "close")
            desk.do("joint.close", actions.close_joint, actor, joint.pk, reason=words)


def hand_over(desk: Desk) -> None:
    """线索: supervisors hand over what points to a failure of duty, discipline sees to it."""
    if desk.begins(CLUES, Clue):
        unit, kind = desk.unit(), desk.rng.choice(list(Clue.Kind.values))
        actor, words = desk.somebody(Role.SUPERVISOR), desk.say("clue", kind, unit=desk.name(unit))
        desk.do(
            "clue.submit",
            actions.submit,
            actor,
            kind=kind,
            unit=unit,
            text_=words,
            demand=desk.demand(),
        )
    officer = desk.somebody(Role.DISCIPLINE)
    submitted = Clue.objects.filter(state=ClueState.SUBMITTED, opened_at__lt=desk.days_ago(0.5))
    for clue in desk.some(submitted.order_by("number"), RECEIVED):
        desk.do("clue.receive", actions.receive, officer, clue.pk)
    received = Clue.objects.filter(state=ClueState.RECEIVED, received_at__lt=desk.days_ago(1))
    for clue in desk.some(received.order_by("number"), CONCLUDED):
        words = desk.say("clue", "result")
        desk.do("clue.conclude", actions.conclude, officer, clue.pk, result=words)
