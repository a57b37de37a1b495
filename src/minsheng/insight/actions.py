"""Verbs of suggestions: what was chosen is written down beside what was suggested."""

from django.db import transaction

from minsheng.demands.acting import check_reach, lock
from minsheng.demands.models import Demand
from minsheng.demands.rules import Disposal, State
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock
from minsheng.insight.models import Suggestion
from minsheng.insight.suggesting import opened
from minsheng.orders.models import Assignment
from minsheng.orders.rules import Part

What = Suggestion.What


def chosen(actor: Actor, slip: str, demand_id: int) -> int:
    """Writes down what was suggested beside what the person then chose; returns how many fields.

    To be called in the transaction of the choosing action, after it. `slip` is what the form
    carried (`Suggested.slip`); an empty, old or broken one writes nothing and stops nobody. What
    was chosen is read from the demand itself; fields that were not decided yet are left out. The
    same slip counts once. Raises Forbidden, or NotFound for a demand that may not be seen.
    """
    said = opened(slip) if slip else None
    if said is None:
        return 0
    granted = require(actor, "insight.suggest")
    round_, suggested = said
    with transaction.atomic(savepoint=False):
        demand = lock(demand_id)
        check_reach(actor, "insight.suggest", granted, demand)
        decided = _decided(demand)
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


def _decided(demand: Demand) -> dict[What, str]:
    """Returns what stands on the demand now, of the fields that somebody decided."""
    found = {
        What.CATEGORY: demand.category.code if demand.category else "",
        What.KIND: demand.kind.code if demand.kind else "",
        What.URGENCY: "urgent" if demand.urgent else "",
        What.PLACE: demand.place,
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
    if lead or demand.state == State.MERGED:
        into = demand.merged_into
        found[What.SIMILAR] = (into.number or "") if into else ""
    return found
