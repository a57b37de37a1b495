"""What comes in: the kinds of fields that operations share, each with its limits."""

from datetime import date
from typing import Annotated, Any

from ninja import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from minsheng.foundation.keyset import MOST_ROWS

_LAST_YEAR = 2199


class In(BaseModel):
    """A JSON body: unknown fields and values of another type are refused, not guessed at."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _plausible(at: Any) -> Any:
    if not 1950 <= at.year <= _LAST_YEAR:
        raise ValueError("1950–2199")
    return at


#: A demand's number. Histories of former systems bring numbers of all kinds.
Number = Annotated[str, Path(pattern=r"^[^/?#.\s\x00-\x1f\x7f][^/?#\s\x00-\x1f\x7f]{0,31}$")]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]

Code = Annotated[str, Field(max_length=64)]
Short = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=2000)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Day = Annotated[date, Field(strict=False), AfterValidator(_plausible)]

Codes = Annotated[list[Code], Field(max_length=50)]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows at most.")]
Cursor = Annotated[
    str, Field(max_length=300, description="`next` of the page before; empty for the first page.")
]


class Why(In):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class PageQuery(BaseModel):
    """Which page of a list, for those that know no filter; a query with filters adds them."""

    cursor: Cursor = ""
    limit: Limit = 50
