"""Events are gathered by what is told, not by how; and the measure counts as it says."""

import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Invalid
from minsheng.insight.duplicates.reading import Message, events
from minsheng.insight.events.gathering import gather
from minsheng.insight.events.measuring import measure

TOLD = [
    ("望海苑小区旁搅拌站夜里施工，粉尘很大", "搅拌站在望海苑小区东门外，夜里施工，粉尘飘进屋里。"),
    ("举报望海苑搅拌站扰民", "望海苑小区附近的搅拌站粉尘和噪音太大，孩子咳嗽。"),
    ("望海苑业主请求搬走搅拌站", "小区东门外的搅拌站粉尘大，夜里施工，业主无法休息。"),
    ("青石路公交站牌倒了", "青石路口的公交站牌被风吹倒，躺在人行道上。"),
    ("公交站牌倒在青石路人行道", "青石路口公交站牌倒了三天，没有人扶起来。"),
    ("咨询居住证怎么办理", "外地来工作，居住证在哪个窗口办理，要什么材料？"),
]


def told() -> list[Message]:
    start = datetime(2026, 3, 1, tzinfo=ZONE)
    return [
        Message(str(n), f"p{n}", title, body, start + timedelta(days=n))
        for n, (title, body) in enumerate(TOLD)
    ]


def test_tellings_of_one_event_come_together():
    numbers = gather(told())
    groups = {frozenset(np.flatnonzero(numbers == n).tolist()) for n in set(numbers)}
    assert groups == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5})}


def test_the_measure_counts_pairs_that_touch_a_known_event():
    keys = ["a", "b", "c", "d", "e"]
    told = measure(keys, np.array([1, 1, 2, 2, 3]), {"E": ["a", "b", "c"], "F": ["gone"]})
    # Together and touching the event: ab, cd. Right: ab. Wanted: ab, ac, bc.
    assert told["pair_precision"] == pytest.approx(1 / 2)
    assert told["pair_recall"] == pytest.approx(1 / 3)
    assert told["pair_f1"] == pytest.approx(2 / 5)
    assert measure(keys, np.arange(5), {})["pair_f1"] is None


@pytest.mark.parametrize("text", ["[]", '{"E": 3}', "no"])
def test_a_file_that_holds_no_events_is_refused(tmp_path, text):
    path = tmp_path / "events.json"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"events\.json"):
        events(path)
    path.write_text(json.dumps({"E": [1, 2]}))
    assert events(path) == {"E": ["1", "2"]}


@pytest.mark.parametrize("texts", [["路灯"], ["🚧", "", "灯", "路灯不亮"]])
def test_what_has_nothing_in_common_is_no_event(texts):
    at = datetime(2026, 3, 1, tzinfo=ZONE)
    told = [Message(str(n), "", "", text, at) for n, text in enumerate(texts)]
    assert len({*gather(told)}) == len(texts)
