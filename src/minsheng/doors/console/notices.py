"""通知: what others did about the orders of one's unit, read from the journal.

Nothing is stored but how far somebody has read. A notice is a line of the journal about an order
that the unit has, or had until lately; lines older than `KEPT` are no news any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from minsheng.demands.queries import dictionaries
from minsheng.directory.access import Actor
from minsheng.directory.models import Post
from minsheng.directory.permissions import Role
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.foundation import clock, live, statements
from minsheng.orders.queries import LABELS
from minsheng.orders.rules import OPEN

KEPT = timedelta(days=14)
MOST = 50

#: Actions by which an order comes into a unit's hands.
_GIVEN = ("demand.assign", "order.assign_onward", "order.reassign")
#: Actions on the demand that whoever handles it should know of.
_ABOUT_DEMAND = ("demand.supplement", "demand.withdraw", "demand.mark")

#: Role → the actions on an order of its unit that are news to it.
NOTICES: Mapping[Role, Sequence[str]] = {
    Role.CLERK: (
        *("order.urge", "order.accept_return", "order.overrule_return", "order.approve_extension"),
        *("order.refuse_extension", "order.fail_audit", "order.refuse_sign_off", "order.recall"),
        *("order.suspend", "order.resume", "follow_up.rework"),
        *("measure.issue", "measure.send_back", "measure.escalate", "measure.close"),
    ),
    Role.UNIT_LEADER: (
        *("order.reply", "order.urge", "order.fail_audit", "follow_up.rework"),
        *("measure.issue", "measure.send_back", "measure.escalate", "measure.close"),
    ),
}

_FOUND = f"""
SELECT j.id, j.at, j.action, j.staff, j.unit, j.body::jsonb ->> 'reason', d.id, d.title, d.number,
    a.id
FROM orders_assignment a
JOIN demands_demand d ON d.id = a.demand_id AND NOT d.restricted
JOIN foundation_journalentry j ON j.subject_kind = 'demand' AND j.subject_id = a.demand_id
WHERE a.unit_id = %s
    AND (a.state IN ({", ".join(f"'{state}'" for state in sorted(OPEN))}) OR a.closed_at > %s)
    AND j.at > %s
    AND (j.order_id = a.id AND j.action = ANY(%s)
        OR j.action = ANY(%s) AND j.at = a.assigned_at
        OR j.action = ANY(%s) AND j.at >= a.assigned_at)
ORDER BY j.id DESC LIMIT {MOST}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news: what was done to which demand, by whom, and whether it was read."""

    id: int
    at: datetime
    label: str
    by: str
    staff: str
    reason: str
    title: str
    number: str
    address: str
    tone: str


_LATE = frozenset(
    {
        *("order.urge", "order.fail_audit", "follow_up.rework", "order.refuse_sign_off"),
        *("measure.issue", "measure.send_back", "measure.escalate"),
    }
)


def notices(actor: Actor) -> list[Notice]:
    """Returns the latest notices of the actor's unit, newest first; none for other roles.

    What the actor did is among them: the same list serves everybody of the unit and role.
    """
    told = NOTICES.get(actor.role)
    if told is None or actor.unit_id is None:
        return []
    since = clock.now() - KEPT
    values = [actor.unit_id, since, since, list(told), list(_GIVEN), list(_ABOUT_DEMAND)]
    units = dictionaries().units
    found = []
    for id, at, action, staff, unit, reason, demand, title, number, order in statements.rows(
        _FOUND, values
    ):
        term = units.get(units.ids.get(unit))
        found.append(
            Notice(
                id=id,
                at=at.astimezone(clock.ZONE),
                label=_("新工单") if action in _GIVEN else str(LABELS.get(action, action)),
                by=term.name if term else "",
                staff=staff,
                reason=reason or "",
                title=title,
                number=number,
                address=f"{reverse('console:demand', args=[demand])}#order-{order}",
                tone="late" if action in _LATE else "",
            )
        )
    return found


@require_http_methods(["GET", "POST"])
@staff_page()
def shelf(request: StaffRequest) -> HttpResponse:
    """The notices; pressing the button marks all that were shown as read."""
    found = [one for one in notices(request.actor) if one.staff != request.actor.username]
    if request.method == "POST":
        line = max((one.id for one in found), default=0)
        Post.objects.filter(pk=request.post.pk, notices_read__lt=line).update(notices_read=line)
        live.tell(f"post:{request.post.pk}")
        return done(request, _("已全部标为已读。"), reverse("console:notices"))
    read = request.post.notices_read
    context = {
        "notices": [(one, one.id > read) for one in found],
        "unread": sum(one.id > read for one in found),
        "has_notices": request.actor.role in NOTICES,
        "days": KEPT.days,
    }
    return render(request, "console/notices.html", context)
