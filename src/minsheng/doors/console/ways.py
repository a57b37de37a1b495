"""The ways to work from a list: one item after another, by spreadsheet, by day."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.doors.console import desks
from minsheng.doors.console.desks import DESKS
from minsheng.doors.console.tabs import ORDERS, Tab

#: Desk → the tab that lists what waits there.
_TABS = {"audit": ("audit", "below"), "sign-off": ("sign_off",), "call": ("call",)}


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: its words, icon and address; `key` is the letter that leads there."""

    label: Promise | str
    icon: str
    address: str
    key: str = ""
    main: bool = False


def ways(actor: Actor, tab: Tab) -> list[Way]:
    """Returns the ways that are open to `actor` from a tab."""
    found = [
        Way(desk.label, "arrow-right", desks.address(desk), key="d", main=True)
        for desk in DESKS.values()
        if tab.code in _TABS[desk.code] and scopes(actor.role, desk.action)
    ]
    if scopes(actor.role, "order.export"):
        found.append(Way(_("到期一览"), "calendar", reverse("console:due")))
        if tab.rows == ORDERS:
            sheets = f"{reverse('console:sheets')}?tab={tab.code}"
            found.append(Way(_("表格办理"), "file", sheets))
    return found
