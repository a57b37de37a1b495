"""A demand that just came joins the event it speaks of, or makes one with its like.

Everything here is a suggestion: people confirm (see `actions`), and a demand that a person took out
of an event neither comes back nor brings others.
"""

from collections.abc import Sequence
from datetime import timedelta

from minsheng.demands.models import Demand
from minsheng.foundation import clock, numbers
from minsheng.insight.duplicates.deciding import SAME
from minsheng.insight.duplicates.index import Near
from minsheng.insight.events.actions import PREFIX
from minsheng.insight.events.counting import count
from minsheng.insight.models import Event, Membership

#: Mean chance with its nearest members, from which a demand joins an event. What only may be the
#: same, such as the same problem at another place, would make chains through a whole city.
JOIN = SAME
NEAREST = 3  # members that count for that
SPAN = timedelta(days=60)  # without a telling, after which an event is over


def join(demand: Demand, nearest: Sequence[Near]) -> Event | None:
    """Puts a demand in the event of its nearest, or makes one of the two; None for neither.

    `nearest` are earlier demands, the likeliest first.
    """
    assert demand.accepted_at
    likely = [one for one in nearest if one.chance >= JOIN]
    if not likely or Membership.objects.filter(demand=demand).exists():
        return None
    among = {
        row.demand_id: row
        for row in Membership.objects.filter(demand__in=[one.demand for one in likely])
        .select_related("event")
        .order_by("state")
    }
    by_event: dict[int, list[float]] = {}
    for one in likely:
        row = among.get(one.demand)
        if row and row.state != Membership.State.REMOVED and row.event.open:
            by_event.setdefault(row.event_id, []).append(one.chance)
    scores = {event: _mean(chances[:NEAREST]) for event, chances in by_event.items()}
    best = max(scores, key=lambda event: scores[event], default=None)
    if best is not None:
        event = Event.objects.select_for_update(of=("self",)).get(pk=best)
        if demand.accepted_at - event.last_at <= SPAN:
            return _joined(event, demand, scores[best])
    # The nearest one that no person has judged, and that is in no event.
    alone = next((one for one in likely if one.demand not in among), None)
    if alone is None:
        return None
    earlier = Demand.objects.defer("words").get(pk=alone.demand)
    assert earlier.accepted_at
    if earlier.restricted or demand.accepted_at - earlier.accepted_at > SPAN:
        return None
    event = Event.objects.create(
        number=numbers.issue(PREFIX).number,
        title=earlier.title,
        category_id=earlier.category_id or demand.category_id,
        district_id=earlier.district_id or demand.district_id,
        place=earlier.place or demand.place,
        lon=earlier.lon if earlier.lon is not None else demand.lon,
        lat=earlier.lat if earlier.lat is not None else demand.lat,
        first_at=earlier.accepted_at,
        last_at=demand.accepted_at,
        made_at=clock.now(),
    )
    Membership.objects.create(event=event, demand=earlier, chance=alone.chance, at=clock.now())
    return _joined(event, demand, alone.chance)


def _joined(event: Event, demand: Demand, chance: float) -> Event:
    Membership.objects.create(event=event, demand=demand, chance=chance, at=clock.now())
    count(event)
    event.save(update_fields=["size", "first_at", "last_at"])
    return event


def _mean(chances: Sequence[float]) -> float:
    return sum(chances) / len(chances)
