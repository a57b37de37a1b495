"""Reads of supervision: who sees which, warnings and measures by page, what a workplace shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.demands.queries import Term, dictionaries, here, ids_below
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope, scopes
from minsheng.foundation import clock, keyset, statements
from minsheng.foundation.errors import NotFound
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.keyset import Page
from minsheng.foundation.recent import recent
from minsheng.supervision.acting import within
from minsheng.supervision.models import Alert, AlertRule, Clue, Measure
from minsheng.supervision.rules import MeasureState

T = TypeVar("T", bound=models.Model)


# Who sees what


def visible(actor: Actor, kind: type[models.Model], unit: str = "unit") -> Q:
    """Returns the condition on things of a kind that `actor` may see. Raises Forbidden.

    A unit sees what is about it and the units below; a collector what they are to look at. `unit`
    is the way to the unit, which for a meeting leads through those that are asked to come.
    """
    if kind is Clue:
        granted = require(actor, "clue.view")
        mine = Q(opened_by=actor.staff_id) if Scope.OWN in granted else Q(pk__in=[])
        return Q() if Scope.SECRET in granted else mine
    granted = require(actor, "supervision.view")
    if Scope.ALL in granted:
        return Q()
    seen = Q(pk__in=[])
    if actor.unit_id is not None and Scope.TREE in granted:
        seen |= Q(**{f"{unit}__in": dictionaries().units.below(actor.unit_id)})
    if Scope.OWN in granted and hasattr(kind, "assignee"):
        seen |= Q(assignee=actor.staff_id)
    return seen


def find(actor: Actor, kind: type[T], pk: int, unit: str = "unit") -> T:
    """Returns one thing that `actor` may see. Raises NotFound."""
    found = kind._default_manager.filter(visible(actor, kind, unit), pk=pk).distinct().first()
    if found is None:
        raise NotFound("not_found", _("没有找到；请从列表中选择。"))
    return found


def may(actor: Actor, action: str, thing: Any) -> bool:
    """Tells whether somebody may take an action on a thing, whatever its state."""
    if actor.read_only:
        return False
    return within(actor, scopes(actor.role, action), thing)


# Warnings


@dataclass
class AlertRow:
    """A warning as a line of a list. `step` is what its rule proposes, `measure` what was done."""

    id: int
    code: str
    name: str
    kind: str
    step: str
    since: datetime
    raised_at: datetime
    unit: Term
    order: int
    order_number: str
    demand: str
    demand_id: int
    title: str
    due_at: datetime
    measure: str | None
    dismissed: bool


_ALERTS = """
SELECT l.id, l.code, l.kind, l.step, l.since, l.raised_at, l.unit_id, l.assignment_id, w.number,
    d.number, d.id, d.title, a.due_at, m.number, l.dismissed_at IS NOT NULL
