"""What responsible units do with their orders: the stories of `Life.hold`, one per state."""

from datetime import datetime, time, timedelta

from minsheng.catalogue.rules import Limit
from minsheng.demands import actions as demands
from minsheng.directory.models import Unit
from minsheng.directory.permissions import Role
from minsheng.foundation.clock import ZONE
from minsheng.orders import actions as orders
from minsheng.orders.rules import RUNNING, OrderState
from minsheng.simulator import habits
from minsheng.simulator.cases import Held, Plan
from minsheng.simulator.life import Life, OrderStories, Story
from minsheng.supervision import actions as supervision
from minsheng.supervision.models import Measure
from minsheng.supervision.rules import MeasureState, Step


def take(life: Life, held: Held) -> None:
    """Puts an order into a unit's hands."""
    life.hold(held)
    life.start(pressing(life, held), of=held)


def signing(life: Life, held: Held) -> Story:
    """待签收: the unit signs for the order, or says at once that it is not its own."""
    row = held.row
    assert row.sign_due_at
    due = max(row.sign_due_at, row.assigned_at)
    if life.round_the_clock(held):
        wait = (due - row.assigned_at).total_seconds() / 60
    else:
        wait = life.calendar.worked(row.assigned_at, due).total_seconds() / 60
    if life.chance(habits.SIGNED_LATE * min(life.slowness(held), 3)):
        share = 1 + life.rng.expovariate(1 / habits.SIGN_LATE)
    else:
        share = life.rng.betavariate(*habits.SIGN_EARLY)
    yield life.at_desk((wait * share, wait * share), at_once=life.round_the_clock(held))
    returns = habits.RETURN_WRONG if held.right_unit else habits.RETURN_RIGHT
    if not row.return_forbidden and life.chance(returns):
        _request_return(life, held)
        return
    held.row = orders.sign(life.clerk(held), row.pk)
    life.act("order.sign")


def _request_return(life: Life, held: Held) -> None:
    usual = ("wrong_unit", "wrong_area") if held.right_unit else ("unclear_ownership", "incomplete")
    code = life.reason("return", *usual)
    held.row = orders.request_return(
        life.clerk(held),
        held.row.pk,
        reason_code=code,
        reason=life.say(held.case, "return", code, unit=held.unit, unit2=held.right_unit),
        suggested_unit=held.right_unit if life.chance(0.7) else "",
    ).assignment
    life.act("order.request_return")


def handling(life: Life, held: Held) -> Story:
    """已签收、办理中: contact, onward assignment, a request for more time, at last the reply."""
    plan = held.plan = held.plan or _plan(life, held)
    while plan.contacts:
        yield _contact_moment(life, held)
        plan.contacts = not _contact(life, held) and life.chance(habits.TRIED_AGAIN)
    if plan.onward:
        yield life.at_desk((5, 90), at_once=life.round_the_clock(held))
        _assign_onward(life, held)
    if plan.suspends:
        plan.suspends = False
        yield life.point(held, 0.5)
        _suspend(life, held)
        return
    if plan.extensions:
        plan.extensions -= 1
        yield life.point(held, life.rng.uniform(0.55, 0.92))
        if life.now < held.row.due_at and _request_extension(life, held):
            return
    yield from _until_done(life, held, plan)
    held.row = orders.reply(
        life.clerk(held),
        held.row.pk,
        text=life.speech.reply(
            held.case.matter, plan.good, held.unit, life.now, spoken=held.case.named
        ),
        solved=plan.good == "solved",
        public=life.chance(0.96),
    ).assignment
    life.act("order.reply")


