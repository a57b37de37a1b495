"""Every page, for every role: open or closed by the permission table, drawn by the same rules."""

import re
from uuid import UUID

import pytest
from django.urls import get_resolver

from minsheng.catalogue.changing import KINDS
from minsheng.demands import actions as demands
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import urls
from minsheng.doors.console.tabs import WORK
from minsheng.knowledge.models import Item
from support.deeds import picture
from support.reading import Visitor
from support.troubled import full_disk

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]

#: Page → the permission that opens it ("" for everyone). Those about one thing stand below.
PAGES = {
    "": "",
    "post": "",
    "password": "",
    "search": "demand.view",
    "intake": "demand.submit",
    "intake/drafts": "demand.submit",
    "dispatch": "demand.assign",
    "knowledge": "knowledge.view",
    "knowledge/pick": "demand.answer",
    "knowledge/keeping": "knowledge.propose",
    "knowledge/new": "knowledge.propose",
    "knowledge/table": "knowledge.export",
    "knowledge/use": "knowledge.export",
    "enquiries": "enquiry.view",
    "figures": "demand.count",
    "sheets": "order.export",
    "due": "order.export",
    "cockpit": "demand.count",
    "wall": "demand.count",
    "indicators": "demand.count",
    "map": "demand.count",
    "map/outlines": "demand.count",
    "map/points": "demand.count",
    "palette": "",
    "notices": "",
    "insight/acceptance": "insight.view",
    "insight/models": "insight.view",
    "events": "event.view",
    "hot-issues": "hot_issue.view",
    "places": "place.confirm",
    "evaluations": "evaluation.view",
    "exclusions": "exclusion.view",
    "samples": "sample.view",
    "reviews": "review.view",
    "commissions": "commission.view",
    "campaigns": "campaign.view",
    "appeals": "appeal.view",
    "bulletins": "bulletin.view",
    "registers": "register.view",
    "registers/calendar": "register.view",
    "supervision": "supervision.view",
    "supervision/alerts": "supervision.view",
    "supervision/clues": "clue.view",
    "settings": "settings.view",
    "settings/units": "settings.view",
    "settings/staff": "settings.view",
    "settings/categories": "settings.view",
    "settings/channels": "settings.view",
    "settings/catalogue": "settings.view",
    "settings/limits": "settings.view",
    "settings/hot-issues": "settings.view",
    "settings/hot-issues/new": "settings.change",
    "settings/calendar": "settings.view",
    "settings/templates": "settings.view",
    "settings/schemes": "settings.view",
    "settings/changes": "settings.view",
}
#: Addresses that are posted to, or are about one thing; each has a test of its own.
ELSEWHERE = {
    "enquiries/<int:pk>/<str:action>",
    "knowledge/table/in",
    "sign-in",
    "sign-in/code",
    "sign-out",
    "intake/caller",
    "intake/draft",
    "intake/drafts/<uuid:token>/drop",
    "petitioners/<int:pk>/mark",
    "dispatch/many",
    "dispatch/views",
    "dispatch/views/<int:pk>/drop",
    "dispatch/compare/<int:pk>/<int:other>",
    "dispatch/<str:tab>/<int:pk>",
    "dispatch/<str:tab>/<int:pk>/next",
    "dispatch/<str:tab>/<int:pk>/do/<str:action>",
    "insight/suggestions",
    "insight/demands/<int:pk>",
    "insight/drafts/summary",  # these in tests/console/test_drafting.py
    "insight/drafts/orders/<int:pk>",
    "insight/drafts/events/<int:pk>",
    "insight/drafts/hot-issues/<int:pk>",
    "insight/models/train",
    "insight/models/<int:number>",
    "insight/models/<int:number>/do/<str:action>",
    "demands/<int:pk>",
    "demands/<int:pk>/print",
    "demands/<int:pk>/petitioner",
    "demands/<int:pk>/do/<str:action>",
    "orders/<int:pk>/do/<str:action>",
    "orders/<int:pk>/reply/draft",
    "orders/many/<str:action>",
    "desks/<str:code>",
    "desks/<str:code>/<int:item>",
    "desks/<str:code>/<int:item>/skip",
    "desks/<str:code>/<int:item>/do/<str:action>",
    "batches/<uuid:token>",
    "batches/<uuid:token>/sheet",
    "sheets/out",
    "sheets/in",
    "numbers/<str:number>",
    "indicators/<str:code>",
    "indicators/<str:code>/cases",
    "attachments/<int:pk>",
    "registers/entries/<str:number>",  # these in tests/console/test_registers.py
    "registers/entries/<str:number>/amend",
    "registers/entries/<str:number>/do/<str:step>",
    "registers/<str:register>",
    "registers/<str:register>/add",
    "registers/<str:register>/export",
    "knowledge/<int:pk>",
    "knowledge/<int:pk>/change",
    "knowledge/<int:pk>/do/<str:action>",
    "knowledge/remarks/<int:pk>/settle",
    "evaluations/<int:pk>",
    "evaluations/<int:pk>/publish",
    "evaluations/<int:pk>/appeal",
    "samples/<int:pk>",
    "reviews/<int:pk>",
    "commissions/<int:pk>",
    "commissions/<int:pk>/out",
    "campaigns/<int:pk>",
    "campaigns/<int:pk>/do/<str:action>",
    "campaigns/<int:pk>/take",
    "campaigns/<int:pk>/calls/<int:call>",
    "exclusions/<int:pk>",
    "exclusions/<int:pk>/do/<str:action>",
    "demands/<int:pk>/exclusion",
    "appeals/<int:pk>",
    "appeals/<int:pk>/do/<str:action>",
    "bulletins/<int:pk>",
    "bulletins/<int:pk>/edit",
    "events/<int:pk>",  # these in tests/console/test_events.py
    "events/<int:pk>/do/<str:action>",
    "places/<int:pk>/do/<str:action>",
    "settings/hot-issues/<slug:code>",
    "hot-issues/<int:pk>",
    "hot-issues/<int:pk>/settle",
    "bulletins/<int:pk>/publish",
    "bulletins/<int:pk>/discard",
    "bulletins/<int:pk>/file/<str:format>",
    "supervision/alerts/<int:pk>/dismiss",  # these in tests/console/test_supervision.py
    "supervision/rules",
    "supervision/roster",
    "supervision/measures/<int:pk>/print",
    "supervision/<str:process>",
    "supervision/<str:process>/new",
    "supervision/<str:process>/<int:pk>",
    "supervision/<str:process>/<int:pk>/do/<str:action>",
    "settings/staff/<int:pk>",
    "settings/staff/<int:pk>/password",
    "settings/staff/<int:pk>/switch",
    "settings/posts/<int:pk>/end",
    "settings/calendar/withdraw",
    "settings/schemes/<int:pk>/decide",
    "settings/changes/<int:pk>/withdraw",
    "settings/changes/<str:kind>/new",
    "settings/changes/<str:kind>/<int:pk>",
}


