"""通知: what others did that somebody should hear of, read from the journal.

Nothing is stored but how far somebody has read. A unit hears what was done about the orders that it
has, or had until lately; the centre's roles hear what units and petitioners want of them. Lines
older than `KEPT` are no news any more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from minsheng.demands.models import Demand
from minsheng.demands.queries import dictionaries, hidden_in_journal, sees_masks
from minsheng.demands.rules import DISSATISFIED
from minsheng.demands.withheld import Bare
from minsheng.directory.access import Actor
from minsheng.directory.models import Post
from minsheng.directory.permissions import Role
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.foundation import clock, live, statements
from minsheng.insight.models import HotIssue
from minsheng.orders.queries import LABELS
from minsheng.orders.rules import OPEN, OrderState

KEPT = timedelta(days=14)
MOST = 50

#: Actions by which an order comes into a unit's hands.
_GIVEN = ("demand.assign", "order.assign_onward", "order.reassign")
#: Actions on the demand that whoever handles it should know of.
_ABOUT_DEMAND = ("demand.supplement", "demand.withdraw", "demand.mark")

#: Actions by which something is asked of a unit itself, or judged.
_ASKED = (
    *("measure.issue", "measure.send_back", "measure.escalate", "measure.close"),
    *("instruction.give", "instruction.send_back", "instruction.close"),
    *("promise.record", "promise.postpone", "promise.judge"),
    *("meeting.hold", "decision.send_back"),
)

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


def _listed(codes: Iterable[str]) -> str:
    return "({})".format(", ".join(f"'{code}'" for code in sorted(codes)))


# A dissatisfied answer, or one that says that nothing was solved.
_UNHAPPY = (
    f"(j.body::jsonb #>> '{{changes,note,grade}}' IN {_listed(DISSATISFIED)}"
    " OR j.body::jsonb #>> '{changes,note,solved}' = 'false')"
)
# A request for more time by somebody who got more time before: supervision decides about that.
_AGAIN = (
    "EXISTS (SELECT FROM orders_assignment a WHERE a.id = j.order_id AND a.extension_count > 0"
    f" AND a.state = '{OrderState.EXTENSION_REQUESTED}')"
)

#: Role of the centre → the actions of other roles that are news to it, and under which condition.
CENTRE: Mapping[Role, Mapping[str, str]] = {
    Role.DISPATCHER: dict.fromkeys(
        (
            *("order.request_return", "order.request_extension", "instruction.give"),
            *("ownership.visit", "knowledge.propose", "hot_issue.raise"),
        ),
        "",
    ),
    Role.FOLLOW_UP: {"follow_up.evaluate": _UNHAPPY, "follow_up.ask_rework": "", "sample.draw": ""},
    Role.SUPERVISOR: {
        "follow_up.evaluate": _UNHAPPY,
        "order.request_extension": _AGAIN,
        **dict.fromkeys(
            (
                *("follow_up.ask_rework", "measure.answer", "decision.report", "promise.report"),
                *("field_check.report", "instruction.give", "instruction.report"),
                *("exclusion.apply", "appeal.submit", "scheme.propose", "hot_issue.raise"),
            ),
            "",
        ),
    },
    Role.LEADER: dict.fromkeys(("instruction.report", "hot_issue.raise"), ""),
    Role.DISCIPLINE: {"clue.submit": ""},
}

_COLUMNS = (
    "j.id, j.at, j.action, j.staff, j.unit, j.body::jsonb ->> 'reason', j.subject_kind,"
    " j.subject_id, coalesce(d.number, j.ref)"
)
_OF_UNIT = f"""
SELECT {_COLUMNS}, d.title, a.id
FROM orders_assignment a
JOIN demands_demand d ON d.id = a.demand_id AND NOT d.restricted
JOIN foundation_journalentry j ON j.subject_kind = 'demand' AND j.subject_id = a.demand_id
WHERE a.unit_id = %s
    AND (a.state IN {_listed(OPEN)} OR a.closed_at > %s)
    AND j.at > %s
    AND (j.order_id = a.id AND j.action = ANY(%s)
        OR j.action = ANY(%s) AND j.at = a.assigned_at
        OR j.action = ANY(%s) AND j.at >= a.assigned_at)
