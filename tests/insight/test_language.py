"""The optional language model, against a stand-in server: masked, harmless, off by default."""

import json
import threading

import pytest

from minsheng.insight.language import drafting
from minsheng.insight.language.masking import Masked

SECRETS = [
    "钱小满",
    "13900001234",
    "139 0000 1234",
    "0518-85512345",
    "320700199001011234",
    "苏G12345",
    "xiaoman@example.com",
    "3号楼2单元501室",
    "周师傅",
]
NOTES = (
    "我叫钱小满，电话13900001234（139 0000 1234也是我），座机0518-85512345，"
    "身份证320700199001011234，车牌苏G12345，邮箱xiaoman@example.com，住海棠花园3号楼2单元501室。"
    "楼道灯坏了，周师傅来看过没修好。"
)


def test_no_identity_leaves_and_all_of_it_comes_back():
    masked = Masked(NOTES, ["钱小满"])
    for secret in SECRETS:
        assert secret.removesuffix("师傅") not in masked.text, secret
    assert "楼道灯坏了" in masked.text
    assert "海棠花园" in masked.text
    assert masked.restored(masked.text) == NOTES


def test_a_name_that_nobody_told_is_found_by_how_it_stands():
    masked = Masked("联系人：欧阳，本人李大明，王女士和我一起去的，张经理不在")
    for name in ("李大明", "王", "张"):
        assert name not in masked.text


def test_notes_become_title_and_text(town, model):
    told = {"title": "楼道灯坏了", "text": "【本人信息1】反映楼道灯坏了"}
    model.says = lambda text: f"好的：{json.dumps(told, ensure_ascii=False)}"
    found = drafting.summary(town.actor("agent"), NOTES, ["钱小满"])
    assert (found.title, found.text) == ("楼道灯坏了", "钱小满反映楼道灯坏了")
    sent = json.dumps(model.asked, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in sent]
    assert model.headers["Authorization"] == "Bearer k"
    assert model.asked[0]["model"] == "stand-in"


def test_a_model_that_keeps_to_no_form_is_read_as_it_is(town, model):
    model.says = lambda text: "楼道灯坏了\n住户反映楼道灯坏了"
    assert drafting.summary(town.actor("agent"), "灯坏了").title == "楼道灯坏了"


def test_drafts_of_replies_and_clusters(town, model):
    said = drafting.reply(town.actor("clerk"), "王女士问维修基金如何申请")
    assert "王女士" in said
    assert "王" not in model.asked[0]["messages"][1]["content"]
    ids = [town.accept(title=title).pk for title in ("灯坏了", "灯不亮")]
    assert "灯" in drafting.explanation(town.actor("analyst"), ids)


@pytest.mark.parametrize(
    ("status", "raw"),
    [(500, b"{}"), (200, b"<html>"), (200, b'{"choices": []}'), (200, b'{"choices": 3}')],
)
def test_whatever_fails_there_is_one_harmless_refusal(town, model, status, raw):
    model.status, model.raw = status, raw
    with town.refused("llm_silent"):
        drafting.summary(town.actor("agent"), "灯坏了")


def test_a_model_that_does_not_answer_in_time_is_not_waited_for(town, model, monkeypatch):
    late = threading.Event()
    model.says = lambda text: str(late.wait(5))
    monkeypatch.setenv("MINSHENG_LLM_SECONDS", "0.1")
    with town.refused("llm_silent"):
        drafting.summary(town.actor("agent"), "灯坏了")
    late.set()


def test_it_is_off_unless_the_city_names_an_endpoint(town, call):
    with town.refused("llm_off"):
        drafting.summary(town.actor("agent"), "灯坏了")
    call("agent").post("/insight/drafts/summary", {"notes": "灯坏了"}, 409)


def test_what_is_restricted_does_not_leave(town, model):
    with town.refused("restricted"):
        drafting.summary(town.actor("discipline"), "举报一件")
    assert not model.asked
    with town.refused("missing"):
        drafting.summary(town.actor("agent"), " ")


def test_the_api_drafts(town, call, model):
    body = {"notes": NOTES, "known": ["钱小满"]}
    assert "钱小满" in call("agent").post("/insight/drafts/summary", body)["text"]
    assert call("clerk").post("/insight/drafts/reply", {"demand": "灯坏了"})["text"]
    call("collector").post("/insight/drafts/summary", body, 403)
