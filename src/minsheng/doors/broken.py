"""The page for what nobody foresaw, and for what stops everybody: a full disk, no database."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from minsheng.foundation.unavailable import unavailable


def broken(request: HttpRequest) -> HttpResponse:
    """Answers in place of a page that failed. A form that stayed on its page gets one sentence."""
    stopped = unavailable(sys.exc_info()[1])
    if stopped is None:
        return server_error(request)
    if "X-Sending" in request.headers or "HX-Request" in request.headers:
        return HttpResponse(str(stopped), status=503, content_type="text/plain")
    # Without what pages usually know of their reader: that stands in the database.
    page = render_to_string("503.html", {"request": request, "why": stopped.message})
    return HttpResponse(page, status=503)
