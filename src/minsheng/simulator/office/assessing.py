"""考核、申诉、简报: each month is evaluated and reported on, and units contest what is unfair."""

from datetime import timedelta

from django.conf import settings

from minsheng.bulletins import actions as bulletins
from minsheng.bulletins.models import Issue
from minsheng.directory.permissions import Role
from minsheng.evaluation import actions, queries, schemes
from minsheng.evaluation import jobs as evaluation_jobs
from minsheng.evaluation.actions import appeals, exclusions
from minsheng.evaluation.models import Appeal, Correction, Evaluation, Exclusion, Result
from minsheng.foundation import clock
from minsheng.indicators.periods import Period
from minsheng.orders.models import Assignment
from minsheng.simulator.office.desk import Desk

EVALUATED_ON, REPORTED_ON = 3, 4  # day of the month from which the last one is
PUBLISHED = 0.4  # of drafts, at each sitting
CONTESTED = 0.01  # of the units whose result may be contested still, at each sitting
ANSWERED, CONFIRMED = 0.12, 0.2
GRANTED = 0.5  # of the appeals
TEMPLATE = "monthly"


def evaluate(desk: Desk) -> None:
    """考核: an analyst evaluates the month before; a supervisor publishes, or publishes anew."""
    period = _last_month(desk)
    scheme = settings.CITY
    if desk.first:
        _revise(desk)
    evaluated = Evaluation.objects.filter(scheme=scheme, period=str(period))
    due = desk.first and desk.today.day >= EVALUATED_ON and scheme in schemes.files()
    if due and not evaluated.exists() and _anything(desk, period):
        analyst = desk.somebody(Role.ANALYST)
        desk.do("evaluation.compute", actions.evaluate, analyst, scheme, period)
    drafts = Evaluation.objects.filter(state=Evaluation.State.DRAFT)
    for one in desk.some(drafts.order_by("scheme", "period"), PUBLISHED):
        granted = Correction.objects.filter(period=one.period)
        by = granted.values_list("appeal__answered_by", flat=True)
        actor = desk.somebody(Role.SUPERVISOR, but=by)
        if actor.staff_id not in set(by):
            desk.do("evaluation.publish", actions.publish, actor, one.pk)


def _last_month(desk: Desk) -> Period:
    return Period.parse(f"{desk.today.replace(day=1) - timedelta(days=1):%Y-%m}")


def _anything(desk: Desk, period: Period) -> bool:
    """Tells whether there was anything to do in a period."""
    return Assignment.objects.filter(
        due_at__date__gte=period.first, due_at__date__lte=period.last
    ).exists()


def _revise(desk: Desk) -> None:
    """Evaluates again, as the job does at night, what was changed by what was granted."""
    with clock.moved(desk.now):
        for _one in evaluation_jobs.revise():
            desk.acted["evaluation.compute"] += 1


def appeal(desk: Desk) -> None:
    """申诉: leaders of units contest their result in time; a supervisor grants it or does not."""
    for result in _contestable(desk):
        leaders = desk.world.offices[result.unit.code].leaders
        if leaders and desk.chance(CONTESTED):
            leader = desk.rng.choice(leaders)
            words = desk.say("appeal", "reason", unit=result.unit.name)
            desk.do("appeal.submit", appeals.submit, leader, result.evaluation_id, reason=words)
    waiting = Appeal.objects.filter(state=Appeal.State.SUBMITTED).select_related("unit")
    for row in desk.some(waiting.order_by("submitted_at", "unit__code"), ANSWERED):
        _answer(desk, row)
    agreed = Exclusion.objects.filter(state=Exclusion.State.APPROVED, appeal__isnull=False)
    for exclusion in desk.some(agreed.order_by("approved_at", "demand__number"), CONFIRMED):
        first = [exclusion.applied_by_id, exclusion.approved_by_id]
        actor = desk.somebody(Role.SUPERVISOR, but=first)
        if actor.staff_id not in first:
            desk.do("exclusion.confirm", exclusions.confirm, actor, exclusion.pk)


def _contestable(desk: Desk) -> list[Result]:
    """Returns the results of the last month that their units may still contest."""
    current = queries.current(settings.CITY, _last_month(desk))
    if current is None or current.published_at is None:
        return []
    until = exclusions.deadline("appeal", current.published_at, current.scheme)
    if until and desk.now + timedelta(minutes=5) > until:
        return []
    found = current.results.exclude(unit__in=Appeal.objects.filter(
        evaluation=current).values("unit"))  # fmt: skip
    return list(found.select_related("unit").order_by("unit__code"))


def _answer(desk: Desk, row: Appeal) -> None:
    """Corrects a count by one where there is one to correct, or says why the result stands."""
    actor = desk.somebody(Role.SUPERVISOR)
    counts = Result.objects.get(evaluation=row.evaluation_id, unit=row.unit).counts
    wrong = [name for name in ("overdue", "rework", "dissatisfied") if counts.get(name)]
    if wrong and desk.chance(GRANTED):
        words = desk.say("appeal", "granted")
        put_right = {desk.rng.choice(wrong): -1}
        desk.do("appeal.grant", appeals.grant, actor, row.pk, answer=words, corrections=put_right)
    else:
        words = desk.say("appeal", "refused")
        desk.do("appeal.refuse", appeals.refuse, actor, row.pk, answer=words)


def report(desk: Desk) -> None:
    """简报: an analyst makes the bulletin of the month before, and a supervisor publishes it."""
    period = _last_month(desk)
    issues = Issue.objects.filter(template=TEMPLATE, period=str(period))
    due = desk.first and desk.today.day >= REPORTED_ON
    if due and not issues.exists() and _anything(desk, period):
        analyst = desk.somebody(Role.ANALYST)
        desk.do("bulletin.make", bulletins.create, analyst, TEMPLATE, str(period))
    for one in desk.some(issues.filter(state=Issue.State.DRAFT), PUBLISHED):
        actor = desk.somebody(Role.SUPERVISOR)
        desk.do("bulletin.publish", bulletins.publish, actor, one.pk)
