"""催办 in the middle of something else leaves it as it was."""

import pytest

from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.town import Town


@pytest.mark.parametrize(
    ("state", "decide", "before"),
    [
        ("extension_requested", orders.approve_extension, "signed"),
        ("return_requested", orders.overrule_return, "assigned"),
    ],
)
def test_a_request_that_was_urged_is_decided_as_any_other(
    town: Town, state: str, decide: object, before: str
) -> None:
    order = town.order(state)
    urged = orders.urge(town.actor("dispatcher"), order.pk, reason="诉求人再次来电")
    assert (urged.state, urged.urge_count) == (state, 1)
    assert callable(decide)
    decide(town.actor("dispatcher"), order.pk, reason="同意按此办理")
    assert Assignment.objects.get(pk=order.pk).state == before
