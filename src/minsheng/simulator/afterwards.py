"""What becomes of a demand that is over: follow-up, evaluation, rework, archive, a second look."""

from datetime import datetime, time, timedelta

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.demands.rules import DISSATISFIED, DemandState
from minsheng.directory.access import citizen
from minsheng.directory.permissions import Role
from minsheng.followups import actions as follow_ups
from minsheng.followups import again as again_
from minsheng.followups import links
from minsheng.followups.jobs import put_away
from minsheng.followups.models import FollowUp, Sample
from minsheng.followups.rules import TRIES, Channel, Course
from minsheng.foundation.clock import ZONE
from minsheng.orders.limits import ask_again_until
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, Part
from minsheng.simulator import habits
from minsheng.simulator.cases import Case, Held
from minsheng.simulator.life import CaseStories, Life, Story
from minsheng.simulator.units import again, take


def following_up(life: Life, case: Case) -> Story:
    """已办结: the petitioner evaluates unasked or is asked; others may be drawn by night."""
    if not case.callable:
        return
    if life.chance(habits.SELF_EVALUATED):
        yield life.later(60 * life.between(habits.SELF_EVALUATION))
        if case.state == DemandState.COMPLETED:
            yield from _evaluating(life, case, asked=False)
        return
    if case.urgent or case.provincial:
        yield from _planning(life, case)


def drawn(life: Life, case: Case, sample: int) -> Story:
    """双随机抽检: the demand was drawn by night, and its petitioner is asked."""
    yield from _planning(life, case, Sample(pk=sample))


def _planning(life: Life, case: Case, sample: Sample | None = None) -> Story:
    yield life.at_desk(habits.FOLLOW_UP)
    if case.state == DemandState.COMPLETED:
        follow_ups.plan(life.somebody(Role.FOLLOW_UP), case.id, sample=sample)
        life.act("follow_up.plan")
        yield from asking(life, case)


def asking(life: Life, case: Case) -> Story:
    """回访中: calls until somebody answers, or the tries are used up.

    Whoever told the province is called on three days, and in the end sent a link.
    """
    tries, done = TRIES[Course.STANDARD], 0
    if case.provincial:
        tries = TRIES[Course.THREE_PLUS_ONE]
        done = FollowUp.objects.get(demand=case.id, state=FollowUp.State.PLANNED).attempt_count
    for number in range(done, tries.tries):
        yield _another_day(life) if 0 < number < tries.days else life.at_desk(habits.NEXT_ATTEMPT)
        if case.state not in (DemandState.COMPLETED, DemandState.FOLLOWING_UP):
            return
        if life.chance(habits.REACHED):
            yield from _evaluating(life, case, asked=True)
            return
        if tries.other and number == tries.tries - 1 and _has_phone(case):
            yield from _linking(life, case)
            break
        follow_up = follow_ups.attempt(
            life.somebody(Role.FOLLOW_UP),
            case.id,
            remark=life.say(case, "follow_up", "attempt"),
            channel=Channel.SMS if number == tries.tries - 1 and tries.other else Channel.PHONE,
        )
        life.act("follow_up.attempt")
        case.state = DemandState.FOLLOWING_UP
        if follow_up.attempt_count >= tries.tries:
            break
    yield life.at_desk((10, 60))
    if case.state == DemandState.FOLLOWING_UP:
        reason = life.say(case, "follow_up", "attempt", "no_answer")
        follow_ups.give_up(life.somebody(Role.FOLLOW_UP), case.id, reason=reason)
        life.act("follow_up.give_up")
        case.state = DemandState.COMPLETED


def _has_phone(case: Case) -> bool:
    return Demand.objects.filter(pk=case.id, petitioner__identity__phone_key__isnull=False).exists()


def _linking(life: Life, case: Case) -> Story:
    """评价链接: the last try is a message with a link, which some use."""
    link = links.send_link(life.somebody(Role.FOLLOW_UP), case.id, channel=Channel.SMS)
    life.act("follow_up.send_link")
    case.state = DemandState.FOLLOWING_UP
    yield life.later(life.between(habits.LINK_WAIT))
    if case.state == DemandState.FOLLOWING_UP and life.chance(habits.LINK_USED):
        yield from _evaluating(life, case, asked=False, token=links.token(link))


def _another_day(life: Life) -> datetime:
    """Returns a moment in the office hours of a later day."""
    tomorrow = datetime.combine(life.now.date() + timedelta(days=1), time(), ZONE)
    wait = timedelta(minutes=life.between(habits.NEXT_ATTEMPT))
    return life.calendar.after(tomorrow, wait).replace(microsecond=0)


