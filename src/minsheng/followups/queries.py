"""Reads of follow-ups: who is to be called, and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from minsheng.demands import queries as demands
from minsheng.demands.models import Demand
from minsheng.demands.queries import Term, dictionaries, here, visible
from minsheng.demands.rules import DemandState, Grade
from minsheng.directory.access import Actor
from minsheng.followups.models import FollowUp
from minsheng.foundation import keyset
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.keyset import Page
from minsheng.orders import queries as orders
from minsheng.orders.rules import Part

SORTS = ("planned_at", "-planned_at")


@dataclass
class FollowUpRow:
    """A round of asking as a line of a list."""

    id: int
    demand: str
    title: str
    category: Term | None
    round: int
    state: str
    sampled: bool
    planned_at: datetime
    attempt_count: int
    grade: str
    solved: bool | None
    evaluated_at: datetime | None


def page(
    actor: Actor,
    *,
    states: Sequence[str] = (),
    sort: str = "planned_at",
    cursor: str = "",
    limit: int = 50,
) -> Page[FollowUpRow]:
    """Returns a page of follow-ups of demands that `actor` may see; those that wait by default."""
    seen = Demand.objects.filter(visible(actor))
    found = (
        FollowUp.objects.filter(
            demand__in=seen, state__in=sorted(set(states)) or [FollowUp.State.PLANNED]
        )
        .annotate(
            number=F("demand__number"),
            title=F("demand__title"),
            category=F("demand__category"),
        )
        .values(
            *("id", "number", "title", "category", "round", "state", "sampled", "planned_at"),
            *("attempt_count", "grade", "solved", "evaluated_at"),
        )
    )
    rows = keyset.fetch(found, sort, cursor, limit)
    categories = dictionaries().categories
    return Page(
        [
            FollowUpRow(
                id=row["id"],
                demand=row["number"],
                title=row["title"],
                category=categories.get(row["category"]),
                round=row["round"],
                state=row["state"],
                sampled=row["sampled"],
                planned_at=here(row["planned_at"]),
                attempt_count=row["attempt_count"],
                grade=row["grade"],
                solved=row["solved"],
                evaluated_at=here(row["evaluated_at"]),
            )
            for row in rows.items
        ],
        rows.next,
    )


@dataclass
class AttemptLine:
    """One try to reach the petitioner."""

    id: int
    reached: bool
    remark: str
    by: str
    at: datetime


@dataclass
class FollowUpDetail:
    """One round of asking about a demand. `order` is the id of the order asked about."""

    id: int
    round: int
    state: str
    sampled: bool
    order: int | None
    planned_at: datetime
    attempt_count: int
    grade: str
    solved: bool | None
    reason_code: str
    reason: str
    source: str
    by: str
    evaluated_at: datetime | None
    attempts: tuple[AttemptLine, ...]


#: What belongs to a demand in this room, by the demand's id; see `gather_about`.
PARTS = {
    "rounds": """
        SELECT id, round, state, sampled, assignment_id AS "order", planned_at, attempt_count,
            grade, solved, reason_code, reason, source, by, evaluated_at
        FROM followups_followup WHERE demand_id = %s
    """,
    "attempts": """
        SELECT t.id, follow_up_id, reached, remark, t.by, t.at
        FROM followups_attempt t JOIN followups_followup f ON f.id = follow_up_id
        WHERE demand_id = %s
    """,
}


def of_demand(demand: Demand, parts: Gathered | None = None) -> list[FollowUpDetail]:
    """Returns all rounds of asking about a demand with their attempts; for `parts` see `PARTS`."""
    found = parts or gather_about(demand.pk, PARTS)
    attempts: dict[int, list[AttemptLine]] = {}
    for row in found["attempts"]:
        line = {column: value for column, value in row.items() if column != "follow_up_id"}
        attempts.setdefault(row["follow_up_id"], []).append(AttemptLine(**line))
    return [
        FollowUpDetail(**row, attempts=tuple(attempts.get(row["id"], ())))
        for row in found["rounds"]
    ]


# What the petitioner sees


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One step of a demand's way, in words for its petitioner."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A demand as its petitioner sees it: no names of staff, no remarks among offices.

    `actions` are those that the petitioner may take now.
    """

    number: str
    title: str
    text: str
    state: str
    state_label: str
    accepted_at: datetime
    due_at: datetime | None
    answer: str
    steps: tuple[ProgressStep, ...]
    supplements: tuple[str, ...]
    actions: tuple[str, ...]


_ANSWERED = frozenset(
    set(DemandState)
    - {DemandState.DRAFT, DemandState.ACCEPTED, DemandState.ASSIGNED, DemandState.WITHDRAWN}
)


def progress(actor: Actor) -> Progress:
    """Returns how far the petitioner's own demand has come."""
    demand = demands.find(actor, id=actor.demand_id or 0)
    assert demand.number
    assert demand.accepted_at
    given = orders.of_demand(demand)
    steps = [ProgressStep(here(demand.accepted_at), _("诉求已受理。"))]
    for order in given:
        if order.part != Part.LEAD or order.parent_id is not None:
            continue
        unit = {"unit": order.unit.name}
        for at, said in (
            (order.assigned_at, _("已交%(unit)s办理。")),
            (order.signed_at, _("%(unit)s已签收。")),
            (order.contacted_at, _("%(unit)s已与您联系。")),
            (order.suspended_at, _("办理周期较长，已列入持续跟踪事项。")),
            (order.completed_at, _("%(unit)s已办结。")),
        ):
            if at:
                steps.append(ProgressStep(here(at), said % unit))
    ends = {
        DemandState.ANSWERED: _("已直接答复。"),
        DemandState.REJECTED: _("不属于热线受理范围，已告知法定途径。"),
        DemandState.MERGED: _("已与更早的同类诉求合并办理。"),
        DemandState.WITHDRAWN: _("诉求已撤回。"),
    }
    if words := ends.get(DemandState(demand.state)):
        steps.append(ProgressStep(here(demand.state_at), words))
    steps += [
        ProgressStep(row.evaluated_at, _("您已评价：%s。") % Grade(row.grade).label)
        for row in of_demand(demand)
        if row.evaluated_at
    ]
    if demand.archived_at:
        steps.append(ProgressStep(here(demand.archived_at), _("诉求已归档。")))
    return Progress(
        number=demand.number,
        title=demand.title,
        text=demand.text,
        state=demand.state,
        state_label=str(DemandState(demand.state).label),
        accepted_at=here(demand.accepted_at),
        due_at=here(demand.due_at),
        answer=demand.answer if demand.state in _ANSWERED else "",
        steps=tuple(sorted(steps, key=lambda step: step.at)),
        supplements=tuple(demand.supplements.order_by("pk").values_list("text", flat=True)),
        actions=orders.possible_actions(actor, demand, given).demand,
    )
