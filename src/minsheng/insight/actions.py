"""Verbs of suggestions: what was chosen is written down beside what was suggested."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

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


class About(StrEnum):
    """What was decided with suggestions in sight; its value is the permission for it."""

    DEMAND = "insight.suggest"  # what a demand says and where it goes
    REPLY = "insight.check_reply"  # a reply, or what comes of it
    GUESS = "insight.guess"  # the category of a demand that its petitioner wrote
    CLUSTER = "insight.view"  # many demands, of which this is one


#: What is suggested to whom replies; whether it was taken stands in no field of the demand.
_TO_REPLY = (What.KNOWLEDGE, What.ANSWER, What.DRAFT, What.CHECK, What.AUDIT)
_SEVERAL = (What.CHECK, What.AUDIT)  # of which more than one value can be taken at once


def chosen(
    actor: Actor,
    slip: str,
    demand_id: int,
    taken: Collection[str] = (),
    *,
    about: About = About.DEMAND,
) -> int:
    """Writes down what was suggested beside what the person then chose; returns how many fields.

    To be called in the transaction of the choosing action, after it. `slip` is what the form
    carried (`Suggested.slip`); an empty, old or broken one writes nothing and stops nobody. What
    was chosen is read from the demand itself; what the demand does not show is told by `taken`,
    such as `similar:SQ…`, `answer:SQ…` or `draft:summary`; of what a check pointed out each by
    itself. Fields that were not decided yet, or that are not what this is `about`, are left out.
    The same slip counts once. Raises Forbidden, or NotFound for a demand that may not be seen.
    """
    said = opened(slip) if slip else None
    if said is None:
        return 0
    granted = require(actor, about)
    round_, suggested = said
    told: dict[str, str] = {}
    for one in taken:
        what, _colon, value = one.partition(":")
        before = told.get(what, "") if what in _SEVERAL else ""
        told[what] = line(f"{before} {value}")
    with transaction.atomic(savepoint=False):
        demand = lock(demand_id)
        check_reach(actor, about, granted, demand)
        decided = _decided(demand, told, about)
        rows = [
            Suggestion(
                round=round_,
                what=what,
                model=model,
                values=values,
                confidences=confidences,
                demand=demand,
                chosen=decided[What(what)],
                rank=_rank(what, values, decided[What(what)]),
                by_id=actor.staff_id,
                at=clock.now(),
            )
            for what, (model, values, confidences) in suggested.items()
            if What(what) in decided
        ]
        Suggestion.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _rank(what: str, values: Sequence[str], chosen: str) -> int | None:
    if what not in _SEVERAL:
        return values.index(chosen) if chosen in values else None
    left = {*values} - {*chosen.split()}
    return None if len(left) == len(values) else min(len(left), 1)


def _decided(demand: Demand, told: Mapping[str, str], about: About) -> dict[What, str]:
    """Returns what stands on the demand now, or was told, of the fields that somebody decided."""
    category = demand.category.code if demand.category else ""
    if about == About.REPLY:
        return {what: told.get(what, "") for what in _TO_REPLY}
    if about == About.GUESS:
        return {What.GUESS: category}
    if about == About.CLUSTER:
        return {What.DRAFT: told.get(What.DRAFT, "")}
    found = {
        What.CATEGORY: category,
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
