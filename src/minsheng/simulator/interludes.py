"""What happens beside the course of a demand: more is told, it is taken back, marked, looked at."""

from collections.abc import Callable
from datetime import timedelta

from minsheng.demands import actions as demands
from minsheng.demands.rules import DemandState
from minsheng.directory.access import citizen
from minsheng.directory.permissions import Role
from minsheng.evaluation.actions import exclusions
from minsheng.evaluation.models import Exclusion
from minsheng.orders import actions as orders
from minsheng.orders.rules import RUNNING, OrderState
from minsheng.simulator import habits
from minsheng.simulator.cases import Case, Held
from minsheng.simulator.life import Life, Story
from minsheng.simulator.owning import contest
from minsheng.simulator.units import take


def begin(life: Life, case: Case) -> None:
    """Decides what will happen to a new demand beside its course."""
    if case.restricted:
        return
    if life.speech.thing(case.matter) and life.chance(habits.CONTESTED):
        life.do_at(life.at_desk((120, 1200)), contest, case, numbered=True)
    for share, interlude, in_office in _INTERLUDES:
        if life.chance(share):
            at = life.later(60 * life.between(habits.INTERLUDE))
            if in_office:
                at = life.calendar.after(at, timedelta(minutes=life.rng.randint(1, 60)))
            life.do_at(at, interlude, case)


def _supplement(life: Life, case: Case) -> None:
    """补充: the petitioner calls again with more, perhaps to ask where it hangs."""
    if case.live and case.named:
        actor = citizen(case.id) if life.chance(0.3) else life.somebody(Role.AGENT)
        demands.supplement(actor, case.id, text=life.say(case, "supplement"))
        life.act("demand.supplement")
        if life.chance(0.5):
            life.do_at(life.at_desk((5, 60)), _urge, case)


def _urge(life: Life, case: Case) -> None:
    """催办: the dispatcher passes the petitioner's impatience on."""
    lead = case.lead
    if lead and lead.row.state in RUNNING:
        reason = life.say(case, "urge", "petitioner_again")
        lead.row = orders.urge(life.somebody(Role.DISPATCHER), lead.row.pk, reason=reason)
        life.act("order.urge")


def _withdraw(life: Life, case: Case) -> None:
    """撤回: it has settled itself."""
    replied = any(held.row.state == OrderState.REPLIED for held in case.orders if held.open)
    if case.named and case.state in (DemandState.ACCEPTED, DemandState.ASSIGNED) and not replied:
        actor = citizen(case.id) if life.chance(0.5) else life.somebody(Role.AGENT)
        demand = orders.withdraw(actor, case.id, reason=life.say(case, "withdraw"))
        life.act("demand.withdraw")
        case.state = demand.state
        case.end_orders()


def _mark(life: Life, case: Case) -> None:
    """标记: a supervisor takes a matter for difficult, or raises it."""
    if case.state == DemandState.ASSIGNED:
        mark = "difficult" if life.chance(0.6) else "escalated"
        reason = life.say(case, "supervise")
        demands.mark(life.somebody(Role.SUPERVISOR), case.id, reason=reason, **{mark: True})
        life.act("demand.mark")


def _exclude(life: Life, case: Case) -> None:
    """申请剔除: the unit finds that nobody could have met this demand, and asks to be spared."""
    lead = case.lead
    if case.state == DemandState.ASSIGNED and lead:
        code = life.reason("exclusion")
        evidence = life.say(case, "exclusion", code)
        applied = exclusions.apply(life.clerk(lead), case.id, reason_code=code, evidence=evidence)
        life.act("exclusion.apply")
        life.start(deciding(life, case, applied))


def deciding(life: Life, case: Case, applied: Exclusion) -> Story:
    """剔除审批: one supervisor agrees or refuses, then another one; who applied does neither."""
    supervisors = [
        actor
        for actor in life.world.staff[Role.SUPERVISOR]
        if actor.staff_id not in (applied.applied_by_id, applied.approved_by_id)
    ]
    for actor in life.rng.sample(supervisors, min(2, len(supervisors))):
        yield life.at_desk(habits.RULING)
        if life.chance(habits.EXCLUSION_REFUSED):
            reason = life.say(case, "ruling", "refused")
            exclusions.refuse(actor, applied.pk, reason=reason)
            life.act("exclusion.refuse")
            return
        if applied.state == Exclusion.State.APPLIED:
            reason = life.say(case, "ruling", "granted")
            applied = exclusions.approve(actor, applied.pk, reason=reason)
            life.act("exclusion.approve")
        else:
            exclusions.confirm(actor, applied.pk)
            life.act("exclusion.confirm")
            return


def _reveal(life: Life, case: Case) -> None:
    """查看诉求人: a dispatcher needs to ask the petitioner something."""
    if case.named:
        reason = life.say(case, "reveal", "verify")
        demands.reveal(life.somebody(Role.DISPATCHER), case.id, reason=reason)
        life.act("identity.reveal")


def _recall(life: Life, case: Case) -> None:
    """撤回工单: the dispatcher sees that it should not have gone out like that."""
    lead = case.lead
    if lead and lead.row.state in (OrderState.ASSIGNED, OrderState.SIGNED):
        reason = life.say(case, "approve", "granted")
        demand = orders.recall(life.somebody(Role.DISPATCHER), lead.row.pk, reason=reason)
        life.act("order.recall")
        case.state = demand.state
        case.end_orders()
        life.go_on(case)


def _reassign(life: Life, case: Case) -> None:
    """改派: the centre gives the order to another unit without having been asked."""
    lead = case.lead
    if lead and lead.row.state in (OrderState.ASSIGNED, OrderState.SIGNED, OrderState.HANDLING):
        held_by = {held.unit for held in case.orders}
        unit = life.rng.choice([code for code in life.world.first_level if code not in held_by])
        reason = life.say(case, "approve", "redirect", unit2=unit)
        row = orders.reassign(life.somebody(Role.SUPERVISOR), lead.row.pk, unit=unit, reason=reason)
        life.act("order.reassign")
        lead.end()
        take(life, Held(case, row, unit, life.now))


_INTERLUDES: tuple[tuple[float, Callable[[Life, Case], None], bool], ...] = (
    (habits.SUPPLEMENTED, _supplement, False),
    (habits.WITHDRAWN, _withdraw, False),
    (habits.MARKED, _mark, True),
    (habits.EXCLUDED, _exclude, True),
    (habits.REVEALED, _reveal, True),
    (habits.RECALLED, _recall, True),
    (habits.REASSIGNED, _reassign, True),
)
