"""Taking a demand down: what the form asks of whom, and what each button does."""

from datetime import datetime, timedelta

import pytest

from minsheng.catalogue.models import TimeLimit
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.foundation import clock, recent, vault
from minsheng.foundation.models import JournalEntry
from support.deeds import picture
from support.town import PHONE

INTAKE = "/console/intake"
MATTER = {
    "channel": "phone",
    "phone": PHONE,
    "name": "钱小满",
    "petitioner_kind": "person",
    "title": "楼顶漏水无人维修",
    "text": "三单元楼顶下雨就漏水。",
    "kind": "complain",
    "category": "build.home.leak",
    "district": "east-quay",
    "place": "幸福里3号楼",
}


def test_accepting_tells_the_number_and_the_query_code(town, at):
    visitor = at("agent")
    visitor.send(INTAKE, **MATTER, urgent="on", confidential="on", do="accept")
    demand = Demand.objects.get()
    assert visitor.led_to == f"/console/demands/{demand.pk}"
    page = visitor.follow()
    assert f"已受理，诉求号 {demand.number}，查询码 {demand.query_code}。" in page.text
    assert (demand.urgent, demand.confidential, demand.category.code) == (
        True,
        True,
        "build.home.leak",
    )
    assert vault.open_person(demand.petitioner.identity).phone == PHONE


def test_pressing_enter_accepts(town, at):
    at("agent").send(INTAKE, **MATTER)
    assert Demand.objects.get().state == "accepted"


def test_a_draft_waits_for_its_writer(town, at):
    visitor = at("agent")
    visitor.send(INTAKE, **MATTER, do="draft")
    draft = Demand.objects.get()
    assert (draft.state, draft.number) == ("draft", None)
    page = visitor.follow()
    assert "草稿已保存，尚未受理。" in page.text
    visitor.post(f"/console/demands/{draft.pk}/do/demand.submit", page.form("submit")["fields"])
    assert Demand.objects.get().state == "accepted"


def test_answering_at_once_rests_on_knowledge_or_a_line(town, at):
    at("agent").send(INTAKE, **MATTER, do="answer", knowledge="fund", answer="可以申请。")
    answered = Demand.objects.get()
    assert (answered.state, answered.knowledge.code) == ("answered", "fund")
    page = at("agent").send(INTAKE, 422, **MATTER, do="answer", answer="可以申请。")
    assert "直接答复须注明依据" in page.text
    page = at("agent").send(INTAKE, 422, **MATTER, do="answer", knowledge="fund")
    assert "请填写“答复内容”" in page.text
    page = at("agent").send(
        INTAKE, 422, **MATTER, do="answer", knowledge="old", answer="某日停水。"
    )
    assert "不在有效期内" in page.text
    assert Demand.objects.count() == 1  # what was refused left nothing behind


def test_a_title_that_nobody_typed_is_the_first_sentence(town, at):
    text = " \n楼顶漏水无人维修！三单元下雨就漏。"
    at("agent").send(INTAKE, **{**MATTER, "title": "", "text": text})
    assert Demand.objects.get().title == "楼顶漏水无人维修"


def test_transferring_says_for_the_agent_what_every_transfer_says(town, at):
    page = at("agent").send(INTAKE, 422, **MATTER, do="transfer")
    assert "请选择“转接热线”" in page.text
    at("agent").send(INTAKE, **MATTER, do="transfer", transfer_line="water", knowledge="fund")
    demand = Demand.objects.get()
    assert (demand.state, demand.disposal, demand.knowledge) == ("answered", "transfer", None)
    assert demand.answer.startswith("已转接")


def test_who_may_assign_assigns_at_once(town, at):
    at("dispatcher").send(
        INTAKE, **MATTER, do="assign", lead="housing", assists=["east-gov"], basis="catalogue"
    )
    demand = Demand.objects.get()
    assert [order.unit.code for order in demand.assignments.order_by("pk")] == [
        "housing",
        "east-gov",
    ]
    page = at("dispatcher").send(INTAKE, 422, **MATTER, do="assign")
    assert "请选择“主办单位”" in page.text


def test_who_may_not_assign_only_accepts(town, at):
    page = at("agent").get(INTAKE)
    assert "受理并派单" not in page.text
    at("agent").send(INTAKE, **MATTER, do="assign", lead="housing")
    assert Demand.objects.get().state == "accepted"


def test_an_anonymous_demand_has_no_petitioner(town, at):
    at("agent").send(INTAKE, **{**MATTER, "phone": "", "name": ""})
    demand = Demand.objects.get()
    assert demand.petitioner is None
    assert "匿名提出" in at("agent").get(f"/console/demands/{demand.pk}").text


