"""The page of one demand: who sees what of it, and who the petitioner is only for a reason."""

import pytest

from minsheng.demands import actions as demands
from minsheng.followups import actions as follow_ups
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from support.deeds import picture
from support.reading import Visitor
from support.town import PHONE


def address(demand) -> str:
    return f"/console/demands/{demand.pk}"


def test_a_page_tells_the_whole_course(town, at):
    order = town.order("assigned")
    orders.sign(town.actor("clerk"), order.pk)
    orders.contact(town.actor("clerk"), order.pk, method="visit", outcome="已约定上门时间")
    orders.request_extension(town.actor("clerk"), order.pk, limit="2wd", reason="等待材料")
    orders.approve_extension(town.actor("dispatcher"), order.pk, reason="情况属实")
    orders.reply(town.actor("clerk"), order.pk, text="已补漏，不再渗水。", solved=True)
    demands.supplement(town.actor("agent"), order.demand_id, text="昨晚又漏了")
    demands.attach(town.actor("agent"), order.demand_id, file=picture("渗水.png"))
    page = at("dispatcher").get(address(order.demand))
    for said in (
        order.demand.number,
        order.work_order.number,
        "三单元楼顶下雨就漏水",
        "住房建设 / 房屋管理 / 房屋漏水",
        "东湾区码头街道幸福里3号楼",  # the street stands in the place already
        "已约定上门时间",
        "上门",
        "2个工作日",
        "等待材料",
        "情况属实",
        "原时限",
        "已补漏，不再渗水。",
        "待签发",
        "按期签收",
        "昨晚又漏了",
        "渗水.png",
        "办理经过",
        "同意延期",
    ):
        assert said in page.text, said


def test_the_timeline_names_people_things_and_what_they_were_before(town, at):
    demand = town.accept()
    demands.edit(town.actor("dispatcher"), demand.pk, category="road.lamp", title="路灯不亮")
    page = at("dispatcher").get(address(demand))
    assert "诉求类别： 住房建设 / 房屋管理 / 房屋漏水 → 道路交通 / 路灯不亮" in page.text
    name = town.posts["dispatcher"].staff.name
    assert f"{name} · 派单审核员 · 热线服务中心" in page.text
    for code in ("build.home.leak", "road.lamp", "category", "demand.edit"):
        assert code not in page.text


def test_the_journal_is_not_for_everybody(town, at):
    order = town.assign(lead="water")
    page = at("vendor").get(address(order.demand))
    assert "办理经过" not in page.text
    assert "诉求人" not in page.text.replace("首次联系诉求人", "").replace("给诉求人的答复", "")


def test_persons_are_masked_until_there_is_a_reason(town, at):
    demand = town.accept()
    visitor: Visitor = at("dispatcher")
    page = visitor.get(address(demand))
    assert "钱**" in page.text
    assert "139****1234" in page.text
    assert PHONE not in page.text
    page = visitor.send(f"{address(demand)}/petitioner", 422, reason="")
    assert "请填写“查看理由”" in page.text
    page = visitor.send(f"{address(demand)}/petitioner", 200, reason="核对联系电话")
    assert PHONE in page.text
    assert "钱小满" in page.text
    assert "no-store" in visitor.response.headers["Cache-Control"]
    entry = JournalEntry.objects.get(action="identity.reveal")
    assert (entry.staff, entry.said["reason"]) == ("dispatcher", "核对联系电话")
    assert PHONE not in entry.body
    page = visitor.get(address(demand))
    assert PHONE not in page.text
    assert "查看诉求人信息" in page.text
    assert "核对联系电话" in page.text


def test_a_confidential_petitioner_is_hidden_from_the_unit(town, at):
    demand = town.accept(confidential=True)
    town.assign(demand)
    for role in ("clerk", "unit_leader"):
        page = at(role).get(address(demand))
        assert "保密诉求：承办单位看不到诉求人" in page.text
        assert "钱**" not in page.text
    page = at("clerk").send(f"{address(demand)}/petitioner", 403, reason="联系诉求人")
    assert "这是保密诉求" in page.text
    assert PHONE not in page.text
    assert "钱**" in at("dispatcher").get(address(demand)).text


