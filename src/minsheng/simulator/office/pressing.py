"""预警、催办、督办、通报、约谈: warnings are watched, and units are pressed and answer."""

from minsheng.directory.access import SYSTEM
from minsheng.directory.permissions import Role
from minsheng.foundation import clock
from minsheng.orders.rules import OPEN
from minsheng.simulator.office.desk import Desk
from minsheng.supervision import actions
from minsheng.supervision.actions import alerts
from minsheng.supervision.models import Alert, Measure
from minsheng.supervision.rules import Level, MeasureState, Step

#: A month: documents about a unit as a whole, warnings that are dismissed, measures that go higher.
NOTICES, INTERVIEWS, DISMISSED, ESCALATED = 1.0, 0.4, 6, 2
TAKEN_UP = 1  # warnings at each sitting that a supervisor issues what they propose of
NOTICED, INTERVIEWED = 0.02, 0.02  # of supervised orders that are late still, at each sitting
ANSWERED, CLOSED, SENT_BACK = 0.2, 0.3, 0.03
_MOST = 50


def watch(desk: Desk) -> None:
    """预警: once a day, what the city's rules warn of is looked for, and what is over cleared."""
    if desk.first:
        with clock.moved(desk.now):
            alerts.forget(SYSTEM)
            for rule in alerts.rules(desk.today):
                raised, cleared = actions.watch(SYSTEM, rule)
                desk.acted["alert.watch"] += bool(raised or cleared)


def press(desk: Desk) -> None:
    """下发: what warnings propose, notices and interviews, about an order or a unit as a whole."""
    for alert in _waiting(desk)[:TAKEN_UP]:
        _issue(desk, alert.step, order_id=alert.assignment_id)
    if desk.monthly(DISMISSED) and (left := _waiting(desk)):
        words = desk.say("dismissed")
        actor = desk.somebody(Role.SUPERVISOR)
        desk.do("alert.dismiss", actions.dismiss, actor, left[-1].pk, reason=words)
    supervised = Measure.objects.filter(
        step=Step.SUPERVISE, assignment__state__in=OPEN, assignment__due_at__lt=desk.now
    )
    for measure in supervised.order_by("number")[:_MOST]:
        steps = set(
            Measure.objects.filter(assignment=measure.assignment_id).values_list("step", flat=True)
        )
        if Step.NOTICE not in steps and desk.chance(NOTICED):
            _issue(desk, Step.NOTICE, order_id=measure.assignment_id)
        elif Step.NOTICE in steps and Step.INTERVIEW not in steps and desk.chance(INTERVIEWED):
            _issue(desk, Step.INTERVIEW, order_id=measure.assignment_id)
    for times, step in ((NOTICES, Step.NOTICE), (INTERVIEWS, Step.INTERVIEW)):
        if desk.monthly(times):
            _issue(desk, step, unit=desk.unit())
    if desk.monthly(ESCALATED):
        running = Measure.objects.filter(state=MeasureState.ISSUED, level=Level.CENTRE)
        if lowest := running.order_by("number").first():
            words = desk.say("measure", "escalate")
            level = desk.rng.choice((Level.OFFICE, Level.LEADER))
            actor = desk.somebody(Role.SUPERVISOR)
            desk.do(
                "measure.escalate", actions.escalate, actor, lowest.pk, level=level, reason=words
            )


def _waiting(desk: Desk) -> list[Alert]:
    """Returns warnings that propose a step which nobody has taken with that order."""
    waiting = Alert.objects.filter(
        cleared_at=None,
        dismissed_at=None,
        measure=None,
        step__in=[Step.URGE, Step.SUPERVISE],
        assignment__state__in=OPEN,
    ).exclude(assignment__measures__state__in=[MeasureState.ISSUED, MeasureState.ANSWERED])
    key = ("since", "demand__number", "unit__code", "code")
    return list(waiting.order_by(*key)[:_MOST])


def _issue(desk: Desk, step: str, *, order_id: int | None = None, unit: str = "") -> None:
    actor = desk.somebody(Role.SUPERVISOR)
    name = desk.name(unit) if unit else ""
    words = desk.say("measure", step if order_id else f"{step}_unit", unit=name)
    desk.do(
        "measure.issue",
        actions.issue,
        actor,
        step=step,
        reason=words,
        order_id=order_id,
        unit=unit,
    )


def answer(desk: Desk) -> None:
    """答复、销号: units account for themselves; supervisors close documents or ask again."""
    running = Measure.objects.exclude(state=MeasureState.CLOSED).filter(
        opened_at__lt=desk.days_ago(0.2)
    )
    for measure in running.select_related("unit").order_by("number"):
        clerk = desk.clerk(measure.unit.code)
        if measure.state == MeasureState.ISSUED:
            if clerk and desk.chance(ANSWERED):
                words = desk.say("measure", "answer", unit=measure.unit.name)
                desk.do("measure.answer", actions.answer, clerk, measure.pk, answer=words)
        elif desk.chance(SENT_BACK):
            actor, words = desk.somebody(Role.SUPERVISOR), desk.say("measure", "send_back")
            desk.do("measure.send_back", actions.send_back, actor, measure.pk, reason=words)
        elif desk.chance(CLOSED):
            actor, words = desk.somebody(Role.SUPERVISOR), desk.say("measure", "close")
            desk.do("measure.close", actions.close, actor, measure.pk, reason=words)
