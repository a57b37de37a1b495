"""What the hotline centre does: takes demands down, answers, dispatches, decides and audits."""

from minsheng.catalogue.models import Basis
from minsheng.catalogue.queries import catalogue_units
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Enquiry
from minsheng.demands.rules import DemandState
from minsheng.directory.access import SYSTEM, Actor, citizen
from minsheng.directory.permissions import Role
from minsheng.orders import actions as orders
from minsheng.orders.rules import OrderState
from minsheng.simulator import habits
from minsheng.simulator.arrivals import Telling
from minsheng.simulator.cases import Case, Held
from minsheng.simulator.interludes import begin as begin_interludes
from minsheng.simulator.life import CaseStories, Life, OrderStories, Story
from minsheng.simulator.units import again, take

# -- intake


def arriving(life: Life, telling: Telling) -> Story:
    """受理: a demand comes in, and is taken down at once or as a draft."""
    actor = _taker(life, telling)
    intake = life.speech.intake(
        telling.matter,
        telling.person,
        channel=telling.channel,
        way=telling.way,
        at=life.now,
        serial=telling.serial,
    )
    life.in_turn()
    if telling.way == "call" and life.chance(habits.LOOK_UP_CALLER) and intake.petitioner.phone:
        demands.find_by_phone(actor, intake.petitioner.phone)
        life.act("petitioner.find")
    if actor.role == Role.AGENT and life.chance(habits.DRAFT):
        draft = demands.register(actor, intake)
        life.act("demand.register")
        if not life.chance(habits.DRAFT_LEFT):
            yield life.numbered(life.later(life.between((3, 90))))
            life.in_turn()
            _accepted(life, telling, demands.submit(actor, draft.pk))
        return
    _accepted(life, telling, demands.accept(actor, intake))


def _accepted(life: Life, telling: Telling, demand: Demand) -> None:
    assert demand.number
    life.act("demand.submit")
    life.accepted += 1
    case = Case(
        id=demand.pk,
        number=demand.number,
        state=demand.state,
        matter=telling.matter,
        category_id=demand.category_id,
        district_id=demand.district_id,
        channel=telling.channel,
        urgent=demand.urgent,
        confidential=demand.confidential,
        provincial=demand.origin != Demand.Origin.CITY,
        restricted=demand.restricted,
        named=demand.petitioner_id is not None,
        callable=demand.petitioner_id is not None and not telling.person.do_not_call,
        enterprise=demand.enterprise,
    )
    if telling.matter.first is None and not case.restricted:
        telling.matter.first = case
    life.take(case)
    life.go_on(case)
    begin_interludes(life, case)


def _taker(life: Life, telling: Telling) -> Actor:
    """Returns who takes down what is told: staff, the citizen's own form, or another system."""
    channel = life.world.channels[telling.channel]
    if channel.restricted:
        return life.somebody(Role.DISCIPLINE)
    if channel.is_collector:
        return life.somebody(Role.COLLECTOR)
    if telling.way == "call":
        return life.somebody(Role.AGENT)
    return citizen() if channel.door in habits.FORMS else SYSTEM


# -- disposal


def disposing(life: Life, case: Case) -> Story:
    """已受理: an agent answers at once, or a dispatcher decides where it goes."""
    if case.restricted:
        return  # in the discipline officers' hands
    if life.chance(habits.ANSWERED.get(case.matter.kind, 0)) and _is_public(life, case):
        if habits.WAYS.get(life.world.channels[case.channel].door) == "call":
            yield life.later(life.between(habits.TALK))
        else:
            yield life.at_desk(habits.ANSWER_DESK)
        if case.state == DemandState.ACCEPTED and _answer(life, case):
            return
    if case.enterprise and life.chance(habits.ENQUIRED):
        yield from _enquiring(life, case)
    yield life.numbered(life.at_desk(habits.DISPATCH, at_once=case.urgent))
    if case.state == DemandState.ACCEPTED:
        _dispatch(life, case)


def _is_public(life: Life, case: Case) -> bool:
    return life.world.channels[case.channel].is_public


