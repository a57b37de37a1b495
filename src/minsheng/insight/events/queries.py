"""Reads of events: the list, one event with its demands, units and course."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.foundation import journal
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import NotFound
from minsheng.insight.models import Event, Membership


def listed(actor: Actor, states: Sequence[str] = (), text: str = "") -> QuerySet[Event]:
    """Returns events, those told of last first; of all states where none is given."""
    require(actor, "event.view")
    found = _events()
    if states:
        found = found.filter(state__in=states)
    if text:
        found = found.filter(title__icontains=text) | found.filter(number=text)
    return found.order_by("-last_at", "-pk")


def _events() -> QuerySet[Event]:
    return Event.objects.select_related("category", "district").defer("district__outline")


@dataclass(frozen=True, slots=True)
class Member:
    """A demand of an event; `chance` None where a person put it there."""

    demand: Demand
    state: str
    chance: float | None
    at: datetime

    @property
    def percent(self) -> int:
        return round(100 * (self.chance or 0))


@dataclass(frozen=True, slots=True)
class Told:
    """One event with all that a page shows of it. `places` and `units` are the most frequent first,
    `days` the number of demands by day, `people` of different petitioners (unknown ones one each).
    """

    event: Event
    members: list[Member]
    places: list[tuple[str, int]]
    units: list[tuple[str, int]]
    days: list[tuple[str, int]]
    people: int


def shown(actor: Actor, event_id: int) -> Told:
    """Returns an event. Raises NotFound, Forbidden."""
    require(actor, "event.view")
    event = _events().filter(pk=event_id).first()
    if event is None:
        raise NotFound("not_found", _("没有找到这个事件；请从列表中选择。"))
    rows = (
        event.memberships.exclude(state=Membership.State.REMOVED)
        .select_related("demand", "demand__category", "demand__district")
        .defer("demand__words", "demand__district__outline")
        .order_by("demand__accepted_at", "demand")
    )
    members = [Member(row.demand, row.state, row.chance, row.at) for row in rows]
    demands = [one.demand for one in members]
    names = dict(
        Unit.objects.filter(pk__in={pk for one in demands for pk in one.unit_ids}).values_list(
            "pk", "name"
        )
    )
    return Told(
        event=event,
        members=members,
        places=Counter(one.place for one in demands if one.place).most_common(10),
        units=Counter(names[pk] for one in demands for pk in one.unit_ids).most_common(10),
        days=sorted(
            Counter(
                f"{one.accepted_at.astimezone(ZONE):%m-%d}" for one in demands if one.accepted_at
            ).items()
        ),
        people=people(demands),
    )


def people(demands: Sequence[Demand]) -> int:
    """Returns of how many different petitioners demands are; each unknown one counts as one."""
    known = {one.petitioner_id for one in demands if one.petitioner_id}
    return len(known) + sum(one.petitioner_id is None for one in demands)


def event_of(demand_id: int) -> Event | None:
    """Returns the event that a demand is in, None where it is in none."""
    found = (
        Membership.objects.filter(demand=demand_id)
        .exclude(state=Membership.State.REMOVED)
        .select_related("event")
        .first()
    )
    return found.event if found else None


#: What was done to an event, as its course says it.
DEEDS = {
    "event.confirm": gettext_lazy("确认"),
    "event.add": gettext_lazy("加入诉求"),
    "event.split": gettext_lazy("移出诉求"),
    "event.dismiss": gettext_lazy("判为非同一事件"),
    "event.close": gettext_lazy("关闭"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of an event's course."""

    what: str
    who: str
    at: datetime
    reason: str


def course(actor: Actor, event: Event) -> list[Deed]:
    """Returns what people did to an event, the latest first."""
    require(actor, "event.view")
    lines = journal.timeline("event", event.pk)
    return [
        Deed(str(DEEDS[line.action]), line.staff, line.at, line.said["reason"])
        for line in reversed(lines)
    ]
