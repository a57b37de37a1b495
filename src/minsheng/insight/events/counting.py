"""What an event's own row says of its members."""

from django.db.models import Count, Max, Min

from minsheng.insight.models import Event, Membership


def count(event: Event) -> None:
    """Sets size, first and last of an event by its members; the caller saves it."""
    found = event.memberships.exclude(state=Membership.State.REMOVED).aggregate(
        size=Count("pk"), first=Min("demand__accepted_at"), last=Max("demand__accepted_at")
    )
    event.size = found["size"]
    event.first_at = found["first"] or event.first_at
    event.last_at = found["last"] or event.last_at