ORDER BY j.id DESC LIMIT {MOST}
"""  # noqa: S608
# What is asked of a unit itself and runs, or ended lately: documents about the unit as a whole,
# instructions, promises, decisions of meetings. It stands in the journal of `subject`, a `kind`.
_ASKED_OF_UNIT = f"""
SELECT {_COLUMNS}, m.title, NULL::bigint
FROM (
    SELECT 'measure' AS kind, id AS subject, number, number AS title FROM supervision_measure
    WHERE unit_id = %(unit)s AND demand_id IS NULL AND (closed_at IS NULL OR closed_at > %(since)s)
    UNION
    SELECT CASE WHEN demand_id IS NULL THEN 'instruction' ELSE 'demand' END,
        coalesce(demand_id, id), number, left(text, 60) FROM supervision_instruction
    WHERE unit_id = %(unit)s AND (closed_at IS NULL OR closed_at > %(since)s)
    UNION
    SELECT 'promise', id, number, left(text, 60) FROM supervision_promise
    WHERE unit_id = %(unit)s AND (judged_at IS NULL OR judged_at > %(since)s)
    UNION
    SELECT one.kind, one.subject, t.number, left(p.text, 60) FROM supervision_decision p
    JOIN supervision_meeting t ON t.id = p.meeting_id
    CROSS JOIN LATERAL (VALUES ('meeting', t.id), ('decision', p.id)) one (kind, subject)
    WHERE p.unit_id = %(unit)s AND p.state <> 'done'
) m
JOIN foundation_journalentry j ON j.subject_kind = m.kind AND j.subject_id = m.subject
LEFT JOIN demands_demand d ON m.kind = 'demand' AND d.id = m.subject
WHERE j.at > %(since)s AND j.action = ANY(%(told)s) AND d.restricted IS NOT TRUE
    AND j.body::jsonb #>> '{{changes,note,document}}' = m.number
ORDER BY j.id DESC LIMIT {MOST}
"""  # noqa: S608
# The index `journalentry_news` holds these actions alone, so that they are written out.
_OF_CENTRE = f"""
SELECT {_COLUMNS}, coalesce(d.title, j.body::jsonb #>> '{{{{changes,note,title}}}}', ''), j.order_id
FROM foundation_journalentry j
LEFT JOIN demands_demand d ON j.subject_kind = 'demand' AND d.id = j.subject_id
WHERE j.action IN {_listed({action for told in CENTRE.values() for action in told})}
    AND j.at > %s AND j.role <> %s AND d.restricted IS NOT TRUE AND ({{told}})
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
        *("follow_up.evaluate", "follow_up.ask_rework", "hot_issue.raise"),
    }
)
#: What the lifecycles of demands and orders do not name, or name otherwise.
_LABELS: Mapping[str, Promise] = {
    **dict.fromkeys(_GIVEN, gettext_lazy("新工单")),
    "follow_up.evaluate": gettext_lazy("评价不满意"),
    "sample.draw": gettext_lazy("新的回访抽样"),
    "hot_issue.raise": gettext_lazy("热点预警"),
    "knowledge.propose": gettext_lazy("知识待审核"),
    "exclusion.apply": gettext_lazy("申请剔除"),
    "appeal.submit": gettext_lazy("考核申诉"),
    "scheme.propose": gettext_lazy("考核方案待批准"),
    "clue.submit": gettext_lazy("移交线索"),
    "decision.report": gettext_lazy("反馈议定事项"),
    "promise.report": gettext_lazy("反馈民生承诺"),
    "promise.record": gettext_lazy("登记承诺"),
    "promise.postpone": gettext_lazy("延后兑现"),
    "promise.judge": gettext_lazy("评定承诺"),
    "meeting.hold": gettext_lazy("新的议定事项"),
    "decision.send_back": gettext_lazy("退回继续落实"),
}
#: Kind of what a line is about → its own page; of all others, the page that lists them.
_PAGES: Mapping[str, str] = {"demand": "console:demand", "hot_issue": "console:hot-issue"}
_LISTS: Mapping[str, tuple[str, list[str]]] = {
    "knowledge": ("console:knowledge-keeping", []),
    "sample": ("console:samples", []),
    "evaluation": ("console:appeals", []),
    "scheme": ("console:settings-schemes", []),
    "measure": ("console:supervision-list", ["measures"]),
    "decision": ("console:supervision-list", ["decisions"]),
    "meeting": ("console:supervision-list", ["decisions"]),
    "promise": ("console:supervision-list", ["promises"]),
    "fieldcheck": ("console:supervision-list", ["field-checks"]),
    "instruction": ("console:supervision-list", ["instructions"]),
    "clue": ("console:supervision-clues", []),
}


