"""Notices: what others did about the orders of one's unit."""

from datetime import timedelta

from minsheng.foundation import clock
from minsheng.orders import actions as orders
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


def test_other_roles_are_told_where_their_work_is(town, at):
    town.assign()
    page = at("dispatcher").get(NOTICES)
    assert "没有另外的通知" in page.text
    assert "/console/notices" not in [link["href"] for link in page.links]


def test_the_palette_leads_where_the_role_may_go(town, at):
    admin = [link["href"] for link in at("admin").get("/console/palette").links]
    clerk = [link["href"] for link in at("clerk").get("/console/palette").links]
    assert "/console/settings/limits" in admin
    assert "/console/settings/limits" not in clerk
    assert "/console/?tab=overdue" in clerk
    assert "/console/indicators/satisfaction_rate" not in clerk