def _plan(life: Life, held: Held) -> Plan:
    rng, case = life.rng, held.case
    slow = life.slowness(held) * (0.3 if case.urgent else 1)
    draw = rng.random()
    lost = draw < habits.LOST * slow
    if lost or draw < (habits.LOST + habits.LATE) * slow:
        share = 1.02 + rng.expovariate(1 / habits.LATE_BY)
    else:
        share = min(rng.betavariate(*habits.DONE_EARLY), 0.93)
    if held.above:
        share *= 0.75  # the unit above wants to answer in time, too
    if life.chance(habits.EVASIVE):
        good = "evasive"
    else:
        good = "solved" if life.chance(habits.SOLVED) else "unsolved"
    below = life.world.offices[held.unit].below
    onward = 0
    if below and held.row.level < 3 and life.chance(habits.ONWARD.get(_kind(life, held), 0)):
        onward = 2 if len(below) > 1 and life.chance(habits.ONWARD_TWO) else 1
    extensions = 0
    if not case.urgent and share > 0.5 and life.chance(habits.EXTENDED * 2):
        extensions = 2 if life.chance(habits.EXTENDED_TWICE) else 1
    return Plan(
        share=share,
        lost=lost,
        good=good,
        contacts=case.reachable and life.chance(habits.CONTACTED),
        onward=onward,
        extensions=extensions,
        suspends=not case.urgent and held.is_lead and life.chance(habits.SUSPENDED),
    )


def _kind(life: Life, held: Held) -> str:
    return life.world.offices[held.unit].kind


def _contact_moment(life: Life, held: Held) -> datetime:
    if life.round_the_clock(held):
        return life.later(life.between((5, 60)))
    return life.at_desk((10, 300))


def _contact(life: Life, held: Held) -> bool:
    """Tries to speak with the petitioner; returns whether they were reached."""
    clerk = life.clerk(held)
    if life.chance(habits.REVEALED_BY_CLERK):
        demands.reveal(clerk, held.case.id, reason=life.say(held.case, "reveal", "contact"))
        life.act("identity.reveal")
    reached = life.chance(habits.CONTACT_REACHED)
    held.row = orders.contact(
        clerk,
        held.row.pk,
        method=life.pick(habits.CONTACT_METHODS),
        outcome=life.say(held.case, "contact", "reached" if reached else "not_reached"),
        reached=reached,
    ).assignment
    life.act("order.contact")
    return reached


def _assign_onward(life: Life, held: Held) -> None:
    plan = held.plan
    assert plan
    busy = {other.unit for other in held.case.orders}
    below = [code for code in life.world.offices[held.unit].below if code not in busy]
    # The street where it happened, or else whichever parts of the unit it concerns.
    units = [code for code in life.world.territory.get(held.case.matter.area, ()) if code in below]
    if not units and _kind(life, held) != Unit.Kind.COUNTY:
        units = life.rng.sample(below, min(plan.onward, len(below)))
    plan.onward = 0
    if not units:
        return  # where it happened is not known, so the county sees to it itself
    note = life.say(held.case, "assign", "onward", unit=units[0])
    given = orders.assign_onward(life.clerk(held), held.row.pk, units=units, note=note)
    life.act("order.assign_onward")
    assert given[0].parent
    held.row = given[0].parent
    for code, row in zip(units, given, strict=True):
        take(life, Held(held.case, row, code, life.now, above=held))


def _suspend(life: Life, held: Held) -> None:
    review_on = life.now.date() + timedelta(days=life.rng.randint(*habits.SUSPENDED_DAYS))
    reason = life.say(held.case, "suspension", life.reason("suspension"))
    supervisor = life.somebody(Role.SUPERVISOR)
    held.row = orders.suspend(supervisor, held.row.pk, review_on=review_on, reason=reason)
    life.act("order.suspend")


def suspended(life: Life, held: Held) -> Story:
    """挂账: on the day of its review the supervisor takes the matter off the ledger."""
    assert held.row.review_on
    yield datetime.combine(held.row.review_on, time(9, life.rng.randrange(60)), ZONE)
    held.row = orders.resume(life.somebody(Role.SUPERVISOR), held.row.pk)
    life.act("order.resume")


