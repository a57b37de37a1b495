"""How things stand at this moment: from the working tables and running tallies, not the facts.

What waits is read from tallies (docs/adr/0004-tallies.md); what came in today is counted by the
index of the moment of acceptance, beside a week and a year ago up to the same time of day. All of
it is one statement, whatever there is in the tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from minsheng.demands.queries import dictionaries, within_limit
from minsheng.demands.rules import State as DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console.places import cases
from minsheng.foundation import city_calendar, clock, statements
from minsheng.indicators.periods import months_later
from minsheng.insight.hot_issues import queries as hot_issues
from minsheng.insight.models import HotIssue
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import OPEN, RUNNING
from minsheng.supervision import queries as supervision

#: So many of the orders that are overdue longest are named.
MOST_OLDEST = 3
MOST_HOT = 3  # of the issues that nobody has looked into yet, the hottest


@dataclass(frozen=True, slots=True)
class Now:
    """A number of this moment, where its cases are, and what it is compared with.

    `code` is the indicator that means the same at the end of a period, where there is one.
    """

    label: Promise | str
    number: int
    address: str = ""
    tone: str = ""
    code: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that wants attention: a sentence, and where it leads."""

    text: str
    address: str = ""
    tone: str = "late"


def _among(states: frozenset[str]) -> str:
    return "({})".format(", ".join(f"'{state}'" for state in sorted(states)))


# States are written out: only so does the planner see that the partial indexes hold them.
_NUMBERS = f"""
SELECT
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %(today)s AND accepted_at <= %(now)s),
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %(week)s AND accepted_at < %(week_now)s),
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %(year)s AND accepted_at < %(year_now)s),
    (SELECT coalesce(sum(n), 0)::bigint FROM demands_tally WHERE state = '{DemandState.ACCEPTED}'),
    (SELECT coalesce(sum(n), 0)::bigint FROM orders_tally WHERE state IN {_among(OPEN)}),
    (SELECT count(*) FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
     WHERE a.state IN {_among(RUNNING)} AND a.due_at >= %(now)s AND a.warn_at <= %(now)s
     AND NOT d.restricted),
    (SELECT count(*) FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
     WHERE a.state IN {_among(RUNNING)} AND a.due_at < %(now)s AND NOT d.restricted)
"""  # noqa: S608


def _moments(now: datetime) -> dict[str, datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week, day = today - timedelta(days=7), months_later(today.date(), -12)
    year = today.replace(year=day.year, month=day.month, day=day.day)
    past = now - today
    return {
        "now": now,
        "today": today,
        "week": week,
        "week_now": week + past,
        "year": year,
        "year_now": year + past,
    }


def numbers(actor: Actor) -> list[Now]:
    """Returns the numbers of this moment, what came in today first."""
    now = clock.now()
    ((today, last_week, last_year, waiting, running, near, overdue),) = statements.rows(
        _NUMBERS, _moments(now)
    )
    day = f"{now:%Y-%m-%d}"
    return [
        Now(
            _("今日受理"),
            today,
            cases(actor, "all", since=day, until=day),
            code="accepted_count",
            notes=(
                _("上周同日此时 %s") % f"{last_week:,}",
                _("去年同日此时 %s") % f"{last_year:,}",
            ),
        ),
        Now(_("待派单"), waiting, cases(actor, "all", state=DemandState.ACCEPTED)),
        Now(_("在办工单"), running, cases(actor, "orders"), code="open_count"),
        Now(_("临近超期"), near, cases(actor, "orders", limit="near"), "near"),
        Now(_("超期未办"), overdue, cases(actor, "overdue"), "late", code="overdue_backlog"),
    ]


def alerts(actor: Actor) -> list[Alert]:
    """Returns what wants attention now: what insight and supervision warn of, what is overdue
    longest, and a year without a calendar."""
    return [
        *_hot_issues(actor),
        *_of_supervision(actor),
        *_oldest(actor),
        *_calendar(actor),
    ]


def _hot_issues(actor: Actor) -> Iterator[Alert]:
    if scopes(actor.role, "hot_issue.view"):
        for issue in hot_issues.listed(actor, [HotIssue.State.OPEN]).order_by("-heat")[:MOST_HOT]:
            text = _("%(title)s（%(n)d件）") % {"title": issue.title, "n": issue.observed}
            yield Alert(text, reverse("console:hot-issue", args=[issue.pk]))


def _of_supervision(actor: Actor) -> Iterator[Alert]:
    if Scope.ALL not in scopes(actor.role, "supervision.view"):
        return
    if units := supervision.alerts_by_unit(actor):
        text = _("督办预警%(n)d条，%(unit)s最多（%(most)d条）。") % {
            "n": sum(one.total for one in units),
            "unit": units[0].unit.name,
            "most": units[0].total,
        }
        yield Alert(text, reverse("console:supervision-alerts"), "near")


def _oldest(actor: Actor) -> Iterator[Alert]:
    now = clock.now()
    oldest = (
        Assignment.objects.filter(visible_orders(actor), within_limit("overdue", RUNNING))
        .order_by("due_at", "pk")
        .values_list("demand_id", "demand__title", "unit_id", "due_at")[:MOST_OLDEST]
    )
    units = dictionaries().units
    for demand_id, title, unit_id, due_at in oldest:
        days = (now - due_at).days
        unit = units.get(unit_id)
        late = _("超期%d天") % days if days else _("今天超期")
        text = f"{late} · {unit.name if unit else ''} · {title}"
        yield Alert(text, reverse("console:demand", args=[demand_id]))


def _calendar(actor: Actor) -> Iterator[Alert]:
    if year := city_calendar.unknown_ahead():
        text = _("%d年的节假日安排尚未录入，届时的时限不能计算。") % year
        opens = scopes(actor.role, "settings.view")
        yield Alert(text, reverse("console:settings-calendar") if opens else "", "near")
