"""Settings are changed with a day from which they hold, on record; schemes by two persons."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from minsheng.catalogue import actions
from minsheng.catalogue.actions import apply_due
from minsheng.catalogue.models import Category, Change, Channel, TimeLimit
from minsheng.catalogue.queries import limit_for
from minsheng.catalogue.rules import Stage
from minsheng.directory.models import Unit
from minsheng.doors.console import changes
from minsheng.evaluation import schemes
from minsheng.evaluation.actions import proposing
from minsheng.evaluation.models import SchemeVersion
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from support.town import NOW

NEW = "/console/settings/changes"
TODAY = NOW.date()


def limit_on(day: date) -> str:
    recent.forget()
    return str(
        limit_for(
            Stage.COMPLETE, on=day, kind="complain", urgent=False, origin="city", unit_level=1
        ).limit
    )


def test_a_limit_is_replaced_from_a_day_on_and_stays_on_record(town, at):
    row = TimeLimit.objects.get(stage="complete", kind="", urgency="")
    start = TODAY + timedelta(days=30)
    admin = at("admin")
    admin.send(
        f"{NEW}/limit/{row.pk}",
        limit="3wd",
        effective_from=f"{start}",
        reason="市政府办〔2026〕8号",
    )
    assert limit_on(start - timedelta(days=1)) == "5wd"
    assert limit_on(start) == "3wd"
    line = JournalEntry.objects.get(subject_kind="setting")
    assert (line.action, line.staff) == ("settings.change", "admin")
    assert line.ref == "limit:complete/*/*/*/*"
    page = admin.get(NEW).text
    assert "市政府办〔2026〕8号" in page
    assert "办结" in page
    assert "3个工作日" in page
    assert "complete/*" not in page


def test_a_unit_is_renamed_on_its_day_by_the_job(town, at):
    water = Unit.objects.get(code="water")
    start = TODAY + timedelta(days=5)
    admin = at("admin")
    admin.send(
        f"{NEW}/unit/{water.pk}",
        name="水务集团",
        effective_from=f"{start}",
        reason="机构改革",
    )
    assert not list(apply_due())
    page = admin.get(NEW).text
    assert "待生效" in page
    assert "水务集团 water" in page
    assert "答复须负责人签发 是" in page
    with clock.moved(NOW + timedelta(days=5)):
        assert [one.state for one in apply_due()] == [Change.State.APPLIED]
        assert not list(apply_due())
    water.refresh_from_db()
    assert water.name == "水务集团"
    assert [one.action for one in JournalEntry.objects.filter(subject_kind="setting")] == [
        "settings.change",
        "settings.apply",
    ]


def test_something_new_takes_its_place_in_the_tree(town, at):
    admin = at("admin")
    given = {"effective_from": f"{TODAY}", "reason": "增设"}
    admin.send(
        f"{NEW}/category/new",
        **given, code="road.sign", name="标志标线", keywords="标志牌，标线", parent="road",
    )  # fmt: skip
    made = Category.objects.get(code="road.sign")
    assert (made.level, made.keywords) == (2, ["标志牌", "标线"])
    assert made.lineage == [Category.objects.get(code="road").pk, made.pk]
    admin.send(f"{NEW}/unit/new", **given, code="parks", name="园林局", kind="department")
    assert Unit.objects.get(code="parks").level == 1


def test_a_change_is_taken_back_before_its_day(town, at):
    phone = Channel.objects.get(code="phone")
    admin = at("admin")
    admin.send(
        f"{NEW}/channel/{phone.pk}",
        name="热线",
        effective_from=f"{TODAY + timedelta(days=1)}",
        reason="改名",
    )
    change = Change.objects.get()
    admin.post(f"{NEW}/{change.pk}/withdraw", {})
    with clock.moved(NOW + timedelta(days=2)):
        assert not list(apply_due())
    assert Channel.objects.get(code="phone").name == "电话"
    with town.refused("not_waiting"):
        actions.withdraw(town.actor("admin"), change.pk)


def test_what_can_no_longer_be_written_is_said(town, at):
    start = TODAY + timedelta(days=1)
    at("admin").send(
        f"{NEW}/category/new",
        code="x",
        name="新类",
        parent="noise",
        effective_from=f"{start}",
        reason="增设",
    )
    Category.objects.filter(code="noise").delete()
    with clock.moved(NOW + timedelta(days=1)):
        assert [one.state for one in apply_due()] == [Change.State.FAILED]
    assert "没有编码为“noise”" in at("admin").get(NEW).text


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("limit/new", {"stage": "sign", "limit": "soon"}, "不是有效的期限"),
        ("limit/new", {"stage": "sign", "limit": "2wh", "warn_share": "3"}, "预警比例"),
        ("unit/new", {"code": "x", "name": "某局", "kind": "department", "reason": ""}, "变更理由"),
        ("unit/new", {"code": "x", "name": "某局", "effective_from": "2026-03-09"}, "不能早于今天"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(town, at, path, given, said):
    usual = {"effective_from": f"{TODAY}", "reason": "试", "kind": "department"}
    if path.startswith("limit"):
        usual["kind"] = ""
    page = at("admin").send(f"{NEW}/{path}", 422, **{**usual, **given})
    assert said in page.text
    assert not Change.objects.exists()


def test_a_later_rule_is_not_run_over(town, at):
    row = TimeLimit.objects.get(stage="complete", kind="", urgency="")
    admin = at("admin")
    for days, status in ((30, 302), (10, 409)):
        page = admin.send(
            f"{NEW}/limit/{row.pk}",
            status,
            limit="4wd",
            effective_from=f"{TODAY + timedelta(days=days)}",
            reason="试",
        )
    assert "请选更晚的日期" in page.text


def test_only_administrators_change_settings(town, at):
    at("supervisor").get(f"{NEW}/unit/new", 403)
    assert "新增" not in at("supervisor").get("/console/settings/units").text


def test_every_kind_has_its_form_and_its_list(town, at):
    assert set(changes.FORMS) == set(changes.KINDS) == set(changes.SECTION)
    for kind, one in changes.KINDS.items():
        fields = set(changes.FORMS[kind].base_fields)
        assert {*one.fields, *one.fresh, *one.key} <= fields


def test_a_scheme_changes_only_by_two_persons(town, at):
    (code, _name), *_rest = schemes.names()
    latest = schemes.all_versions(code)[-1]
    begins = TODAY.replace(year=TODAY.year + 1)
    content = schemes.as_text(latest).replace(
        f"effective_from = {latest.effective_from}", f"effective_from = {begins}"
    ).replace(f'version = "{latest.version}"', 'version = "next"')  # fmt: skip
    at("admin").send(
        f"/console/settings/schemes?scheme={code}",
        scheme=code,
        content=content,
        reason="年度调整",
    )
    proposed = SchemeVersion.objects.get()
    assert schemes.effective(code, begins).version == latest.version
    decide = f"/console/settings/schemes/{proposed.pk}/decide"
    at("admin").post(decide, {"approve": "1"}, 403)
    at("supervisor").post(decide, {"approve": "1"})
    assert schemes.effective(code, begins).version == "next"
    assert schemes.effective(code, begins - timedelta(days=1)).version == latest.version
    assert [
        (one.action, one.staff) for one in JournalEntry.objects.filter(subject_kind="scheme")
    ] == [("scheme.propose", "admin"), ("scheme.approve", "supervisor")]


def test_the_numbers_of_a_scheme_are_changed_in_a_form(town, at):
    latest = schemes.all_versions("binhai")[-1]
    begins = TODAY.replace(year=TODAY.year + 1)
    admin, address = at("admin"), "/console/settings/schemes?scheme=binhai"
    forms = admin.get(address).forms
    given = next(one["fields"] for one in forms if "version" in one["fields"])
    given |= {"version": "2027", "effective_from": f"{begins}", "reason": "年度调整"}
    given |= {"term_0_weight": "0.1", "term_3_weight": "0.5", "grade_0": "96"}
    page = admin.post(address, {**given, "term_3_weight": "0.9"}, 422)
    assert "权重之和" in page.text
    admin.post(address, given)
    text = SchemeVersion.objects.get().text
    proposed = schemes.parsed("binhai", text)
    weights = [term.weight for term in proposed.terms]
    assert weights == [Decimal(one) for one in ("0.1", "0.3", "0.1", "0.5")]
    assert proposed.grades == (("优秀", 96), *latest.grades[1:])
    assert proposed.limits == latest.limits


def test_nobody_approves_their_own_scheme(town, at):
    (code, _name), *_rest = schemes.names()
    SchemeVersion.objects.create(
        scheme=code, version="x", text="", effective_from=TODAY + timedelta(days=9), reason="试",
        proposed_by="supervisor", proposed_at=NOW,
    )  # fmt: skip
    pk = SchemeVersion.objects.get().pk
    with town.refused("same_person"):
        proposing.decide(town.actor("supervisor"), pk, approve=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight = ", "weight = 9", "权重之和"),
        ("effective_from = 20", "effective_from = 19", "之后生效"),
        ("version", "vers", "缺少"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(town, at, old, new, said):
    text = schemes.as_text(schemes.all_versions("binhai")[-1]).replace(old, new, 1)
    page = at("admin").send(
        "/console/settings/schemes?scheme=binhai",
        422,
        scheme="binhai",
        content=text,
        reason="试",
    )
    assert said in page.text


def test_a_unit_that_is_closed_ends_what_it_holds_and_gets_nothing_new(town, at):
    order, clerk = town.assign(), at("clerk")
    at("admin").send(
        f"{NEW}/unit/{order.unit_id}",
        active="",
        effective_from=f"{TODAY}",
        reason="机构改革",
    )
    recent.forget()
    with town.refused("unknown_unit"):
        town.assign()
    clerk.send(f"/console/orders/{order.pk}/do/order.sign")
    order.refresh_from_db()
    assert order.state == "signed"


def test_a_category_that_is_retired_stays_with_a_demand_that_is_corrected(town, at):
    demand = town.accept(category="noise")
    Category.objects.filter(code="noise").update(active=False)
    recent.forget()
    at("dispatcher").send(f"/console/demands/{demand.pk}/do/demand.edit", title="夜里施工")
    demand.refresh_from_db()
    assert (demand.title, demand.category.code) == ("夜里施工", "noise")