def _enquiring(life: Life, case: Case) -> Story:
    """企业专席: the agent puts it to a specialist, who answers, or passes it back for an order."""
    specialists = life.world.staff.get(Role.SPECIALIST, ())
    if not specialists:
        return
    asked = Enquiry.objects.filter(demand=case.id, state=Enquiry.State.ASKED)
    unit = asked.values_list("unit__code", flat=True).first()  # by an earlier life
    if unit is None:
        yield life.at_desk(habits.ANSWER_DESK)
        if case.state != DemandState.ACCEPTED:
            return
        found = catalogue_units(case.category_id, case.district_id, life.now.date())
        theirs = [one for one in specialists if found and one.unit_code == found[0]]
        unit = life.rng.choice(theirs or specialists).unit_code
        note = life.say(case, "enquiry", "ask")
        demands.ask(life.somebody(Role.AGENT), case.id, unit=unit, note=note)
        life.act("enquiry.ask")
    yield life.at_desk(habits.ENQUIRY_DESK)
    there = [one for one in specialists if one.unit_code == unit]
    if case.state != DemandState.ACCEPTED or not there:
        return
    specialist = life.rng.choice(there)
    if life.chance(habits.ENQUIRY_ANSWERED) and _answer(life, case, specialist):
        return
    reason = life.say(case, "enquiry", "pass_back")
    demands.pass_back(specialist, case.id, reason=reason)
    life.act("enquiry.pass_back")


def _answer(life: Life, case: Case, by: Actor | None = None) -> bool:
    """Answers from a knowledge item or a transfer line; returns whether there was one.

    `by` is who answers, an agent by default.
    """
    world, matter = life.world, case.matter
    topic = world.topics.get(matter.topic)
    if topic is None:
        return False
    on = life.now.date()
    item = world.answer(topic, on)
    found = catalogue_units(case.category_id, case.district_id, on)
    line = world.lines_of_units.get(found[0]) if found else None
    if line and (item is None or life.chance(habits.TRANSFERRED)):
        item = None
    elif item is None:
        return False
    if item:
        words = f"{item.text}\n{life.say(case, 'answer', 'knowledge')}"
    else:
        words = f"{world.lines[line or '']}{life.say(case, 'answer', 'transfer')}"
    demand = demands.answer(
        by or life.somebody(Role.AGENT),
        case.id,
        answer=words,
        knowledge=item.code if item else "",
        transfer_line="" if item else line or "",
    )
    life.act("demand.answer")
    _come_to(life, case, demand.state)
    return True


def _come_to(life: Life, case: Case, state: str) -> None:
    """Notes that a demand has come into a state, and begins what follows from it."""
    case.state = state
    if state != DemandState.ASSIGNED:
        case.end_orders()
    life.go_on(case)


def _dispatch(life: Life, case: Case) -> None:
    dispatcher = life.somebody(Role.DISPATCHER)
    matter = case.matter
    routes = life.speech.beyond_us(matter)
    share = habits.REJECTED_ROUTED if routes else habits.REJECTED
    if life.world.routes and _is_public(life, case) and life.chance(share):
        route = life.rng.choice(routes or list(life.world.routes))
        demand = demands.reject(
            dispatcher,
            case.id,
            legal_route=route,
            reason=life.say(case, "reject", route),
        )
        life.act("demand.reject")
        _come_to(life, case, demand.state)
        return
    first = matter.first
    if (
        first is not None
        and first is not case
        and first.state in (DemandState.ACCEPTED, DemandState.ASSIGNED)
        and first.id in life.cases
        and life.chance(habits.MERGED)
    ):
        note = life.say(case, "assign", "merge", number=first.number)
        demand = demands.merge(dispatcher, case.id, into=first.number, reason=note)
        life.act("demand.merge")
        _come_to(life, case, demand.state)
        return
    if case.category_id is None and matter.topic:
        _classify(life, case, dispatcher)
    _assign(life, case, dispatcher)


def _classify(life: Life, case: Case, dispatcher: Actor) -> None:
    """修改: the dispatcher fills in the category of which the agent was not sure."""
    demand = demands.edit(dispatcher, case.id, category=case.matter.topic)
    life.act("demand.edit")
    case.category_id = demand.category_id


def _assign(life: Life, case: Case, dispatcher: Actor) -> None:
    lead, assists, basis = _units(life, case)
    right = ""
    if life.chance(habits.WRONG_UNIT):
        right, lead = lead, _other(life, lead)
        assists = ()
    note = "urgent" if case.urgent else basis
    life.in_turn()
    rows = orders.assign(
        dispatcher,
        case.id,
        lead=lead,
        assists=assists,
        basis=basis,
        note=life.say(case, "assign", note, unit=lead, unit2=next(iter(assists), "")),
    )
    life.act("demand.assign")
    case.state = DemandState.ASSIGNED
    for row, unit in zip(rows, (lead, *assists), strict=True):
        take(life, Held(case, row, unit, life.now, right_unit=right if unit == lead else ""))


