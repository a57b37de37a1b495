"""退单: what a unit gives back keeps its number and stays where it belongs."""

from minsheng.demands import actions as demands
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, WorkOrder
from support.town import Town


def test_what_came_back_to_the_desk_goes_out_again_under_its_number(town: Town) -> None:
    order = town.order("returned")
    returned = WorkOrder.objects.get()
    assert returned.closed_at is not None
    (again,) = orders.assign(town.actor("dispatcher"), order.demand_id, lead="traffic")
    assert again.work_order.number == returned.number
    assert WorkOrder.objects.get().closed_at is None


def test_what_came_back_and_was_then_answered_leaves_no_work_order_open(town: Town) -> None:
    order = town.order("returned")
    demands.answer(town.actor("agent"), order.demand_id, answer="可以申请。", knowledge="fund")
    assert not WorkOrder.objects.filter(closed_at=None).exists()


def test_a_new_course_has_a_new_number(town: Town) -> None:
    order = town.order("completed")
    demands.archive(town.actor("supervisor"), order.demand_id)
    demands.reopen(town.actor("supervisor"), order.demand_id, reason="回头看")
    (again,) = orders.assign(town.actor("dispatcher"), order.demand_id, lead="housing")
    assert again.work_order.number != order.work_order.number


def test_an_onward_order_goes_to_another_unit_below_and_to_no_other(town: Town) -> None:
    lead = town.assign(lead="east-gov")
    clerk = town.actor("clerk.east")
    orders.sign(clerk, lead.pk)
    (child,) = orders.assign_onward(clerk, lead.pk, units=["quay"])
    orders.request_return(
        town.actor("clerk.quay"), child.pk, reason_code="wrong_place", reason="在青山街道"
    )
    with town.refused("not_below"):
        orders.accept_return(clerk, child.pk, unit="traffic")
    given = orders.accept_return(clerk, child.pk, unit="hill")
    assert given is not None
    kept = Assignment.objects.get(pk=given.pk)
    assert (kept.parent_id, kept.level, kept.unit.code) == (lead.pk, 2, "hill")
