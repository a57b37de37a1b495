"""Reads of the enterprise desk: what specialists are asked, and who answered at which step."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from minsheng.demands.models import Demand, Enquiry
from minsheng.demands.rules import DemandState, Disposal
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import keyset
from minsheng.foundation.keyset import Page


@dataclass(frozen=True, slots=True)
class Steps:
    """How many enterprises' demands ended at which of the three steps, and how many wait."""

    agent: int
    specialist: int
    order: int
    waiting: int


def _visible(actor: Actor) -> QuerySet[Enquiry]:
    """Returns what somebody may see: all of it, or what their unit is asked. Raises Forbidden."""
    found = Enquiry.objects.filter(demand__restricted=False)
    if Scope.ALL not in require(actor, "enquiry.view"):
        found = found.filter(unit=actor.unit_id or 0)
    return found


def enquiries(actor: Actor, *, state: str = "", cursor: str = "", limit: int = 50) -> Page[Enquiry]:
    """Returns a page of enquiries in a state (empty for all), the latest first."""
    found = _visible(actor)
    if state:
        found = found.filter(state=state)
    page = keyset.fetch(found.values("id", "asked_at"), "-asked_at", cursor, limit)
    rows = Enquiry.objects.select_related("demand", "unit").in_bulk([r["id"] for r in page.items])
    return Page([rows[row["id"]] for row in page.items], page.next)


def to_be_asked(most: int) -> QuerySet[Demand]:
    """Returns enterprises' demands that nobody has answered or asked about, the oldest first."""
    asked = Enquiry.objects.filter(demand=OuterRef("pk"))
    return Demand.objects.filter(
        ~Exists(asked), state=DemandState.ACCEPTED, enterprise=True, restricted=False
    ).order_by("accepted_at", "pk")[:most]


def steps(actor: Actor, since: datetime) -> Steps:
    """Counts the enterprises' demands accepted since a moment by the step that dealt with them."""
    require(actor, "enquiry.view")
    by_specialist = Exists(
        Enquiry.objects.filter(demand=OuterRef("pk"), state=Enquiry.State.ANSWERED)
    )
    at_once = Q(disposal__in=[Disposal.ANSWER, Disposal.TRANSFER])
    return Steps(
        **Demand.objects.filter(accepted_at__gte=since, enterprise=True, restricted=False)
        .annotate(by_specialist=by_specialist)
        .aggregate(
            agent=Count("pk", filter=at_once & Q(by_specialist=False)),
            specialist=Count("pk", filter=at_once & Q(by_specialist=True)),
            order=Count("pk", filter=Q(unit_ids__len__gt=0)),
            waiting=Count("pk", filter=Q(state=DemandState.ACCEPTED)),
        )
    )