def _request_extension(life: Life, held: Held) -> bool:
    """Asks for up to as much time as there was; returns whether there was any left to ask for."""
    limit = Limit.parse(held.row.limit)
    granted = held.row.extension_count
    amount = max(1, limit.amount * life.rng.choice((2, 3)) // 5)
    if granted >= 2 or amount * (granted + 1) > limit.amount:
        return False
    held.row = orders.request_extension(
        life.clerk(held),
        held.row.pk,
        limit=str(Limit(amount, limit.unit)),
        reason=life.say(held.case, "extension", life.reason("extension")),
    ).assignment
    life.act("order.request_extension")
    return True


def _until_done(life: Life, held: Held, plan: Plan) -> Story:
    while plan.lost:
        yield life.at_desk((480, 480))
    yield life.point(held, plan.share)
    while held.below:
        yield life.at_desk((60, 240), at_once=life.round_the_clock(held))


def signing_off(life: Life, held: Held) -> Story:
    """待签发: the unit's leader signs the reply, or wants it written anew."""
    yield life.at_desk(habits.SIGN_OFF, at_once=life.round_the_clock(held))
    plan = held.plan or _plan(life, held)
    leader = life.rng.choice(life.world.offices[held.unit].leaders)
    if life.chance(habits.SIGN_OFF_REFUSED * (4 if plan.good == "evasive" else 1)):
        held.row = orders.refuse_sign_off(
            leader, held.row.pk, reason=life.say(held.case, "sign_off", "sent_back")
        )
        life.act("order.refuse_sign_off")
        again(life, held, "solved" if plan.good == "evasive" else plan.good)
        return
    remark = life.say(held.case, "sign_off", "passed")
    held.row = orders.sign_off(leader, held.row.pk, remark=remark)
    life.act("order.sign_off")


def again(life: Life, held: Held, good: str) -> None:
    """Lets a unit handle once more what it had replied to."""
    held.plan = Plan(
        share=life.rng.uniform(0.0, 0.5),
        lost=False,
        good=good,
        contacts=held.case.reachable and life.chance(0.5),
        onward=0,
        extensions=0,
        suspends=False,
    )


def pressing(life: Life, held: Held) -> Story:
    """催办: what happens beside an order's course when its limit nears and passes."""
    yield life.point(held, 0.85)
    if life.chance(0.03):
        _urge(life, held, "near_due")
    yield max(held.row.due_at, life.now)
    urged = False
    while held.open:
        yield life.numbered(life.at_desk((120, 900)))
        if life.now <= held.row.due_at:  # it was extended, or reworked under a new limit
            yield held.row.due_at
        elif urged and life.chance(habits.SUPERVISED):
            _supervise(life, held)
            return
        elif life.chance(habits.URGED_OVERDUE):
            _urge(life, held, "overdue")
            urged = True
            yield life.at_desk(habits.FOUND_AGAIN)
            if held.plan:
                held.plan.lost = False


def _urge(life: Life, held: Held, why: str) -> None:
    if held.row.state in RUNNING:
        held.row = orders.urge(
            life.giver(held), held.row.pk, reason=life.say(held.case, "urge", why)
        )
        life.act("order.urge")


def _supervise(life: Life, held: Held) -> None:
    """督办: a supervisor presses a unit that an urge did not move; its answer is for the office."""
    running = Measure.objects.filter(assignment=held.row.pk, step=Step.SUPERVISE)
    if held.case.restricted or running.exclude(state=MeasureState.CLOSED).exists():
        return
    life.in_turn()
    supervision.issue(
        life.somebody(Role.SUPERVISOR),
        step=Step.SUPERVISE,
        order_id=held.row.pk,
        reason=life.say(held.case, "supervise", unit=held.unit, unit2=held.unit),
    )
    life.act("measure.issue")
    if held.plan:
        held.plan.lost = False


STORIES: OrderStories = {
    OrderState.ASSIGNED: signing,
    OrderState.SIGNED: handling,
    OrderState.HANDLING: handling,
    OrderState.SUSPENDED: suspended,
    OrderState.SIGN_OFF: signing_off,
}
