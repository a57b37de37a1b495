"""Calling the API as machines do: by HTTP, with a token."""

from typing import Any

from django.test import Client


class Caller:
    """A machine with one token. Answers are checked for the one shape of problems."""

    def __init__(self, token: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return self._answered(
            self.client.get(f"/api/v1{path}", query, headers=self.headers), status
        )

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._answered(
            self.client.post(
                f"/api/v1{path}",
                {} if body is None else body,
                content_type="application/json",
                headers={**self.headers, **sent},
            ),
            status,
        )

    def upload(self, path: str, status: int = 201, **fields: Any) -> Any:
        return self._answered(
            self.client.post(f"/api/v1{path}", fields, headers=self.headers), status
        )

    def _answered(self, response: Any, status: int) -> Any:
        assert response.status_code == status, (response.status_code, response.content.decode())
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if response.headers["Content-Type"] != "application/json":
            return response
        said = response.json()
        if status >= 400:
            assert set(said) == {"code", "message", "detail"}
            assert said["message"]
        return said
