"""Who is calling: the bearer token of a post, or the short-lived one of a petitioner."""

from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from minsheng.directory.access import Actor, citizen
from minsheng.directory.actions import digest_of
from minsheng.directory.models import Token
from minsheng.directory.permissions import Role
from minsheng.foundation import clock, statements
from minsheng.foundation.errors import Unauthenticated

SESSION_SECONDS = 30 * 60
_SALT = "citizen session"


def _bearer(request: HttpRequest) -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthenticated(
            "no_token", _("缺少访问令牌；请在 Authorization 头中提供 Bearer 令牌。")
        )
    return token.strip()


# One statement: the token, its post, who holds it, and for which unit.
_HOLDER = """
SELECT t.scope, p.role, s.id, s.username, s.name, u.id, u.code
FROM directory_token t
JOIN directory_post p ON p.id = t.post_id
JOIN directory_staff s ON s.id = p.staff_id
JOIN directory_unit u ON u.id = p.unit_id
WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s
AND s.is_active AND p.since <= %s AND (p.until IS NULL OR p.until > %s)
"""


class StaffToken(AuthBase):
    """A token issued for a post: its bearer acts in that role and unit, and no other."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor:
        digest = digest_of(_bearer(request))
        now = clock.now()
        found = statements.rows(_HOLDER, [digest, now, now, now])
        if not found:
            raise Unauthenticated("bad_token", _("访问令牌无效、已过期或已吊销；请换用有效令牌。"))
        scope, role, staff_id, username, name, unit_id, unit_code = found[0]
        return Actor(
            role=Role(role),
            username=username,
            name=name,
            staff_id=staff_id,
            unit_id=unit_id,
            unit_code=unit_code,
            read_only=scope == Token.Scope.READ,
        )


class CitizenToken(AuthBase):
    """What a petitioner got for a number and its query code: good for that demand, half an hour."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor:
        try:
            demand_id = signing.loads(_bearer(request), salt=_SALT, max_age=SESSION_SECONDS)
        except signing.BadSignature:
            raise Unauthenticated(
                "bad_token", _("查询已超时或令牌无效；请用诉求号和查询码重新进入。")
            ) from None
        return citizen(int(demand_id))


def citizen_token(demand_id: int) -> str:
    """Returns the token of a petitioner who proved to know the query code."""
    return signing.dumps(demand_id, salt=_SALT)


def caller(request: HttpRequest) -> Actor:
    """Returns who is calling an operation that asks for a token."""
    actor: Any = request.auth  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)
    return actor
