"""What is found, by words, by other words for them, by sound, and only while it holds."""

from datetime import date

import pytest

from minsheng.foundation import recent
from minsheng.knowledge.models import Item, Synonyms
from minsheng.knowledge.queries import search

TODAY = date(2026, 3, 10)


@pytest.fixture
def shelf(known):
    known("water", "停水了怎么办", "先看小区公告，再打供水热线。", keywords=["没水"])
    known("lamp", "路灯坏了找谁", "由市政维修，三个工作日内修好。")
    known("fund2", "公积金怎么提取", "持身份证到柜台或网上办理。")


def titles(query: str, **how: object) -> list[str]:
    return [item.title for item in search(query, TODAY, **how).items]


def test_two_characters_are_a_query(shelf):
    assert titles("停水") == ["停水了怎么办"]
    assert titles("路灯") == ["路灯坏了找谁"]


def test_keywords_count_as_words_of_the_item(shelf):
    assert titles("家里没水") == ["停水了怎么办"]


def test_synonyms_find_what_another_word_says(shelf):
    assert search("街灯", TODAY).by != "words"
    Synonyms.objects.create(words=["路灯", "街灯"])
    recent.forget()
    found = search("街灯坏了", TODAY)
    assert ([item.code for item in found.items], found.by) == (["lamp"], "words")


def test_a_misspelling_is_found_by_its_sound(shelf):
    found = search("公机金提取", TODAY)
    assert ([item.code for item in found.items], found.by) == (["fund2"], "sound")


def test_what_has_some_of_the_words_comes_last(shelf):
    found = search("公积金提取需要多少手续费用", TODAY)
    assert found.by == "some"
    assert [item.code for item in found.items] == ["fund2"]
    assert titles("飞机晚点赔偿") == []


@pytest.mark.parametrize("query", ["", "  "])
def test_no_query_shows_all(shelf, query):
    assert len(titles(query)) == 5


@pytest.mark.parametrize("query", ["？！", "😀", "'; DROP TABLE", "%_\\", "停" * 5000])
def test_rubbish_finds_nothing_and_breaks_nothing(shelf, query):
    assert titles(query) == []


def test_notices_vanish_by_themselves(known):
    known(
        "n1",
        "东湾路封闭施工",
        "请绕行。",
        kind=Item.Kind.NOTICE,
        valid_from=date(2026, 3, 1),
        valid_to=date(2026, 3, 10),
    )
    assert titles("封闭施工") == ["东湾路封闭施工"]
    assert not search("封闭施工", date(2026, 3, 11)).items
    assert not search("封闭施工", date(2026, 2, 28)).items


def test_answers_past_their_date_are_shown_last_and_never_offered(known):
    known("a", "学费补贴旧办法", "旧答案", valid_to=date(2026, 1, 1))
    known("b", "学费补贴新办法", "新答案")
    assert titles("学费补贴") == ["学费补贴新办法", "学费补贴旧办法"]
    assert titles("学费补贴", valid=True) == ["学费补贴新办法"]


def test_the_public_sees_only_what_is_public(known):
    known("a", "内部口径学费", "只给话务员", public=False)
    assert titles("学费", public=True) == []
    assert titles("学费") == ["内部口径学费"]