FROM supervision_alert l
JOIN orders_assignment a ON a.id = l.assignment_id
JOIN orders_workorder w ON w.id = a.work_order_id
JOIN demands_demand d ON d.id = l.demand_id
LEFT JOIN supervision_measure m ON m.id = l.measure_id
WHERE l.id = ANY(%s::bigint[])
"""


@recent
def _rules() -> list[AlertRule]:
    return list(AlertRule.objects.order_by("effective_from", "pk"))


def rule_names() -> Mapping[str, str]:
    """Returns what the warnings of each rule say, by code; the latest row of a rule counts."""
    return {rule.code: rule.label for rule in _rules()}


def alerts(
    actor: Actor,
    *,
    units: Sequence[str] = (),
    codes: Sequence[str] = (),
    proposed: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> Page[AlertRow]:
    """Returns a page of the warnings that hold, the oldest first; units with all below them.

    `proposed` leaves those that propose a step which nobody took or dismissed yet.
    """
    found = Alert.objects.filter(visible(actor, Alert), cleared_at=None)
    if units:
        found = found.filter(unit_id__in=ids_below(dictionaries().units, units, "unit"))
    if codes:
        found = found.filter(code__in=list(codes))
    if proposed:
        found = found.filter(dismissed_at=None, measure=None).exclude(step="")
    keys = keyset.fetch(found.values("id", "since"), "since", cursor, limit)
    return Page(_alert_rows([key["id"] for key in keys.items]), keys.next)


def _alert_rows(ids: list[int]) -> list[AlertRow]:
    units, names = dictionaries().units, rule_names()
    found = {}
    for row in statements.rows(_ALERTS, [ids]):
        id, code, kind, step, since, raised_at, unit_id, order, number = row[:9]
        demand, demand_id, title, due_at, measure, dismissed = row[9:]
        unit = units.get(unit_id)
        assert unit
        found[id] = AlertRow(
            id=id,
            code=code,
            name=names.get(code, code),
            kind=kind,
            step=step,
            since=here(since),
            raised_at=here(raised_at),
            unit=unit,
            order=order,
            order_number=number,
            demand=demand,
            demand_id=demand_id,
            title=title,
            due_at=here(due_at),
            measure=measure,
            dismissed=dismissed,
        )
    return [found[id] for id in ids]


@dataclass
class UnitCount:
    """How much there is with a unit, by what (a rule's code, or a step of the ladder)."""

    unit: Term
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def by_unit(rows: Iterable[tuple[int, str, int]]) -> list[UnitCount]:
    """Returns (unit's id, what, how much) as counts by unit, the most first."""
    units = dictionaries().units
    counted: dict[int, dict[str, int]] = {}
    for unit, what, count in rows:
        counted.setdefault(unit, {})[what] = count
    found = [UnitCount(term, counts) for id, counts in counted.items() if (term := units.get(id))]
    return sorted(found, key=lambda one: (-one.total, one.unit.code))


def alerts_held(actor: Actor) -> "QuerySet[Any, Any]":
    """Returns how many warnings of each rule hold with each unit: `unit_id`, `code`, `count`."""
    held = Alert.objects.filter(visible(actor, Alert), cleared_at=None, dismissed_at=None)
    return held.values("unit_id", "code").annotate(count=models.Count("pk"))


def alerts_by_unit(actor: Actor) -> list[UnitCount]:
    """Returns the same by unit, the most first."""
    return by_unit(alerts_held(actor).values_list("unit_id", "code", "count"))


# The ladder


@dataclass
class MeasureRow:
    """A measure as a line of a list. `late`: the answer came, or is, past its limit."""

    id: int
    number: str
    step: str
    level: str
    state: str
    unit: Term
    order: int | None
    demand: str | None
    demand_id: int | None
    title: str
    reason: str
    opened_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    late: bool


_MEASURES = """
SELECT m.id, m.number, m.step, m.level, m.state, m.unit_id, m.assignment_id, d.number, d.id,
    coalesce(d.title, ''), m.reason, m.opened_at, m.due_at, m.answered_at, m.closed_at
FROM supervision_measure m LEFT JOIN demands_demand d ON d.id = m.demand_id
WHERE m.id = ANY(%s::bigint[])
"""


def measures(
    actor: Actor,
    *,
    units: Sequence[str] = (),
    steps: Sequence[str] = (),
    states: Sequence[str] = (),
    late: bool = False,
    sort: str = "-opened_at",
    cursor: str = "",
    limit: int = 50,
) -> Page[MeasureRow]:
    """Returns a page of measures, the latest first; `late` leaves those unanswered past the limit.

    `sort` is `opened_at` or `due_at`, with `-` before it for the latest first.
    """
    found = Measure.objects.filter(visible(actor, Measure))
    if units:
        found = found.filter(unit_id__in=ids_below(dictionaries().units, units, "unit"))
    if steps:
        found = found.filter(step__in=list(steps))
    if states:
        found = found.filter(state__in=list(states))
    if late:
        found = found.filter(state=MeasureState.ISSUED, due_at__lt=clock.now())
    keys = keyset.fetch(found.values("id", sort.lstrip("-")), sort, cursor, limit)
    return Page(measure_rows([key["id"] for key in keys.items]), keys.next)


def measure_rows(ids: list[int]) -> list[MeasureRow]:
    """Returns the rows of these measures, in this order."""
    units, now = dictionaries().units, clock.now()
    found = {}
    for row in statements.rows(_MEASURES, [ids]):
        id, number, step, level, state, unit_id, order, demand, demand_id, title, reason = row[:11]
        opened_at, due_at, answered_at, closed_at = row[11:]
        unit = units.get(unit_id)
        assert unit
        found[id] = MeasureRow(
            id=id,
            number=number,
            step=step,
            level=level,
            state=state,
            unit=unit,
            order=order,
            demand=demand,
            demand_id=demand_id,
            title=title,
            reason=reason,
            opened_at=here(opened_at),
            due_at=here(due_at),
            answered_at=here(answered_at),
            closed_at=here(closed_at),
            late=(answered_at or closed_at or now) > due_at,
        )
    return [found[id] for id in ids]


def ladder_by_unit(actor: Actor) -> list[UnitCount]:
    """Returns how many measures of each step are running with each unit, the most first."""
    running = Measure.objects.filter(visible(actor, Measure)).exclude(state=MeasureState.CLOSED)
    rows = running.values_list("unit_id", "step").annotate(count=models.Count("pk"))
    return by_unit(list(rows))


# What there is about one demand

PARTS = {
    "alerts": """
        SELECT id, code, kind, step, since AS since_at, raised_at, unit_id, assignment_id
        FROM supervision_alert
        WHERE demand_id = %s AND cleared_at IS NULL AND dismissed_at IS NULL
    """,
    "measures": """
        SELECT id, number, step, level, state, unit_id, assignment_id, reason, opened_at, due_at,
            answer, answered_by, answered_at, closed_at
        FROM supervision_measure WHERE demand_id = %s
    """,
    "checks": """
        SELECT id, number, state, verdict, finding, place, due_at, seen_at
        FROM supervision_fieldcheck WHERE demand_id = %s
    """,
    "cases": """
        SELECT id, number, state, object, unit_id, opened_at, visit_due_at, decided_at
        FROM supervision_ownership WHERE demand_id = %s
    """,
    "meetings": """
        SELECT m.id, m.number, m.title, m.state, m.at FROM supervision_meeting m
        JOIN supervision_meeting_demands d ON d.meeting_id = m.id WHERE d.demand_id = %s
    """,
    "instructions": """
        SELECT id, number, state, leader, text, unit_id, opened_at, due_at
        FROM supervision_instruction WHERE demand_id = %s
    """,
    "rechecks": """
        SELECT r.id, s.number, r.state, r.finding, r.drawn_at FROM supervision_recheck r
        JOIN supervision_draw s ON s.id = r.source_id WHERE r.demand_id = %s
    """,
}


def of_demand(demand_id: int) -> Gathered:
    """Returns all of this room that is about a demand, in one statement; never a clue.

    Whoever asks has made sure that the reader may see the demand.
    """
    return gather_about(demand_id, PARTS)


def names_of_units() -> Mapping[int, str]:
    """Returns what units are called, by id."""
    return {id: term.name for id, term in dictionaries().units.terms.items()}


# Pages of what is left


def latest(found: "QuerySet[Any]", sort: str, cursor: str, limit: int) -> Page[Any]:
    """Returns a page of a room's own things as they are, by a column of moments."""
    page = keyset.fetch(found.values("id", sort.lstrip("-")), sort, cursor, limit)
    ids = [row["id"] for row in page.items]
    things = {thing.pk: thing for thing in found.filter(pk__in=ids)}
    return Page([things[id] for id in ids], page.next)


def tomorrow(day: date) -> tuple[datetime, datetime]:
    """Returns the beginning and the end of the day after `day`."""
    begin = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.ZONE)
    return begin, begin + timedelta(days=1)
