"""The knowledge base as agents read it and pick from it."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from minsheng.foundation import text
from minsheng.knowledge import actions as knowledge
from minsheng.knowledge.models import Item


@pytest.fixture
def shelved(town) -> None:
    for item in Item.objects.all():
        item.words = text.tokens(f"{item.title}\n{item.question}\n{item.answer}")
        item.save()


def test_an_answer_is_found_by_words(at, shelved):
    page = at("agent").get("/console/knowledge?query=维修基金")
    assert "向业主委员会申请" in page.text
    assert "停水" not in page.text
    assert "换个说法" in at("agent").get("/console/knowledge?query=飞机").text


def test_what_no_longer_holds_says_so_and_cannot_be_picked(at, shelved):
    assert "不在有效期" in at("agent").get("/console/knowledge?query=停水").text
    page = at("agent").get("/console/knowledge/pick?query=停水")
    assert "知识库里没有找到" in page.text


def test_what_was_picked_stays_while_one_types_on(at, shelved):
    page = at("agent").get("/console/knowledge/pick?query=飞机&knowledge=fund")
    picked = [given for tag, given in page.tags if tag == "input"]
    assert [(one["value"], "checked" in one) for one in picked] == [("fund", True)]
    assert picked[0]["data-answer"] == "可以，向业主委员会申请。"


def table(text: str, name: str = "items.csv") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, text.encode()), "once": str(uuid4())}


ROWS = "title,answer,unit\n楼道灯报修,拨打物业电话。,housing\n,没有标题,housing\n换表,免费。,moon\n"


def test_the_keepers_take_all_out_and_bring_it_in(at, shelved):
    keeper, shelf = at("supervisor"), "/console/knowledge/keeping"
    page = keeper.get(shelf)
    assert "直接发布" in page.text
    keeper.get("/console/knowledge/table?format=csv")
    assert "维修基金" in keeper.response.content.decode()
    keeper.get("/console/knowledge/table")
    keeper.post("/console/knowledge/table/in", {**table(ROWS), "publish": "on"})
    told = keeper.follow().text
    assert "办成 1" in told
    assert "没有办成 2" in told
    assert "moon" in told
    assert Item.objects.get(title="楼道灯报修").current
    keeper.post("/console/knowledge/table/in", table(ROWS))
    assert "已有同样的内容" in keeper.follow().text
    empty = table("title,answer\n")
    assert "没有知识条目" in keeper.post("/console/knowledge/table/in", empty, 422).text


def test_a_unit_brings_in_proposals_of_its_own(at, shelved):
    clerk = at("clerk")
    assert "直接发布" not in clerk.get("/console/knowledge/keeping").text
    clerk.post("/console/knowledge/table/in", {**table(ROWS), "publish": "on"})
    clerk.follow()
    assert Item.objects.get(title="楼道灯报修").state == "proposed"
    at("agent").post("/console/knowledge/table/in", table(ROWS), 403)


def test_how_often_each_item_was_used(at, call, town, shelved):
    for _time in range(2):
        town.demand("answered")
    knowledge.remark(town.actor("agent"), _fund().pk, kind="outdated", said="电话改了")
    page = at("analyst").get("/console/knowledge/use")
    assert f"{_fund().title} 住房局 2 1" in page.text
    assert _fund().title not in at("analyst").get("/console/knowledge/use?unused=1").text
    rows = {
        row["code"]: (row["uses"], row["remarks"]) for row in call("clerk").get("/knowledge/use")
    }
    assert rows["fund"] == (2, 1)
    assert _fund().title not in at("clerk.water").get("/console/knowledge/use").text
    call("agent").get("/knowledge/use", 403)


def test_a_button_pressed_twice_decides_once(at, town, shelved):
    knowledge.remark(town.actor("agent"), _fund().pk, kind="outdated", said="电话改了")
    clerk, shelf = at("clerk"), "/console/knowledge/keeping"
    form = clerk.get(shelf).form("/settle")
    assert "请填写“处理结果”" in clerk.post(form["action"], form["fields"], 422).text
    for _press in range(2):
        clerk.post(form["action"], {**form["fields"], "settlement": "已改"})
        assert clerk.led_to == shelf
    one = f"/console/knowledge/{_fund().pk}"
    agent = at("agent")
    sent = {**agent.get(one).form("/do/remark")["fields"], "kind": "useful"}
    for _press in range(2):
        agent.post(f"{one}/do/remark", sent)
    assert _fund().remarks.filter(kind="useful").count() == 1


def _fund() -> Item:
    return Item.objects.get(code="fund", current=True)
