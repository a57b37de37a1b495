"""The knowledge base as agents read it and pick from it."""

import pytest

from minsheng.foundation import text
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
