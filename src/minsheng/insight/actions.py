"""Verbs of suggestions: what was chosen is written down beside what was suggested."""

from collections.abc import Collection, Mapping

from django.db import transaction

from minsheng.demands.acting import check_reach, lock
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState, Disposal
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock
from minsheng.foundation.text import line
from minsheng.insight.models import Suggestion
from minsheng.insight.suggesting import opened
from minsheng.orders.models import Assignment
from minsheng.orders.rules import Part

What = Suggestion.What

#: What is suggested to whom replies; whether it was taken stands in no field of the demand.
_TO_REPLY = (What.KNOWLEDGE, What.ANSWER, What.DRAFT)


def chosen(
    actor: Actor,
    slip: str,
    demand_id: int,
    taken: Collection[str] = (),
    *,
    replying: bool = False,
) -> int:
    """Writes down what was suggested beside what the person then chose; returns how many fields.

    To be called in the transaction of the choosing action, after it. `slip` is what the form
    carried (`Suggested.slip`); an empty, old or broken one writes nothing and stops nobody. What
    was chosen is read from the demand itself; what the demand does not show is told by `taken`,
    such as `similar:SQ…`, `answer:SQ…` or `draft:summary`. Fields that were not decided yet are
    left out; `replying` tells that what helps with a reply was decided, and that alone. The same
    slip counts once. Raises Forbidden, or NotFound for a demand that may not be seen.
    """
    said = opened(slip) if slip else None
    if said is None:
        return 0
    permission = "insight.check_reply" if replying else "insight.suggest"
    granted = require(actor, permission)
    round_, suggested = said
    told = {what: line(value) for what, _colon, value in (one.partition(":") for one in taken)}
    with transaction.atomic(savepoint=False):
        demand = lock(demand_id)
        check_reach(actor, permission, granted, demand)
        decided = (
            {what: told.get(what, "") for what in _TO_REPLY} if replying else _decided(demand, told)
        )
        rows = [
            Suggestion(
                round=round_,
                what=what,
                model=model,
                values=values,
                confidences=confidences,
                demand=demand,
                chosen=decided[What(what)],
                rank=values.index(decided[What(what)]) if decided[What(what)] in values else None,
                by_id=actor.staff_id,
                at=clock.now(),
            )
            for what, (model, values, confidences) in suggested.items()
            if What(what) in decided
        ]
        Suggestion.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _decided(demand: Demand, told: Mapping[str, str]) -> dict[What, str]:
    """Returns what stands on the demand now, or was told, of the fields that somebody decided."""
    found = {
        What.CATEGORY: demand.category.code if demand.category else "",
        What.KIND: demand.kind.code if demand.kind else "",
        What.URGENCY: "urgent" if demand.urgent else "",
        What.PLACE: demand.place,
        What.DRAFT: told.get(What.DRAFT, ""),
    }
    lead = (
        Assignment.objects.filter(demand=demand, part=Part.LEAD, parent=None)
        .order_by("-pk")
        .values_list("unit__code", flat=True)
        .first()
    )
    if lead:
        found[What.UNIT] = lead
    if demand.disposal == Disposal.ANSWER:
        found[What.KNOWLEDGE] = demand.knowledge.code if demand.knowledge else ""
        found[What.ANSWER] = told.get(What.ANSWER, "")
    if lead or demand.state == DemandState.MERGED:
        into = demand.merged_into
        found[What.SIMILAR] = (into.number or "") if into else ""
    elif What.SIMILAR in told:
        found[What.SIMILAR] = told[What.SIMILAR]
    return found
