"""Double-random samples of follow-ups: drawn, listed, and given out whole, to be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from minsheng.demands.queries import here
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import given
from minsheng.doors.api.fields import Code, Day, Id, In, PageQuery
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes, only
from minsheng.followups import sampling
from minsheng.followups.models import Sample
from minsheng.foundation import keyset
from minsheng.foundation.errors import Conflict
from minsheng.foundation.keyset import Page

router = Routes(tags=["follow-ups"])


@dataclass
class SampleRow:
    """A draw on record, among what was completed from `first` to `last`."""

    id: int
    first: date
    last: date
    seed: str
    size: int
    by_clock: bool
    by: str
    at: datetime


@dataclass
class SampleGroup:
    """What was drawn under a rule: half a continuous block of the sorted list, half scattered."""

    rule: str
    name: str
    share: float
    population: Sequence[str]
    block: Sequence[str]
    scattered: Sequence[str]


@dataclass
class SampleOut(SampleRow):
    """A draw with all that it takes to repeat it; `alike` tells whether it comes out the same."""

    groups: list[SampleGroup]
    alike: bool


_COLUMNS = tuple(SampleRow.__dataclass_fields__)


@router.read("/samples", "回访抽样列表", Page[SampleRow])
def sample_list(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    only(request, PageQuery)
    require(caller(request), "sample.view")
    page = keyset.fetch(Sample.objects.values(*_COLUMNS), "-at", query.cursor, query.limit)
    rows = [SampleRow(**{**row, "at": here(row["at"])}) for row in page.items]
    return answer(Page(rows, page.next))


def _whole(row: Sample) -> SampleOut:
    plain = {name: getattr(row, name) for name in _COLUMNS if name != "id"}
    return SampleOut(
        **{**plain, "id": row.pk, "at": here(row.at)},
        groups=[SampleGroup(**group) for group in row.groups],
        alike=not sampling.again(row),
    )


@router.read("/samples/{id}", "回访抽样详情", SampleOut)
def sample_detail(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(_whole(sampling.find(caller(request), id)))


class DrawSample(In):
    """Days of completion, both included. Without a seed one is made that nobody can foresee."""

    first: Day
    last: Day
    seed: Annotated[str, Field(max_length=64)] = ""
    shares: Annotated[
        dict[Code, Annotated[float, Field(ge=0, le=1)]],
        Field(max_length=50, description="Other shares, by rule; '' is what no rule names."),
    ] = {}


@router.act("/samples", "抽取回访", SampleOut, status=201)
def draw_sample(request: HttpRequest, body: DrawSample) -> HttpResponse:
    """Draws beside the daily draws of the clock; those drawn are put on the list within a day."""
    row = sampling.sample(caller(request), **given(body))
    if row is None:
        raise Conflict("nobody", _("这些日子没有可抽的诉求；请换一段日期。"))
    return answer(_whole(row), 201)
