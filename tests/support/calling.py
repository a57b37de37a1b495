"""Calling the API as machines do: by HTTP, with a token."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.test import Client


def as_if_alone() -> "AbstractContextManager[None]":
    """Lets a request be refused inside a test's transaction, as it would be in one of its own."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


@contextmanager
def taken_back() -> Iterator[None]:
    """Takes back whatever happens in the block, so that the next one finds the same town."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


class Caller:
    """A machine with one token. Answers are checked for the one shape of problems."""

    def __init__(self, token: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, status: int | None = 200, **query: Any) -> Any:
        with as_if_alone():
            response = self.client.get(f"/api/v1{path}", query, headers=self.headers)
        return self._answered(response, status)

    def post(self, path: str, body: Any = None, status: int | None = 200, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        with as_if_alone():
            response = self.client.post(
                f"/api/v1{path}",
                {} if body is None else body,
                content_type="application/json",
                headers={**self.headers, **sent},
            )
        return self._answered(response, status)

    def upload(self, path: str, status: int | None = 201, **fields: Any) -> Any:
        with as_if_alone():
            response = self.client.post(f"/api/v1{path}", fields, headers=self.headers)
        return self._answered(response, status)

    def _answered(self, response: Any, status: int | None) -> Any:
        """Returns what was said; with `status` None the whole response, whatever it is."""
        if status is None:
            return response
        assert response.status_code == status, (response.status_code, response.content.decode())
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if response.headers["Content-Type"] != "application/json":
            return response
        said = response.json()
        if status >= 400:
            assert set(said) == {"code", "message", "detail"}
            assert said["message"]
        return said
