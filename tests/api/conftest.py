"""Calling the API as the people of the town do, each with the token of a post."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from support.calling import Caller

if TYPE_CHECKING:
    from support.town import Town


@pytest.fixture
def call(town: "Town") -> Callable[..., Caller]:
    """Returns a caller for a person of the town: `call("clerk").get("/orders")`."""
    from minsheng.directory.access import SYSTEM
    from minsheng.directory.actions import issue_token

    known: dict[tuple[str, str], Caller] = {}

    def caller(username: str = "", scope: str = "write") -> Caller:
        if not username:
            return Caller()
        if (username, scope) not in known:
            _token, bearer = issue_token(SYSTEM, town.posts[username], name="test", scope=scope)
            known[username, scope] = Caller(bearer)
        return known[username, scope]

    return caller
