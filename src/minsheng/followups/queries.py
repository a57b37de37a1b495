"""Reads of follow-ups: who is to be called, and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from minsheng.demands.models import Demand
from minsheng.demands.queries import Term, dictionaries, here, visible
from minsheng.directory.access import Actor
from minsheng.followups.models import FollowUp
from minsheng.foundation import keyset
from minsheng.foundation.gather import gather
from minsheng.foundation.keyset import Page

SORTS = ("planned_at", "-planned_at")


@dataclass(frozen=True, slots=True)
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
    demands = Demand.objects.filter(visible(actor))
    found = (
        FollowUp.objects.filter(
            demand__in=demands, state__in=sorted(set(states)) or [FollowUp.State.PLANNED]
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


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One try to reach the petitioner."""

    id: int
    reached: bool
    remark: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
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


def of_demand(demand: Demand) -> list[FollowUpDetail]:
    """Returns all rounds of asking about a demand with their attempts, in one statement."""
    found = gather(
        rounds=(
            """SELECT id, round, state, sampled, assignment_id AS "order", planned_at,
            attempt_count, grade, solved, reason_code, reason, source, by, evaluated_at
            FROM followups_followup WHERE demand_id = %s""",
            [demand.pk],
        ),
        attempts=(
            """SELECT t.id, follow_up_id, reached, remark, t.by, t.at
            FROM followups_attempt t JOIN followups_followup f ON f.id = follow_up_id
            WHERE demand_id = %s""",
            [demand.pk],
        ),
    )
    attempts: dict[int, list[AttemptLine]] = {}
    for row in found["attempts"]:
        attempts.setdefault(row.pop("follow_up_id"), []).append(AttemptLine(**row))
    return [
        FollowUpDetail(**row, attempts=tuple(attempts.get(row["id"], ())))
        for row in found["rounds"]
    ]
