"""Where each role may go: the entries in the head of every page."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console.tabs import WORK


@dataclass(frozen=True, slots=True)
class Place:
    """An entry: its words, icon and address, and whether the reader is there."""

    label: Promise | str
    icon: str
    address: str
    here: bool = False


#: Address name, words, icon, and the permission that opens it ("" for everyone).
_PLACES = (
    ("console:home", _("工作台"), "list", ""),
    ("console:intake", _("登记诉求"), "phone", "demand.submit"),
    ("console:dispatch", _("派单台"), "arrow-right", "demand.assign"),
    ("console:supervision", _("督办"), "alert", "supervision.view"),
    ("console:knowledge", _("知识库"), "book", "knowledge.view"),
    ("console:registers", _("台账"), "folder", "register.view"),
    ("console:cockpit", _("驾驶舱"), "chart", "demand.count"),
    ("console:map", _("一张图"), "map", "demand.count"),
    ("console:enquiries", _("企业专席"), "building", "enquiry.view"),
    ("console:hot-issues", _("热点预警"), "bell", "hot_issue.view"),
    ("console:events", _("事件库"), "inbox", "event.view"),
    ("console:places", _("地名确认"), "pin", "place.confirm"),
    ("console:figures", _("在办分布"), "building", "demand.count"),
    ("console:insight-models", _("建议"), "chart", "insight.view"),
    ("console:evaluations", _("考核"), "check", "evaluation.view"),
    ("console:campaigns", _("外呼调查"), "phone", "campaign.view"),
    ("console:commissions", _("第三方评估"), "list", "commission.view"),
    ("console:reviews", _("研判"), "list", "review.view"),
    ("console:samples", _("回访抽样"), "list", "sample.view"),
    ("console:bulletins", _("简报"), "file", "bulletin.view"),
    ("console:indicators", _("指标口径"), "list", "demand.count"),
    ("console:supervision-clues", _("线索"), "alert", "clue.receive"),
    ("console:supervision-rules", _("预警规则"), "alert", "settings.change"),
    ("console:settings", _("设置"), "settings", "settings.view"),
)

#: So many entries stand in the head of a page; the others are behind “more”.
IN_THE_HEAD = 6


def cases(actor: Actor, tab: str, **query: str) -> str:
    """Returns where the cases of a number are listed, empty where the role has no such tab."""
    if tab not in {one.code for one in WORK.get(actor.role, ())}:
        return ""
    return f"{reverse('console:home')}?{urlencode({'tab': tab, **query})}"


def for_actor(actor: Actor, path: str) -> list[Place]:
    """Returns the entries that are open to `actor`; `path` says which of them is shown."""
    places = []
    for name, label, icon, action in _PLACES:
        if action and not scopes(actor.role, action):
            continue
        if name == "console:home" and actor.role not in WORK:  # whose work is in the settings
            continue
        if name == "console:intake" and actor.role == Role.COLLECTOR:
            label = _("上报问题")
        address = reverse(name)
        inside = path == address or (name != "console:home" and path.startswith(f"{address}/"))
        places.append(Place(label, icon, address, inside))
    return places


def in_the_head(actor: Actor, path: str) -> tuple[list[Place], list[Place]]:
    """Returns the entries that stand in the head of the page, and those behind “more”."""
    found = for_actor(actor, path)
    if len(found) <= IN_THE_HEAD + 1:  # “more” would take as much room as the one behind it
        return found, []
    return found[:IN_THE_HEAD], found[IN_THE_HEAD:]
