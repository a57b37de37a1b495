"""What, and by when: the dictionaries by whose codes everything is said, limits, catalogue."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel

from minsheng.catalogue import queries
from minsheng.directory import queries as directory
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code
from minsheng.doors.api.routes import Routes, only
from minsheng.foundation import clock

router = Routes(tags=["dictionaries"])

_DICTIONARIES: list[tuple[str, str, Any, Callable[[], Any]]] = [
    ("channels", "渠道", queries.ChannelRow, queries.channels),
    ("kinds", "诉求类型", queries.EntryRow, queries.kinds),
    ("categories", "诉求类别", queries.CategoryRow, queries.categories),
    ("districts", "区划", directory.DistrictRow, directory.districts),
    ("units", "单位", directory.UnitRow, directory.units),
    ("reasons", "原因", queries.ReasonRow, queries.reasons),
    ("legal-routes", "法定途径", queries.LegalRouteRow, queries.legal_routes),
    ("transfer-lines", "转接热线", queries.TransferLineRow, queries.transfer_lines),
    ("limits", "时限", queries.LimitRow, queries.limits),
]


def _declare(name: str, summary: str, row: Any, read: Callable[[], Any]) -> None:
    def dictionary(request: HttpRequest) -> HttpResponse:
        return answer(read())

    dictionary.__name__ = name.replace("-", "_")
    router.read(f"/dictionaries/{name}", summary, list[row], errors=(401,))(dictionary)


for _one in _DICTIONARIES:
    _declare(*_one)


class Case(BaseModel):
    category: Code = ""
    district: Code = ""


@router.read("/catalogue/suggestion", "派单目录建议", queries.Suggestion, errors=(401, 422))
def suggestion(request: HttpRequest, query: Query[Case]) -> HttpResponse:
    """Whom the assignment catalogue names today; blank where a person has to decide."""
    only(request, Case)
    return answer(queries.suggestion(query.category, query.district, clock.now().date()))