def _units(life: Life, case: Case) -> tuple[str, tuple[str, ...], str]:
    """Returns lead, assistants and basis: by the catalogue, or else by territory."""
    offices = life.world.offices
    found = catalogue_units(case.category_id, case.district_id, life.now.date())
    if found and offices[found[0]].staffed:
        lead, named, basis = found
        assists = [code for code in named if offices[code].staffed and code != lead]
        keep = len(assists) if life.chance(habits.ASSISTED) else 0
        return lead, tuple(assists[:keep]), basis
    territory = life.world.territory.get(case.matter.area, ())
    if territory:
        return territory[-1], (), Basis.FALLBACK
    return _other(life, ""), (), Basis.DESIGNATED


def _other(life: Life, unit: str) -> str:
    """Returns a unit of the first level that is not the given one."""
    return life.rng.choice([code for code in life.world.first_level if code != unit])


# -- decisions


def deciding_return(life: Life, held: Held) -> Story:
    """申请退单: the giver takes the order back and gives it to the right unit, or overrules."""
    yield life.at_desk(habits.DECISION, at_once=life.round_the_clock(held))
    case, giver = held.case, life.giver(held)
    if not held.right_unit and not life.chance(habits.RETURN_ACCEPTED):
        reason = life.say(case, "approve", "refused")
        held.row = orders.overrule_return(giver, held.row.pk, reason=reason)
        life.act("order.overrule_return")
        return
    unit = held.right_unit or _other(life, held.unit)
    taken = {other.unit for other in case.orders if other.open}
    if held.above or unit in taken or life.chance(habits.RETURN_TO_DESK):
        orders.accept_return(giver, held.row.pk, reason=life.say(case, "approve", "granted"))
        life.act("order.accept_return")
        if held.is_lead:
            _come_to(life, case, DemandState.ACCEPTED)
        else:
            held.end()
        return
    reason = life.say(case, "approve", "redirect", unit2=unit)
    row = orders.accept_return(giver, held.row.pk, unit=unit, reason=reason)
    life.act("order.accept_return")
    assert row
    held.end()
    take(life, Held(case, row, unit, life.now))


def deciding_extension(life: Life, held: Held) -> Story:
    """申请延期: a dispatcher decides on the first, a supervisor on the second."""
    yield life.at_desk(habits.DECISION)
    giver = life.giver(held)
    if held.row.extension_count and not held.above:
        giver = life.somebody(Role.SUPERVISOR)
    if life.chance(habits.EXTENSION_APPROVED):
        words = life.say(held.case, "approve", "granted")
        held.row = orders.approve_extension(giver, held.row.pk, reason=words).assignment
        life.act("order.approve_extension")
    else:
        words = life.say(held.case, "approve", "refused")
        held.row = orders.refuse_extension(giver, held.row.pk, reason=words).assignment
        life.act("order.refuse_extension")


def auditing(life: Life, held: Held) -> Story:
    """待审核: the giver accepts the reply, or has the unit handle it again."""
    yield life.at_desk(habits.AUDIT, at_once=life.round_the_clock(held))
    case, giver = held.case, life.giver(held)
    good = held.plan.good if held.plan else "solved"
    failed = habits.AUDIT_FAILED_EVASIVE if good == "evasive" else habits.AUDIT_FAILED
    if held.row.rework_count < habits.MOST_REWORKS and life.chance(failed):
        usual = (
            ("evasive", "off_topic") if good == "evasive" else ("incomplete_reply", "no_contact")
        )
        words = life.say(case, "rework", life.reason("rework", *usual))
        held.row = orders.fail_audit(giver, held.row.pk, reason=words)
        life.act("order.fail_audit")
        again(life, held, "solved" if good == "evasive" else good)
        return
    held.row = orders.pass_audit(giver, held.row.pk, remark=life.say(case, "audit", "passed"))
    life.act("order.pass_audit")
    if held.is_lead:
        case.good = good
        _come_to(life, case, DemandState.COMPLETED)
    else:
        held.end()


CASE_STORIES: CaseStories = {DemandState.ACCEPTED: disposing}
ORDER_STORIES: OrderStories = {
    OrderState.RETURN_REQUESTED: deciding_return,
    OrderState.EXTENSION_REQUESTED: deciding_extension,
    OrderState.REPLIED: auditing,
}