WAYS_IN = {"sign-in", "sign-in/code", "sign-out", "post"}
PATHS = {str(one.pattern) for one in urls.urlpatterns}


def test_no_page_is_forgotten():
    assert {*PAGES, *ELSEWHERE} == PATHS


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_the_pages_that_the_table_opens(at, role):
    visitor = at(role)
    for path, action in PAGES.items():
        if path == "search":
            visitor.post(f"/console/{path}", {"q": "漏水"}, None)
        else:
            visitor.get(f"/console/{path}", None)
        allowed = not action or bool(scopes(role, action))
        assert visitor.response.status_code in ((200, 302) if allowed else (403,)), path


@pytest.mark.parametrize("path", sorted(PATHS - WAYS_IN))
def test_strangers_are_sent_to_sign_in(at, path):
    path = re.sub(r"<uuid:\w+>", str(UUID(int=1)), path)
    address = "/console/" + re.sub(r"<int:\w+>", "1", re.sub(r"<(str|slug):\w+>", "x", path))
    visitor = at()
    for send in (visitor.client.get, visitor.client.post):
        response = send(address)
        if response.status_code != 405:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/console/sign-in")


def open_pages(town, at) -> list[tuple[str, str]]:
    """Returns pages of every kind with something on them: who looks, and where."""
    order = town.order("replied")
    demand = order.demand
    demands.attach(town.actor("agent"), demand.pk, file=picture())
    demands.supplement(town.actor("agent"), demand.pk, text="昨晚又漏了")
    restricted = town.secret()
    waiting = town.accept()
    return [
        ("", "/console/sign-in"),
        *((role, "/console/") for role in ROLES),
        *(
            (role, f"/console/?tab={tab.code}")
            for role in WORK
            for tab in WORK[role]
            if role in ROLES
        ),
        ("dispatcher", f"/console/demands/{demand.pk}"),
        ("dispatcher", f"/console/demands/{demand.pk}/print"),
        ("dispatcher", f"/console/demands/{demand.pk}/petitioner"),
        ("dispatcher", f"/console/orders/{order.pk}/do/order.fail_audit"),
        ("dispatcher", f"/console/demands/{demand.pk}/do/demand.edit"),
        ("clerk", f"/console/demands/{demand.pk}"),
        ("unit_leader", f"/console/demands/{demand.pk}"),
        ("discipline", f"/console/demands/{restricted.pk}"),
        ("agent", "/console/intake"),
        ("dispatcher", "/console/dispatch?text=漏水"),
        ("dispatcher", f"/console/dispatch/assign/{waiting.pk}"),
        ("dispatcher", f"/console/dispatch/returns/{town.order('return_requested').pk}"),
        ("dispatcher", f"/console/dispatch/compare/{waiting.pk}/{demand.pk}"),
        ("dispatcher", "/console/intake"),
        ("collector", "/console/intake"),
        ("agent", "/console/knowledge"),
        ("dispatcher", f"/console/knowledge/{Item.objects.all()[0].pk}"),
        ("clerk", f"/console/knowledge/{Item.objects.filter(unit__code='housing')[0].pk}/change"),
        ("supervisor", "/console/knowledge/keeping"),
        ("agent", "/console/knowledge/new"),
        ("agent", "/console/post"),
        ("agent", "/console/password"),
        ("analyst", "/console/figures"),
        ("leader", "/console/cockpit"),
        ("leader", "/console/wall"),
        ("leader", "/console/map"),
        ("leader", "/console/indicators/satisfaction_rate"),
        ("leader", "/console/indicators/satisfaction_rate/cases"),
        ("clerk", "/console/notices"),
        ("admin", f"/console/settings/staff/{town.posts['clerk'].staff_id}"),
        *(("admin", f"/console/{path}") for path in PAGES if path.startswith("settings/")),
        *(("admin", f"/console/settings/changes/{kind}/new") for kind in KINDS),
        ("clerk", "/console/demands/999999"),
    ]


