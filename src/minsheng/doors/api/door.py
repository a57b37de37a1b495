"""The way in: machines bring no session, no form and no cookie, so nothing of that is set up."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from minsheng.doors.api.answers import problem, too_big, translated

PREFIX = "/api/"
MOST_BYTES = 1024 * 1024
MOST_BYTES_WITH_FILES = 22 * 1024 * 1024  # an attachment of 20 MB and what goes around it


class ApiDoor:
    """Middleware, to stand first: takes requests for the API out of the way that pages take.

    Whatever happens, the answer is JSON in one of two shapes: what was asked for, or a problem.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.headers.get("Accept-Language", "").startswith("en"):
            with translation.override("en"):
                response = _answered(request)
        else:
            response = _answered(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def _answered(request: HttpRequest) -> HttpResponse:
    try:
        if _length(request) > (
            MOST_BYTES_WITH_FILES if request.content_type == "multipart/form-data" else MOST_BYTES
        ):
            return too_big()
        match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Exception as error:
        return translated(request, error)
    if isinstance(response, HttpResponseNotAllowed):
        refused = problem(405, "method", _("这个接口地址不支持该请求方法；请查阅接口文档。"))
        refused.headers["Allow"] = response.headers["Allow"]
        return refused
    return response


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
