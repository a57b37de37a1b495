"""Notices: what others did about the orders of one's unit, and what they ask of the centre."""

from datetime import timedelta
from importlib import import_module

from minsheng.doors.console.notices import CENTRE, notices
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock, journal
from minsheng.insight.models import HotIssue
from minsheng.orders import actions as orders
from minsheng.supervision import actions as supervision
from minsheng.supervision.actions.meetings import DecisionIn
from support.town import NOW

NOTICES = "/console/notices"


def test_a_unit_hears_of_new_and_urged_orders_until_it_has_read_of_them(town, at):
    order = town.assign()
    orders.urge(town.actor("dispatcher"), order.pk, reason="雨季将至")
    town.assign(lead="traffic")
    clerk = at("clerk")
    page = clerk.get(NOTICES)
    assert page.text.count("新工单") == 1
    assert "催办" in page.text
    assert "雨季将至" in page.text
    assert page.text.count("未读") == 2
    clerk.post(NOTICES, {})
    assert "未读" not in clerk.get(NOTICES).text
    orders.urge(town.actor("supervisor"), order.pk, reason="再催")
    assert clerk.get(NOTICES).text.count("未读") == 1
    assert at("clerk2").get(NOTICES).text.count("未读") == 3  # who else has read is their matter


def test_a_unit_hears_what_is_asked_of_itself(town, at):
    leader, supervisor = town.actor("leader"), town.actor("supervisor")
    instructed = supervision.instruct(leader, text_="查明原因", unit="housing")
    about = town.accept()
    supervision.instruct(leader, text_="限期办结", unit="housing", demand_id=about.pk)
    supervision.instruct(leader, text_="与住房局无关", unit="water")
    supervision.issue(supervisor, step="interview", unit="housing", reason="整改不力")
    day = NOW.date()
    supervision.promise(
        supervisor, hearing="听证会", held_on=day, unit="housing", text_="修好屋面", due_on=day
    )
    meeting = supervision.call(supervisor, title="排水", at=NOW, units=["housing"])
    decided = [DecisionIn("housing", "清淤", "2wd"), DecisionIn("housing", "换泵", "2wd")]
    supervision.hold_meeting(
        supervisor, meeting.pk, minutes="议定两项", present=["housing"], decisions=decided
    )
    page = at("clerk").get(NOTICES)
    for said in ("作出批示 查明原因", "限期办结", "整改不力", "登记承诺 修好屋面", "清淤", "换泵"):
        assert said in page.text, said
    assert "无关" not in page.text
    assert page.text.count("未读") == 6
    supervision.report_instruction(town.actor("clerk"), instructed.pk, feedback="已查")
    supervision.send_back_instruction(supervisor, instructed.pk, reason="请附照片")
    assert "请附照片" in at("clerk").get(NOTICES).text
    assert "查明原因" not in at("clerk.traffic").get(NOTICES).text


def test_one_s_own_deeds_are_no_news(town, at):
    order = town.order("replied")
    orders.fail_audit(town.actor("dispatcher"), order.pk, reason="没有联系诉求人")
    page = at("unit_leader").get(NOTICES)
    assert "审核退回重办" in page.text
    assert "答复" in page.text
    assert "签发" not in page.text


def test_old_and_restricted_matters_are_no_news(town, at):
    town.assign()
    with clock.moved(NOW + timedelta(days=20)):
        assert "近14天没有通知" in at("clerk").get(NOTICES).text


def test_the_centre_hears_what_units_ask_of_it(town, at):
    town.order("return_requested")
    town.order("extension_requested")
    dispatcher = at("dispatcher")
    page = dispatcher.get(NOTICES)
    assert "申请退单" in page.text
    assert "申请延期" in page.text
    assert page.text.count("未读") == 2
    dispatcher.post(NOTICES, {})
    assert "未读" not in dispatcher.get(NOTICES).text
    assert at("dispatcher2").get(NOTICES).text.count("未读") == 2
    assert "申请延期" not in at("supervisor").get(NOTICES).text  # the first is not theirs


def test_who_is_dissatisfied_is_news_and_who_is_satisfied_is_none(town, at):
    happy, unhappy = (town.demand("completed") for _one in range(2))
    follow_ups.evaluate(town.petitioner(happy), happy.pk, grade="satisfied", solved=True)
    follow_ups.evaluate(
        town.petitioner(unhappy), unhappy.pk, grade="dissatisfied", solved=False, reason="没修"
    )
    for role in ("follow_up", "supervisor"):
        page = at(role).get(NOTICES)
        assert unhappy.title in page.text
        assert "评价不满意" in page.text
        assert happy.title not in page.text


def test_the_index_of_the_news_holds_what_the_centre_is_told_of():
    told = {action for actions in CENTRE.values() for action in actions}
    assert told == set(import_module("minsheng.doors.migrations.0005_news").NEWS)


def told(town, action: str, kind: str, subject: int = 1, **note: str) -> None:
    journal.write(
        subject_kind=kind,
        subject_id=subject,
        ref="台账1号",
        action=action,
        by=town.actor("system").signature,
        at=NOW,
        changes={"note": note},
    )


def test_each_thing_that_is_told_of_has_a_name_and_a_page(town, at):
    for action, kind in (
        *(("knowledge.propose", "knowledge"), ("sample.draw", "sample")),
        *(("appeal.submit", "evaluation"), ("scheme.propose", "scheme")),
        *(("measure.answer", "measure"), ("decision.report", "decision")),
        *(("promise.report", "promise"), ("field_check.report", "fieldcheck")),
        *(("instruction.report", "instruction"), ("clue.submit", "clue")),
    ):
        told(town, action, kind)
    HotIssue.objects.create(
        id=1, kind="topic", rule="r", about="a", title="码头街道“噪声”9件", explanation="e",
        observed=9, heat=4, window_from=NOW, window_to=NOW, at=NOW,
    )  # fmt: skip
    told(town, "hot_issue.raise", "hot_issue", title="码头街道“噪声”9件")
    for role in CENTRE:
        news = notices(town.actor(role))
        assert news
        for one in news:
            assert not one.label.isascii()
            at(role).get(one.address)
    (hot,) = (one for one in notices(town.actor("leader")) if one.label == "热点预警")
    assert (hot.title, hot.number) == ("码头街道“噪声”9件", "")
    assert "码头街道“噪声”9件" in at("leader").get(hot.address).text


def test_nobody_hears_of_what_is_restricted(town, at):
    told(town, "order.request_return", "demand", town.secret().pk)
    told(town, "exclusion.apply", "demand", town.secret().pk)
    for role in CENTRE:
        assert not notices(town.actor(role))


def test_the_palette_leads_where_the_role_may_go(town, at):
    admin = [link["href"] for link in at("admin").get("/console/palette").links]
    clerk = [link["href"] for link in at("clerk").get("/console/palette").links]
    assert "/console/settings/limits" in admin
    assert "/console/settings/limits" not in clerk
    assert "/console/?tab=overdue" in clerk
    assert "/console/indicators/satisfaction_rate" not in clerk
