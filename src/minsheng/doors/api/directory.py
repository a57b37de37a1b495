"""Who: tokens to call this interface with, and what one's token says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from django.contrib.auth import authenticate, user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_otp import match_token, user_has_device
from pydantic import Field

from minsheng.directory import queries
from minsheng.directory.access import of_post
from minsheng.directory.actions import issue_token, post_of, revoke_token
from minsheng.directory.models import Staff
from minsheng.directory.queries import TokenRow
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, Id, In
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.foundation.errors import TooMany, Unauthenticated

router = Routes(tags=["directory"])


class SignIn(In):
    """Somebody's own name and password. `role` and `unit` choose among several posts."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=128)]
    role: Annotated[str, Field(max_length=16)] = ""
    unit: Code = ""
    otp: Annotated[
        str, Field(max_length=12, description="One-time code, for whoever has a device for it.")
    ] = ""
    name: Annotated[str, Field(max_length=64, description="What the token is for.")] = "API"
    scope: Literal["read", "write"] = "write"
    days: Annotated[int, Field(ge=1, le=90)] = 30


@dataclass(frozen=True, slots=True)
class NewToken:
    """`token` is shown here and never again."""

    id: int
    token: str
    role: str
    unit: str
    scope: str
    expires_at: datetime


@router.act(
    "/tokens",
    "用账号密码换取令牌",
    NewToken,
    status=201,
    auth=None,
    repeatable=False,
    errors=(401, 404, 429),
)
def sign_in(request: HttpRequest, body: SignIn) -> HttpResponse:
    """Five wrong passwords in a row, and nothing is listened to for a quarter of an hour."""
    staff = authenticate(request, username=body.username, password=body.password)
    if getattr(request, "axes_locked_out", False):
        raise TooMany("locked", _("密码错误次数过多，账号暂时锁定；请15分钟后再试。"))
    if not isinstance(staff, Staff):
        raise Unauthenticated("wrong_password", _("账号或密码不正确；请核对后重试。"))
    if user_has_device(staff) and not match_token(staff, body.otp):
        raise Unauthenticated("wrong_otp", _("动态验证码不正确；请输入验证器当前显示的数字。"))
    user_logged_in.send(sender=Staff, request=request, user=staff)
    post = post_of(staff.username, role=body.role, unit=body.unit)
    token, bearer = issue_token(
        of_post(post), post, name=body.name, scope=body.scope, days=body.days
    )
    return answer(
        NewToken(
            token.pk, bearer, post.role, post.unit.code, token.scope, queries.here(token.expires_at)
        ),
        201,
    )


@router.read("/tokens", "本人的令牌", list[TokenRow])
def token_list(request: HttpRequest) -> HttpResponse:
    """Those that still work, of all of one's posts."""
    return answer(queries.tokens(caller(request)))


@router.act("/tokens/{id}/revoke", "吊销令牌", TokenRow)
def revoke(request: HttpRequest, id: Id) -> HttpResponse:
    return answer(queries.token_row(revoke_token(caller(request), id)))


@dataclass(frozen=True, slots=True)
class Me:
    """In which name, role and unit a token acts."""

    username: str
    name: str
    role: str
    unit: str
    read_only: bool


@router.read("/me", "当前令牌的身份", Me, errors=(401,))
def me(request: HttpRequest) -> HttpResponse:
    actor = caller(request)
    return answer(Me(actor.username, actor.name, actor.role, actor.unit_code, actor.read_only))
