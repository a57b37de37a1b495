"""Whatever is typed or pasted, through every door: a clear answer each, no crash. All invented."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from minsheng.cli import app
from minsheng.foundation.errors import Invalid
from support.reading import Visitor

runner = CliRunner()

ODD = {
    "empty": "",
    "one character": "灯",
    "very long": "三单元路灯不亮。" * 6250,  # 50,000 characters
    "emoji": "🚧🚧😡",
    "table": "姓名\t电话\r\n张某\t0000\r\n李某\t0001\r\n",
    "traditional": "路燈壞了，請派人修理",
    "NUL and direction": "路灯\x00坏\u202e了",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_the_api_answers(town, call, text):
    agent, clerk = call("agent"), call("clerk")
    if "\0" in text:  # no database keeps it: refused by name
        said = agent.post("/insight/suggestions", {"text": text}, 422)
        assert (said["code"], said["detail"]["field"]) == ("nul", "text")
        return
    assert agent.post("/insight/suggestions", {"text": text, "title": text[:200]})["slip"]
    assert clerk.post("/insight/replies/check", {"demand": text, "reply": text})  # lacks something
    # Nothing or too much was typed, or there is no language model here: it says which.
    said = agent.post("/insight/drafts/summary", {"notes": text}, None).json()
    assert said["code"] == ("llm_off" if 0 < len(text) <= 20_000 else "invalid")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_the_pages_answer(town, text):
    agent = Visitor(town.posts["agent"])
    page = agent.post("/console/insight/suggestions", {"text": text, "title": text}, 200)
    assert any(given.get("name") == "suggested" for _tag, given in page.tags)
    page = agent.post("/console/insight/drafts/summary", {"text": text}, 200)
    assert ("没有配置语言模型" if text else "没有内容可以整理") in page.text
    typed = {"once": str(uuid4()), "typed_at": "1", "text": text, "channel": "phone"}
    agent.post("/console/intake/draft", typed, 200 if len(text) < 50_000 else 422)
    clerk, order = Visitor(town.posts["clerk"]), town.order("signed")
    page = clerk.post(f"/console/orders/{order.pk}/reply/draft", {"text": text}, 200)
    assert ("答复检查" in page.text) == bool(text)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_the_command_answers(text):
    found = runner.invoke(app, ["insight", "reply", "--demand", text, "--reply", text])
    assert found.exit_code == 0
    assert json.loads(found.stdout)  # a copy of the demand is no reply


def test_a_command_without_a_database_speaks():
    """In a process of its own: in this one Django was ready before."""
    said = "from minsheng.cli import main; main()"
    given = ["insight", "reply", "--demand", "路灯坏了", "--reply", "高度重视"]
    found = subprocess.run([sys.executable, "-c", said, *given], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert "no_deed" in found.stdout


def test_every_evaluation_reads_whatever_was_told(tmp_path: Path):
    def written(name: str, columns: str, rows: list[list[str]]) -> str:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns.split(), *rows])
        return str(tmp_path / name)

    texts = [*ODD.values()]
    told = [[str(n), "u", "", "2019-1-1 9:05:00", text] for n, text in enumerate(texts)]
    messages = written("m.csv", "id user title time body", told)
    pairs = written("p.csv", "qid cid label", [["1", "0", "1"], ["2", "9", "0"]])
    events = tmp_path / "events.json"
    events.write_text('{"路灯": [1, 5]}')
    places = written("t.csv", "text district place area", [[text, "", "", ""] for text in texts])
    replies = written(
        "r.csv",
        "demand reply contacted petitioner lacks",
        [[text] * 2 + [""] * 3 for text in texts],
    )
    for given in (
        ["duplicates", "--messages", messages, "--pairs", pairs],
        ["events", "--messages", messages, "--events", str(events)],
        ["places", "--texts", places],
        ["replies", "--data", replies],
    ):
        found = runner.invoke(app, ["insight", "evaluate", *given])
        assert found.exit_code == 0, (given, found.exception)
        assert json.loads(found.stdout)
    found = runner.invoke(
        app,
        ["insight", "weigh-duplicates", "--messages", messages, "--pairs", pairs],
    )
    assert isinstance(found.exception, Invalid)  # pairs of one answer teach nothing
    for wrong in ("", "id,user,title,time,body\n", "id,time\n1,2019-1-1\n"):
        (tmp_path / "m.csv").write_text(wrong)
        found = runner.invoke(
            app, ["insight", "evaluate", "events", "--messages", messages, "--events", str(events)]
        )
        assert isinstance(found.exception, Invalid)
        assert "m.csv" in str(found.exception)


def table(path: Path, rows: list[tuple[str, str]]) -> str:
    lines = ["title,body,label", *(f"{text},{text}请处理,{label}" for text, label in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_one_class_is_refused_and_a_label_seen_once_is_not(tmp_path: Path):
    many = [(f"路灯不亮第{n}处", "灯") for n in range(6)]
    test = table(tmp_path / "test.csv", [("路灯又不亮", "灯"), ("有人卖假货", "货")])
    learn = ["insight", "evaluate", "classifier", "--test", test, "--train"]
    refused = runner.invoke(app, [*learn, table(tmp_path / "one.csv", many)])
    assert refused.exit_code != 0
    assert "Traceback" not in refused.output
    train = table(tmp_path / "two.csv", [*many, ("市场里卖假货", "货")])
    found = runner.invoke(app, [*learn, train])
    assert found.exit_code == 0, found.output
    assert 0 <= json.loads(found.stdout)["macro_f1"] <= 1
