"""The staff pages, for tests that walk a follow-up through every door."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from support.reading import Visitor

if TYPE_CHECKING:
    from support.town import Town

settings.STATIC_ROOT.mkdir(exist_ok=True)  # the server of static files looks for it


@pytest.fixture
def at(town: "Town") -> Callable[..., Visitor]:
    """Returns a visitor: `at("supervisor").get("/console/")`."""
    return lambda username="": Visitor(town.posts[username] if username else None)