def evaluating_answer(life: Life, case: Case) -> Story:
    """直接答复: a few say by themselves what they think of the answer."""
    if case.callable and life.chance(habits.SELF_EVALUATED_ANSWER):
        yield life.later(60 * life.between(habits.SELF_EVALUATION))
        if case.state == DemandState.ANSWERED:
            yield from _evaluating(life, case, asked=False)


def _evaluating(life: Life, case: Case, *, asked: bool, token: str = "") -> Story:
    """评价: the petitioner says what they think, asked or unasked, or by the `token` of a link."""
    dissatisfied = life.chance(habits.DISSATISFIED[case.good])
    if dissatisfied:
        very = life.chance(habits.VERY_DISSATISFIED)
        grade = "very_dissatisfied" if very else "dissatisfied"
        usual = ("evasive", "not_contacted") if case.good == "evasive" else ("unsolved", "slow")
        code = life.reason("dissatisfied", *usual)
        words = life.say(case, "follow_up", "dissatisfied", code)
    else:
        grade, code = life.pick(habits.GRADES), ""
        words = life.say(case, "follow_up", "satisfied", grade)
    solved = case.good == "solved" and not dissatisfied
    if token:
        links.evaluate(token, grade=grade, solved=solved, reason_code=code, reason=words)
    else:
        follow_ups.evaluate(
            life.somebody(Role.FOLLOW_UP) if asked else citizen(case.id),
            case.id,
            grade=grade,
            solved=solved,
            reason_code=code,
            reason=words,
            source="phone" if asked else life.pick(habits.SELF_EVALUATION_SOURCES),
        )
    life.act("follow_up.evaluate")
    answered = case.state == DemandState.ANSWERED
    case.state = DemandState.EVALUATED
    if grade not in DISSATISFIED or answered or case.reworks >= habits.MOST_REWORKS:
        return
    if life.chance(habits.REWORKED):
        yield life.at_desk((10, 200))
        if case.state == DemandState.EVALUATED:
            row = follow_ups.rework(life.somebody(Role.FOLLOW_UP), case.id, reason=words)
            life.act("follow_up.rework")
            _reworking(life, case, row)
    elif life.chance(habits.ASKED_AGAIN):
        yield life.later(60 * life.between(habits.SELF_EVALUATION))
        _ask_again(life, case, words)


def _ask_again(life: Life, case: Case, reason: str) -> None:
    """申请重办: the petitioner does not leave it at that, and is asked once more."""
    demand = Demand.objects.get(pk=case.id)
    until = ask_again_until(demand)
    if case.state == DemandState.EVALUATED and until and life.now <= until:
        actor = citizen(case.id) if life.chance(0.6) else life.somebody(Role.AGENT)
        again_.ask_rework(actor, case.id, reason=reason)
        life.act("follow_up.ask_rework")
        case.state = DemandState.FOLLOWING_UP
        life.go_on(case)


def reworked(life: Life, case: Case) -> None:
    """研判重办: the monthly meeting sent it back to its unit."""
    row = Assignment.objects.select_related("unit", "work_order").get(
        demand=case.id, state__in=OPEN, part=Part.LEAD, parent=None
    )
    _reworking(life, case, row)


def _reworking(life: Life, case: Case, row: Assignment) -> None:
    case.state = DemandState.ASSIGNED
    case.reworks += 1
    held = Held(case, row, row.unit.code, life.now)
    again(life, held, "solved" if life.chance(0.7) else "unsolved")
    take(life, held)


def archive(life: Life, case: Case) -> None:
    """归档: what has been over for some days is put away; some of it comes up again."""
    if put_away(case.id) is None:
        return
    life.act("demand.archive")
    del life.cases[case.id]
    case.state = DemandState.ARCHIVED
    if case.named and life.chance(habits.REOPENED):
        days = life.between(habits.REOPENED_DAYS)
        life.do_at(life.later(days * 24 * 60), _reopen, case)
    case.matter.rest()


def _reopen(life: Life, case: Case) -> None:
    """重新受理: a supervisor takes an archived demand up again, where nobody did meanwhile."""
    if not Demand.objects.filter(pk=case.id, state=DemandState.ARCHIVED).exists():
        return
    reason = life.say(case, "reopen", life.rng.choice(("recurred", "review", "new_evidence")))
    demand = demands.reopen(life.somebody(Role.SUPERVISOR), case.id, reason=reason)
    life.act("demand.reopen")
    case.state = demand.state
    life.take(case)
    life.go_on(case)


CASE_STORIES: CaseStories = {
    DemandState.ANSWERED: evaluating_answer,
    DemandState.COMPLETED: following_up,
    DemandState.FOLLOWING_UP: asking,
}
