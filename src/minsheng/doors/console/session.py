"""Signing in and out, choosing the post to act under, changing one's password."""

import time
from typing import Any

from axes.helpers import get_cool_off
from django import forms
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp import match_token, user_has_device

from minsheng.directory.actions import change_password
from minsheng.directory.models import Staff
from minsheng.doors.console.entry import POST_KEY, StaffRequest, done, held_posts, staff_page
from minsheng.doors.console.forms import ConsoleForm
from minsheng.foundation.errors import Invalid

HALF_KEY = "half"  # of the session: who gave the right password, and until when that counts
HALF_SECONDS = 300


class SignInForm(ConsoleForm):
    username = forms.CharField(
        label=_("账号"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _back(request: HttpRequest) -> str:
    """Returns where the reader wanted to go, if that is a page of ours, else the workplace.

    A path from the root, as our own pages say it: any other word would be looked for as the name of
    a page.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("console:home")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_back(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        staff = authenticate(request, **form.cleaned_data)
        if isinstance(staff, Staff) and user_has_device(staff):
            request.session[HALF_KEY] = [staff.pk, int(time.time()) + HALF_SECONDS]
            return redirect(_onwards(request, "console:sign-in-code"))
        if isinstance(staff, Staff):
            login(request, staff)
            return _enter(request, staff)
        form.add_error(None, _("账号或密码不正确；请核对后重试，连续错误将暂时锁定。"))
    if form.errors:
        status = 422
    context = {"form": form, "next": _back(request)}
    return render(request, "console/sign_in.html", context, status=status)


class CodeForm(ConsoleForm):
    code = forms.CharField(
        label=_("动态验证码"),
        max_length=16,
        help_text=_("验证器当前显示的数字。"),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step for who has an authenticator: its code, soon after the password."""
    staff_id, until = request.session.get(HALF_KEY, (0, 0))
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or time.time() > until:
        return redirect("console:sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # The device itself slows down who tries too often.
        device = match_token(staff, form.cleaned_data["code"])
        if device:
            login(request, staff, "django.contrib.auth.backends.ModelBackend")
            otp_login(request, device)
            return _enter(request, staff)
        form.add_error("code", _("动态验证码不正确；请输入验证器当前显示的数字。"))
    context = {"form": form, "next": _back(request)}
    return render(request, "console/code.html", context, status=422 if form.errors else 200)


def locked_out(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """Answers in place of the sign-in page after too many failures (django-axes calls it)."""
    wait = get_cool_off(request)
    context = {"minutes": int(wait.total_seconds() // 60) if wait else 0}
    return render(request, "console/locked_out.html", context, status=429)


def _enter(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Takes a person's only post at once, and lets one with several choose."""
    request.session.pop(HALF_KEY, None)
    posts = list(held_posts(staff)[:2])
    if len(posts) == 1:
        request.session[POST_KEY] = posts[0].pk
        return redirect(_back(request))
    request.session.pop(POST_KEY, None)
    return redirect(_onwards(request, "console:post"))


def _onwards(request: HttpRequest, name: str) -> str:
    """Returns the address of a step on the way in, which leads on to where one wanted to go."""
    return f"{reverse(name)}?{urlencode({'next': _back(request)})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_post(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, Staff):
        return redirect("console:sign-in")
    posts = list(held_posts(request.user))
    chosen = {str(post.pk): post for post in posts}.get(request.POST.get("post", ""))
    if request.method == "POST" and chosen:
        request.session[POST_KEY] = chosen.pk
        # The page one came from may be closed to the new post; its own workplace never is.
        changed = request.POST.get("switch") == "1"
        return redirect("console:home" if changed else _back(request))
    context = {
        "posts": posts,
        "next": _back(request),
        "current": request.session.get(POST_KEY),
    }
    return render(request, "console/choose_post.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("console:sign-in")


class PasswordForm(ConsoleForm):
    old = forms.CharField(
        label=_("现用密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "new" in data and "again" in data and data["new"] != data["again"]:
            self.add_error("again", _("两次输入的新密码不一致；请重新输入。"))
        return data


@never_cache
@sensitive_post_parameters()
@staff_page()
def password(request: StaffRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    form.fields["new"].help_text = " ".join(password_validators_help_texts())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():  # the page that says what was refused asks the database
                staff, ended = change_password(request.actor, old=given["old"], new=given["new"])
        except Invalid as refused:
            form.add_error(refused.detail["field"], str(refused))
        else:
            update_session_auth_hash(request, staff)  # other sessions of this person end
            said = str(_("密码已修改，其他已登录的地方须重新登录。"))
            if ended:
                sentence = _("密码已修改，其他已登录的地方须重新登录，接口令牌（%d个）须重新签发。")
                said = str(sentence) % ended
            return done(request, said, reverse("console:home"))
    status = 422 if form.errors else 200
    return render(request, "console/password.html", {"form": form}, status=status)
