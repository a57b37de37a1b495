"""How operations are declared: what each may answer, and that a change is made once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.security.base import AuthBase

from minsheng.demands.attachments import TYPES
from minsheng.doors.api.keys import StaffToken
from minsheng.doors.api.once import HEADER, once
from minsheng.foundation.errors import Invalid

F = TypeVar("F", bound=Callable[..., HttpResponse])

_SAID = {
    400: "The body cannot be read",
    401: "No token, or one that is not valid",
    403: "This role, or this token, may not do it",
    404: "There is no such thing, or it may not be seen",
    409: "The thing is not in the state that this needs, or somebody was faster",
    413: "The body is too big",
    422: "Something is missing or wrong; `detail.field` or `detail.fields` says what",
    429: "Too many from one address; `message` says how long to wait",
    503: "Nothing can be kept for now, such as on a full disk; nothing was done, try again later",
}
_KEY_HEADER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Repeat a request under the same key, and it is done once and answered twice.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
}
STAFF = StaffToken()


def _errors(*codes: int) -> dict[int, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        code: {"description": _SAID[code], "content": {"application/json": {"schema": schema}}}
        for code in (*codes, 503)
    }


class Routes(Router):
    """A router whose operations say all that they may answer."""

    def read(
        self,
        path: str,
        summary: str,
        response: Any,
        *,
        auth: AuthBase | None = STAFF,
        errors: Sequence[int] = (401, 403, 404, 422),
        **extra: Any,
    ) -> Callable[[F], F]:
        """Declares a GET that answers with `response`."""
        return self.get(
            path,
            auth=auth,
            summary=summary,
            response=response,
            openapi_extra={"responses": _errors(*errors), **extra},
        )

    def file(self, path: str, summary: str, *, auth: AuthBase = STAFF) -> Callable[[F], F]:
        """Declares a GET that answers with a file to be saved."""
        binary = {"schema": {"type": "string", "format": "binary"}}
        content = dict.fromkeys(sorted({*TYPES.values()}), binary)
        said = {200: {"content": content}, **_errors(401, 403, 404, 422)}
        return self.get(path, auth=auth, summary=summary, openapi_extra={"responses": said})

    def act(
        self,
        path: str,
        summary: str,
        response: Any,
        *,
        auth: AuthBase | None = STAFF,
        status: int = 200,
        repeatable: bool = True,
        errors: Sequence[int] = (),
    ) -> Callable[[F], F]:
        """Declares a POST. One that answers with a secret is not `repeatable` under a key."""
        codes = {400, 409, 413, 422, *errors} | ({401, 403, 404} if auth else set())
        extra: dict[str, Any] = {"responses": _errors(*sorted(codes))}
        if repeatable:
            extra["parameters"] = [_KEY_HEADER]

        def declare(view: F) -> F:
            self.post(
                path,
                auth=auth,
                summary=summary,
                response={status: response},
                openapi_extra=extra,
            )(once(view) if repeatable else view)
            return view

        return declare


def only(request: HttpRequest, known: type[Any]) -> None:
    """Raises Invalid for a parameter of the query that the model `known` does not have.

    A filter that is misspelt must not pass for one that finds everything.
    """
    for name in request.GET:
        if name not in known.model_fields:
            raise Invalid(
                "unknown_parameter",
                _("没有“%s”这个查询参数；请核对。") % name[:64],
                field=name[:64],
            )
