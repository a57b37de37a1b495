"""Takes up again what an earlier life, or real people, left open."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.evaluation.models import Exclusion
from minsheng.followups.models import FollowUp
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN
from minsheng.simulator.afterwards import asking
from minsheng.simulator.cases import Case, Held, Matter
from minsheng.simulator.interludes import deciding
from minsheng.simulator.life import Life
from minsheng.simulator.owning import owning, unowned
from minsheng.simulator.units import take
from minsheng.simulator.world import World


def left_open(world: World, at: datetime) -> list[Case]:
    """Returns all demands that are open and were so at `at`, or whose exclusion is undecided."""
    planned = Q(follow_ups__state=FollowUp.State.PLANNED)
    open_states = Q(
        state__in=[DemandState.ACCEPTED, DemandState.ASSIGNED, DemandState.FOLLOWING_UP]
    )
    is_open = (open_states | Q(state=DemandState.COMPLETED) & planned) & Q(state_at__lt=at)
    undecided = Exists(_undecided(at).filter(demand=OuterRef("pk")))
    return cases(world, Demand.objects.filter(is_open | undecided))


def cases(world: World, demands: QuerySet[Demand]) -> list[Case]:
    """Returns what a life has to know of demands that it did not take down itself."""
    known = demands.select_related("channel", "kind", "category", "district", "petitioner")
    found = known.defer("words", "district__outline").order_by("number")
    return [_case(world, demand) for demand in found]


def take_up(life: Life, case: Case, at: datetime) -> None:
    """Begins the stories of a demand that was left open at `at`."""
    life.turn_to(case.matter, at)
    life.take(case)
    if case.state == DemandState.COMPLETED:
        if FollowUp.objects.filter(demand=case.id, state=FollowUp.State.PLANNED).exists():
            life.start(asking(life, case))
    elif case.state == DemandState.ASSIGNED:
        _take_up_orders(life, case)
    else:
        life.go_on(case)
    for row in _undecided(at).filter(demand=case.id).order_by("pk"):
        life.start(deciding(life, case, row))
    for key in unowned(case.id):
        life.start(owning(life, case, key))


def _undecided(at: datetime) -> QuerySet[Exclusion]:
    """Returns the applications for exclusion that wait, but those of appeals (see `office`)."""
    waiting = [Exclusion.State.APPLIED, Exclusion.State.APPROVED]
    return Exclusion.objects.filter(state__in=waiting, applied_at__lt=at, appeal=None)


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
        enterprise=demand.enterprise,
    )


def _take_up_orders(life: Life, case: Case) -> None:
    held: dict[int, Held] = {}
    rows = Assignment.objects.filter(demand=case.id, state__in=OPEN)
    for row in rows.select_related("unit", "work_order").order_by("level", "pk"):
        above = held.get(row.parent_id or 0)
        held[row.pk] = Held(case, row, row.unit.code, row.assigned_at, above=above)
    for order in held.values():
        take(life, order)
