"""The command palette (Ctrl+K or /): wherever this person may go and whatever they may begin.

The list comes once, when the palette is first opened, and is searched in the browser. What is typed
and is on no list is looked for as a number, a phone or words, by the search of the page's head; it
is posted, so that a phone number stands in no address.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from minsheng.directory.permissions import scopes
from minsheng.doors.console import places
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.settings import SECTIONS
from minsheng.doors.console.tabs import WORK
from minsheng.indicators.definitions import INDICATORS


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: its words, what else finds it, where it leads, and what kind of thing it is."""

    label: Promise | str
    kind: Promise | str
    address: str
    icon: str
    also: str = ""


@require_GET
@staff_page()
def palette(request: StaffRequest) -> HttpResponse:
    context = {"entries": list(_entries(request))}
    template = "console/parts/palette.html" if request.htmx else "console/palette.html"
    return render(request, template, context)


def _entries(request: StaffRequest) -> Iterator[Entry]:
    actor = request.actor
    for place in places.for_actor(actor, ""):
        yield Entry(place.label, _("页面"), place.address, place.icon)
    home = reverse("console:home")
    for tab in WORK.get(actor.role, ()):
        yield Entry(tab.label, _("列表"), f"{home}?tab={tab.code}", "list", tab.code)
    if scopes(actor.role, "settings.view"):
        for code, label in SECTIONS:
            yield Entry(label, _("设置"), reverse(f"console:settings-{code}"), "settings", code)
    yield Entry(_("通知"), _("页面"), reverse("console:notices"), "bell", "notices")
    yield Entry(_("更换岗位"), _("账号"), reverse("console:post"), "user", "post")
    yield Entry(_("修改密码"), _("账号"), reverse("console:password"), "key", "password")
    if scopes(actor.role, "demand.count"):
        for one in INDICATORS.values():
            address = reverse("console:indicator", args=[one.code])
            words = f"{one.code} {one.name} {one.name_en}"
            yield Entry(one.label, _("指标"), address, "chart", words)