def _spoken(ref: str) -> str:
    """Returns what a thing is called in the journal as people read it: `1..3` is from 1 to 3."""
    first, between, last = ref.partition("..")
    return f"{first} — {last}" if between and first != last else first


def _address(kind: str, subject: int, order: int | None) -> str:
    if own := _PAGES.get(kind):
        return reverse(own, args=[subject]) + (f"#order-{order}" if order else "")
    page, about = _LISTS[kind]
    return reverse(page, args=about)


def _lines(actor: Actor) -> list[tuple[Any, ...]]:
    """Returns the lines of the journal that are news to a role, newest first."""
    since = clock.now() - KEPT
    if (told := NOTICES.get(actor.role)) and actor.unit_id is not None:
        lists = [list(told), list(_GIVEN), list(_ABOUT_DEMAND)]
        asked = {"unit": actor.unit_id, "since": since, "told": list(_ASKED)}
        lines = statements.rows(_OF_UNIT, [actor.unit_id, since, since, *lists])
        return sorted([*lines, *statements.rows(_ASKED_OF_UNIT, asked)], reverse=True)[:MOST]
    if conditions := CENTRE.get(actor.role):
        wanted = " OR ".join(
            f"(j.action = '{action}'{only and f' AND {only}'})"
            for action, only in conditions.items()
        )
        return statements.rows(_OF_CENTRE.format(told=wanted), [since, actor.role.value])
    return []


def notices(actor: Actor) -> list[Notice]:
    """Returns the latest notices of the actor's unit or role, newest first.

    What the actor did is among them: the same list serves everybody of the unit and role.
    """
    units = dictionaries().units
    lines = _lines(actor)
    # The journal has the words of a warning in Chinese; here it speaks the reader's language.
    issues = HotIssue.objects.in_bulk([line[7] for line in lines if line[6] == "hot_issue"])
    hiding = _hiding(actor, {line[7] for line in lines if line[6] == "demand" and line[5]})
    found = []
    for line in lines:
        id, at, action, staff, unit, reason, kind, subject, number, title, order = line
        if kind == "demand" and reason and subject in hiding:
            reason = hiding[subject](reason)
        if kind == "hot_issue" and subject in issues:
            title = issues[subject].headline
        term = units.get(units.ids.get(unit))
        found.append(
            Notice(
                id=id,
                at=at.astimezone(clock.ZONE),
                label=str(_LABELS.get(action) or LABELS.get(action, action)),
                by=term.name if term else "",
                staff=staff,
                reason=reason or "",
                title=title or _spoken(number),
                # Demands alone are known to people by what the journal calls them.
                number=number if kind == "demand" and title else "",
                address=_address(kind, subject, order),
                tone="late" if action in _LATE else "",
            )
        )
    return found


def _hiding(actor: Actor, ids: Collection[int]) -> dict[int, Bare]:
    """Returns what hides the petitioner in the journals of those demands that ask for it."""
    if not ids or sees_masks(actor, confidential=True):
        return {}
    confidential = Demand.objects.filter(pk__in=ids, confidential=True).defer("words")
    found = {
        demand.pk: hidden_in_journal(actor, demand)
        for demand in confidential.select_related("petitioner__identity")
    }
    return {pk: hide for pk, hide in found.items() if hide}


def notified(actor: Actor) -> bool:
    """Tells whether there are notices for the actor's role."""
    return actor.role in NOTICES or actor.role in CENTRE


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
        "has_notices": notified(request.actor),
        "days": KEPT.days,
    }
    return render(request, "console/notices.html", context)
