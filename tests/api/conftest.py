"""Calling the API as the people of the town do, each with the token of a post."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support.calling import Caller

if TYPE_CHECKING:
    from support.town import Town


@pytest.fixture
def call(town: "Town") -> Callable[..., Caller]:
    """Returns a caller for a person of the town: `call("clerk").get("/orders")`."""
    from minsheng.directory.actions import digest_of
    from minsheng.directory.models import Token
    from minsheng.foundation import clock

    Token.objects.bulk_create(
        Token(
            post=post,
            name="test",
            digest=digest_of(f"{scope} {username}"),
            scope=scope,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=90),
        )
        for username, post in town.posts.items()
        for scope in Token.Scope
    )

    def caller(username: str = "", scope: str = "write") -> Caller:
        return Caller(f"{scope} {username}" if username else "")

    return caller
