"""Pages by keyset: the next page begins behind the last row of this one, however deep it lies.

No row is counted and none is skipped, so that page 2,000 costs what page 1 does; and rows that are
added meanwhile move nothing: whoever walks through sees each row that was there exactly once.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid

MOST_ROWS = 200
_MOST_ID = 2**63 - 1

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the page behind them (None on the last)."""

    items: list[T]
    next: str | None


def fetch(
    queryset: "QuerySet[Any, Any]", sort: str, cursor: str, limit: int
) -> Page[dict[str, Any]]:
    """Returns a page of `queryset`, which yields dicts with `id` and the column sorted by.

    `sort` is a column of moments, with `-` before it for the latest first. `cursor` is empty for
    the first page. Raises Invalid for a cursor that is none, or is one of another order.
    """
    column, descending = sort.lstrip("-"), sort.startswith("-")
    if cursor:
        at, last = _read(cursor, sort)
        beyond, passed = ("lte", "gte") if descending else ("gte", "lte")
        # The first condition is what the index is entered by.
        queryset = queryset.filter(
            Q(**{f"{column}__{beyond}": at}) & ~Q(**{column: at, f"id__{passed}": last})
        )
    rows = list(queryset.order_by(sort, "-id" if descending else "id")[: limit + 1])
    more = len(rows) > limit
    del rows[limit:]
    return Page(rows, behind(sort, rows[-1]) if more else None)


def behind(sort: str, row: Mapping[str, Any]) -> str:
    """Returns the cursor of what comes behind `row`, a dict as `fetch` returns it.

    With the opposite `sort` it leads back, to what comes before the row.
    """
    kept = [sort, row[sort.lstrip("-")], row["id"]]
    return urlsafe_b64encode(orjson.dumps(kept)).decode().rstrip("=")


def _read(cursor: str, sort: str) -> tuple[datetime, int]:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        kept, at, last = orjson.loads(text)
        moment = datetime.fromisoformat(at).astimezone(ZONE)
        if kept == sort and type(last) is int and 0 <= last <= _MOST_ID and moment.year < 9999:
            return moment, last
    except (ValueError, TypeError, OverflowError):
        pass
    raise Invalid("cursor_broken", _("翻页标记不正确或与排序不符；请从第一页重新开始。"))
