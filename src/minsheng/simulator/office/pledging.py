"""领导批示、民生承诺: what leaders ask for and what units promise, until it is done or judged."""

from datetime import timedelta

from minsheng.directory.permissions import Role
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, Part
from minsheng.simulator.office.desk import Desk
from minsheng.supervision import actions
from minsheng.supervision.models import Instruction, Promise
from minsheng.supervision.rules import InstructionState, PromiseState

INSTRUCTIONS, PROMISES, POSTPONED = 6, 3, 0.5  # a month
ABOUT_DEMAND = 0.5  # of the instructions
MADE_ORDER = 0.1  # of those about none, at each sitting
REPORTED, CLOSED, SENT_BACK = 0.08, 0.2, 0.03  # of what waits, at each sitting
KEPT_REPORTED, JUDGED = 0.03, 0.1
PROMISED_FOR = (10, 40)  # days
CHANNEL = "leader_mailbox"
_VERDICTS = (Promise.Verdict.KEPT, Promise.Verdict.KEPT, Promise.Verdict.PARTLY)
_MOST = 30


def instruct(desk: Desk) -> None:
    """批示: leaders ask, units report back, some of it becomes an order (指令)."""
    if desk.begins(INSTRUCTIONS, Instruction):
        _instruct(desk)
    running = Instruction.objects.exclude(state=InstructionState.CLOSED)
    for one in running.select_related("unit").order_by("number")[:_MOST]:
        if one.state == InstructionState.REPORTED:
            if desk.chance(SENT_BACK):
                actor, words = desk.somebody(Role.LEADER), desk.say("instruction", "send_back")
                desk.do(
                    "instruction.send_back",
                    actions.send_back_instruction,
                    actor,
                    one.pk,
                    reason=words,
                )
            elif desk.chance(CLOSED):
                actor, words = desk.somebody(Role.LEADER), desk.say("instruction", "close")
                desk.do("instruction.close", actions.close_instruction, actor, one.pk, reason=words)
        elif one.demand_id is None and desk.chance(MADE_ORDER):
            _make_order(desk, one)
        elif (clerk := desk.clerk(one.unit.code)) and desk.chance(REPORTED):
            words = desk.say("instruction", "report", unit=one.unit.name)
            desk.do("instruction.report", actions.report_instruction, clerk, one.pk, feedback=words)


def _instruct(desk: Desk) -> None:
    unit, demand_id = desk.unit(), None
    if desk.chance(ABOUT_DEMAND):
        lead = Assignment.objects.filter(
            demand__number=desk.demand(), state__in=OPEN, part=Part.LEAD, parent=None
        ).select_related("unit")
        if order := lead.first():
            unit, demand_id = order.unit.code, order.demand_id
    what = "demand" if demand_id else "at_large"
    words = desk.say("instruction", what, unit=desk.name(unit))
    actor = desk.somebody(Role.LEADER)
    desk.do(
        "instruction.give", actions.instruct, actor, text_=words, unit=unit, demand_id=demand_id
    )


def _make_order(desk: Desk, one: Instruction) -> None:
    """指令: an instruction about no demand becomes one, with an order of its unit."""
    if CHANNEL in desk.world.channels and one.unit.code in desk.world.first_level:
        actor = desk.somebody(Role.DISPATCHER)
        made = desk.do(
            "instruction.order",
            actions.make_order,
            actor,
            one.pk,
            channel=CHANNEL,
            title=one.text[:60],
        )
        desk.acted.update(["demand.submit", "demand.assign"])
        desk.accepted += 1
        assert made.demand_id
        desk.taken_up.append(made.demand_id)


def promise(desk: Desk) -> None:
    """承诺: units promise at hearings, report how they kept it, and are judged."""
    if desk.begins(PROMISES, Promise):
        unit = desk.unit()
        actor, words = desk.somebody(Role.SUPERVISOR), desk.say("promise", "text")
        desk.do(
            "promise.record",
            actions.promise,
            actor,
            hearing=desk.say("promise", "hearing", unit=desk.name(unit)),
            held_on=desk.today - timedelta(days=desk.rng.randint(0, 3)),
            unit=unit,
            text_=words,
            due_on=desk.today + timedelta(days=desk.rng.randint(*PROMISED_FOR)),
        )
    made = Promise.objects.filter(state=PromiseState.MADE).select_related("unit")
    for one in made.order_by("number")[:_MOST]:
        clerk = desk.clerk(one.unit.code)
        if clerk and desk.chance(KEPT_REPORTED * (5 if one.due_on < desk.today else 1)):
            words = desk.say("promise", "report", unit=one.unit.name)
            desk.do("promise.report", actions.report_promise, clerk, one.pk, report=words)
        elif desk.monthly(POSTPONED):
            actor, words = desk.somebody(Role.SUPERVISOR), desk.say("promise", "postpone")
            later = max(one.due_on, desk.today) + timedelta(days=desk.rng.randint(*PROMISED_FOR))
            desk.do("promise.postpone", actions.postpone, actor, one.pk, due_on=later, reason=words)
    reported = Promise.objects.filter(state=PromiseState.REPORTED).order_by("number")
    for one in desk.some(reported, JUDGED):
        verdict = desk.rng.choice(_VERDICTS)
        actor, words = desk.somebody(Role.SUPERVISOR), desk.say("promise", verdict)
        desk.do(
            "promise.judge", actions.judge_promise, actor, one.pk, verdict=verdict, reason=words
        )
