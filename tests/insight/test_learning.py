"""A city teaches its own model: trained by one, approved by another. Invented texts."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import translation

from minsheng.doors import tasks
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from minsheng.insight import queries
from minsheng.insight.acceptance import acceptance
from minsheng.insight.actions import chosen
from minsheng.insight.learning import actions, storing
from minsheng.insight.learning.grams import COLUMNS, HALF, Features, columns, cut, word_columns
from minsheng.insight.learning.lessons import Lesson, lessons
from minsheng.insight.learning.linear import Linear
from minsheng.insight.learning.training import fit
from minsheng.insight.models import ModelVersion, Suggestion
from support.telling import SAID, raise_all, told


@pytest.fixture
def history(town):
    """The town after 120 demands."""
    raise_all(town, told(120))
    return town


@pytest.fixture
def trained(history):
    """The town with a first version that waits for approval."""
    actions.request_training(history.actor("analyst"))
    assert tasks.run("train") == 1
    return history


def served(town) -> int:
    """Lets the first version serve."""
    actions.approve(town.actor("supervisor"), 1)
    return 1


def test_a_training_run_reports_on_what_it_has_not_learned(trained):
    version = ModelVersion.objects.get()
    assert (version.state, version.progress) == ("trained", 1.0)
    report = version.report
    assert version.rows + report["held_out"] == 120
    assert report["categories"]["accuracy"] > 0.9
    assert report["among_three"] == 1.0
    assert report["categories"]["classes"].keys() <= set(SAID)
    assert sum(bin["rows"] for bin in report["bins"]) == report["held_out"]
    assert report["sure_right"] > 0.9


def test_nothing_serves_before_another_person_approved_it(trained):
    agent = trained.actor("agent")
    assert all(not one.model for one in queries.suggest("路灯不亮", actor=agent).categories)
    with trained.refused("forbidden"):
        actions.approve(trained.actor("analyst"), 1)
    served(trained)
    found = queries.suggest("青山路的路灯坏了", actor=agent)
    assert (found.categories[0].value, found.categories[0].model) == ("road.lamp", "M1")
    assert found.categories[0].sure
    assert "路灯" in found.categories[0].reason
    assert found.kind[0].value == "complain"
    assert found.units[0].value == "traffic"


def test_who_asked_for_a_version_does_not_approve_it(trained):
    ModelVersion.objects.update(requested_by="supervisor")
    with trained.refused("own_model"):
        actions.approve(trained.actor("supervisor"), 1)


def test_an_old_version_is_brought_back_and_all_is_on_record(trained):
    served(trained)
    actions.request_training(trained.actor("analyst"))
    with trained.refused("training"):
        actions.request_training(trained.actor("analyst"))
    tasks.run("train")
    actions.approve(trained.actor("admin"), 2)
    assert dict(ModelVersion.objects.values_list("number", "state")) == {1: "retired", 2: "serving"}
    actions.restore(trained.actor("supervisor"), 1)
    assert dict(ModelVersion.objects.values_list("number", "state")) == {1: "serving", 2: "retired"}
    with trained.refused("wrong_state"):
        actions.refuse(trained.actor("supervisor"), 2, reason="不用")
    actions.retire(trained.actor("supervisor"), 1, reason="先用关键词")
    found = queries.suggest("路灯不亮", actor=trained.actor("agent"))
    assert all(not one.model for one in found.categories)
    trail = JournalEntry.objects.filter(subject_kind="model").order_by("pk")
    assert [*trail.values_list("ref", "action")] == [
        ("M1", "model.request"),
        ("M1", "model.approve"),
        ("M2", "model.request"),
        ("M2", "model.approve"),
        ("M1", "model.restore"),
        ("M1", "model.retire"),
    ]


def test_files_that_were_changed_neither_pass_nor_speak(trained):
    file = storing.folder(1) / "model.json"
    page = file.read_text()
    file.write_text(page + " ")
    with trained.refused("files_differ"):
        served(trained)
    file.write_text(page)
    served(trained)
    file.unlink()
    recent.forget()
    found = queries.suggest("路灯不亮", actor=trained.actor("agent"))
    assert all(not one.model for one in found.categories)
    with trained.refused("model_missing"):
        storing.digest(1)


def test_a_training_that_was_cut_short_is_done_again(history):
    actions.request_training(history.actor("analyst"))
    ModelVersion.objects.update(state="training", progress=0.4)
    assert tasks.run("train") == 1
    assert ModelVersion.objects.get().state == "trained"
    assert tasks.run("train") == 0


@pytest.mark.parametrize(
    ("texts", "said", "in_english"),
    [
        (told(8), "只有8件", "Only 8 "),
        ([(text, "noise") for text, _code in told(60)], "只有一个类别", "one class only"),
    ],
    ids=["too few", "one class"],
)
def test_what_cannot_be_learned_is_said(town, texts, said, in_english):
    raise_all(town, texts)
    actions.request_training(town.actor("analyst"))
    tasks.run("train")
    version = ModelVersion.objects.get()
    assert version.state == "failed"
    assert said in version.why_failed
    with translation.override("en"):
        assert in_english in version.why_failed
    assert ModelVersion(failure="训练中断：OSError").why_failed == "训练中断：OSError"


def test_lessons_leave_out_what_must_not_teach(town):
    town.secret(title="内部举报", text="内部举报一件", category="noise")
    for _time in range(2):
        town.accept(title="同一件", text="同一件事", category="road.lamp")
    kept = town.accept(title="另一件", text="另一件事", category="noise")
    agent = town.actor("agent")
    slip = queries.suggest("噪声", category="", actor=agent, title="噪声扰民").slip
    chosen(agent, slip, kept.pk)
    found = {lesson.title: lesson for lesson in lessons()}
    assert set(found) == {"同一件", "另一件"}
    assert found["另一件"].path == ("noise",)
    assert found["另一件"].weight > found["同一件"].weight
    assert len(lessons()) == 2


# The parts


def lesson(text: str, *path: str, kind: str = "") -> Lesson:
    return Lesson("", "", text, path, kind, 1.0)


def test_a_label_seen_once_is_learned():
    taught = [lesson(text, code.split(".")[0], code) for text, code in told(40)]
    model = fit([*taught, lesson("广场舞音乐吵人", "noise")])
    row = model.features.rows([cut("广场舞太吵")])
    ends = model.tree.chances(row.indices, row.data)
    assert max(ends, key=lambda code: ends[code]) == "noise"
    assert sum(ends.values()) == pytest.approx(1)


def test_a_stored_model_says_the_same(db):
    model = fit([lesson(text, code.split(".")[0], code, kind="help") for text, code in told(60)])
    assert storing.save(7, model) == storing.digest(7)
    loaded = storing.load(7)
    row = model.features.rows([cut("路灯不亮")])
    said = model.tree.chances(row.indices, row.data)
    assert loaded.tree.chances(row.indices, row.data) == pytest.approx(said)
    assert loaded.kinds.labels == ["help"]


def test_one_row_is_answered_as_many_are():
    texts = [text for text, _code in told(60)]
    features = Features()
    rows = features.fit([cut(text) for text in texts])
    model = Linear.fit(rows, [code for _text, code in told(60)])
    one = rows[3]
    assert model.chances(rows)[3] == pytest.approx(model.chances_of_one(one.indices, one.data))
    assert model.chances(rows).sum(axis=1) == pytest.approx(np.ones(60))


def test_grams_are_the_same_for_the_same_words():
    words = cut("路灯坏了，Lamp 3号😡")
    found = columns(words)
    assert len(found) == 2 * len(words) - 1 + 3 * len("".join(words)) - 3
    assert (found >= 0).all()
    assert (found < COLUMNS).all()
    assert set(word_columns(["路灯"])) <= set(columns(cut("新的路灯")))
    assert (word_columns(words) < HALF).all()
    assert len(columns([])) == 0
    assert len(columns(["长" * 500])) > 0


# Doors


def test_pages_show_the_report_and_take_the_decision(trained, at):
    analyst, supervisor = at("analyst"), at("supervisor")
    page = analyst.get("/console/insight/models/1")
    assert "留出件数" in page.text
    assert not [form for form in page.forms if form["action"].endswith("/do/approve")]
    supervisor.post("/console/insight/models/1/do/approve", {})
    assert "使用中" in supervisor.get("/console/insight/models").text
    assert supervisor.get("/console/insight/models/1").form("/do/retire")
    supervisor.post("/console/insight/models/1/do/retire", {}, 422)
    assert "错例" not in at("admin").get("/console/insight/models/1").text
    at("analyst").post("/console/insight/models/train", {})
    assert "等待训练" in analyst.get("/console/insight/models").text


def test_acceptance_is_counted_by_version(trained, at, call):
    served(trained)
    agent = trained.actor("agent")
    for text, code in [("路灯不亮", "road.lamp"), ("路灯坏了", "noise")]:
        slip = queries.suggest(text, actor=agent).slip
        chosen(agent, slip, trained.accept(category=code).pk)
    told = acceptance(trained.actor("analyst"), clock.now() - timedelta(days=1))
    row = {(one.model, one.what): one for one in told}["M1", "category"]
    assert (row.shown, row.first) == (2, 1)
    assert "50.0%" in at("analyst").get("/console/insight/acceptance").text
    said = call("analyst").get("/insight/acceptance", days=7)
    assert {"model": "M1", "what": "category", "label": "诉求类别", "shown": 2, "first": 1} in [
        {name: one[name] for name in ("model", "what", "label", "shown", "first")} for one in said
    ]
    assert Suggestion.objects.filter(model="M1").count() >= 2


def test_the_api_trains_shows_and_decides(history, call):
    analyst, supervisor = call("analyst"), call("supervisor")
    assert analyst.post("/insight/models", {}, 201)["state"] == "requested"
    tasks.run("train")
    assert analyst.get("/insight/models/1")["report"]["errors"] is not None
    assert "errors" not in call("admin").get("/insight/models/1")["report"]
    analyst.post("/insight/models/1/approve", {}, 403)
    assert supervisor.post("/insight/models/1/approve", {})["state"] == "serving"
    assert [one["number"] for one in supervisor.get("/insight/models")] == [1]
    supervisor.post("/insight/models/1/refuse", {"reason": "晚了"}, 409)
    assert supervisor.post("/insight/models/1/retire", {"reason": "停"})["state"] == "retired"
    assert supervisor.post("/insight/models/1/restore", {})["state"] == "serving"
    supervisor.get("/insight/models/9", 404)


def test_the_api_checks_replies(town, call):
    body = {"demand": "青山路路灯坏了", "reply": "高度重视，正在处理"}
    codes = {one["code"] for one in call("clerk").post("/insight/replies/check", body)}
    assert {"short", "off_topic", "no_deed", "empty_phrase", "no_time"} <= codes
    call("agent").post("/insight/replies/check", body, 403)
