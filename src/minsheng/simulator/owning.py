"""权属认定: when a manhole, a pole or a cable is nobody's, the month's duty unit goes to look."""

from collections.abc import Sequence
from datetime import timedelta

from minsheng.demands.rules import DemandState
from minsheng.directory.permissions import Role
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, OrderState, Part
from minsheng.simulator import habits
from minsheng.simulator.cases import Case, Held
from minsheng.simulator.life import Life, Story
from minsheng.simulator.units import take
from minsheng.supervision import actions as supervision
from minsheng.supervision.models import DutyUnit, Ownership
from minsheng.supervision.rules import OwnershipState

_MOVABLE = (OrderState.ASSIGNED, OrderState.SIGNED, OrderState.HANDLING)
_TRIES = 3  # looks at a demand that is between two units


def unowned(demand_id: int) -> Sequence[int]:
    """Returns the keys of the undecided cases of a demand."""
    cases = Ownership.objects.filter(demand=demand_id).exclude(state=OwnershipState.DECIDED)
    return list(cases.order_by("number").values_list("pk", flat=True))


def contest(life: Life, case: Case) -> None:
    """提请权属认定: a dispatcher opens a case, where the city has a unit on duty for it."""
    thing = life.speech.thing(case.matter)
    duty = DutyUnit.objects.filter(month=life.now.date().replace(day=1), object__in=["", thing])
    if case.state == DemandState.ASSIGNED and duty.exists() and not unowned(case.id):
        life.in_turn()
        row = supervision.open_case(
            life.somebody(Role.DISPATCHER),
            demand_id=case.id,
            object=thing,
            reason=life.say(case, "ownership", "open"),
        )
        life.act("ownership.open")
        life.start(owning(life, case, row.pk))


def owning(life: Life, case: Case, key: int) -> Story:
    """勘查、认定: the duty unit looks, perhaps it is put off, then the owner gets the order."""
    yield life.at_desk(habits.SITE_VISIT)
    row = Ownership.objects.select_related("unit").get(pk=key)
    clerks = life.world.offices[row.unit.code].clerks
    if row.state != OwnershipState.VISITED:
        supervision.visit(
            life.rng.choice(clerks) if clerks else life.somebody(Role.SUPERVISOR),
            key,
            finding=life.say(case, "ownership", "visit"),
            suggested=_owner(life, case),
        )
        life.act("ownership.visit")
    if life.chance(habits.PUT_OFF):
        review_on = life.now.date() + timedelta(days=life.rng.randint(*habits.PUT_OFF_DAYS))
        words = life.say(case, "ownership", "put_off")
        actor = life.somebody(Role.DISPATCHER)
        supervision.put_off(actor, key, review_on=review_on, reason=words)
        life.act("ownership.put_off")
    for _ in range(_TRIES):
        yield life.at_desk(habits.OWNED)
        if case.state == DemandState.ASSIGNED and case.lead:
            _decide(life, case, key)
            return


def _owner(life: Life, case: Case) -> str:
    """Returns the code of a unit whose it may be: the one that has the order, or another."""
    lead = case.lead
    if lead and (lead.row.state not in _MOVABLE or not life.chance(habits.OWNED_BY_ANOTHER)):
        return lead.unit
    held_by = {held.unit for held in case.orders}
    return life.rng.choice([code for code in life.world.first_level if code not in held_by])


def _decide(life: Life, case: Case, key: int) -> None:
    lead, owner = case.lead, _owner(life, case)
    assert lead
    words = life.say(case, "ownership", "decide", unit=owner)
    supervision.decide(life.somebody(Role.DISPATCHER), key, owner=owner, reason=words)
    life.act("ownership.decide")
    if owner != lead.unit:
        life.act("order.reassign")
        row = Assignment.objects.select_related("unit", "work_order").get(
            demand=case.id, state__in=OPEN, part=Part.LEAD, parent=None
        )
        lead.end()
        take(life, Held(case, row, owner, life.now))
