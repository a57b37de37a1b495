"""The reply editor: what the check says, what is kept, and what is sent in spite of it."""

from minsheng.demands.models import Demand
from minsheng.doors.models import ReplyDraft
from minsheng.foundation.models import JournalEntry
from minsheng.insight.models import Suggestion
from minsheng.orders import actions as orders
from minsheng.orders.models import Reply

GOOD = "3月9日上午已派人到幸福里3号楼楼顶补漏，经查不再漏水，已电话告知。"


def editor(order) -> str:
    return f"/console/orders/{order.pk}/do/order.reply"


def test_a_reply_without_findings_goes_at_once(town, at):
    order = town.order("handling")
    at("clerk").send(editor(order), text=GOOD, solved="1", public="1")
    assert Reply.objects.get().findings == []


def test_findings_are_shown_first_and_kept_when_the_unit_sends_all_the_same(town, at):
    order, clerk = town.order("signed"), at("clerk")
    page = clerk.send(editor(order), 422, text="高度重视，尽快处理。", solved="0", public="1")
    assert "没有联系诉求人的记录" in page.text
    assert "套话" in page.text
    assert not Reply.objects.exists()
    form = page.form()
    assert form["fields"]["text"] == "高度重视，尽快处理。"
    clerk.post(editor(order), {**form["fields"], "anyway": "on"})
    found = Reply.objects.get().findings
    assert {"no_deed", "no_contact", "empty_phrase"} <= {*found}
    assert "没有联系记录" in clerk.follow().text  # in the journal, in words
    orders.sign_off(town.actor("unit_leader"), order.pk)
    page = at("dispatcher").get(f"/console/desks/audit/{order.pk}")
    assert f"带{len(found)}条提示提交" in page.text
    row = Suggestion.objects.get(what="check")
    assert (row.values, row.chosen, row.rank) == (found, "", None)


def test_another_ones_name_is_pointed_out_unless_the_unit_may_not_know_it(town, at):
    order, clerk = town.order("handling"), at("clerk")
    told = {"solved": "1", "public": "1", "typed_at": "1"}
    for name, wrong in (("李女士", True), ("钱女士", False)):
        draft = {"text": f"{name}您好，{GOOD}", **told}
        page = clerk.post(f"/console/orders/{order.pk}/reply/draft", draft, 200)
        assert ("称呼与诉求人姓名不符" in page.text) == wrong
    Demand.objects.filter(pk=order.demand_id).update(confidential=True)
    draft = {"text": f"李女士您好，{GOOD}", **told}
    page = clerk.post(f"/console/orders/{order.pk}/reply/draft", draft, 200)
    assert "称呼" not in page.text


def test_what_the_unit_mended_before_it_sent_is_counted(town, at):
    order, clerk = town.order("signed"), at("clerk")
    page = clerk.send(editor(order), 422, text="高度重视，尽快处理。", solved="0", public="1")
    form = page.form()
    page = clerk.post(editor(order), {**form["fields"], "text": "已派人补漏。"}, 422)
    form = page.form()
    clerk.post(editor(order), {**form["fields"], "text": GOOD, "anyway": "on"})
    row = Suggestion.objects.get(what="check")
    assert {"no_deed", "no_time", "no_contact"} <= {*row.values}  # of the first try
    assert (row.chosen.split(), row.rank) == ([one for one in row.values if one != "no_contact"], 1)
    shown = at("analyst").get("/console/insight/acceptance").text
    assert "没写何时 1 1 0 100.0%" in shown
    assert "没有联系记录 1 0 1 0.0%" in shown


def test_what_is_typed_is_kept_with_what_the_check_says(town, at):
    order, clerk = town.order("signed"), at("clerk")
    typed = {"text": "正在处理", "solved": "0", "public": "0", "typed_at": "2000"}
    page = clerk.post(f"/console/orders/{order.pk}/reply/draft", typed, 200)
    assert "没写做了什么" in page.text
    assert "草稿已保存" in page.text
    late = {"text": "更早的", "typed_at": "1000"}
    clerk.post(f"/console/orders/{order.pk}/reply/draft", late, 200)
    fields = clerk.get(editor(order)).form()["fields"]
    assert (fields["text"], fields["solved"], fields["public"]) == ("正在处理", "0", "0")
    assert at("clerk2").get(editor(order)).form()["fields"]["text"] == ""
    clerk.send(editor(order), text=GOOD, solved="1", public="1", anyway="on")
    assert not ReplyDraft.objects.exists()
    clerk.post(f"/console/orders/{order.pk}/reply/draft", typed, 200)  # arrives late
    assert not ReplyDraft.objects.exists()


def test_drafts_are_the_units_own_business(town, at):
    order = town.order("signed")
    at("clerk.traffic").post(f"/console/orders/{order.pk}/reply/draft", {"text": "x"}, 404)
    at("dispatcher").post(f"/console/orders/{order.pk}/reply/draft", {"text": "x"}, 403)


def test_templates_of_the_category_stand_ready_filled_in(town, at):
    page = at("clerk").get(editor(town.order("signed")))
    assert page.text.index("漏水 经查，东湾区码头街道幸福里3号楼漏水已于3月10日修复") < (
        page.text.index("通用 您反映的“楼顶漏水无人维修（1）”")
    )
    assert "路灯已更换" not in page.text


def test_a_try_that_reached_nobody_is_no_contact_within_the_limit(town, at):
    order = town.order("signed")
    address = f"/console/orders/{order.pk}/do/order.contact"
    clerk = at("clerk")
    clerk.send(address, method="phone", reached="0", outcome="两次无人接听")
    order.refresh_from_db()
    assert order.state == "handling"
    assert order.contacted_at is None
    assert "没联系上" in clerk.follow().text
    clerk.send(address, method="phone", reached="1", outcome="已约定上门")
    order.refresh_from_db()
    assert order.contacted_at is not None


def test_an_extension_names_its_reason_from_the_list(town, at):
    order, clerk = town.order("signed"), at("clerk")
    address = f"/console/orders/{order.pk}/do/order.request_extension"
    assert "请选择“延期原因”" in clerk.send(address, 422, amount="2").text
    clerk.send(address, amount="2", reason_code="materials", reason="瓦片下周到货")
    row = order.extensions.get()
    assert (row.reason_code, row.reason) == ("materials", "等待材料：瓦片下周到货")
    assert JournalEntry.objects.get(action="order.request_extension")
    assert clerk.follow().text.count("等待材料") == 2  # the request and its line, not twice in it
