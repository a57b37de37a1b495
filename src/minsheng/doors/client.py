"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """Returns the address of the client, for counting failures.

    Behind TLS there is a proxy, and the last address that it wrote down is the one it saw itself;
    without one nobody is believed but the connection.
    """
    if settings.SECURE:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        if last := forwarded.rsplit(",", 1)[-1].strip():
            return last[:64]
    return str(request.META.get("REMOTE_ADDR", ""))
