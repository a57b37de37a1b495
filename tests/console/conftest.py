"""The staff pages as the people of the town use them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from support.language import model
from support.reading import Visitor

__all__ = ["model"]  # a fixture

if TYPE_CHECKING:
    from support.town import Town

settings.STATIC_ROOT.mkdir(exist_ok=True)  # the server of static files looks for it


@pytest.fixture
def at(town: "Town") -> Callable[..., Visitor]:
    """Returns a visitor: `at("clerk").get("/console/")`; without a name, a stranger."""
    return lambda username="": Visitor(town.posts[username] if username else None)
