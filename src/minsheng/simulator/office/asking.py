"""外呼调查、第三方评估、研判会: asking at large, letting others judge, looking at discontent."""

import csv
import io
from datetime import date, timedelta

from django.db.models import Count, Q

from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.permissions import Role
from minsheng.followups import actions as follow_ups
from minsheng.followups import campaigns, reviews, thirdparty
from minsheng.followups.models import Campaign, CampaignCall, Commission, FollowUp, Review
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part
from minsheng.simulator.office.desk import Desk

SURVEYS, COMMISSIONS = 1.2, 1.0  # a month
SURVEYED, COMMISSIONED = 40, 60  # people, demands
CALLS = 8  # at each sitting
INVALID = 2  # evaluations a month
BROUGHT_BACK = 0.08  # of what an institute has had for three days, at each sitting
REVIEWED = 60  # a day
AGAIN = 0.15  # of what is reviewed
_DAYS = timedelta(days=14)
_OUTCOMES = ((CampaignCall.State.ANSWERED, 0.55), (CampaignCall.State.UNREACHED, 0.35),
             (CampaignCall.State.REFUSED, 0.1))  # fmt: skip
_ANSWERS = {"yes_no": ["yes", "yes", "yes", "no"], "scale": ["5", "5", "4", "4", "3", "2"]}


def survey(desk: Desk) -> None:
    """外呼调查: now and then some of those who told something are asked the same questions."""
    manager = desk.somebody(Role.SUPERVISOR)
    surveys = desk.words("survey")
    yesterday = desk.today - timedelta(days=1)
    running = Campaign.objects.filter(state=Campaign.State.RUNNING).order_by("at", "title")
    if surveys and desk.begins(SURVEYS, Campaign) and not running.exists() and _anybody(desk):
        chosen = desk.rng.choice(surveys)
        made = desk.do(
            "campaign.create",
            campaigns.create,
            manager,
            title=desk.fill(chosen["title"]),
            questions=[{"kind": kind, "text": said} for kind, said in chosen["questions"]],
            first=yesterday - _DAYS,
            last=yesterday,
            size=SURVEYED,
        )
        seed = f"{desk.rng.randrange(10**6):06d}"
        desk.do("campaign.start", campaigns.start, manager, made.pk, seed=seed)
    for row in running:
        waiting = row.calls.filter(state=CampaignCall.State.WAITING)
        for call in waiting.order_by("tries", "demand__number")[:CALLS]:
            outcome = desk.pick(_OUTCOMES)
            answers = []
            if outcome == CampaignCall.State.ANSWERED:
                answers = [_answer(desk, question["kind"]) for question in row.questions]
            caller = desk.somebody(Role.FOLLOW_UP)
            desk.do(
                "campaign.record",
                campaigns.record,
                caller,
                call.pk,
                outcome=outcome,
                answers=answers,
            )
        if not waiting.exists():
            desk.do("campaign.close", campaigns.close, manager, row.pk)


def _anybody(desk: Desk) -> bool:
    """Tells whether there is somebody to ask among those who told something in the days before."""
    return Demand.objects.filter(
        accepted_at__gte=desk.days_ago(13),
        accepted_at__lt=desk.days_ago(1),
        restricted=False,
        petitioner__do_not_call=False,
        petitioner__identity__phone_key__isnull=False,
    ).exists()


def _answer(desk: Desk, kind: str) -> str:
    return desk.rng.choice(_ANSWERS[kind]) if kind in _ANSWERS else desk.say("survey_words")


def commission(desk: Desk) -> None:
    """第三方评估: an institute gets completed demands without names, and brings back scores."""
    analyst = desk.somebody(Role.ANALYST)
    last = desk.today - timedelta(days=3)
    if desk.begins(COMMISSIONS, Commission) and _anything_done(desk):
        desk.do(
            "commission.draw",
            thirdparty.commission,
            analyst,
            institute=desk.say("institute"),
            first=last - _DAYS,
            last=last,
            size=COMMISSIONED,
            seed=f"{desk.rng.randrange(10**6):06d}",
        )
    out = Commission.objects.filter(at__lt=desk.days_ago(3)).annotate(
        left=Count("items", filter=Q(items__score=None))
    )
    for row in out.filter(left__gt=0).order_by("at", "pk"):
        if desk.chance(BROUGHT_BACK):
            scores = _scores(desk, row)
            desk.do("commission.scores", thirdparty.bring_back, analyst, row.pk, scores)


def _anything_done(desk: Desk) -> bool:
    """Tells whether something was completed in the days that an institute is to look at."""
    return Assignment.objects.filter(
        part=Part.LEAD,
        parent=None,
        state=OrderState.COMPLETED,
        completed_at__gte=desk.days_ago(16),
        completed_at__lt=desk.days_ago(4),
        demand__restricted=False,
        demand__excluded=False,
    ).exists()


def _scores(desk: Desk, row: Commission) -> bytes:
    """Returns the institute's file, in the order of the demands: codes are other ones each time."""
    file = io.StringIO()
    written = csv.writer(file)
    written.writerow(["code", "score", "remark"])
    for code in row.items.order_by("demand__number").values_list("code", flat=True):
        score = min(100, max(40, round(desk.rng.gauss(86, 8), 1)))
        written.writerow([code, score, desk.say("scored") if score < 75 else ""])
    return file.getvalue().encode()


def review(desk: Desk) -> None:
    """研判会: what left people discontent last month is decided on, case by case."""
    actor = desk.somebody(Role.SUPERVISOR)
    month = desk.today.replace(day=1) - timedelta(days=1)
    for row in _unreviewed(desk, month) if desk.first else ():
        decision, name = Review.Decision.STANDS, "stands"
        if row.demand.state in (DemandState.EVALUATED, DemandState.ARCHIVED) and desk.chance(AGAIN):
            decision, name = Review.Decision.REWORK, "rework"
        words = desk.say("review", name)
        desk.do("review.decide", reviews.decide, actor, row.pk, decision=decision, note=words)
        if decision == Review.Decision.REWORK:
            evaluated = row.demand.state == DemandState.EVALUATED
            desk.acted["follow_up.rework" if evaluated else "demand.reopen"] += 1
            (desk.reworked if evaluated else desk.taken_up).append(row.demand_id)
    if desk.monthly(INVALID):
        found = FollowUp.objects.filter(
            state=FollowUp.State.EVALUATED,
            valid=True,
            demand__state=DemandState.EVALUATED,
            evaluated_at__gte=desk.days_ago(2),
        ).order_by("demand__number")
        if one := found.first():
            words = desk.say("invalid")
            desk.do(
                "follow_up.invalidate", follow_ups.invalidate, actor, one.demand_id, reason=words
            )


def _unreviewed(desk: Desk, day: date) -> list[FollowUp]:
    """Returns what the meeting about the month of a day has not come to yet, at most a few."""
    listed = reviews.listed(desk.somebody(Role.SUPERVISOR), f"{day:%Y-%m}")
    # Reopened meanwhile, it may have been merged or taken back: then nothing is left to decide on.
    ended = [DemandState.MERGED, DemandState.WITHDRAWN]
    left = listed.filter(review=None).exclude(demand__state__in=ended)
    seen: dict[int, FollowUp] = {}
    for row in left.order_by("demand__number", "round")[:REVIEWED]:
        seen.setdefault(row.demand_id, row)  # a demand goes back once at a time
    return list(seen.values())
