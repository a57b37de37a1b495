"""How things stand at this moment: from the working tables and running tallies, not the facts.

What waits for the centre is read from tallies (docs/adr/0004-tallies.md), what units have in hand
counted by the indexes of open orders; what came in today by that of the moment of acceptance,
beside a week and a year ago up to the same time of day. All of it is one statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.demands.queries import dictionaries, within_limit
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.doors.console import limit_badge
from minsheng.doors.console.places import cases
from minsheng.doors.console.worklists import UNFINISHED
from minsheng.foundation import city_calendar, clock
from minsheng.foundation.gather import gather
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

    `code` is its row in `MEANINGS`.
    """

    code: str
    number: int
    address: str = ""
    tone: str = ""
    notes: Sequence[str] = ()

    @property
    def label(self) -> Promise:
        return MEANINGS[self.code][0]


#: Number of this moment → its words, and what it counts.
MEANINGS: Mapping[str, tuple[Promise, Promise]] = {
    "today": (
        gettext_lazy("今日受理"),
        gettext_lazy("今天零时至此刻受理的诉求，与“受理量”一样含采集上报、并单和不予受理件。"),
    ),
    "waiting": (
        gettext_lazy("待派单"),
        gettext_lazy("已经受理，尚未派出、答复或作其他处置的诉求。"),
    ),
    "running": (
        gettext_lazy("在办工单"),
        gettext_lazy(
            "已经派出、尚未办结的工单，每个承办单位一件，含协办、向下交办、挂账和待审核件；"
            "“期末在办量”只计主办件，提交答复即不计。"
        ),
    ),
    "near": (
        gettext_lazy("临近超期"),
        gettext_lazy("时限在走，已过预警点而尚未到期的工单，含协办和向下交办件。"),
    ),
    "overdue": (
        gettext_lazy("超期未办"),
        gettext_lazy(
            "时限已过、单位尚未提交答复的工单，含协办、向下交办和剔除考核件；"
            "“期末超期未办存量”只计考核范围内的主办件。"
        ),
    ),
}


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
SELECT 1 AS id,
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %s AND accepted_at <= %s) AS today,
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %s AND accepted_at < %s) AS last_week,
    (SELECT count(*) FROM demands_demand WHERE NOT restricted
     AND accepted_at >= %s AND accepted_at < %s) AS last_year,
    (SELECT coalesce(sum(n), 0)::bigint FROM demands_tally
     WHERE state = '{DemandState.ACCEPTED}') AS waiting,
    (SELECT count(*) FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
     WHERE a.state IN {_among(OPEN)} AND NOT d.restricted) AS running,
    (SELECT count(*) FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
     WHERE a.state IN {_among(RUNNING)} AND a.due_at >= %s AND a.warn_at <= %s
     AND NOT d.restricted) AS near,
    (SELECT count(*) FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id
     WHERE a.state IN {_among(RUNNING)} AND a.due_at < %s AND NOT d.restricted) AS overdue
"""  # noqa: S608


def _moments(now: datetime) -> list[datetime]:
    """Returns the moments that `_NUMBERS` asks about, in its order."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week, day = today - timedelta(days=7), months_later(today.date(), -12)
    year = today.replace(year=day.year, month=day.month, day=day.day)
    past = now - today
    return [today, now, week, week + past, year, year + past, now, now, now]


def at_this_moment(actor: Actor) -> tuple[list[Now], list[Alert]]:
    """Returns the numbers of this moment, what came in today first, and what wants attention.

    All of it is one statement: what insight and supervision warn of, and what is overdue longest,
    are lists of their rooms, of which only what is shown is read.
    """
    now = clock.now()
    lists = {"hot": _hot_issues(actor), "warned": _warnings(actor), "oldest": _oldest(actor)}
    found = gather(
        numbers=(_NUMBERS, _moments(now)),
        **{name: rows.query.sql_with_params() for name, rows in lists.items() if rows is not None},
    )
    alerts = [
        *_of_issues(found.get("hot", [])),
        *_of_supervision(found.get("warned", [])),
        *_of_oldest(found["oldest"]),
        *_calendar(actor),
    ]
    return _numbers(actor, found["numbers"][0], now), alerts


