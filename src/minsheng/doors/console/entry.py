"""The frame around every staff page: who is there, may they, and what a refusal looks like."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from minsheng.directory.access import Actor, of_post, require
from minsheng.directory.models import Post, Staff
from minsheng.doors.console import streams
from minsheng.foundation import clock
from minsheng.foundation.errors import Conflict, Refused

P = ParamSpec("P")

POST_KEY = "post"  # of the session: the id of the post that is acted under

_NOT_DONE = _("没有办成")
_HEADINGS = {403: _("没有权限"), 404: _("没有找到")}


class StaffRequest(HttpRequest):
    """A request of somebody who signed in and chose a post."""

    htmx: HtmxDetails
    post: Post
    actor: Actor


View = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def held_posts(staff: Staff) -> QuerySet[Post]:
    """Returns the posts that a person holds today, the longest held first.

    Those in a unit that was closed are among them: somebody has to end what it holds.
    """
    now = clock.now()
    return (
        Post.objects.filter(Q(until=None) | Q(until__gt=now), staff=staff, since__lte=now)
        .select_related("staff", "unit")
        .order_by("since", "pk")
    )


def staff_page(*actions: str) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], Any]]:
    """Decorates a view for staff whose role may do at least one of `actions` (any, where none).

    Who has not signed in goes to the sign-in page and comes back; who holds several posts chooses
    one. The post is read anew at every request, so that one that ended opens nothing any more. A
    domain error becomes a page, or a banner where htmx asked.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], Any]:
        @wraps(view)
        def wrapper(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _elsewhere(request, settings.LOGIN_URL)
            post = held_posts(request.user).filter(pk=request.session.get(POST_KEY, 0)).first()
            if post is None:
                return _elsewhere(request, reverse("console:post"))
            request.post, request.actor = post, of_post(post)
            if request.POST.get("opened_under", str(post.pk)) != str(post.pk):
                return _under_another_post(request, post)
            try:
                if actions:
                    _require_one(request.actor, actions)
                response: HttpResponseBase = view(request, *args, **kwargs)
            except Refused as refused:
                response = refusal(request, refused)
            streams.allow(request, response)
            # Back and forward keep what was typed, but no shared cache keeps the page.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response

        return wrapper

    return decorate


def _require_one(actor: Actor, actions: tuple[str, ...]) -> None:
    """Raises Forbidden, naming the last of `actions`, where the role may do none of them."""
    *others, last = actions
    for action in others:
        try:
            require(actor, action)
        except Refused:
            continue
        return
    require(actor, last)


def _elsewhere(request: HttpRequest, address: str) -> HttpResponse:
    """Sends the reader to `address` first and back here afterwards, also out of a page's part.

    Who sends a form stays on its page, so that nothing typed is lost, and is told where to go.
    """
    part = bool(getattr(request, "htmx", False))
    if request.method == "POST" and (part or "X-Sending" in request.headers):
        return HttpResponse(status=401, headers={"X-Location": address})
    back = request.htmx.current_url_abs_path if part else request.get_full_path()  # type: ignore[attr-defined]
    if request.method != "GET" and not part:
        back = ""
    target = f"{address}?{urlencode({'next': back})}" if back else address
    if part:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _under_another_post(request: HttpRequest, post: Post) -> HttpResponse:
    """Refuses what a page sends that was opened under another post than the one held now.

    Two tabs share a session: without this, one would act under the post chosen in the other.
    """
    words = _("这一页是以另一个岗位打开的，现在是“%(role)s · %(unit)s”；请换回原岗位再提交。")
    said = words % {"role": post.get_role_display(), "unit": post.unit.name}
    if "X-Sending" in request.headers:
        return HttpResponse(said, status=409, headers={"X-Location": reverse("console:post")})
    return refusal(request, Conflict("other_post", said))


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Returns the page (or for htmx the banner) that says what was refused, and its status."""
    part = bool(getattr(request, "htmx", False))
    return render(
        request,
        "console/parts/refusal.html" if part else "console/refused.html",
        {"refused": refused, "heading": _HEADINGS.get(refused.status, _NOT_DONE)},
        status=refused.status,
    )


def done(request: HttpRequest, sentence: str, address: str) -> HttpResponse:
    """Tells that something was done, on the page at `address`."""
    messages.success(request, sentence)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
