"""Follow-ups (回访): who is to be called. What is done about one stands with its demand."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Cursor, Limit
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import queries
from minsheng.followups.models import FollowUp
from minsheng.followups.queries import FollowUpRow
from minsheng.foundation.keyset import Page

router = Routes(tags=["follow-ups"])


class FollowUpQuery(BaseModel):
    """Those that wait, the longest first, unless told otherwise."""

    state: Annotated[list[FollowUp.State], Field(max_length=4)] = []
    sort: Literal["planned_at", "-planned_at"] = "planned_at"
    cursor: Cursor = ""
    limit: Limit = 50


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
