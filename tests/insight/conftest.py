"""The staff pages as the people of the town use them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.language import model
from support.reading import Visitor

__all__ = ["model"]  # a fixture

if TYPE_CHECKING:
    from support.town import Town


@pytest.fixture
def at(town: "Town") -> Callable[..., Visitor]:
    """Returns a visitor: `at("analyst").get("/console/insight/models")`."""
    return lambda username="": Visitor(town.posts[username] if username else None)
