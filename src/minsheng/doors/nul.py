"""NUL, which no text contains, nobody sees and no database keeps: taken out of what browsers send.

Machines are told that they sent it (`doors.api.app`).
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError


def without_nul(text: str) -> str:
    return text.replace("\0", "")


class WithoutNul:
    """Middleware, to stand before whatever reads a cookie: takes it out of all that pages get.

    An address with it leads nowhere. The form is read only once its size was looked at.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: without_nul(said) for name, said in request.COOKIES.items()}
        return self.get_response(request)

    def process_view(self, request: Any, _view: object, _args: object, _named: object) -> None:
        if "\0" in request.path_info:
            raise Http404
        request.GET = _without_nul(request.GET)
        with suppress(UnreadablePostError):  # who went away meanwhile is refused for their token
            request.POST = _without_nul(request.POST)


def _without_nul(given: QueryDict) -> QueryDict:
    if not any("\0" in said for name, values in given.lists() for said in (name, *values)):
        return given
    return QueryDict(given.urlencode().replace("%00", ""), encoding=given.encoding)
