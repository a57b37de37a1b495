"""Whether two demands are one matter, on texts of our own."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid
from minsheng.insight.duplicates import comparing, fitting, meaning, measuring, reading, tracing
from minsheng.insight.duplicates.deciding import Answer, answer
from minsheng.insight.duplicates.reading import Message
from minsheng.insight.duplicates.tracing import Traced

TEXTS = [
    ("柳荫花园夜间施工吵得睡不着", "柳荫花园东侧工地每晚施工到两点，噪音扰民，请城管处理。"),
    ("柳荫花园旁工地半夜还在施工", "我住柳荫花园，东侧工地半夜施工噪音很大，老人孩子睡不着。"),
    ("海棠雅苑夜间施工吵得睡不着", "海棠雅苑西侧工地每晚施工到两点，噪音扰民，请城管处理。"),
    ("海棠雅苑旁工地半夜还在施工", "我住海棠雅苑，西侧工地半夜施工噪音很大，无法休息。"),
    ("柳荫花园电梯坏了没人修", "柳荫花园六号楼电梯停运一周，物业一直不修，老人下不了楼。"),
    ("海棠雅苑电梯经常困人", "海棠雅苑二号楼电梯又困人，物业不修，请督促。"),
    ("盐河路路灯不亮", "盐河路从桥头到学校的路灯都不亮，晚上走路危险。"),
    ("盐河路一排路灯坏了", "盐河路桥头到学校路灯坏了很多天，晚上漆黑。"),
]


def _messages() -> list[Message]:
    start = datetime(2026, 3, 1, 9, tzinfo=ZONE)
    return [
        Message(str(n), str(n), title, body, start + timedelta(hours=n))
        for n, (title, body) in enumerate(TEXTS)
    ]


def test_same_place_and_problem_come_before_the_same_problem_elsewhere() -> None:
    collection = measuring.Collection(_messages())
    same, other_problem, other_place = collection.chances(7, [6, 4, 2])
    assert same > other_problem
    assert same > other_place


def test_the_same_words_for_another_estate_are_not_the_same_matter() -> None:
    collection = measuring.Collection(_messages())
    here, elsewhere = collection.chances(1, [0, 2])
    assert here > 2 * elsewhere
    assert [answer(chance) for chance in (0.9, 0.3, 0.01)] == [
        Answer.SAME,
        Answer.PERHAPS,
        Answer.NO,
    ]


@pytest.mark.parametrize(
    "text", ["", "灯", "灯" * 50_000, "😀😀", "a\tb\n1\t2", "路燈壞了，請儘快處理", "\ud800"]
)
def test_any_text_can_be_traced_kept_and_compared(text: str) -> None:
    traced = tracing.trace(text, text, text)
    again = tracing.unpack(tracing.pack(traced))
    for name in ("title", "words", "counts", "pairs", "numbers"):
        assert np.array_equal(getattr(traced, name), getattr(again, name))
    assert (again.title_places, again.places, again.areas) == (
        traced.title_places,
        traced.places,
        traced.areas,
    )
    odd = Message("odd", "odd", text, text, datetime(2026, 3, 2, tzinfo=ZONE))
    collection = measuring.Collection([*_messages(), odd])
    assert np.isfinite(collection.chances(len(TEXTS), range(len(TEXTS)))).all()


def test_names_of_places_are_told_from_their_kinds_and_areas_apart() -> None:
    traced = tracing.trace("东湾区柳荫花园小区夜间施工", "请问柳荫花园什么时候修好盐河路的灯")
    assert traced.title_places == ("柳荫",)
    assert "盐河" in "".join(traced.places)
    assert traced.areas == {"东湾区"}


def test_pairs_marked_unclear_and_unknown_demands_are_left_out() -> None:
    collection = measuring.Collection(_messages())
    judged = [("7", "6", "1"), ("7", "0", "0"), ("7", "5", "?"), ("7", "none", "1")]
    found = measuring.measure(collection, judged)
    assert found["pairs"] == 2
    assert found["queries"] == 1
    assert found["recall_at_1"] == 1


def test_times_are_read_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "stream.csv"
    path.write_text("id,user,title,time,body\n1,u,t,2019-1-1 9:05:00,b\n2,u,t,2019/01/02,b\n")
    assert [m.at.day for m in reading.messages(path)] == [1, 2]
    path.write_text("id,user,title,time,body\n2,u,t,2019/01/02,b\n1,u,t,2019-1-1 9:05:00,b\n")
    assert [m.key for m in reading.messages(path)] == ["1", "2"]
    path.write_text("id,user,title,time,body\n1,u,t,yesterday,b\n")
    with pytest.raises(Invalid, match=r"stream\.csv 第2行"):
        reading.messages(path)


def test_duplicates_of_a_public_stream_are_found() -> None:
    folder = os.environ.get("MINSHENG_DATASETS")
    if not folder:
        pytest.skip("MINSHENG_DATASETS names no folder")
    data = Path(folder)
    collection = measuring.Collection(reading.messages(data / "messages/stream_2019.csv"))
    found = measuring.measure(collection, reading.pairs(data / "duplicates/pairs_dev.csv"))
    assert float(str(found["recall_at_5"])) > 0.5


def _city(demands: int) -> list[Traced]:
    """Traces of a city where 搅拌站 and 搅拌厂 stand with the same words, and 电梯 with others."""
    concrete = ["粉尘", "灰尘", "混凝土", "运输车", "轰鸣", "污染", "关窗", "咳嗽", "浓度", "洒水"]
    lifts = ["停运", "困人", "维保", "按钮", "楼层", "检修", "配件", "轿厢", "钢丝绳", "年检"]
    names = [f"{one}{two}" for one in "柳海青白金石" for two in "荫棠溪杨桥榴湖湾"]
    drawn, found = Random(0), []
    for n in range(demands):
        said, subject = (concrete, ["搅拌站", "搅拌厂"][n % 4 // 2]) if n % 2 else (lifts, "电梯")
        words = [*drawn.sample(names, 2), subject, *drawn.sample(said, 4)]
        found.append(tracing.trace("", "，".join(words)))
    return found


def test_words_that_stand_in_like_demands_mean_the_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    monkeypatch.setattr(meaning, "DIMENSIONS", 2)
    traces = _city(meaning.LEAST)
    known = comparing.Frequencies.of(traces)
    assert comparing.learned(traces[1:], known).meanings is None, "too few to learn from"
    learned = comparing.learned(traces, known)
    assert learned.meanings
    assert meaning.load() is None
    meaning.save(learned.meanings)
    stored = meaning.load()
    assert stored
    assert meaning.lasting()
    (tmp_path / "meanings.npz").write_bytes(b"PK half a file")
    assert meaning.load() is None, "a broken file is as good as none"
    asked, other, lift = (
        comparing.Told(tracing.trace("", text), 0.0)
        for text in ("搅拌站粉尘", "搅拌厂灰尘", "电梯停运")
    )
    at = comparing.FEATURES.index("meaning")
    for now in (learned, replace(known, meanings=stored)):
        like, unlike = comparing.compare(asked, [other, lift], now)[:, at]
        assert like > 0.8 > 0.3 > unlike
    assert np.isnan(comparing.compare(asked, [other, lift], known)[:, at]).all()


def test_weights_are_learned_from_judged_pairs_and_tested_on_other_matters() -> None:
    collection = measuring.Collection(_messages())
    judged = [
        *(("1", "0", "1"), ("3", "2", "1"), ("7", "6", "1"), ("7", "1", "?"), ("7", "gone", "1")),
        *((str(n), str(m), "0") for n in range(8) for m in range(n) if n // 2 != m // 2),
    ]
    weights = fitting.Pairs(collection, judged).fit()
    by_name = dict(zip(comparing.FEATURES, weights.weights.tolist(), strict=True))
    assert by_name["name_and_problem"] > 0
    assert by_name["same_petitioner"] == by_name["meaning"] == 0
    found = fitting.cross_validated(collection, judged, 2)
    assert found["pairs"] == 27
    assert found["recall_at_1"] == 1
