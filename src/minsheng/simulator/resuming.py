"""Takes up again what an earlier life, or real people, left open."""

from datetime import datetime

from django.db.models import Q

from minsheng.demands.models import Demand
from minsheng.demands.rules import State
from minsheng.evaluation.models import Exclusion
from minsheng.followups.models import FollowUp
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN
from minsheng.simulator.afterwards import asking
from minsheng.simulator.cases import Case, Held, Matter
from minsheng.simulator.interludes import deciding
from minsheng.simulator.life import Life
from minsheng.simulator.units import take
from minsheng.simulator.world import World

#: What is told of a demand's matter.
_RELATED = ("channel", "kind", "category", "district", "petitioner")


def resume(life: Life, at: datetime) -> int:
    """Begins the stories of all demands that are open and were so at `at`; returns how many."""
    planned = Q(follow_ups__state=FollowUp.State.PLANNED)
    open_states = Q(state__in=[State.ACCEPTED, State.ASSIGNED, State.FOLLOWING_UP])
    found = (
        Demand.objects.filter(open_states | Q(state=State.COMPLETED) & planned, state_at__lt=at)
        .select_related(*_RELATED)
        .defer("words", "district__outline")
        .order_by("number")
    )
    for demand in found:
        case = _case(life.world, demand)
        life.cases[case.id] = case
        if case.state == State.COMPLETED:
            life.start(asking(life, case))
        elif case.state == State.ASSIGNED:
            _take_up_orders(life, case)
        else:
            life.go_on(case)
    _take_up_exclusions(life, at)
    return len(found)


def _take_up_exclusions(life: Life, at: datetime) -> None:
    """Begins the stories of the applications for exclusion that still wait."""
    waiting = Exclusion.objects.filter(
        state__in=[Exclusion.State.APPLIED, Exclusion.State.APPROVED], applied_at__lt=at
    )
    related = [f"demand__{name}" for name in _RELATED]
    for row in waiting.select_related(*related).order_by("demand__number", "pk"):
        case = life.cases.get(row.demand_id) or _case(life.world, row.demand)
        life.start(deciding(life, case, row))


def _case(world: World, demand: Demand) -> Case:
    assert demand.number
    return Case(
        id=demand.pk,
        number=demand.number,
        state=demand.state,
        matter=Matter(
            topic=demand.category.code if demand.category else world.guess(demand.text),
            kind=demand.kind.code if demand.kind else "",
            area=demand.district.code if demand.district else "",
        ),
        category_id=demand.category_id,
        district_id=demand.district_id,
        channel=demand.channel.code,
        urgent=demand.urgent,
        confidential=demand.confidential,
        provincial=demand.origin != Demand.Origin.CITY,
        restricted=demand.restricted,
        named=demand.petitioner_id is not None,
        callable=demand.petitioner is not None and not demand.petitioner.do_not_call,
    )


def _take_up_orders(life: Life, case: Case) -> None:
    held: dict[int, Held] = {}
    rows = Assignment.objects.filter(demand=case.id, state__in=OPEN)
    for row in rows.select_related("unit", "work_order").order_by("level", "pk"):
        above = held.get(row.parent_id or 0)
        held[row.pk] = Held(case, row, row.unit.code, row.assigned_at, above=above)
    for order in held.values():
        take(life, order)
