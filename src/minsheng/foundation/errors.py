"""What is refused, said once: a code for machines and a sentence for people.

Doors translate these into their own form: HTTP status and JSON, a banner on the page, exit code 2.
"""

from typing import Any

from django.utils.functional import Promise


class Refused(Exception):
    """An action that was not done. `message` says what, why and what to do, in one sentence."""

    status = 409

    def __init__(self, code: str, message: str | Promise, **detail: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.detail = detail

    def __str__(self) -> str:
        return str(self.message)


class Unauthenticated(Refused):
    status = 401


class Forbidden(Refused):
    status = 403


class NotFound(Refused):
    status = 404


class Conflict(Refused):
    """The thing is no longer in the state that the action needs."""

    status = 409


class Invalid(Refused):
    """What was given is incomplete or wrong."""

    status = 422


class Unavailable(Refused):
    """Nothing can be kept for now, whoever asks; see `unavailable`."""

    status = 503


class TooMany(Refused):
    """The same was tried too often; nothing is listened to for a while."""

    status = 429
