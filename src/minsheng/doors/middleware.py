"""What every page has in common: its language, its largest form, how a form learns where to go."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class ChosenLanguage:
    """Speaks the language that the reader chose by the switch in the page.

    The browser's own preference is not asked: a hotline's computers come with all kinds of
    settings, and its staff speak Chinese.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class Bounded:
    """Refuses what no form sends, before a byte of it is kept: files lie on the disk as they come.

    Whoever chose a file too many stays below it, and hears so from the form, with nothing lost.
    """

    MOST_BYTES = 256 * 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or 0)
        if length.isdecimal() and int(length) > self.MOST_BYTES:
            return render(request, "413.html", status=413)
        return self.get_response(request)


class Onward:
    """Tells a form that stays on its page (`static/console/sending.js`) where to go on.

    A browser's `fetch` follows a redirect by itself and so would use up what the next page has to
    say once. For such a form the address comes in a header, and the browser goes there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "X-Sending" not in request.headers or response.status_code not in (302, 303):
            return response
        onward = HttpResponse(status=204)
        onward.cookies = response.cookies
        onward.headers["X-Location"] = response.headers["Location"]
        return onward
