"""`Idempotency-Key`: what was done once under a key is not done again, but answered again.

The answer is kept in the transaction of the action itself: either both are there or neither. Of two
requests under one key at the same time the second waits for the first. A refusal is not kept: it
changed nothing, and the next try may succeed.
"""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor
from minsheng.doors.client import address
from minsheng.foundation import clock, statements
from minsheng.foundation.errors import Conflict, Invalid

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

_TAKE = """
INSERT INTO api_idempotency (actor, key, fingerprint, body, at) VALUES (%s, %s, %s, '', %s)
ON CONFLICT (actor, key) DO NOTHING RETURNING id
"""
_KEPT = "SELECT fingerprint, status, body FROM api_idempotency WHERE actor = %s AND key = %s"
_KEEP = "UPDATE api_idempotency SET status = %s, body = %s WHERE id = %s RETURNING id"

View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Decorates an operation that changes something; see the module's docstring.

    Not for operations that answer with a secret: these are not kept.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return view(request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise Invalid(
                "key_malformed",
                _("Idempotency-Key 须为1至255个可见的英文字符；请改用 UUID 等。"),
                field=HEADER,
            )
        with transaction.atomic():
            return _done_once(request, key, lambda: view(request, *args, **kwargs))

    return wrapper


def _done_once(request: HttpRequest, key: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    who, fingerprint = _who(request), _fingerprint(request)
    # Waits here for another transaction that took the same key and has not ended yet.
    taken = statements.rows(_TAKE, [who, key, fingerprint, clock.now()])
    if taken:
        response = do()
        statements.rows(_KEEP, [response.status_code, response.content, taken[0][0]])
        return response
    kept = statements.rows(_KEPT, [who, key])
    if not kept:  # it was old, and is gone by now
        raise Conflict("busy", _("另一项操作正在进行；请稍后重试。"))
    same, status, body = kept[0]
    if bytes(same) != fingerprint:
        raise Invalid(
            "key_reused",
            _("这个 Idempotency-Key 已用于另一项请求；请换一个新的键。"),
            field=HEADER,
        )
    replay = HttpResponse(bytes(body), status=status, content_type="application/json")
    replay.headers[REPLAYED] = "true"
    return replay


def _who(request: HttpRequest) -> str:
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        return f"address:{address(request)}"
    if actor.demand_id is not None:
        return f"demand:{actor.demand_id}"
    return f"{actor.role}:{actor.staff_id}:{actor.unit_id}"


def _fingerprint(request: HttpRequest) -> bytes:
    """Returns a hash of what is asked: method, path and body."""
    hashed = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        hashed.update(request.body)
        return hashed.digest()
    for name in sorted(request.POST):
        hashed.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            hashed.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                hashed.update(chunk)
            file.seek(0)
    return hashed.digest()
