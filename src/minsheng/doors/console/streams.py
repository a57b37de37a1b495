"""Where a page finds its stream of live counts, and the leave to listen to it."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

PATH = "/console/live"


def _origin(request: HttpRequest) -> str:
    """Returns the origin of the streams, where it is another than that of the pages."""
    if not settings.LIVE.startswith(":"):
        return ""
    name, _port = split_domain_port(request.get_host())
    return f"{request.scheme}://{name}{settings.LIVE}"


def address(request: HttpRequest) -> str:
    """Returns the address of the stream; empty where nothing pushes."""
    origin = _origin(request)
    return f"{origin}{PATH}" if origin else settings.LIVE


def allow(request: HttpRequest, response: HttpResponseBase) -> None:
    """Lets the page connect to its stream, should that be on another port, and to nothing else."""
    if origin := _origin(request):
        response._csp_update = {"connect-src": ["'self'", origin]}  # type: ignore[attr-defined]
