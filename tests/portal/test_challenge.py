"""The task that keeps programs out, and lets everybody else in."""

import io
from base64 import b64decode

import pytest
from django.core import signing
from django.utils import translation
from PIL import Image

from minsheng.demands.models import Demand
from minsheng.doors.portal import challenge
from minsheng.doors.portal.challenge import Challenge
from support.reading import Visitor
from support.solving import answer_to, raise_demand

SAID = {"title": "路灯不亮", "text": "幸福里三号楼前的路灯坏了半个月。"}


def test_a_task_is_read_back_from_its_token_alone():
    for kind in challenge.KINDS:
        task = Challenge.new(kind)
        assert Challenge.read(task.token) == task
        assert Challenge.read(task.token[:-1]) is None
        assert Challenge.read(signing.dumps("x")) is None
    task = Challenge.new()
    assert task.answer not in task.token


def test_a_task_expires(monkeypatch):
    token = Challenge.new().token
    monkeypatch.setattr(challenge, "LASTS", -1)
    assert Challenge.read(token) is None


def test_every_task_is_another():
    assert len({Challenge.new().answer for _time in range(50)}) > 45
    assert len({Challenge.new("words").answer for _time in range(50)}) > 10


def test_answers_are_read_as_people_type_them(monkeypatch):
    task = Challenge.new()
    assert task.solved_by(f" {task.answer.lower()} ")
    assert task.solved_by("".join(chr(ord(sign) + 0xFEE0) for sign in task.answer))
    assert not task.solved_by("")
    assert not task.solved_by(task.answer[1:])
    said = ["六", "十", "十三", "二十", "九十"]
    assert [challenge._chinese(n) for n in (6, 10, 13, 20, 90)] == said
    words = Challenge.new("words")
    assert words.solved_by(challenge._chinese(int(words.answer)))
    assert not words.solved_by(str(int(words.answer) + 1))


def test_the_question_says_what_the_answer_is():
    task = Challenge.new("words")
    with translation.override("en"):
        one, _times, two, _plus, three = task.question.removeprefix("How much is ")[:-1].split()
    numbers = {word: n for n, word in enumerate(challenge._NUMBERS_EN)}
    assert int(task.answer) == numbers[one] * numbers[two.strip(",")] + numbers[three]


def test_the_picture_is_one():
    picture = Image.open(io.BytesIO(b64decode(Challenge.new().picture.partition(",")[2])))
    assert (picture.format, picture.size) == ("PNG", challenge.SIZE)


@pytest.fixture
def visitor(town) -> Visitor:
    return Visitor()


@pytest.mark.parametrize("answer", ["", "WRONG"])
def test_without_the_answer_nothing_is_sent(visitor, answer):
    page = raise_demand(visitor, 422, proof_answer=answer, **SAID)
    assert "验证码" in page.text
    assert not Demand.objects.exists()
    again = page.form()["fields"]
    assert again["text"] == SAID["text"]
    visitor.post("/portal/submit", {**again, "proof_answer": answer_to(again["proof"])})
    assert Demand.objects.count() == 1


def test_an_answer_works_once(visitor):
    fields = visitor.get("/portal/submit").form()["fields"] | SAID
    fields["proof_answer"] = answer_to(fields["proof"])
    visitor.post("/portal/submit", fields)
    visitor.post("/portal/submit", {**fields, "title": "另一件事"})
    assert Demand.objects.get().title == SAID["title"]


def test_what_is_solved_is_not_asked_twice(visitor):
    page = raise_demand(visitor, 422, **{**SAID, "title": ""})
    assert "已通过验证" in page.text
    visitor.post("/portal/submit", {**page.form()["fields"], **SAID})
    assert Demand.objects.count() == 1


def test_a_question_in_words_instead_without_losing_anything(visitor):
    fields = visitor.get("/portal/submit").form()["fields"]
    page = visitor.post(
        "/portal/submit", {**fields, **SAID, "confidential": "on", "renew": "words"}, 200
    )
    form = page.form()["fields"]
    assert "等于多少" in page.text
    assert (form["text"], form["confidential"]) == (SAID["text"], "on")
    visitor.post("/portal/submit", {**form, "proof_answer": answer_to(form["proof"])})
    assert Demand.objects.get().confidential


def test_scripts_fetch_only_the_task(visitor):
    page = visitor.get("/portal/challenge?kind=words")
    assert "等于多少" in page.text
    assert not page.forms
