"""What the console's templates need beyond Django's own tags."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import City
from minsheng.catalogue.queries import city as the_city
from minsheng.catalogue.rules import Limit
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import Staff
from minsheng.directory.permissions import scopes
from minsheng.doors.console import notices, places, streams
from minsheng.doors.console.timeline import METHODS
from minsheng.foundation import clock
from minsheng.foundation.recent import recent
from minsheng.indicators.definitions import INDICATORS

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draws an icon. It only accompanies words, so screen readers pass over it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("console/icons.svg"),
        name,
    )


@register.simple_tag
def city() -> City:
    """Returns the city that the pages speak for."""
    return the_city()


@register.simple_tag(takes_context=True)
def nav(context: dict[str, Any]) -> tuple[list[places.Place], list[places.Place]]:
    """Returns where the reader's role may go: in the head of the page, and behind “more”."""
    request: HttpRequest = context["request"]
    return places.in_the_head(request.actor, request.path)  # type: ignore[attr-defined]


@register.simple_tag(takes_context=True)
def notified(context: dict[str, Any]) -> bool:
    """Tells whether there are notices for the reader's role."""
    return notices.notified(context["request"].actor)


#: Marks on a demand: their word on a list, their full words, and how they look.
_MARKS: Mapping[str, tuple[Promise, Promise, str]] = {
    "urgent": (gettext_lazy("急"), gettext_lazy("紧急"), "hot"),
    "escalated": (gettext_lazy("提级"), gettext_lazy("提级"), "hot"),
    "provincial": (gettext_lazy("上级"), gettext_lazy("上级交办"), "hot"),
    "confidential": (gettext_lazy("密"), gettext_lazy("保密：承办单位看不到诉求人"), "shut"),
    "restricted": (gettext_lazy("限知"), gettext_lazy("限制知悉"), "shut"),
    "enterprise": (gettext_lazy("企"), gettext_lazy("企业诉求"), ""),
    "difficult": (gettext_lazy("疑难"), gettext_lazy("疑难"), ""),
    "excluded": (gettext_lazy("剔除"), gettext_lazy("不计入考核"), ""),
}


@register.simple_tag
def mark_tag(name: str) -> SafeString:
    """Draws a mark that stands on a demand."""
    short, full, look = _MARKS[name]
    return format_html('<span class="mark {}" title="{}">{}</span>', look, full, short)


#: What people call the days around today.
_DAYS: Mapping[int, Promise] = {
    0: gettext_lazy("今天"),
    1: gettext_lazy("明天"),
    -1: gettext_lazy("昨天"),
}


@register.filter
def moment(value: datetime | date | str | None) -> SafeString | str:
    """Writes a time as short as it stays clear: 今天 14:30, 03-28 14:30, 2025-12-31 14:30."""
    if value is None or value == "":
        return "—"
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    today = clock.now().date()
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), value.isoformat())
    local = value.astimezone(clock.ZONE)
    days = (local.date() - today).days
    if days in _DAYS:
        day = str(_DAYS[days])
    elif local.year == today.year:
        day = f"{local:%m-%d}"
    else:
        day = f"{local:%Y-%m-%d}"
    # A list writes a hundred of them, and nothing in one needs to be escaped.
    return mark_safe(  # noqa: S308
        f'<time datetime="{local.isoformat(timespec="seconds")}" title="{local:%Y-%m-%d %H:%M}">'
        f"<span>{day} {local:%H:%M}</span></time>"
    )


@recent
def _people() -> dict[str, str]:
    """Returns the names of all who have an account, by its name; at most a few seconds old."""
    return dict(Staff.objects.values_list("username", "name"))


@register.filter
def called(username: str) -> str:
    """Returns the name of whoever has this account; what the clock did was done by the system."""
    return _("系统") if username == SYSTEM.username else _people().get(username) or username


@register.simple_tag(takes_context=True)
def searches(context: dict[str, Any]) -> bool:
    """Tells whether the reader's role may look for demands."""
    return bool(scopes(context["request"].actor.role, "demand.view"))


@register.simple_tag(takes_context=True)
def live_address(context: dict[str, Any]) -> str:
    """Returns where this page's stream of live counts is; empty where there is none."""
    return streams.address(context["request"])


@register.simple_tag
def this_minute() -> str:
    """Writes when the page was drawn, for the watermark."""
    return f"{clock.now().astimezone(clock.ZONE):%Y-%m-%d %H:%M}"


@register.filter
def paragraphs(value: str) -> SafeString:
    """Writes a plain text with its paragraphs and line breaks, everything escaped."""
    parts = [part for part in (value or "").split("\n") if part.strip()]
    return mark_safe("".join(format_html("<p>{}</p>", part) for part in parts))  # noqa: S308


@register.filter
def size(value: int) -> str:
    """Writes a number of bytes for people."""
    if value >= 1024 * 1024:
        return f"{value / 1024 / 1024:.1f} MB"
    return f"{max(1, round(value / 1024))} KB"


@register.simple_tag(takes_context=True)
def here_with(context: dict[str, Any], **changed: Any) -> str:
    """Returns this page's query with some parameters changed (an empty one is dropped)."""
    query = context["request"].GET.copy()
    for name, value in changed.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def once() -> SafeString:
    """Writes the token that makes a second press of a form's button harmless."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4())


@register.filter
def plain_number(value: float | None) -> str:
    """Writes a number with its thousands apart, a fraction with two digits; nothing as a dash."""
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


@register.filter
def indicator_name(code: str) -> str:
    """Returns what an indicator is called."""
    return INDICATORS[code].label


@register.filter
def method_name(code: str) -> str:
    """Returns the words for a way of getting in touch."""
    return str(METHODS.get(code, code))


@register.filter
def limit_words(limit: str) -> str:
    """Returns a limit such as `3wd` in words."""
    return Limit.parse(limit).in_words()
