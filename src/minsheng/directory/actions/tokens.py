"""Access tokens of the API: each is bound to one post and lives for a limited time."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.directory.models import Post, Staff, Token
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound

LONGEST = 366  # days


def digest_of(token: str) -> bytes:
    """Returns what is kept of a token. It is random enough to need neither salt nor slowness."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def post_of(username: str, *, role: str = "", unit: str = "") -> Post:
    """Returns the one post that somebody holds now, in this role and unit (code) where given.

    Raises NotFound for none, Invalid where several fit.
    """
    now = clock.now()
    found = list(
        Post.objects.filter(
            Q(until=None) | Q(until__gt=now), staff__username=username, since__lte=now
        )
        .filter(**({"role": role} if role else {}), **({"unit__code": unit} if unit else {}))
        .select_related("staff", "unit")
        .order_by("pk")
    )
    if not found:
        raise NotFound("no_post", _("没有这个岗位；请核对账号、角色和单位。"))
    if len(found) > 1:
        raise Invalid(
            "several_posts",
            _("您有多个岗位；请用 role 和 unit 指明其中一个。"),
            posts=[{"role": post.role, "unit": post.unit.code} for post in found],
        )
    return found[0]


def issue_token(
    actor: Actor, post: Post, *, name: str, scope: str = Token.Scope.WRITE, days: int = 90
) -> tuple[Token, str]:
    """Returns a new token for `post`, and what to send as the bearer: shown here, never again.

    Everybody issues tokens for their own posts, an administrator for any. Raises Forbidden, or
    Invalid for a scope that is none or more than 366 days.
    """
    if scope not in Token.Scope.values:
        raise Invalid("unknown_scope", _("令牌范围不正确；请选 read 或 write。"), field="scope")
    if not 1 <= days <= LONGEST:
        raise Invalid("days", _("令牌有效期为1至%d天。") % LONGEST, field="days")
    _require_own(actor, post)
    now = clock.now()
    bearer = f"ms_{secrets.token_urlsafe(32)}"
    with transaction.atomic(savepoint=False):
        token = Token.objects.create(
            post=post,
            name=text.line(name, 64) or "API",
            digest=digest_of(bearer),
            scope=scope,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _journal(actor, token, "token.issue")
    return token, bearer


def revoke_token(actor: Actor, token_id: int) -> Token:
    """Ends a token at once. Raises NotFound, Forbidden, or Conflict where it has ended already."""
    with transaction.atomic(savepoint=False):
        token = (
            Token.objects.select_for_update(of=("self",))
            .select_related("post__staff", "post__unit")
            .filter(pk=token_id)
            .first()
        )
        if token is None:
            raise NotFound("not_found", _("没有找到这个令牌；请核对编号。"))
        _require_own(actor, token.post)
        if token.revoked_at is not None:
            raise Conflict("revoked", _("这个令牌已经吊销。"))
        _end(actor, token)
    return token


def end_tokens(actor: Actor, staff: Staff) -> int:
    """Ends whatever tokens of a person still work, with their password; returns how many.

    Who got hold of the password may have issued themselves one. For actions that have asked
    whether `actor` may, in their transaction.
    """
    working = list(
        Token.objects.select_for_update(of=("self",))
        .select_related("post__staff", "post__unit")
        .filter(post__staff=staff, revoked_at=None, expires_at__gt=clock.now())
        .order_by("pk")
    )
    for token in working:
        _end(actor, token)
    return len(working)


def _end(actor: Actor, token: Token) -> None:
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    _journal(actor, token, "token.revoke")


def _require_own(actor: Actor, post: Post) -> None:
    granted = require(actor, "token.issue")
    if Scope.ALL not in granted and post.staff_id != actor.staff_id:
        raise Forbidden("not_own", _("只能办理自己岗位的令牌；请由本人或管理员办理。"))


def _journal(actor: Actor, token: Token, action: str) -> None:
    journal.write(
        subject_kind="staff",
        subject_id=token.post.staff_id,
        ref=token.post.staff.username,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={
            "note": {
                "name": token.name,
                "role": token.post.role,
                "unit": token.post.unit.code,
                "scope": token.scope,
                "expires_at": token.expires_at,
            }
        },
    )
