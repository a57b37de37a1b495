"""The supervision pages as supervisors, units, collectors and discipline officers use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minsheng.demands import actions as demands
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console.supervision.processes import PROCESSES
from minsheng.foundation import clock, recent
from minsheng.supervision import actions, jobs
from minsheng.supervision.actions.checks import SiteIn
from minsheng.supervision.actions.meetings import DecisionIn
from minsheng.supervision.models import (
    Alert,
    AlertRule,
    Clue,
    DutyUnit,
    FieldCheck,
    Instruction,
    Joint,
    Measure,
    Meeting,
    Ownership,
    Promise,
    Recheck,
)
from support.deeds import picture
from support.reading import Visitor
from support.town import NOW, Town

MOST_STATEMENTS = 12
OPENING = {Role.SUPERVISOR, Role.DISPATCHER, Role.LEADER, Role.CLERK, Role.DISCIPLINE}
ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]


@pytest.fixture
def busy(town: Town) -> Town:
    """The town with something of every process, and a warning."""
    act, today = town.actor("supervisor"), NOW.date()
    AlertRule.objects.create(
        code="overdue", name="超期未办", kind="overdue", step="urge", effective_from=today
    )
    DutyUnit.objects.create(month=date(2026, 3, 1), unit=town.units["traffic"])
    order = town.order("handling")
    actions.issue(act, step="supervise", order_id=order.pk, reason="请书面报告")
    actions.order_field_check(act, demand_id=order.demand_id, reason="看现场", assignee="collector")
    actions.open_case(act, demand_id=order.demand_id, object="manhole")
    actions.plan_joint(
        act, title="联合督查", on=today, units=["housing"], sites=[SiteIn("泵站", "housing")]
    )
    actions.call(act, title="会办排水", at=NOW, units=["housing"])
    other = actions.call(act, title="会办路灯", at=NOW, units=["housing"])
    actions.hold_meeting(
        act, other.pk, minutes="纪要", present=["housing"], decisions=[DecisionIn("housing", "修")]
    )
    actions.instruct(town.actor("leader"), text_="请限期解决", unit="housing")
    actions.promise(
        act, hearing="第一场", held_on=today, unit="housing", text_="修屋面", due_on=today
    )
    actions.submit(act, kind="late", unit="housing", text_="拖延三月未办")
    demands.archive(act, town.order("completed").demand_id)
    actions.draw(act, since=today, until=today, size=1, seed="1")
    return town


@contextmanager
def warned() -> Iterator[None]:
    """A moment at which orders are overdue and warned of."""
    with clock.moved(NOW + timedelta(days=14)):
        jobs.watch()
        yield


def test_each_process_opens_to_whom_the_table_says(busy: Town, at):
    for role in ROLES:
        _opens(at(role), role)


def _opens(visitor: Visitor, role: Role) -> None:
    for code, process in PROCESSES.items():
        if code in ("measures", "clues"):  # the others open as measures do
            visitor.get(f"/console/supervision/{code}?all=1", None)
            allowed = bool(scopes(role, process.view))
            assert visitor.response.status_code == (200 if allowed else 403), (role, code)
        if process.opens and role in OPENING:
            visitor.get(f"/console/supervision/{code}/new", None)
            may = bool(scopes(role, process.opens[0]))
            assert visitor.response.status_code == (200 if may else 403), (role, code)
    visitor.get("/console/supervision/nothing", None)
    assert visitor.response.status_code in (403, 404)


def test_every_page_costs_few_statements(busy: Town, at):
    orders = [busy.assign() for _ in range(3)]
    for order in orders:
        actions.issue(
            busy.actor("supervisor"), step="supervise", order_id=order.pk, reason="请速办"
        )
    with warned():
        pages = ["", "/alerts", "/rules", "/roster", *(f"/{code}?all=1" for code in PROCESSES)]
        for code, process in PROCESSES.items():
            thing = process.kind.objects.order_by("pk")[0]
            pages.append(f"/{code}/{thing.pk}")
        visitor = at("supervisor")
        for page in pages:
            recent.forget()
            visitor.get(f"/console/supervision{page}")
            with CaptureQueriesContext(connection) as seen:
                visitor.get(f"/console/supervision{page}")
            asked = [sql[:90] for q in seen if "SAVEPOINT" not in (sql := q["sql"] or "")]
            assert len(asked) <= MOST_STATEMENTS, (page, asked)


def test_from_a_warning_to_the_end_of_its_urge(busy: Town, at):
    order = busy.assign()
    with warned():
        page = at("supervisor").get("/console/supervision")
        assert "超期未办" in page.text
        way = f"/console/supervision/measures/new?order_id={order.pk}&step=urge"
        assert way in {link["href"] for link in page.links}
        supervisor = at("supervisor")
        supervisor.send(way, reason="超期三天，请说明")
        measure = Measure.objects.get(assignment=order)
        assert supervisor.led_to == f"/console/supervision/measures/{measure.pk}"
        assert "催办" in supervisor.follow().text

        # The unit finds it on its list and at the demand, and answers there.
        clerk = at("clerk")
        assert measure.number in clerk.get("/console/supervision/measures").text
        demand = clerk.get(f"/console/demands/{order.demand_id}")
        assert measure.number in demand.text
        assert "下发督办文书" in demand.text
        clerk.send(
            f"/console/supervision/measures/{measure.pk}",
            action="measure.answer",
            answer="已进场",
        )
        paper = at("supervisor").get(f"/console/supervision/measures/{measure.pk}/print")
        assert "催办单" in paper.text
        assert "已进场" in paper.text
        supervisor.send(
            f"/console/supervision/measures/{measure.pk}",
            action="measure.close",
            reason="已落实",
        )
        measure.refresh_from_db()
        assert measure.state == "closed"
        assert measure.number not in clerk.get("/console/supervision/measures").text
        assert measure.number in clerk.get("/console/supervision/measures?all=1").text


def test_a_warning_is_dismissed_with_a_reason(busy: Town, at):
    busy.assign()
    with warned():
        alert = Alert.objects.order_by("pk")[0]
        supervisor = at("supervisor")
        supervisor.post(f"/console/supervision/alerts/{alert.pk}/dismiss", {"reason": ""}, 422)
        supervisor.post(f"/console/supervision/alerts/{alert.pk}/dismiss", {"reason": "停电"})
        assert "已忽略" in supervisor.get("/console/supervision/alerts").text
        at("clerk").post(f"/console/supervision/alerts/{alert.pk}/dismiss", {"reason": "x"}, 403)


def test_pressing_a_button_twice_issues_once(busy: Town, at):
    order = busy.assign()
    visitor = at("supervisor")
    address = f"/console/supervision/measures/new?order_id={order.pk}"
    form = visitor.get(address).form()
    fields = {**form["fields"], "step": "supervise", "reason": "请速办"}
    visitor.post(address, fields)
    visitor.post(address, fields)
    assert Measure.objects.filter(assignment=order).count() == 1


def test_what_is_wrong_is_said_at_the_form(busy: Town, at):
    order = busy.assign()
    visitor = at("supervisor")
    address = f"/console/supervision/measures/new?order_id={order.pk}"
    assert "还没有下过督办单" in visitor.send(address, 409, step="notice", reason="通报").text
    assert "请填写" in visitor.send(address, 422, step="supervise", reason="").text
    assert visitor.send(address, 422, step="supervise", reason="x", limit="soon").forms
    joint = "/console/supervision/joints/new"
    given = {"title": "汛前", "on": "2026-03-12"}
    assert "每行写" in visitor.send(joint, 422, sites="泵站", **given).text
    assert "没有叫" in visitor.send(joint, 422, sites="泵站，月球局", **given).text


def test_every_process_from_its_form_to_its_end(busy: Town, at):
    supervisor, dispatcher, clerk = at("supervisor"), at("dispatcher"), at("clerk")
    base = "/console/supervision"

    joint = Joint.objects.get()
    supervisor.send(
        f"{base}/joints/new",
        title="汛前排水",
        on="2026-03-12",
        sites="下穿道，交通局\n码头泵站，市住房保障局",
    )
    assert Joint.objects.count() == 2
    for site in joint.sites.all():
        supervisor.send(
            f"{base}/joints/{joint.pk}",
            action="joint.judge",
            site_id=site.pk,
            verdict="passed",
            finding="正常",
        )
    supervisor.send(f"{base}/joints/{joint.pk}", action="joint.close", reason="全部合格")

    recheck = Recheck.objects.get()
    supervisor.send(f"{base}/rechecks/{recheck.pk}", action="recheck.hold", finding="属实")
    supervisor.send(
        f"{base}/rechecks/new", since="2026-03-10", until="2026-03-10", size="1", seed="7"
    )

    check = FieldCheck.objects.get()
    report = {"verdict": "settled", "finding": "已修好", "place": "3号楼", "file": picture()}
    at("collector").send(f"{base}/field-checks/{check.pk}", action="field_check.report", **report)
    demand = busy.accept()
    supervisor.send(f"{base}/field-checks/new?demand={demand.number}", reason="去看看")

    case = Ownership.objects.get()
    at("clerk.traffic").send(
        f"{base}/ownership/{case.pk}", action="ownership.visit", finding="无标识", suggested="water"
    )
    dispatcher.send(
        f"{base}/ownership/{case.pk}", action="ownership.decide", owner="water", reason="供水井"
    )
    dispatcher.send(f"{base}/ownership/new?demand={demand.number}", object="pole")

    meeting = Meeting.objects.get(title="会办排水")
    supervisor.send(
        f"{base}/meetings/{meeting.pk}",
        action="meeting.hold",
        minutes="议定",
        decisions="住房局，清淤，3wd",
    )
    decision = meeting.decisions.get()
    decided = f"{base}/decisions/{decision.pk}"
    clerk.send(decided, action="decision.report", report="已清")
    supervisor.send(decided, action="decision.send_back", reason="缺照片")
    clerk.send(decided, action="decision.report", report="已清，附照片")
    supervisor.send(decided, action="decision.settle")
    supervisor.send(
        f"{base}/meetings/new?demands={demand.number}",
        title="再会",
        at="2026-03-12T09:00",
        units="housing",
    )

    clue = Clue.objects.get()
    discipline = at("discipline")
    discipline.send(f"{base}/clues/{clue.pk}", action="clue.receive", receipt="8号")
    discipline.send(f"{base}/clues/{clue.pk}", action="clue.conclude", result="提醒谈话")
    assert "提醒谈话" in supervisor.get(f"{base}/clues/{clue.pk}").text
    supervisor.send(f"{base}/clues/new", kind="untrue", unit="housing", text_="照片系旧图")

    instruction = f"{base}/instructions/{Instruction.objects.get().pk}"
    clerk.send(instruction, action="instruction.report", feedback="已解决")
    at("leader").send(instruction, action="instruction.send_back", reason="请附图")
    dispatcher.send(instruction, action="instruction.order", channel="phone", title="落实批示")
    clerk.send(instruction, action="instruction.report", feedback="已解决，附图")
    at("leader").send(instruction, action="instruction.close")
    at("leader").send(f"{base}/instructions/new", unit="water", text_="查明停水原因")
    pledge = f"{base}/promises/{Promise.objects.get().pk}"
    supervisor.send(pledge, action="promise.postpone", due_on="2026-04-01", reason="雨季")
    clerk.send(pledge, action="promise.report", report="已修")
    supervisor.send(pledge, action="promise.judge", verdict="kept", reason="属实")
    supervisor.send(
        f"{base}/promises/new",
        hearing="第二场",
        held_on="2026-03-10",
        unit="water",
        text_="换管网",
        due_on="2026-09-30",
    )

    measure = Measure.objects.get()
    supervisor.send(f"{base}/measures/new", unit="traffic", step="notice", reason="超期多")
    clerk.send(f"{base}/measures/{measure.pk}", action="measure.answer", answer="已办")
    supervisor.send(
        f"{base}/measures/{measure.pk}", action="measure.send_back", reason="不全", limit="1wd"
    )
    supervisor.send(
        f"{base}/measures/{measure.pk}", action="measure.escalate", level="leader", reason="拖延"
    )

    for process in PROCESSES.values():
        states = set(process.kind.objects.values_list("state", flat=True))
        assert states <= set(process.lifecycle.states), process.code
    assert {joint.pk} == set(Joint.objects.filter(state="closed").values_list("pk", flat=True))
    assert Ownership.objects.get(pk=case.pk).owner.code == "water"
    assert Clue.objects.get(pk=clue.pk).state == "concluded"
    assert decision.meeting.__class__.objects.get(pk=meeting.pk).state == "closed"


def test_a_collector_sees_what_they_are_to_look_at(busy: Town, at):
    page = at("collector").get("/console/supervision/field-checks")
    assert FieldCheck.objects.get().number in page.text
    at("collector").get(f"/console/supervision/measures/{Measure.objects.get().pk}", 404)


def test_a_clue_is_no_other_supervisors_business(busy: Town, at):
    clue = Clue.objects.get()
    post = busy.posts["agent2"]
    post.role = Role.SUPERVISOR
    post.save()
    assert "拖延三月" not in at("agent2").get("/console/supervision/clues?all=1").text
    at("agent2").get(f"/console/supervision/clues/{clue.pk}", 404)
    assert "拖延三月" in at("discipline").get("/console/supervision/clues").text
    at("discipline").get("/console/supervision", 403)


def test_rules_and_roster_are_changed_by_whom_the_table_says(busy: Town, at):
    admin, supervisor = at("admin"), at("supervisor")
    given = {"code": "near", "name": "临近超期", "kind": "near", "effective_from": "2026-04-01"}
    admin.send("/console/supervision/rules", **given)
    assert AlertRule.objects.filter(code="near").exists()
    assert "已有安排" in admin.send("/console/supervision/rules", 409, **given).text
    assert not [f for f in supervisor.get("/console/supervision/rules").forms if f["main"]]
    duty = {"month": "2026-05-09", "unit": "water"}
    supervisor.send("/console/supervision/roster", **duty)
    assert DutyUnit.objects.get(month=date(2026, 5, 1)).unit.code == "water"
    at("clerk").post("/console/supervision/roster", duty, 422)


def test_restricted_demands_have_nothing_beside_them(busy: Town, at):
    secret = busy.secret()
    assert "督办" not in at("discipline").get(f"/console/demands/{secret.pk}").text
