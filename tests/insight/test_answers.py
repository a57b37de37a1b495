"""How the same kind of matter was answered before: whose answers, and which are kept back."""

import pytest

from minsheng.demands import actions as demands
from minsheng.followups import actions as follow_ups
from minsheng.foundation import text
from minsheng.insight.answers import past_answers
from minsheng.insight.models import Suggestion
from minsheng.orders import actions as orders
from support.reading import Visitor

TOLD = {"title": "楼顶漏水无人维修", "text": "三单元楼顶下雨就漏水，物业一直没有维修。"}
REPLY = "3月9日已联系王女士（13900005678），上门补漏。"


def answered(town, *, public: bool = True, **changed):
    """A demand of 住房局 that was replied to, audited and completed."""
    order = town.order("signed", town.assign(town.accept(**{**TOLD, **changed})))
    orders.reply(town.actor("clerk"), order.pk, text=REPLY, solved=True, public=public)
    orders.sign_off(town.actor("unit_leader"), order.pk)
    orders.pass_audit(town.actor("dispatcher"), order.pk)
    order.demand.refresh_from_db()
    return order.demand


def found(town, username: str, demand) -> list[str]:
    words = text.tokens(f"{TOLD['title']}\n{TOLD['text']}")
    return [one.number for one in past_answers(town.actor(username), demand.category_id, words)]


def test_what_was_published_is_shown_masked_with_its_evaluation(town):
    demand = answered(town)
    if not demand.follow_ups.exists():
        follow_ups.plan(town.actor("follow_up"), demand.pk)
    follow_ups.evaluate(town.actor("follow_up"), demand.pk, grade="satisfied", solved=True)
    words = text.tokens(TOLD["text"])
    (one,) = past_answers(town.actor("clerk.traffic"), demand.category_id, words)
    assert (one.number, one.unit, one.grade) == (demand.number, "住房局", "满意")
    assert "补漏" in one.text
    assert "13900005678" not in one.text
    assert "王女士" not in one.text
    assert one.demand is None  # another unit's demand is not theirs to open
    (one,) = past_answers(town.actor("clerk"), demand.category_id, words)
    assert one.demand == demand.pk


def test_what_was_not_published_is_for_its_unit_alone(town):
    demand = answered(town, public=False)
    assert found(town, "clerk", demand) == [demand.number]
    assert found(town, "clerk.traffic", demand) == []
    assert found(town, "agent", demand) == []


def test_confidential_and_restricted_ones_are_for_nobody(town):
    demand = answered(town, confidential=True)
    for who in ("clerk", "agent", "discipline"):
        assert found(town, who, demand) == []


def test_what_the_centre_answered_itself_is_for_the_centre(town):
    demand = town.accept(**TOLD)
    demands.answer(town.actor("agent"), demand.pk, knowledge="fund", answer="可申请维修基金。")
    assert found(town, "agent", demand) == [demand.number]
    assert found(town, "clerk", demand) == []


@pytest.mark.parametrize("told", ["", "灯", "🚧", "漏水" * 10_000])
def test_any_text_may_be_asked_about(town, told):
    demand = answered(town)
    past_answers(town.actor("agent"), demand.category_id, text.tokens(told))
    assert past_answers(town.actor("agent"), None, text.tokens(told)) == []


def test_the_editor_shows_them_and_what_is_taken_is_on_record(town):
    earlier = answered(town)
    order = town.order("signed", town.assign(town.accept(**TOLD)))
    clerk = Visitor(town.posts["clerk"])
    address = f"/console/orders/{order.pk}/do/order.reply"
    page = clerk.get(address)
    (button,) = (
        given for _tag, given in page.tags if given.get("data-taken") == f"answer:{earlier.number}"
    )
    assert "补漏" in button["data-words"]
    form = page.form()["fields"]
    filled = {"text": REPLY, "solved": "1", "public": "1", "anyway": "on"}
    clerk.post(address, {**form, **filled, "taken": f"answer:{earlier.number}\x00"})
    row = Suggestion.objects.get(what="answer")
    assert (row.chosen, row.rank, row.by.username) == (earlier.number, 0, "clerk")
