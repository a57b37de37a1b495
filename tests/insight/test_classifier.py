"""The classifier learns from texts, and its figures do not flatter. All texts are invented."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minsheng.cli import app
from minsheng.foundation.errors import Invalid
from minsheng.insight import measuring
from minsheng.insight.classifier import Classifier, full_text
from minsheng.insight.learning.grams import CHARACTERS
from minsheng.insight.measuring import CutExample, Example

ROADS = ["海棠路的路灯坏了三天没人修", "路面塌了一个坑，骑车摔倒", "井盖丢失，夜里走路危险"]
SCHOOLS = ["小学补课收费太高", "孩子入学报名没有学位", "中学食堂饭菜不新鲜"]
TEXTS = ROADS + SCHOOLS
LABELS = ["道路"] * 3 + ["教育"] * 3


@pytest.fixture(scope="module")
def learned() -> Classifier:
    return Classifier().fit(TEXTS, LABELS)


def test_it_tells_new_texts_apart(learned: Classifier) -> None:
    assert list(learned.predict(["北门外路灯不亮", "学校补课乱收费"])) == ["道路", "教育"]


@pytest.mark.parametrize(
    "text",
    ["", "灯", "路" * 50_000, "🚧🚧😡", "姓名\t电话\n张某\t0000\n", "路燈壞了，請派人修理"],
    ids=["empty", "one character", "very long", "emoji", "table", "traditional"],
)
def test_it_answers_whatever_it_is_given(learned: Classifier, text: str) -> None:
    assert learned.predict([text])[0] in {"道路", "教育"}


def test_a_very_long_text_is_read_up_to_a_limit() -> None:
    assert len(full_text("标题", "路" * 50_000)) == CHARACTERS


def test_one_class_cannot_be_learned() -> None:
    with pytest.raises(Invalid, match="只有一个类别"):
        Classifier().fit(ROADS, ["道路"] * 3)


def test_texts_without_a_word_cannot_be_learned() -> None:
    with pytest.raises(Invalid, match="没有文字"):
        Classifier().fit(["。。。", ""], ["道路", "教育"])


def test_cut_texts_teach_what_raw_ones_do_not_know() -> None:
    extra = [["公交车", "晚点"], ["公交车", "司机", "拒载"]]
    taught = Classifier().fit(TEXTS, LABELS, extra, ["交通"] * 2)
    assert taught.predict(["公交车总是晚点"])[0] == "交通"


def test_copies_of_training_rows_are_not_tested() -> None:
    rows = [Example(text, label) for text, label in zip(TEXTS, LABELS, strict=True)]
    test = [Example(f" {ROADS[0]}！", "道路"), Example("路灯坏了", "道路")]
    found = measuring.measure(rows, test)
    assert (found["test_rows"], found["test_rows_left_out"]) == (1, 1)
    with pytest.raises(Invalid, match="没有剩下"):
        measuring.measure(rows, test[:1])


def test_extra_rows_that_repeat_a_test_row_are_not_learned() -> None:
    rows = [Example(text, label) for text, label in zip(TEXTS, LABELS, strict=True)]
    test = [Example("公交车总是晚点，等了半个小时", "交通")]
    copy = CutExample(["公交车", "总是", "晚点", "半个", "小时"], "交通")
    other = CutExample(["公交车", "司机", "拒载", "老人"], "交通")
    found = measuring.measure(rows, test, [copy, other])
    assert (found["extra_rows"], found["extra_rows_left_out"]) == (1, 1)


def test_figures_of_each_class() -> None:
    found = measuring.figures(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    assert found["accuracy"] == 0.75
    assert found["classes"]["a"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.8) / 2, abs=1e-4)


def _write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_the_command_prints_figures_beside_the_baseline(tmp_path: Path) -> None:
    head = ["title", "body", "label"]
    lines = [["", text, label] for text, label in zip(TEXTS, LABELS, strict=True)]
    once = ["", "广场舞音乐吵人", "噪声"]  # a label seen once
    train = _write(tmp_path / "train.csv", [head, *lines, once])
    test = _write(tmp_path / "test.csv", [head, ["路灯", "路灯坏了", "道路"]])
    extra = _write(tmp_path / "extra.csv", [["seg", "label"], ["井盖 丢失 马路", "道路"]])
    runner = CliRunner()
    command = ["insight", "evaluate", "classifier"]
    files = ["--train", str(train), "--test", str(test), "--extra", str(extra)]
    found = json.loads(runner.invoke(app, [*command, *files]).stdout)
    assert found["macro_f1"] == 1.0
    assert found["baseline"].keys() >= {"macro_f1", "accuracy", "classes"}
    parted = runner.invoke(app, [*command, "--data", str(train), "--folds", "3"])
    assert len(json.loads(parted.stdout)["folds"]) == 3
    assert runner.invoke(app, [*command, "--train", str(train)]).exit_code == 2


def test_a_file_with_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = _write(tmp_path / "rows.csv", [["title", "label"], ["路灯", "道路"]])
    with pytest.raises(Invalid, match=r"rows\.csv 缺少列：body"):
        measuring.read(path)
    path = _write(tmp_path / "rows.csv", [["title", "body", "label"], ["路灯", "", ""]])
    with pytest.raises(Invalid, match="没有带标签的行"):
        measuring.read(path)