def numbers(actor: Actor) -> list[Now]:
    """Returns the numbers of this moment alone."""
    now = clock.now()
    return _numbers(actor, gather(numbers=(_NUMBERS, _moments(now)))["numbers"][0], now)


def _numbers(actor: Actor, found: Mapping[str, int], now: datetime) -> list[Now]:
    day = f"{now:%Y-%m-%d}"
    return [
        Now(
            "today",
            found["today"],
            cases(actor, "all", since=day, until=day),
            notes=(
                _("上周同日此时 %s") % f"{found['last_week']:,}",
                # None in a whole year's distance means that the hotline did not run here yet.
                *([_("去年同日此时 %s") % f"{found['last_year']:,}"] if found["last_year"] else []),
            ),
        ),
        Now("waiting", found["waiting"], cases(actor, "all", state=DemandState.ACCEPTED)),
        Now("running", found["running"], cases(actor, "orders", state=UNFINISHED)),
        Now("near", found["near"], cases(actor, "orders", limit="near"), "near"),
        Now("overdue", found["overdue"], cases(actor, "overdue"), "late"),
    ]


def _hot_issues(actor: Actor) -> "QuerySet[Any, Any] | None":
    if not scopes(actor.role, "hot_issue.view"):
        return None
    waiting: QuerySet[Any, Any] = hot_issues.listed(actor, [HotIssue.State.OPEN]).values(
        "id", "kind", "title", "figures", "observed", "heat"
    )
    return waiting.order_by("-heat")[:MOST_HOT]


def _of_issues(found: Sequence[Mapping[str, Any]]) -> Iterator[Alert]:
    for row in sorted(found, key=lambda one: -one["heat"]):
        yield Alert(HotIssue(**row).headline, reverse("console:hot-issue", args=[row["id"]]))


def _warnings(actor: Actor) -> "QuerySet[Any, Any] | None":
    if Scope.ALL not in scopes(actor.role, "supervision.view"):
        return None
    by_unit: QuerySet[Any, Any] = supervision.alerts_held(actor).annotate(id=F("unit_id"))
    return by_unit


def _of_supervision(found: Sequence[Mapping[str, Any]]) -> Iterator[Alert]:
    rows = [(row["unit_id"], row["code"], row["count"]) for row in found]
    if units := supervision.by_unit(rows):
        text = _("督办预警%(n)d条，%(unit)s最多（%(most)d条）。") % {
            "n": sum(one.total for one in units),
            "unit": units[0].unit.name,
            "most": units[0].total,
        }
        yield Alert(text, reverse("console:supervision-alerts"), "near")


def _oldest(actor: Actor) -> "QuerySet[Any, Any]":
    overdue: QuerySet[Any, Any] = Assignment.objects.filter(
        visible_orders(actor), within_limit("overdue", RUNNING)
    ).values("id", "demand_id", "demand__title", "unit_id", "due_at", "limit")
    return overdue.order_by("due_at", "pk")[:MOST_OLDEST]


def _of_oldest(found: Sequence[Mapping[str, Any]]) -> Iterator[Alert]:
    units = dictionaries().units
    for order in sorted(found, key=lambda one: one["due_at"]):
        unit = units.get(order["unit_id"])
        late = limit_badge.badge(order["due_at"], None, order["limit"])
        text = f"{late.text} · {unit.name if unit else ''} · {order['demand__title']}"
        yield Alert(text, reverse("console:demand", args=[order["demand_id"]]))


def _calendar(actor: Actor) -> Iterator[Alert]:
    if year := city_calendar.unknown_ahead():
        text = _("%d年的节假日安排尚未录入，届时的时限不能计算。") % year
        opens = scopes(actor.role, "settings.view")
        yield Alert(text, reverse("console:settings-calendar") if opens else "", "near")