@pytest.mark.parametrize("role", ["unit_leader", "supervisor", "analyst", "leader"])
def test_who_may_not_reveal_has_no_button(town, at, role):
    order = town.assign()
    page = at(role).get(address(order.demand))
    assert "查看真实信息" not in page.text
    at(role).get(f"{address(order.demand)}/petitioner", 403)


def test_an_agent_reveals_only_whom_they_took_down(town, at):
    demand = town.accept("agent")
    assert "查看真实信息" in at("agent").get(address(demand)).text
    assert "查看真实信息" not in at("agent2").get(address(demand)).text
    at("agent2").send(f"{address(demand)}/petitioner", 403, reason="核对联系电话")


def test_restricted_demands_do_not_exist_for_others(town, at):
    secret = town.secret()
    for role in ("agent", "dispatcher", "supervisor", "clerk", "leader"):
        at(role).get(address(secret), 404)
        at(role).get(f"{address(secret)}/print", 404)
        at(role).get(f"/console/numbers/{secret.number}", 404)
    at("discipline").get(address(secret))


def test_a_unit_sees_demands_with_its_orders_and_those_below(town, at):
    order = town.assign(lead="quay")
    for role, status in (("clerk.quay", 200), ("clerk.east", 200), ("clerk.grid", 404)):
        at(role).get(address(order.demand), status)


def test_files_are_handed_out_only_to_who_sees_the_demand(town, at):
    order = town.assign()
    file = demands.attach(town.actor("agent"), order.demand_id, file=picture("渗水.png"))
    visitor: Visitor = at("clerk")
    visitor.get(f"/console/attachments/{file.pk}")
    assert visitor.response.headers["Content-Type"] == "image/png"
    assert visitor.response.headers["Content-Disposition"].startswith("attachment")
    assert visitor.response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(visitor.response.streaming_content).startswith(b"\x89PNG")
    at("clerk.water").get(f"/console/attachments/{file.pk}", 404)


def test_the_printed_page_has_it_all_and_no_buttons(town, at):
    order = town.order("replied")
    page = at("dispatcher").get(f"{address(order.demand)}/print")
    for said in ("诉求办理单", order.demand.number, "已派人补漏", "打印人", "139****1234"):
        assert said in page.text
    assert not [link for link in page.links if "/do/" in link["href"]]
    assert not [form for form in page.forms if "/do/" in form["action"]]


def test_ended_orders_stay_readable(town, at):
    order = town.order("reassigned")
    page = at("dispatcher").get(address(order.demand))
    assert "已改派" in page.text
    assert "交通局" in page.text


def test_who_is_on_the_list_to_be_called_is_not_put_on_it_again(town, at):
    demand = town.demand("completed")
    visitor: Visitor = at("follow_up")
    assert visitor.get(address(demand)).form("follow_up.plan")
    follow_ups.plan(town.actor("follow_up"), demand.pk)
    page = visitor.get(address(demand))
    assert not [form for form in page.forms if form["action"].endswith("follow_up.plan")]


def test_merged_demands_lead_to_each_other(town, at):
    merged = town.demand("merged")
    page = at("dispatcher").get(address(merged))
    number = merged.merged_into.number
    visitor: Visitor = at("dispatcher")
    assert f"/console/numbers/{number}" in {link["href"] for link in page.links}
    visitor.get(f"/console/numbers/{number}", 302)
    assert visitor.led_to == address(merged.merged_into)
    assert merged.number in visitor.follow().text


def test_a_page_costs_the_same_with_a_long_course(town, at):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    order = town.order("handling")
    visitor: Visitor = at("dispatcher")
    visitor.get(address(order.demand))

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            visitor.get(address(order.demand))
        return sum("SAVEPOINT" not in one["sql"] for one in seen)

    before = cost()
    for n in range(5):
        orders.contact(town.actor("clerk"), order.pk, method="phone", outcome=f"第{n}次联系")
        demands.supplement(town.actor("agent"), order.demand_id, text=f"补充{n}")
    assert cost() <= before
    assert before <= 14