def test_pages_keep_to_the_rules_of_the_house(town, at):
    """No inline script or style, nothing from elsewhere, a name for every field, a watermark."""
    for who, address in open_pages(town, at):
        visitor: Visitor = at(who)
        page = visitor.get(address, None)
        assert visitor.response.status_code in (200, 302, 404), (who, address)
        policy = visitor.response.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        ids = [given["id"] for _tag, given in page.tags if "id" in given]
        assert len(ids) == len(set(ids)), (who, address, sorted(ids))
        for tag, given in page.tags:
            where = (who, address, tag, given)
            assert "style" not in given, where
            assert not [name for name in given if name.startswith("on")], where
            assert tag != "style", where
            if tag == "script":
                assert given["src"].startswith("/static/"), where
            for name in ("src", "href", "action"):
                assert not re.match(r"(https?:)?//", given.get(name, "")), where
            if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
                named = given.get("id") in page.labelled or "aria-label" in given
                assert named, where
        # Where one chooses a post there is nothing to be seen of anybody.
        if who and address != "/console/post" and visitor.response.status_code == 200:
            viewer = f"{town.posts[who].staff.name} {who}"
            assert any(given.get("class") == "watermark" for _tag, given in page.tags), address
            assert viewer in page.text, (who, address)


def test_pages_are_kept_by_no_shared_cache(town, at):
    for who, address in open_pages(town, at):
        visitor = at(who)
        visitor.get(address, None)
        assert "private" in visitor.response.headers["Cache-Control"], (who, address)


def test_errors_say_in_chinese_what_to_do(town, at):
    visitor = at("clerk")
    assert "没有这一页" in visitor.get("/console/nowhere", 404).text
    assert "请核对编号" in visitor.get("/console/demands/999999", 404).text
    assert "请由有权限的岗位办理" in visitor.get("/console/settings/units", 403).text
    visitor.client.handler.enforce_csrf_checks = True
    assert "页面已过期" in visitor.post("/console/search", {"q": "漏水"}, 403).text


def test_an_error_of_ours_is_owned_up_to(town, at, monkeypatch):
    from minsheng.doors.console import work

    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(work, "counts", broken)
    visitor = at("clerk")
    visitor.client.raise_request_exception = False
    page = visitor.get("/console/", 500)
    assert "系统出错了" in page.text
    assert "请稍后重试" in page.text


def test_a_full_disk_is_named_without_scripts_too(town, at):
    visitor = at("specialist")
    visitor.client.raise_request_exception = False
    with full_disk():
        page = visitor.send("/console/knowledge/new", 503, title="电梯坏了找谁", answer="找住房局")
    assert "磁盘已满" in page.text


def test_every_address_of_the_console_is_below_one(town):
    assert get_resolver().resolve("/console/").namespace == "console"
