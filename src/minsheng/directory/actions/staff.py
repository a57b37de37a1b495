"""Staff and their posts, and the passwords they sign in with."""

import re
import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.directory.actions.tokens import end_tokens
from minsheng.directory.models import Post, Staff, Unit
from minsheng.directory.permissions import Role
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
_HUMAN = frozenset(Role) - {Role.CITIZEN, Role.SYSTEM}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike when read out


def _journal(actor: Actor, staff: Staff, action: str, at: datetime, **note: Any) -> None:
    journal.write(
        subject_kind="staff",
        subject_id=staff.pk,
        ref=staff.username,
        action=action,
        by=actor.signature,
        at=at,
        changes={"note": note} if note else {},
    )


def _locked(staff_id: int) -> Staff:
    staff = Staff.objects.select_for_update().filter(pk=staff_id).first()
    if staff is None:
        raise NotFound("not_found", _("没有找到这位工作人员；请从列表中选择。"))
    return staff


def _set_password(staff: Staff, password: str) -> None:
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages), field="new") from None
    staff.set_password(password)


def change_password(actor: Actor, *, old: str, new: str) -> tuple[Staff, int]:
    """Changes one's own password and ends one's tokens; returns also how many these were.

    Raises Invalid for a wrong old or a weak new one.
    """
    with transaction.atomic(savepoint=False):
        staff = _locked(actor.staff_id or 0)
        if actor.read_only:
            raise Forbidden("read_only", _("这个令牌只能查看，不能办理；请换用读写令牌。"))
        if not staff.check_password(old):
            raise Invalid("wrong_password", _("现用密码不正确；请重新输入。"), field="old")
        _set_password(staff, new)
        staff.save(update_fields=["password"])
        _journal(actor, staff, "staff.change_password", clock.now())
        ended = end_tokens(actor, staff)
    return staff, ended


def reset_password(actor: Actor, staff_id: int) -> tuple[str, int]:
    """Gives somebody a new random password and ends their tokens.

    Returns the password, this once, and how many tokens ended.
    """
    require(actor, "staff.change")
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    with transaction.atomic(savepoint=False):
        staff = _locked(staff_id)
        staff.set_password(password)
        staff.save(update_fields=["password"])
        _journal(actor, staff, "staff.reset_password", clock.now())
        ended = end_tokens(actor, staff)
    return password, ended


def add_staff(actor: Actor, *, username: str, name: str, phone: str = "") -> Staff:
    """Adds a person, who can sign in once a password was set and a post was given.

    Raises Invalid for a user name that is no user name, Conflict for one that is taken.
    """
    require(actor, "staff.change")
    username, name = username.strip().lower(), text.line(name, 32)
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "username_malformed",
            _("账号须为2至63位小写字母、数字、点、横线或下划线；请修改。"),
            field="username",
        )
    if not name:
        raise Invalid("missing", _("缺少姓名；请填写。"), field="name")
    with transaction.atomic(savepoint=False):
        if Staff.objects.filter(username=username).exists():
            raise Conflict("username_taken", _("账号“%s”已被使用；请换一个。") % username)
        staff = Staff(username=username, name=name, phone=text.line(phone, 32))
        staff.set_unusable_password()
        staff.save(force_insert=True)
        _journal(actor, staff, "staff.add", clock.now(), name=name)
    return staff


def switch_staff(actor: Actor, staff_id: int, *, active: bool) -> Staff:
    """Lets a person sign in, or no more; what they did stays theirs.

    Raises Conflict for oneself.
    """
    require(actor, "staff.change")
    if staff_id == actor.staff_id:
        raise Conflict("oneself", _("不能停用自己的账号；请由另一位管理员办理。"))
    with transaction.atomic(savepoint=False):
        staff = _locked(staff_id)
        if staff.is_active != active:
            staff.is_active = active
            staff.save(update_fields=["is_active"])
            _journal(actor, staff, "staff.switch", clock.now(), active=active)
    return staff


def give_post(actor: Actor, staff_id: int, *, role: str, unit: str) -> Post:
    """Gives a person a role in a unit (code) from now on. Raises Invalid, Conflict if they hold it.

    An administrator can give every role, their own included: who guards the guards is the journal.
    """
    require(actor, "staff.change")
    if role not in _HUMAN:
        raise Invalid("unknown_role", _("角色不正确；请从列表中选择。"), field="role")
    with transaction.atomic(savepoint=False):
        staff = _locked(staff_id)
        place = Unit.objects.filter(code=unit, active=True).first()
        if place is None:
            raise Invalid("unknown_unit", _("没有编码为“%s”的在用单位。") % unit, field="unit")
        if Post.objects.filter(staff=staff, role=role, unit=place, until=None).exists():
            raise Conflict("post_held", _("该人员已任此岗；不必重复添加。"))
        now = clock.now()
        post = Post.objects.create(staff=staff, role=role, unit=place, since=now)
        _journal(actor, staff, "staff.give_post", now, role=role, unit=place.code)
    return post


def end_post(actor: Actor, post_id: int) -> Post:
    """Ends a post now; sessions and tokens under it open nothing any more.

    Raises NotFound where it has ended already, Conflict for the post that one acts under.
    """
    require(actor, "staff.change")
    with transaction.atomic(savepoint=False):
        post = (
            Post.objects.select_for_update(of=("self",))
            .select_related("staff", "unit")
            .filter(pk=post_id)
            .first()
        )
        if post is None or post.until is not None:
            raise NotFound("not_found", _("没有找到这个在任岗位；请刷新后重试。"))
        if post.staff_id == actor.staff_id and post.role == actor.role:
            raise Conflict("oneself", _("不能结束自己正在使用的岗位；请由另一位管理员办理。"))
        post.until = max(clock.now(), post.since)
        post.save(update_fields=["until"])
        _journal(
            actor, post.staff, "staff.end_post", post.until, role=post.role, unit=post.unit.code
        )
    return post