def test_collectors_report_what_they_saw_with_a_picture(town, at):
    page = at("collector").get(INTAKE)
    assert "来电号码" not in page.text
    assert "受理并答复" not in page.text
    at("collector").send(
        INTAKE,
        channel="patrol",
        title="井盖破损",
        category="road.hole",
        district="west-ford",
        place="人民路口",
        attachments=[picture()],
    )
    report = Demand.objects.get()
    assert (report.channel.code, report.petitioner) == ("patrol", None)
    assert report.attachments.count() == 1
    at("collector").send(INTAKE, 422, channel="phone", title="井盖破损")


def test_the_discipline_line_is_for_discipline_officers(town, at):
    assert "纪检专线" not in at("agent").get(INTAKE).text
    at("agent").send(INTAKE, 422, **{**MATTER, "channel": "discipline"})
    at("discipline").send(INTAKE, **{**MATTER, "channel": "discipline"})
    assert Demand.objects.get().restricted


def test_what_was_typed_is_still_there_after_a_mistake(town, at):
    page = at("agent").send(INTAKE, 422, **{**MATTER, "title": "", "text": "", "urgent": "on"})
    assert "请填写“标题”或“内容”。" in page.text
    fields = page.form()["fields"]
    for name in ("phone", "name", "kind", "category", "district", "place"):
        assert fields[name] == MATTER[name]
    assert fields["urgent"] == "on"


def test_a_callers_history_is_masked_and_the_look_on_record(town, at):
    first = town.accept(petitioner=demands.PersonIn(name="钱小满", phone=PHONE))
    demands.mark_petitioner(
        town.actor("agent"), first.petitioner_id, reason="辱骂话务员", abusive=True
    )
    page = at("agent2").post("/console/intake/caller", {"phone": "139-0000 1234"}, 200)
    assert "钱**" in page.text
    assert "139****1234" in page.text
    assert "骚扰来电" in page.text
    assert first.number in page.text
    assert PHONE not in page.text
    assert "钱小满" not in page.text
    entry = JournalEntry.objects.get(action="petitioner.find")
    assert entry.staff == "agent2"
    assert (
        "第一次来电"
        in at("agent").post("/console/intake/caller", {"phone": "13811112222"}, 200).text
    )


def test_how_long_a_mark_holds_is_the_city_s_to_say(town, at):
    demand = town.accept()
    address = f"/console/petitioners/{demand.petitioner_id}/mark"
    TimeLimit.objects.filter(stage="abuse").update(limit="720h")
    recent.forget()
    assert at("agent").get(address).form("mark")["fields"]["abusive_until"] == "2026-04-09"
    TimeLimit.objects.filter(stage="abuse").delete()
    recent.forget()
    page = at("agent").post(address, {"abusive": "on", "reason": "x"}, 422)
    assert "缺少必填项" in page.text


def test_a_mark_says_why_and_until_when_and_then_expires(town, at):
    demand = town.accept()
    address = f"/console/petitioners/{demand.petitioner_id}/mark"
    form = at("agent").get(address).form("mark")["fields"]
    assert form["abusive_until"] == "2026-06-08"  # by the town's limit, 90 days from NOW
    visitor = at("agent")
    visitor.post(address, {"abusive": "on", "abusive_until": "2026-03-20", "reason": "辱骂"}, 204)
    assert visitor.response.headers["HX-Trigger"] == "caller-marked"

    def told() -> str:
        return at("agent2").post("/console/intake/caller", {"phone": PHONE}, 200).text

    assert "骚扰来电" in told()
    assert "辱骂 · 至2026-03-20" in told()
    with clock.moved(datetime(2026, 3, 21, tzinfo=clock.ZONE)):
        assert "骚扰来电" not in told()
    entry = JournalEntry.objects.get(action="petitioner.mark")
    assert '"abusive_until":[null,"2026-03-20"]' in entry.body
    for day in ("2026-03-01", "2027-03-20"):
        page = visitor.post(address, {"abusive": "on", "abusive_until": day, "reason": "x"}, 422)
        assert "365天之内" in page.text
    at("clerk").post(address, {"reason": "辱骂"}, 403)


def test_who_calls_again_and_again_is_seen_to(town, at):
    for _time in range(3):
        town.accept()
    page = at("agent").post("/console/intake/caller", {"phone": PHONE}, 200)
    assert "30天内已反映3次" in page.text
    with clock.moved(clock.now() + timedelta(days=31)):
        page = at("agent").post("/console/intake/caller", {"phone": PHONE}, 200)
        assert "30天内" not in page.text


def test_half_a_number_is_not_looked_for(town, at):
    at("agent").post("/console/intake/caller", {"phone": "1390"}, 200)
    assert not JournalEntry.objects.filter(action="petitioner.find").exists()


@pytest.mark.parametrize("role", ["clerk", "unit_leader", "analyst", "leader", "collector"])
def test_not_everybody_looks_callers_up(town, at, role):
    at(role).post("/console/intake/caller", {"phone": PHONE}, 403)
