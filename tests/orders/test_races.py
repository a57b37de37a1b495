"""Two people taking an action at once: exactly one succeeds, the other gets a clear refusal."""

import pytest

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import journal
from minsheng.foundation.errors import Conflict, Refused
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, WorkOrder
from support.meeting import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def one_of_two(results) -> tuple[object, Refused]:
    """Returns what the one got who succeeded, and the refusal of the other."""
    refused = [result for result in results if isinstance(result, Exception)]
    done = [result for result in results if not isinstance(result, Exception)]
    assert len(done) == len(refused) == 1, results
    assert isinstance(refused[0], Refused), repr(refused[0])
    assert str(refused[0])
    assert not journal.verify().faults
    return done[0], refused[0]


def test_signing(town):
    order = town.assign()
    _done, refused = one_of_two(
        at_once(
            lambda: orders.sign(town.actor("clerk"), order.pk),
            lambda: orders.sign(town.actor("clerk2"), order.pk),
        )
    )
    assert refused.code == "wrong_state"
    assert journal.timeline("demand", order.demand_id).filter(action="order.sign").count() == 1


def test_assigning(town):
    demand = town.accept()
    _done, refused = one_of_two(
        at_once(
            lambda: orders.assign(town.actor("dispatcher"), demand.pk, lead="housing"),
            lambda: orders.assign(town.actor("dispatcher2"), demand.pk, lead="traffic"),
        )
    )
    assert refused.code == "wrong_state"
    assert Assignment.objects.count() == WorkOrder.objects.count() == 1


def test_accepting_and_overruling_a_return(town):
    order = town.order("return_requested")
    _done, refused = one_of_two(
        at_once(
            lambda: orders.accept_return(town.actor("dispatcher"), order.pk),
            lambda: orders.overrule_return(town.actor("dispatcher2"), order.pk, reason="不同意"),
        )
    )
    assert refused.code == "wrong_state"
    order.refresh_from_db()
    assert order.state in ("returned", "assigned")
    assert (order.state == "assigned") == order.return_forbidden


def test_deciding_about_an_extension(town):
    order = town.order("extension_requested")
    one_of_two(
        at_once(
            lambda: orders.approve_extension(town.actor("dispatcher"), order.pk),
            lambda: orders.refuse_extension(town.actor("supervisor"), order.pk, reason="不同意"),
        )
    )


def test_evaluating(town):
    demand = town.demand("completed")
    _done, refused = one_of_two(
        at_once(
            lambda: follow_ups.evaluate(
                town.actor("follow_up"), demand.pk, grade="satisfied", solved=True
            ),
            lambda: follow_ups.evaluate(
                town.petitioner(demand),
                demand.pk,
                grade="dissatisfied",
                solved=False,
                reason="没有解决",
                source="portal",
            ),
        )
    )
    assert refused.code == "wrong_state"
    assert FollowUp.objects.filter(state="evaluated").count() == 1


def test_merging_crosswise(town):
    """Each wants to merge into the other: only looking back is right, and nobody waits for ever."""
    first, second = town.accept(), town.accept()
    _done, refused = one_of_two(
        at_once(
            lambda: demands.merge(town.actor("dispatcher"), first.pk, into=second.number),
            lambda: demands.merge(town.actor("dispatcher2"), second.pk, into=first.number),
        )
    )
    assert refused.code == "later_demand"


def test_merging_into_one_that_is_merged_meanwhile(town):
    first, second, third = town.accept(), town.accept(), town.accept()
    results = at_once(
        lambda: demands.merge(town.actor("dispatcher"), third.pk, into=second.number),
        lambda: demands.merge(town.actor("dispatcher2"), second.pk, into=first.number),
    )
    assert all(isinstance(r, Demand | Conflict) for r in results), results
    states = dict(Demand.objects.values_list("pk", "state"))
    assert states[second.pk] == "merged"
    # Nothing was merged into it afterwards.
    if states[third.pk] == "merged":
        entries = journal.timeline("demand", third.pk).filter(action="demand.merge")
        assert entries.count() == 1


def test_replying_to_what_is_being_recalled(town):
    order = town.order("signed")
    recalled, replied = at_once(
        lambda: orders.recall(town.actor("dispatcher"), order.pk, reason="派错单位"),
        lambda: orders.reply(town.actor("clerk"), order.pk, text="已修好。", solved=True),
    )
    # A recall may follow upon a reply, but no reply upon a recall.
    assert not isinstance(recalled, Exception)
    assert not isinstance(replied, Exception) or replied.code == "wrong_state"
    assert Assignment.objects.get(pk=order.pk).state == "recalled"
    assert not journal.verify().faults


def test_submitting_a_draft(town):
    draft = town.demand("draft")
    one_of_two(
        at_once(
            lambda: demands.submit(town.actor("agent"), draft.pk),
            lambda: demands.submit(town.actor("agent"), draft.pk),
        )
    )


def test_a_number_of_another_system_arriving_twice(town):
    def deliver():
        return demands.accept(
            town.actor("agent"), town.intake(channel="province", external_no="SX-1")
        )

    results = at_once(deliver, deliver, waiting=0)
    assert Demand.objects.filter(external_no="SX-1").count() == 1
    _done, refused = one_of_two(results)
    assert refused.code == "already_received"
