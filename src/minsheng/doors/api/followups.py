"""Follow-ups (回访): who is to be called. What is done about one stands with its demand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from minsheng.demands.queries import here
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Id, In, PageQuery, Reason
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import queries, reviews
from minsheng.followups.models import FollowUp, Review
from minsheng.followups.queries import FollowUpRow
from minsheng.foundation.keyset import Page

router = Routes(tags=["follow-ups"])


class FollowUpQuery(PageQuery):
    """Those that wait, the longest first, unless told otherwise."""

    state: Annotated[list[FollowUp.State], Field(max_length=4)] = []
    sort: Literal["planned_at", "-planned_at"] = "planned_at"


@dataclass
class ReviewRow:
    """An order that left its petitioner discontent, with what the meeting decided about it."""

    follow_up: int
    demand: str
    unit: str
    grade: str
    solved: bool | None
    reason_code: str
    reason: str
    evaluated_at: datetime
    decision: str
    note: str
    by: str


def _reviewed(row: FollowUp) -> ReviewRow:
    review = getattr(row, "review", None)
    assert row.assignment
    assert row.evaluated_at
    return ReviewRow(
        follow_up=row.pk,
        demand=row.demand.ref,
        unit=row.assignment.unit.code,
        **{name: getattr(row, name) for name in ("grade", "solved", "reason_code", "reason")},
        evaluated_at=here(row.evaluated_at),
        decision=review.decision if review else "",
        note=review.note if review else "",
        by=review.by if review else "",
    )


class ReviewQuery(BaseModel):
    month: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}$", description="Such as 2026-03.")]


@router.read("/reviews", "研判清单", list[ReviewRow])
def review_list(request: HttpRequest, query: Query[ReviewQuery]) -> HttpResponse:
    """All orders whose petitioners were dissatisfied in a month, or said that it is not solved."""
    only(request, ReviewQuery)
    return answer([_reviewed(row) for row in reviews.listed(caller(request), query.month)])


class DecideReview(In):
    decision: Annotated[Review.Decision, Field(strict=False)]
    note: Reason


@router.act("/follow-ups/{id}/review", "研判", ReviewRow)
def review(request: HttpRequest, id: Id, body: DecideReview) -> HttpResponse:
    """To be done again, an evaluated demand goes back to its unit; an archived one is reopened."""
    made = reviews.decide(caller(request), id, decision=body.decision, note=body.note)
    found = FollowUp.objects.select_related("demand", "assignment__unit", "review")
    return answer(_reviewed(found.get(pk=made.follow_up_id)))


@router.read("/follow-ups", "回访列表", Page[FollowUpRow])
def follow_up_list(request: HttpRequest, query: Query[FollowUpQuery]) -> HttpResponse:
    only(request, FollowUpQuery)
    return answer(
        queries.page(
            caller(request),
            states=query.state,
            sort=query.sort,
            cursor=query.cursor,
            limit=query.limit,
        )
    )
