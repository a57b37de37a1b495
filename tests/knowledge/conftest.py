"""A town whose knowledge can be found, and callers of the API."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from minsheng.knowledge.models import Item
    from support.town import Town


@pytest.fixture
def known(town: "Town") -> "Callable[..., Item]":
    """Puts an approved item on the shelf: `known("fund2", "标题", "答案", unit="housing")`."""
    from minsheng.knowledge.finding import index
    from minsheng.knowledge.models import Item

    def put(code: str, title: str, answer: str, *, unit: str = "housing", **more: object) -> Item:
        item = index(
            Item(code=code, title=title, answer=answer, unit=town.units[unit], **more)  # type: ignore[misc]
        )
        item.save()
        return item

    return put
